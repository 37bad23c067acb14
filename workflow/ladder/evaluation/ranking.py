"""The ranking of images by one score, as counts in cells: the area under the ROC curve follows from them."""

import math

import numpy as np

HALF = np.float64(0.5).view(np.int64)
LOWEST = np.int64(-(2**63))


class Ranking:
    """Counts of the images of a class, and of all others, by their score. Its size does not grow with the images.

    Each different score is a cell of its own, as long as there are at most `cells` of them. With more scores, a cell
    holds all scores that agree in their leading bits, as many bits as leave at most `cells` cells. So the counts depend
    on neither the order of the images nor the size of the blocks in which they are added.

    cells          the most cells, 24 bytes each
    probabilities  whether the scores are probabilities
    """

    def __init__(self, cells: int, probabilities: bool) -> None:
        self._cells, self._probabilities = cells, probabilities
        self._shift = 0  # number of bits that a cell leaves open
        self._places = np.empty(0, np.int64)  # the place of each cell, in the order of the scores
        self._images = np.empty((0, 2), np.int64)  # per cell: images of other classes, images of the class

    def add(self, scores: np.ndarray, own: np.ndarray) -> None:
        """Count n more images by their scores, float64 [n]; `own` [n] says which are of the class."""
        places = np.concatenate([self._places, _places(scores, self._probabilities) >> self._shift])
        images = np.concatenate([self._images, np.stack([~own, own], axis=1)])
        order = np.argsort(places)
        places, images = places[order], images[order]
        while len(begins := np.flatnonzero(np.diff(places, prepend=places[0] - 1))) > self._cells:
            places, self._shift = places >> 1, self._shift + 1
        self._places, self._images = places[begins], np.add.reduceat(images, begins)

    def area(self) -> tuple[float, float]:
        """Return the area under the ROC curve, and how far it may be from the area of the exact scores.

        The area is the share of pairs, an image of the class and another image, in which the class's image has the
        higher score; a pair in one cell counts half (Hanley and McNeil, The Meaning and Use of the Area under a ROC
        Curve, 1982). Both are NaN if all images are of the class, or none is.
        """
        rest, own = self._images.T
        pairs = int(rest.sum()) * int(own.sum())
        if pairs == 0:
            return math.nan, math.nan
        below = np.cumsum(rest) - rest
        error = int(own @ rest) / (2 * pairs) if self._shift else 0.0
        return int(own @ (2 * below + rest)) / (2 * pairs), error

    @property
    def sides(self) -> tuple[int, int]:
        """The number of images of other classes, and of images of the class."""
        rest, own = self._images.sum(0).tolist()
        return rest, own

    def placements(self, scores: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Return the placement of n images that were added, float64 [n]; there are images on both sides.

        For an image of the class it is the share of the other images that have a lower score, for another image the
        share of the class's images that have a higher score; an image in the same cell counts half. The mean placement
        of either side is the area (DeLong, DeLong and Clarke-Pearson, 1988).
        """
        rest, members = self._images.T
        below = (np.cumsum(rest) - rest / 2) / rest.sum()
        above = 1 - (np.cumsum(members) - members / 2) / members.sum()
        cells = np.searchsorted(self._places, _places(scores, self._probabilities) >> self._shift)
        return np.where(own, below[cells], above[cells])


def _places(scores: np.ndarray, probabilities: bool) -> np.ndarray:
    """Return whole numbers int64 [n] in the order of the scores, equal for equal scores.

    They are the bits of the scores, since positive doubles have the order of their bits. Probabilities above one half
    have the bits of their distance to 1, so that a cell of probabilities near 1 is as narrow as one near 0.
    """
    if probabilities:
        bits = np.minimum(scores, 1 - scores).view(np.int64)
        return np.where(scores < 0.5, bits - HALF, HALF - bits)
    bits = (scores + 0.0).view(np.int64)  # -0.0 becomes 0.0
    return np.where(bits < 0, LOWEST - bits, bits)
