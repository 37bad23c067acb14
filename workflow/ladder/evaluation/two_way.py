"""Intervals and tests for other seeds and other images: two-way random effects.

A run with a seed r has a value y[r, i] on each image i, for example 1 if it is right. Seeds and images are both
samples: another study would have other ones. The value of seed r on image i is a mean, plus an effect of the seed, plus
an effect of the image, plus an effect of both together. The variance of the mean over R seeds and N images is

    V = V_seed + V_image - V_both

    V_seed   variance of the means of the seeds, divided by R
    V_image  variance of the means of the images, divided by N
    V_both   residual mean square of the layout of seeds by images, divided by R N; it is in both terms before

V is no less than V_seed and no less than V_image. A difference of two classifiers has a V_seed and a V_both of each
classifier, and one V_image of the differences on the images. The degrees of freedom are Satterthwaite's: V^2 divided by
the sum of v^2 / (n - 1) over the variances v of seeds and images, each the mean of n.

Sources: Cameron, Gelbach and Miller, Robust Inference with Multiway Clustering, 2011; Obuchowski and Rockette,
Hypothesis Testing of Diagnostic Accuracy for Multiple Readers and Multiple Tests, 1995; Hillis, A Comparison of
Denominator Degrees of Freedom Methods for Multiple Observer ROC Analysis, 2007; Sellam et al., The MultiBERTs, 2022.
"""

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Self

from scipy.special import stdtr, stdtrit

POWER = 0.8  # probability that a study finds the smallest difference that it is said to be able to find
LARGE = 1e12  # from these degrees of freedom on, Student's t is the normal distribution
MOST = 10**7  # number of seeds or images above which no number is said to be needed


class Part(NamedTuple):
    """The part of a variance that comes from the R seeds of one classifier: V_seed, V_both and R."""

    seed: float
    both: float
    runs: float


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds and images, or a difference of two, with the parts of its variance.

    parts   a part for each classifier whose seeds are a sample; none if the estimate is for other images alone
    image   V_image
    images  N
    """

    value: float
    parts: tuple[Part, ...]
    image: float
    images: float

    @property
    def seed(self) -> float:
        """V_seed of all classifiers."""
        return math.fsum(part.seed for part in self.parts)

    @property
    def both(self) -> float:
        """V_both of all classifiers."""
        return math.fsum(part.both for part in self.parts)

    @property
    def variance(self) -> float:
        return max(self.seed + self.image - self.both, self.seed, self.image)

    @property
    def error(self) -> float:
        """The standard error."""
        return math.sqrt(self.variance)

    @property
    def freedom(self) -> float:
        """Satterthwaite's degrees of freedom; infinite if the variance is 0."""
        variances = [(part.seed, part.runs - 1) for part in self.parts] + [(self.image, self.images - 1)]
        below = sum(variance**2 / freedom for variance, freedom in variances if variance)
        return self.variance**2 / below if below else math.inf

    def interval(self, level: float) -> tuple[float, float]:
        """Return the interval of Student's t at a level such as 0.95."""
        half = self.quantile((1 + level) / 2) * self.error
        return self.value - half, self.value + half

    def p(self) -> float:
        """Return the two-sided p of the hypothesis that the true value is 0."""
        return min(1.0, 2 * self._below(abs(self.value)))

    def p_within(self, margin: float) -> float:
        """Return the p of two one-sided tests: it is small if the true value is shown to be within -margin and margin.

        Source: Schuirmann, A Comparison of the Two One-Sided Tests Procedure and the Power Approach, 1987.
        """
        return self._below(margin - abs(self.value))

    def detectable(self, alpha: float, power: float = POWER) -> float:
        """Return the smallest true difference that a study of this size finds with this power, at a two-sided level."""
        return (self.quantile(1 - alpha / 2) + self.quantile(power)) * self.error

    def quantile(self, p: float) -> float:
        """Return the quantile of Student's t with the estimate's degrees of freedom."""
        return float(stdtrit(min(self.freedom, LARGE), p))

    def resized(self, seeds: float = 1, images: float = 1) -> Self:
        """Return the estimate expected of so many times the seeds and so many times the images."""
        cells = seeds * images
        # V_both is a part of V_seed and of V_image. If its estimate is the larger one, all of V_seed counts as V_both.
        parts = tuple(
            Part(max(0.0, seed - both) / seeds + min(seed, both) / cells, both / cells, runs * seeds)
            for seed, both, runs in self.parts
        )
        image = max(0.0, self.image - self.both) / images + min(self.image, self.both) / cells
        return Estimate(self.value, parts, image, self.images * images)

    def seeds_needed(self, alpha: float) -> int | None:
        """Return the number of seeds with which this value is found with 80% power; None if no number is enough.

        It is the number of the classifier that has more seeds now. The other one has as many times more.
        """
        now = max((part.runs for part in self.parts), default=0)
        return self._needed(alpha, now, lambda number: self.resized(seeds=number / now)) if now else None

    def images_needed(self, alpha: float) -> int | None:
        """Return the number of images with which this value is found with 80% power; None if no number is enough."""
        return self._needed(alpha, self.images, lambda number: self.resized(images=number / self.images))

    def _needed(self, alpha: float, now: float, resized: Callable[[int], Self]) -> int | None:
        def is_enough(number: int) -> bool:
            return resized(number).detectable(alpha) <= abs(self.value)

        low = high = int(now)
        while not is_enough(high):
            if high >= MOST or not self.value:
                return None
            low, high = high + 1, min(2 * high, MOST)
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if is_enough(middle) else (middle + 1, high)
        return high

    def _below(self, distance: float) -> float:
        """Return the probability of a t below -distance / error."""
        if self.variance == 0:
            return 0.5 if distance == 0 else float(distance < 0)
        return float(stdtr(self.freedom, -distance / self.error))


def part(means: list[float], squares: float, pooled: float, images: int) -> Part:
    """Return the part of the seeds of one classifier, from sums of the values y of R runs on N images.

    means    the mean over the images of each of R runs; R is at least 2
    squares  the sum of y^2 over runs and images
    pooled   the sum over the images of the square of the mean over the runs
    images   N
    """
    runs, mean = len(means), statistics.fmean(means)
    rest = squares - images * math.fsum(own**2 for own in means) - runs * pooled + runs * images * mean**2
    return part_of_residuals(means, rest, images)


def part_of_residuals(means: list[float], rest: float, images: int) -> Part:
    """Return the same from the sum of the squared residuals of the layout of runs by images, `rest`."""
    runs = len(means)
    both = max(0.0, rest) / ((runs - 1) * max(1, images - 1)) / (runs * images)
    return Part(statistics.variance(means) / runs, both, runs)
