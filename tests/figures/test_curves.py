import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from ladder.figures import learning_curves, loss_curves
from ladder.presentation import artifacts, style
from tests.figures.drawn import Pictures


def history(**columns):
    rows = [{"variant": "net", "seed": seed, "epoch": epoch} for seed in (0, 1) for epoch in (0, 1)]
    return pd.DataFrame(rows).assign(**columns)


def test_learning_curves_are_the_mean_error_with_a_band_from_seed_to_seed():
    table = history(accuracy=[0.5, 0.8, 0.7, 1.0], train_loss=1.0, valid_loss=1.0)
    axes = learning_curves.draw(table, Pictures([], labels=range(50))).axes[0]
    (line,) = axes.lines
    np.testing.assert_allclose(line.get_xydata(), [[1, 0.4], [2, (0.2 + 0.01) / 2]])
    band = axes.collections[0].get_paths()[0].vertices
    assert {tuple(np.round(point, 6)) for point in band} >= {(1, 0.3), (1, 0.5), (2, 0.01), (2, 0.2)}
    assert axes.get_title("left") == "net"


def test_loss_curves_tell_training_from_validation():
    table = history(train_loss=[4.0, 2.0, 2.0, 1.0], valid_loss=[5.0, 3.0, 5.0, 1.0])
    figure = loss_curves.draw(table)
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    np.testing.assert_allclose(lines["training"].get_ydata(), [3, 1.5])
    np.testing.assert_allclose(lines["validation"].get_ydata(), [5, 2])
    assert to_rgb(lines["training"].get_color()) == to_rgb(style.ORANGE)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["training", "validation"]
    assert figure.axes[0].get_ylim()[0] == 0


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_losses_that_are_no_numbers_are_left_out(value, tmp_path):
    """If one seed diverged, the other seed's losses are drawn; if all did, the losses of the epochs before."""
    for train_loss, drawn in (([1.0, 0.5, 3.0, value], [1, 0.5]), ([1.0, value, 3.0, value], [2])):
        figure = loss_curves.draw(history(train_loss=train_loss, valid_loss=1.0))
        figure.savefig(io.BytesIO())
        panel = figure.axes[0]
        points = panel.lines[0].get_ydata() if len(drawn) > 1 else [panel.collections[0].get_offsets()[:, 1].mean()]
        np.testing.assert_allclose(points, drawn)


def test_an_empty_loss_in_a_file_is_missing(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("variant,seed,epoch,train_loss,valid_loss,accuracy\nnet,0,0,1.0,,\nnet,0,1,inf,nan,0.5\n")
    table = artifacts.load("history", [str(path)])
    assert table["train_loss"].tolist() == [1.0, np.inf]
    assert table["valid_loss"].isna().all()
    loss_curves.draw(table).savefig(io.BytesIO())
    learning_curves.draw(table, Pictures([], labels=range(9))).savefig(io.BytesIO())


def test_one_epoch_is_a_dot_a_seed():
    table = history(accuracy=0.9, train_loss=1.0, valid_loss=2.0)
    table = table[table["epoch"] == 0]
    for figure in (learning_curves.draw(table, Pictures([], labels=range(9))), loss_curves.draw(table)):
        assert next(len(dots.get_offsets()) for dots in figure.axes[0].collections) == 2


def test_a_study_without_a_finished_training_says_so():
    empty = pd.DataFrame(columns=["variant", "seed", "epoch", "train_loss", "valid_loss", "accuracy"])
    for figure in (learning_curves.draw(empty, Pictures([], labels=range(9))), loss_curves.draw(empty)):
        assert [text.get_text() for text in figure.texts] == ["No training run of this ladder has an epoch to show."]
