"""Looks: verdicts of a study that trains more seeds in rounds (`seeds: {from: 5, to: 40}`).

The study looks at its results after each round, and so has several chances of a wrong verdict. Alpha is shared out
among the looks before the first of them: the looks up to a share t of all seeds may together spend

    a(t) = alpha log(1 + (e - 1) t)

and the levels of the looks add up to a(1) = alpha. Source: Lan and DeMets, Discrete Sequential Boundaries for Clinical
Trials, 1983, with the spending function that they give for Pocock's boundary.

Look j tests a pair on the first n_j seeds of both rungs, a number that was fixed before, by Holm's method at the level
of this look. So the probability of a wrong rejection at look j is at most its level, and by the union bound that of any
wrong rejection is at most alpha, whatever the dependence between looks. A pair that was rejected at an earlier look no
longer counts in Holm's family: if that rejection was right, Holm's method may leave it out, and if it was wrong, the
error has happened at that look. A pair that could not be tested at a look counts in the family, with a p of 1.
"""

import math
from typing import NamedTuple

from ladder.evaluation.paired import Classifier, holm
from ladder.evaluation.two_way import Estimate

# A pair is given up if no look to come would decide it with this probability, were its true difference the one seen.
# Source: Lan, Simon and Halperin, Stochastically Curtailed Tests in Long-Term Clinical Trials, 1982.
HOPE = 0.2


class Judgement(NamedTuple):
    """The result of one test over all looks.

    p      adjusted for the family and the looks: the test rejects if p is below alpha
    look   number of the look, from 0, at which the test rejected; None if it did not
    rank   number of tests of the family whose p was not smaller at the last look at which this test was made; Holm's
           method held the test to the level of the look divided by this number
    last   number of this last look
    """

    p: float
    look: int | None
    rank: int
    last: int


def levels(alpha: float, seeds: dict[str, list[int]]) -> list[float]:
    """Return the level of each look; the levels add up to alpha.

    seeds  variant to its number of seeds at each look, of the variants that get more seeds; none if there is one look
    """
    totals = [sum(numbers) for numbers in zip(*seeds.values(), strict=True)]
    spent = [alpha * math.log1p((math.e - 1) * total / totals[-1]) for total in totals[:-1]]
    return [after - before for before, after in zip([0.0, *spent], [*spent, alpha], strict=True)]


def judge(p: list[list[float]], so_far: list[float], alpha: float) -> list[Judgement]:
    """Judge a family of tests at each look by Holm's method, at the level of the look.

    p       the p of each test at the looks at which it was made: the first look, or the first few
    so_far  the level of each look so far
    """
    judged = [Judgement(1.0, None, len(p), 0) for _ in p]
    for look, level in enumerate(so_far):
        made = [look < len(own) for own in p]
        now = [
            0.0 if before.look is not None else own[look] if here else 1.0
            for own, here, before in zip(p, made, judged, strict=True)
        ]
        for number, (own, adjusted) in enumerate(zip(now, holm(now), strict=True)):
            before = judged[number]
            if made[number] and before.look is None:
                rejected = look if adjusted < level else None
                relative = min(before.p, adjusted * (alpha / level))
                judged[number] = Judgement(relative, rejected, sum(other >= own for other in now), look)
    return judged


def seeds_at(numbers: list[int] | None, look: int, classifier: Classifier) -> int | None:
    """Return the number of seeds of a classifier at a look; None if its training ended at an earlier one.

    numbers  the number of seeds that are planned for each look; None if there is one number for all

    A seed that failed is missing among them. A classifier without a finished seed of the round has not been trained in
    this round.
    """
    if numbers is None or not classifier.trained:
        return classifier.seeds
    end = numbers[look]
    begin = max((number for number in numbers if number < end), default=0)
    if not any(begin <= seed < end for seed in classifier.by_seed):
        return None
    return sum(seed < end for seed in classifier.by_seed)


def can_decide(estimate: Estimate, times: float, different: float, equivalent: float, margin: float) -> bool:
    """Return whether so many times the seeds decide a pair with a probability of HOPE, or more.

    The true difference is taken to be the one seen.

    estimate    the difference seen
    different   level of the two-sided test that the rungs differ
    equivalent  level of the two one-sided tests that they are equivalent
    """
    then, size = estimate.resized(seeds=times), abs(estimate.value)
    shown = (then.quantile(1 - equivalent) + then.quantile(HOPE)) * then.error
    return then.detectable(different, HOPE) <= size or shown <= margin - size
