import numpy as np
import pandas as pd
import pytest

from ladder.evaluation import tallies
from ladder.evaluation.calibration import CALIBRATION, calibration_rows
from ladder.figures import reliability
from ladder.presentation import style
from tests.figures.drawn import SUMMARY as ACCURACIES


@pytest.fixture(scope="module")
def calibration():
    random = np.random.default_rng(0)
    rows = []
    for rung in "abcdef":
        labels, first = random.integers(0, 2, 200), random.random(200)
        rows += calibration_rows(rung, [tallies.calibration(labels, np.stack([first, 1 - first], 1))])
    return pd.DataFrame(rows)


SUMMARY = pd.DataFrame([{"variant": "a", "metric": "calibration_error", "class": "", "mean": 0.01234}])


def test_a_panel_a_rung_with_its_calibration_error(calibration):
    titles = [axes.get_title("left") or axes.get_title() for axes in reliability.draw(calibration, SUMMARY).axes]
    assert titles == ["a\nECE 0.0123", "b", "c", "d", "e", "f"]


def test_the_axis_starts_where_confidence_does(calibration):
    axes = reliability.draw(calibration, SUMMARY).axes[0]
    assert axes.get_xlim()[0] == 7 / 15


def test_a_study_without_probabilities_says_so():
    figure = reliability.draw(pd.DataFrame(columns=list(CALIBRATION)), SUMMARY)
    assert [text.get_text() for text in figure.texts] == ["No rung of this study has probabilities for scores."]


def test_the_figure_is_the_same_bytes_twice(calibration, tmp_path):
    style.apply_style()
    for name in "xy":
        style.save(reliability.draw(calibration, SUMMARY), tmp_path / f"{name}.svg", tmp_path / f"{name}.png")
    for kind in ("svg", "png"):
        assert (tmp_path / f"x.{kind}").read_bytes() == (tmp_path / f"y.{kind}").read_bytes()


def test_a_reliability_diagram_shows_accuracy_over_confidence():
    bins = {"variant": "net", "low": [0.5, 0.6, 0.7], "high": [0.6, 0.7, 0.8], "images": [4, 0, 12]}
    table = pd.DataFrame(
        bins
        | {"confidence": [0.55, None, 0.75], "accuracy": [0.5, None, 1.0]}
        | {"wilson_low": [0.2, None, 0.8], "wilson_high": [0.8, None, 1.0]}
    )
    axes = reliability.draw(table, ACCURACIES).axes[0]
    diagonal, curve = axes.lines
    np.testing.assert_allclose(diagonal.get_xydata(), [[0, 0], [1, 1]])
    np.testing.assert_allclose(curve.get_xydata(), [[0.55, 0.5], [0.75, 1.0]])
    bars, dots = axes.collections
    np.testing.assert_allclose(bars.get_segments(), [[[0.55, 0.2], [0.55, 0.8]], [[0.75, 0.8], [0.75, 1.0]]])
    few, many = dots.get_sizes()
    assert many > few
    assert axes.get_title("left") == "net"
