import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

from ladder.figures import ladder
from ladder.presentation.style import INK, MUTED
from tests.figures.drawn import Pictures, labels


class Valid:
    labels = range(1000)


def figure_of(rungs, marks):
    """The axes of rungs with accuracies by seed, and of marks (variant, place, mark)."""
    metrics = pd.DataFrame(
        [(rung, "accuracy", value) for rung, values in rungs.items() for value in values],
        columns=["variant", "metric", "value"],
    )
    rows = [(rung, sum(values) / len(values), min(values), max(values)) for rung, values in rungs.items()]
    validation = pd.DataFrame(rows, columns=["variant", "accuracy", "low", "high"])
    marked = pd.DataFrame([(*mark, "") for mark in marks], columns=["variant", "place", "mark", "why"])
    (axes,) = ladder.draw(validation, metrics, marked, Valid()).axes
    return axes


def drawn(axes):
    """Rung to the text beside it."""
    names = [label.get_text() for label in axes.get_yticklabels()]
    beside = {round(text.xy[1]): text.get_text() for text in axes.texts}
    return {name: beside[height] for height, name in enumerate(names)}


def diamonds(axes):
    """Height to position, and colours of the face and the edge, of each mean."""
    return {
        dots.get_offsets()[0][1]: (
            dots.get_offsets()[0][0],
            to_hex(dots.get_facecolor()[0]),
            to_hex(dots.get_edgecolor()[0]),
        )
        for dots in axes.collections
        if isinstance(dots, PathCollection) and dots.get_sizes() == [34]
    }


def test_rungs_stand_in_their_order_with_their_error_rates():
    axes = figure_of({"low": [0.5], "high": [0.98, 0.96]}, [])
    assert drawn(axes) == {"low": "50.00%", "high": "3.00%"}
    assert {height: place for height, (place, *_) in diamonds(axes).items()} == pytest.approx({0: 0.5, 1: 0.03})
    assert [colours for _, *colours in diamonds(axes).values()] == [[INK, INK]] * 2


def test_a_marked_rung_is_hollow_and_has_the_word_of_its_first_mark():
    axes = figure_of({"low": [0.5], "high": [0.98]}, [("low", 0, "one_class"), ("low", 0, "chance")])
    assert drawn(axes) == {"low": "50.00%  one class", "high": "2.00%"}
    assert diamonds(axes)[0][1:] == ("#ffffff", MUTED)
    assert diamonds(axes)[1][1:] == (INK, INK)


def test_a_rung_without_a_trained_seed_keeps_its_place():
    axes = figure_of({"low": [0.5], "high": [0.98]}, [("gone", 1, "diverged"), ("last", 3, "failed")])
    assert drawn(axes) == {"low": "50.00%", "gone": "diverged", "high": "2.00%", "last": "failed"}
    assert sorted(diamonds(axes)) == [0, 2]


VALIDATION = pd.DataFrame(
    [
        {"variant": "low", "accuracy": 0.8, "low": 0.7, "high": 0.9, "seeds": 2},
        {"variant": "top", "accuracy": 1.0, "low": 0.96, "high": 1.0, "seeds": 1},
    ]
)
# The highest rung has no result.
MARKS = pd.DataFrame([{"variant": "off", "place": 2, "mark": "failed", "why": "failed: x"}])
METRICS = pd.DataFrame(
    [
        {"variant": "low", "seed": 0, "metric": "accuracy", "class": "", "value": 0.78},
        {"variant": "low", "seed": 1, "metric": "accuracy", "class": "", "value": 0.82},
        {"variant": "top", "seed": 0, "metric": "accuracy", "class": "", "value": 1.0},
    ]
)


def test_the_ladder_shows_error_rates_the_lowest_rung_at_the_bottom():
    figure = ladder.draw(VALIDATION, METRICS, MARKS, Pictures([], labels=range(100)))
    axes = figure.axes[0]
    assert labels(axes.yaxis) == ["low", "top", "off"]
    assert axes.get_ylim()[0] < axes.get_ylim()[1]
    points = [collection.get_offsets() for collection in axes.collections if len(collection.get_offsets())]
    dots = [sorted(map(tuple, np.round(offsets.data, 6))) for offsets in points]
    assert [(0.18, 0), (0.22, 0)] in dots
    assert [(0.2, 0)] in dots
    assert dots.count([(0.005, 1)]) == 2  # a rung without a mistake is drawn at half an image
    intervals = [c.get_segments()[0] for c in axes.collections if hasattr(c, "get_segments") and len(c.get_segments())]
    # A rung without seeds has an interval too. An end at 100% is drawn at half an image.
    np.testing.assert_allclose(intervals, [[[0.1, 0], [0.3, 0]], [[0.005, 1], [0.04, 1]]])
    assert [(text.get_text(), text.xy[1]) for text in axes.texts] == [("20.00%", 0), ("0.00%", 1), ("failed", 2)]
    assert axes.get_xscale() == "log"
