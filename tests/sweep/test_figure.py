import io

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle

from ladder.config.sweeps import points_of
from ladder.presentation import style as plotting
from ladder.sweep.cells import Scale, accuracy
from ladder.sweep.figure import draw
from ladder.sweep.points import best_of

IMAGES = 100
ONE = {"lr": [0.1, 1.0, 10.0]}
TWO = {"lr": [0.1, 1.0, 10.0], "options.hidden": [10, 30]}
FOUR = {"shuffle": [False, True], "lr": [0.1, 1.0, 10.0], "loss": ["mse", "mnist_loss"], "batch_size": [1, 2, 3, 4]}


@pytest.fixture(autouse=True)
def style():
    with matplotlib.rc_context():
        plotting.apply_style()
        yield


def tables_of(over, accuracies, seeds=3):
    """The tables of a sweep with these mean accuracies; at None all seeds diverged."""
    names = list(points_of(over))
    points = pd.DataFrame({"point": names, "accuracy_mean": np.array(accuracies, dtype=float)})
    points["n"] = [0 if value is None else seeds for value in accuracies]
    points["diverged"], points["failed"] = seeds - points["n"], 0
    points["accuracy_low"], points["accuracy_high"] = points["accuracy_mean"] - 0.01, points["accuracy_mean"] + 0.01
    runs = points.loc[points.index.repeat(seeds), ["point"]].assign(accuracy=points["accuracy_mean"])
    runs["seed"] = list(range(seeds)) * len(points)
    return {"points": points, "runs": runs.reset_index(drop=True)}


def drawn(over, accuracies, own="", **options):
    return draw(over, **tables_of(over, accuracies, **options), images=IMAGES, own=own)


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def labels(axes, axis):
    return [label.get_text() for label in getattr(axes, f"get_{axis}ticklabels")()]


def frames(axes):
    """Corner (column, row) and size of each frame."""
    patches = [patch for patch in axes.patches if isinstance(patch, Rectangle) and not patch.get_hatch()]
    return [(frame.get_x() + 0.5, frame.get_y() + 0.5, frame.get_height()) for frame in patches]


def hatched(axes):
    return [(patch.get_x() + 0.5, patch.get_y() + 0.5) for patch in axes.patches if patch.get_hatch()]


