import numpy as np
import pandas as pd

from ladder.figures import agreement
from ladder.presentation import style
from tests.figures.drawn import labels


def test_agreement_is_a_matrix_of_rungs():
    pairs = [("a", "a", 0.9), ("a", "b", 0.5), ("b", "a", 0.5), ("b", "b", 1.0)]
    axes = agreement.draw(pd.DataFrame(pairs, columns=["variant", "other", "agreement"])).axes[0]
    np.testing.assert_allclose(axes.images[0].get_array(), [[0.9, 0.5], [0.5, 1.0]])
    assert axes.images[0].get_clim() == (0.5, 1)
    assert labels(axes.xaxis) == labels(axes.yaxis) == ["a", "b"]
    assert [text.get_text() for text in axes.texts] == ["90.0", "50.0", "50.0", "100.0"]
    assert [text.get_position() for text in axes.texts] == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_agreement_of_many_rungs_has_no_numbers_and_is_no_wider_than_the_page():
    rungs = [f"r{n}" for n in range(40)]
    pairs = [(a, b, 0.5 + 0.5 * (a == b)) for a in rungs for b in rungs]
    figure = agreement.draw(pd.DataFrame(pairs, columns=["variant", "other", "agreement"]))
    assert not figure.axes[0].texts
    assert figure.get_figwidth() < style.WIDTH + 1
