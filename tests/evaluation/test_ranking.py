import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from ladder.evaluation.ranking import Ranking


def ranked(scores, own, cells=1 << 15, probabilities=False, at_a_time=None):
    ranking = Ranking(cells, probabilities)
    for first in range(0, len(own), at_a_time or len(own)):
        block = slice(first, first + (at_a_time or len(own)))
        ranking.add(np.asarray(scores)[block], np.asarray(own)[block])
    return ranking.area()


def made(images, apart=1.0, spread=3.0, seed=0):
    """Probabilities of images, a tenth of them of the class; `apart` says how well they tell the class."""
    random = np.random.default_rng(seed)
    own = random.random(images) < 0.1
    return 1 / (1 + np.exp(-spread * (random.normal(size=images) + apart * own))), own


@pytest.mark.parametrize(
    ("scores", "own", "area"),
    [
        ([1, 2, 3, 4], [False, False, True, True], 1),
        ([1, 2, 3, 4], [True, True, False, False], 0),
        ([1, 2, 3, 4], [True, False, True, False], 1 / 4),
        ([1, 2, 2, 3], [False, False, True, True], 3.5 / 4),
        ([7, 7, 7], [True, False, False], 1 / 2),
        ([-2, -1, 0, 1], [False, True, False, True], 3 / 4),
        ([0.0, -0.0], [True, False], 1 / 2),
        ([-math.inf, math.inf, -1e-320, 1e-320], [False, True, False, True], 1),
    ],
)
def test_the_area_of_a_worked_example(scores, own, area):
    assert ranked(np.array(scores, float), own) == (area, 0)


@pytest.mark.parametrize("own", [[True, True], [False, False]])
def test_without_another_image_there_is_no_area(own):
    assert all(map(math.isnan, ranked(np.array([0.1, 0.2]), own)))


@pytest.mark.parametrize("probabilities", [True, False])
@pytest.mark.parametrize("decimals", [1, 3, 17])
def test_the_area_is_scikit_learns_with_equal_scores_or_without(probabilities, decimals):
    scores, own = made(5000)
    scores = scores.round(decimals)
    area, error = ranked(scores, own, probabilities=probabilities)
    assert area == pytest.approx(roc_auc_score(own, scores), abs=1e-12)
    assert error == 0


@pytest.mark.parametrize("probabilities", [True, False])
@pytest.mark.parametrize(("cells", "most"), [(256, 1e-3), (3276, 2e-5)])
@pytest.mark.parametrize("apart", [0, 1, 3])
def test_with_more_scores_than_cells_the_area_is_within_its_error(apart, cells, most, probabilities):
    scores, own = made(20_000, apart)
    area, error = ranked(scores if probabilities else np.log(scores / (1 - scores)), own, cells, probabilities)
    away = abs(area - roc_auc_score(own, scores))
    assert 0 < away <= error < 2 / cells
    assert away < most


@pytest.mark.parametrize("cells", [1, 2, 100, 700])
def test_the_size_of_the_blocks_and_the_order_of_the_images_change_nothing(cells):
    scores, own = made(1000)
    order = np.random.default_rng(1).permutation(len(own))
    at_once = ranked(scores, own, cells)
    assert at_once == ranked(scores, own, cells, at_a_time=7) == ranked(scores[order], own[order], cells, at_a_time=90)


def test_a_ranking_keeps_no_more_cells_than_it_may():
    scores, own = made(3000)
    ranking = Ranking(100, True)
    ranking.add(scores, own)
    assert 50 < len(ranking._places) <= 100
    assert ranking._images.sum(0).tolist() == [np.sum(~own), np.sum(own)]


def test_probabilities_near_one_are_told_apart_as_well_as_those_near_zero():
    scores, own = made(20_000, apart=2, spread=10)
    near_one, near_zero = ranked(scores, own, 512, True), ranked(1 - scores, ~own, 512, True)
    assert near_one == pytest.approx(near_zero, abs=1e-4)
    assert abs(near_one[0] - roc_auc_score(own, scores)) < 1e-4