def legend(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_two_settings_are_rows_and_columns_with_numbers():
    figure = drawn(TWO, [0.5, 0.6, 0.7, 0.8, 0.9, 0.95], own="lr=1,options.hidden=10")
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("lr", "hidden")
    assert (labels(axes, "x"), labels(axes, "y")) == (["0.1", "1", "10"], ["10", "30"])
    # Row by row: hidden 10, then 30.
    assert texts(figure) == ["50.00", "70.00", "90.00", "60.00", "80.00", "95.00"]
    assert frames(axes) == [(1, 0, 1), (2, 1, 1)]
    assert legend(figure) == ["highest mean accuracy", "the variant's own setting"]


def test_a_point_without_a_mistake_is_written_as_it_is():
    figure = drawn(TWO, [0.5, 0.6, 0.7, 0.8, 0.999, 1.0])
    figure.savefig(io.BytesIO())
    assert texts(figure)[2::3] == ["99.90", "100.00"]


def test_what_diverged_is_hatched_and_has_no_number():
    figure = drawn(TWO, [0.5, 0.6, 0.7, 0.8, 0.9, None])
    assert hatched(figure.axes[0]) == [(2, 1)]
    assert texts(figure) == ["50.00", "70.00", "90.00", "60.00", "80.00"]
    assert legend(figure) == ["highest mean accuracy", "a run diverged"]


def test_a_point_that_lost_some_runs_is_hatched_and_not_the_best():
    tables = tables_of(TWO, [0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
    tables["points"].loc[5, ["n", "diverged"]] = 2, 1
    figure = draw(TWO, **tables, images=IMAGES, own="")
    assert hatched(figure.axes[0]) == [(2, 1)]
    assert frames(figure.axes[0]) == [(2, 0, 1)]
    assert "95.00" in texts(figure)


def test_one_setting_has_its_seeds_below_a_line():
    figure = drawn(ONE, [0.8, 0.9, None], own="lr=0.1")
    above, below, _ = figure.axes
    np.testing.assert_allclose(above.lines[0].get_ydata(), [0.2, 0.1, np.nan])
    assert (below.get_xlabel(), labels(below, "x"), labels(below, "y")) == ("lr", ["0.1", "1", "10"], ["0", "1", "2"])
    assert frames(below) == [(0, 0, 3), (1, 0, 3)]
    assert hatched(below) == [(2, 0), (2, 1), (2, 2)]
    assert texts(figure) == ["80.00", "90.00"] * 3
    assert above.get_xlim() == below.get_xlim()


def test_values_that_are_no_numbers_have_bars_and_no_line():
    above = drawn({"optimizer": ["sgd", "adam"]}, [0.8, 0.9]).axes[0]
    assert len(above.lines) == 1  # the line at the best value
    assert len(above.collections) == 2


def test_further_settings_are_panels():
    figure = drawn(FOUR, np.linspace(0.5, 0.9, 48).tolist())
    panels = figure.axes[:4]
    assert [axes.get_title("left") for axes in panels] == [
        "shuffle=false,loss=mse",
        "shuffle=false,loss=mnist_loss",
        "shuffle=true,loss=mse",
        "shuffle=true,loss=mnist_loss",
    ]
    assert {len(axes.texts) for axes in panels} == {12}
    # The product's last setting changes fastest: the second panel begins with the fifth point.
    assert panels[1].texts[0].get_text() == f"{100 * np.linspace(0.5, 0.9, 48)[4]:.2f}"
    assert frames(panels[3]) == [(3, 2, 1)]


def test_many_cells_have_fewer_labels_and_no_numbers():
    figure = drawn({"lr": list(range(1, 81)), "batch_size": [1, 2]}, np.linspace(0.5, 0.9, 160).tolist())
    assert texts(figure) == []
    shown = labels(figure.axes[0], "x")
    assert shown[0] == "1"
    assert 10 < len(shown) < 40


@pytest.mark.parametrize("over", [ONE, TWO])
@pytest.mark.parametrize("value", [None, 1.0, 0.5])
def test_points_that_are_all_alike_can_be_drawn(over, value):
    figure = drawn(over, [value] * len(points_of(over)))
    figure.savefig(io.BytesIO())
    assert bool(hatched(figure.axes[len(over) % 2])) == (value is None)


def test_one_seed_has_no_band():
    tables = tables_of(ONE, [0.8, 0.9, 0.7], seeds=1)
    tables["points"][["accuracy_low", "accuracy_high"]] = np.nan
    draw(ONE, **tables, images=IMAGES, own="").savefig(io.BytesIO())


@pytest.mark.parametrize("over", [ONE, TWO, FOUR])
def test_the_same_tables_give_the_same_bytes(tmp_path, over):
    accuracies = [None, *np.linspace(0.5, 0.9, len(points_of(over)) - 1).tolist()]
    saved = []
    for name in "ab":
        plotting.save(drawn(over, accuracies), tmp_path / f"{name}.svg", tmp_path / f"{name}.png")
        saved.append([(tmp_path / f"{name}.{kind}").read_bytes() for kind in ("svg", "png")])
    assert saved[0] == saved[1]


@pytest.mark.parametrize(
    ("errors", "low", "high"),
    [([0.1, 0.2, np.nan], 0.1, 0.2), ([0.1, 0.1], 0.1 / 1.05, 0.105), ([0, 0.2], 0.001, 0.2)],
)
def test_a_scale_spans_what_is_there(errors, low, high):
    scale = Scale.of(errors, 0.001)
    assert (scale.low, scale.high) == pytest.approx((low, high))


@pytest.mark.parametrize(("low", "high"), [(0.001, 0.9), (0.02, 0.05), (0.0214, 0.0302), (0.3, 0.301), (0.005, 0.5)])
def test_a_scale_has_a_few_ticks_within_it(low, high):
    ticks = Scale(low, high).ticks
    assert 2 <= len(ticks) <= 12
    assert all(low <= tick <= high for tick in ticks)
    assert len({accuracy(tick) for tick in ticks}) == len(ticks)


@pytest.mark.parametrize(
    ("means", "diverged", "best"),
    [
        ([0.5, 0.9, 0.9], [0, 0, 0], "b"),
        ([0.5, 0.9, 0.6], [0, 1, 0], "c"),
        ([0.5, 0.9, np.nan], [1, 1, 2], "b"),
        ([np.nan] * 3, [2, 2, 2], None),
    ],
)
def test_the_best_point_is_one_that_did_not_diverge(means, diverged, best):
    points = pd.DataFrame({"point": list("abc"), "accuracy_mean": means, "diverged": diverged, "failed": 0})
    assert best_of(points.assign(n=2 - points["diverged"], diverged=0, failed=points["diverged"])) == best
    assert best_of(points.assign(n=2 - points["diverged"])) == best
