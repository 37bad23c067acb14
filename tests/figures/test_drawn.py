"""What each figure shows, read from the Figure object: which picture is where, which way round, with which values."""

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from ladder.evaluation.calibration import CALIBRATION
from ladder.figures import (
    agreement,
    chapter_accuracy_is_no_loss,
    chapter_activations,
    chapter_flow,
    chapter_rolling_ball,
    chapter_slope,
    confusion,
    ladder,
    learning_curves,
    loss_curves,
    means,
    mistakes,
    reliability,
    samples,
    weights,
)
from ladder.presentation import artifacts, style


class Pictures:
    """Images of a split, or means, as figures take them."""

    def __init__(self, images, classes=(), labels=()):
        self._images, self.classes, self.labels = images, list(classes), np.array(labels, dtype=np.int64)

    def __getitem__(self, number):
        return artifacts.shown(self._images[number])


def sheet_of(figure):
    """The one array that is drawn, RGB, and a function from inches to its pixels."""
    (image,) = figure.axes[0].images
    array = np.asarray(image.get_array())
    left, right, bottom, top = image.get_extent()
    return array, (array.shape[0] / (bottom - top), array.shape[1] / (right - left))


def texts_of(figure):
    return {text.get_text(): text.get_position() for text in figure.axes[0].texts if text.get_text()}


def places_of(figure, image):
    """Where an RGB image lies in the sheet, in inches (x, y), from left to right and top to bottom."""
    array, (down, across) = sheet_of(figure)
    height, width = image.shape[:2]
    windows = np.lib.stride_tricks.sliding_window_view(array, (height, width, 3))[:, :, 0]
    equal = (windows == image).all(axis=(2, 3, 4))
    return sorted(((x / across, y / down) for y, x in np.argwhere(equal)), key=lambda place: place[::-1])


def patterned(count, shape=(28, 28), seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)


def test_a_row_of_samples_is_a_class_in_ink():
    images = patterned(60)
    figure = samples.draw(Pictures(images, ["3", "7"], [0, 1] * 30))
    names = texts_of(figure)
    rows = []
    for label, name in enumerate(("3", "7")):
        chosen = [2 * number + label for number in np.linspace(0, 29, 14).astype(int)]
        places = [places_of(figure, np.repeat(255 - images[n][:, :, None], 3, 2)) for n in chosen]
        assert all(len(place) == 1 for place in places)
        xs, ys = zip(*[place[0] for place in places])
        assert list(xs) == sorted(xs)
        assert len(set(ys)) == 1
        assert abs(names[name][1] - (ys[0] + 28 * 3 / 144 / 2)) < 0.01
        rows.append(ys[0])
    assert rows == sorted(rows)


def test_no_image_of_a_small_class_is_shown_twice():
    images = patterned(24)
    labels = [0] * 4 + [1] * 20
    figure = samples.draw(Pictures(images, ["few", "many"], labels))
    for image, label in zip(images, labels):
        assert len(places_of(figure, np.repeat(255 - image[:, :, None], 3, 2))) == 1 or label == 1
    shown = sum(len(places_of(figure, np.repeat(255 - image[:, :, None], 3, 2))) for image in images[:4])
    assert shown == 4


def test_colour_is_shown_as_it_is():
    images = patterned(8, (3, 16, 16))
    figure = samples.draw(Pictures(images, ["a", "b"], [0, 1] * 4))
    _, (down, _) = sheet_of(figure)
    image = images[0].transpose(1, 2, 0)
    assert len(places_of(figure, image.repeat(2, 0).repeat(2, 1) if down == 72 else image)) == 1


def test_large_images_are_thumbnails_of_a_stated_size():
    images = np.zeros((20, 3, 224, 224), np.uint8)
    images[0] = 200
    figure = samples.draw(Pictures(images, ["a", "b"], [0] * 10 + [1] * 10))
    assert "Images of 224×224 pixels are shown reduced to 64×64." in texts_of(figure)
    assert len(places_of(figure, np.full((64, 64, 3), 200, np.uint8))) == 1
    assert sheet_of(figure)[0].size < 3_000_000


def test_of_many_classes_a_stated_hundred_is_shown():
    images = patterned(250, (8, 8))
    classes = [f"c{n:03}" for n in range(250)]
    figure = samples.draw(Pictures(images, classes, range(250)))
    names = [name for name in texts_of(figure) if name.startswith("c")]
    assert len(names) == 100
    assert (names[0], names[-1]) == ("c000", "c249")
    assert "100 of 250 classes are shown, at equal distances through their list." in texts_of(figure)
    assert len(figure.axes) == len(figure.axes[0].images) == 1


def test_means_stand_in_the_order_of_their_classes():
    values = np.linspace(0.1, 0.9, 12)
    averages = np.ones((12, 28, 28), np.float32) * values[:, None, None].astype(np.float32)
    figure = means.draw(Pictures(averages), Pictures([], [f"c{n}" for n in range(12)]))
    array, (down, across) = sheet_of(figure)
    for number, value in enumerate(values):
        x, y = texts_of(figure)[f"c{number}"]
        below = array[int((y + 0.3) * down), int((x + 0.2) * across)]
        assert below.tolist() == [255 - round(255 * value)] * 3
    xs, ys = zip(*[texts_of(figure)[f"c{n}"] for n in range(12)])
    assert list(ys[:10]) == [ys[0]] * 10 and ys[10] == ys[11] > ys[0]
    assert list(xs[:10]) == sorted(xs[:10])


def test_the_difference_of_two_means_is_red_where_the_first_has_more():
    averages = np.full((2, 28, 28), 0.5, np.float32)
    averages[0, :14], averages[1, 14:] = 1.0, 1.0
    figure = means.draw(Pictures(averages), Pictures([], ["3", "7"]))
    x, y = texts_of(figure)["3 minus 7"]
    array, (down, across) = sheet_of(figure)
    upper, lower = (array[int((y + away) * down), int((x + 0.3) * across)].astype(int) for away in (0.2, 1.2))
    assert upper[0] > upper[2] + 40
    assert lower[2] > lower[0] + 40


@pytest.fixture
def linear_file(tmp_path, write_weights):
    """`linear_file(variant, model, matrix)`: its weights as figures take them."""

    def write(variant, model, matrix):
        name, outputs = {"linear": ("1.weight", 0), "linear_by_hand": ("weights", 1)}[model]
        parameters = {name: matrix, "b": np.zeros(matrix.shape[outputs])}
        return artifacts.Weights(write_weights(tmp_path / f"{variant}.w", variant, model, parameters))

    return write


def picture_at(figure, x, y, inches=0.2):
    array, (down, across) = sheet_of(figure)
    return array[round(y * down) :, round(x * across) :]


def test_weights_of_two_classes_are_one_picture_a_variant_the_right_way_up(linear_file):
    matrix = np.zeros((1, 28 * 28))
    matrix[0, :28] = 1  # the first row of pixels speaks for the first class
    matrix[0, 28::28] = -1  # the first column, below, against it
    blocks = [linear_file("own", "linear", matrix), linear_file("hand", "linear_by_hand", matrix.T)]
    figure = weights.draw(blocks, Pictures(np.zeros((1, 28, 28), np.uint8), ["3", "7"]))
    for name in ("own", "hand"):
        x, y = texts_of(figure)[name]
        picture = picture_at(figure, x, y + 0.05).astype(int)
        assert picture[1, 10, 0] > picture[1, 10, 2] + 60, "red above"
        assert picture[40, 1, 2] > picture[40, 1, 0] + 60, "blue at the left"
        assert picture[40, 40].min() > 240, "white where nothing is said"
    assert texts_of(figure)["own"][0] < texts_of(figure)["hand"][0]


@pytest.mark.parametrize("model", ["linear", "linear_by_hand"])
def test_with_as_many_classes_as_pixels_weights_are_not_turned(linear_file, model):
    matrix = np.zeros((16, 16))
    matrix[3, 0] = matrix[3, 1] = 1  # the fourth class: the first two pixels
    kept = matrix if model == "linear" else matrix.T
    block = linear_file("rung", model, kept)
    classes = [f"c{n:02}" for n in range(16)]
    figure = weights.draw([block], Pictures(np.zeros((1, 4, 4), np.uint8), classes))
    array, _ = sheet_of(figure)
    red = np.argwhere(array[..., 2].astype(int) < 100)
    x = texts_of(figure)["c03"][0]
    _, (_, across) = sheet_of(figure)
    pitch = texts_of(figure)["c04"][0] - x
    assert abs(red[:, 1].mean() / across - x) < pitch / 2
    height, width = np.ptp(red, axis=0) + 1
    assert width == 2 * height


def test_weights_know_a_linear_model_by_its_shapes_alone(tmp_path, write_weights, linear_file):
    rows = np.zeros((10, 28 * 28))
    valid = Pictures(np.zeros((1, 28, 28), np.uint8), [str(n) for n in range(10)])
    net = {
        "1.weight": np.zeros((30, 28 * 28)),
        "1.bias": np.zeros(30),
        "3.weight": np.zeros((10, 30)),
        "3.bias": np.zeros(10),
    }
    files = [
        write_weights(tmp_path / "net", "net", "mlp", net),
        write_weights(
            tmp_path / "wide", "wide", "linear", {"1.weight": np.zeros((30, 28 * 28)), "1.bias": np.zeros(30)}
        ),
        write_weights(tmp_path / "none", "none", "linear", {}),
    ]
    blocks = [artifacts.Weights(file) for file in files]
    assert [block.linear(784, 10) for block in blocks] == [None] * 3
    figure = weights.draw(blocks, valid)
    assert [text.get_text() for text in figure.texts] == ["This ladder has no linear model that was trained."]
    assert linear_file("rung", "linear", rows).linear(784, 10) == ("seed0.1.weight", 10)


def test_weights_are_of_the_first_seed_and_summed_over_channels(tmp_path, write_weights):
    matrix = np.zeros((1, 3 * 28 * 28))
    matrix[0, [0, 784, 1568]] = (2, 1, -1)
    path = write_weights(
        tmp_path / "w", "rung", "linear", {"1.weight": matrix, "1.bias": np.zeros(1)}, seeds=3, first=9
    )
    block = artifacts.Weights(path)
    name, outputs = block.linear(3 * 784, 2)
    assert (name, outputs) == ("seed9.1.weight", 1)
    np.testing.assert_array_equal(block.row(name, 0), matrix[0])
    figure = weights.draw([block], Pictures(np.zeros((1, 3, 28, 28), np.uint8), ["a", "b"]))
    x, y = texts_of(figure)["rung"]
    picture = picture_at(figure, x, y + 0.05).astype(int)
    assert picture[0, 0, 0] > picture[0, 0, 2] + 40


def test_weights_of_many_classes_are_a_row_a_variant_and_a_column_a_class(linear_file):
    matrix = np.full((3, 28 * 28), -1.0)
    matrix[1] = 1
    blocks = [linear_file(name, "linear", matrix * sign) for name, sign in (("up", 1), ("down", -1))]
    figure = weights.draw(blocks, Pictures(np.zeros((1, 28, 28), np.uint8), ["a", "b", "c"]))
    names = texts_of(figure)
    array, (down, across) = sheet_of(figure)
    red = {
        (rung, name): bool(
            array[int(names[rung][1] * down), int(names[name][0] * across), 0]
            > array[int(names[rung][1] * down), int(names[name][0] * across), 2]
        )
        for rung in ("up", "down")
        for name in "abc"
    }
    assert [red["up", name] for name in "abc"] == [False, True, False]
    assert [red["down", name] for name in "abc"] == [True, False, True]
    assert names["up"][1] < names["down"][1]


def counts(rungs, classes, matrix, seeds=1):
    return pd.DataFrame(
        [
            {"variant": rung, "seed": seed, "class": true, "predicted": guess, "images": matrix[i][j] + seed}
            for rung in rungs
            for seed in range(seeds)
            for i, true in enumerate(classes)
            for j, guess in enumerate(classes)
        ]
    )


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_rows_of_a_confusion_matrix_are_classes_and_columns_predictions():
    # A class may be named like a column of the table, and stand in any order.
    classes = ["variant", "class"]
    table = counts(["a", "b"], classes, [[8, 2], [0, 5]], seeds=3)
    figure = confusion.draw(table.sample(frac=1, random_state=0).sort_values("variant"), Pictures([], classes))
    first, second = figure.axes
    assert [axes.get_title("left") for axes in (first, second)] == ["a", "b"]
    np.testing.assert_allclose(first.images[0].get_array(), [[9 / 12, 3 / 12], [1 / 7, 6 / 7]])
    assert {text.get_position(): text.get_text() for text in first.texts} == {
        (0, 0): "9", (1, 0): "3", (0, 1): "1", (1, 1): "6",
    }  # fmt: skip
    assert labels(first.yaxis) == labels(first.xaxis) == labels(second.xaxis) == classes
    assert first.get_ylim()[0] > first.get_ylim()[1], "the first class is at the top"
    assert first.get_position().x0 < second.get_position().x0
    assert [text.get_text() for text in figure.texts] == ["predicted", "class"]


def test_with_many_classes_only_mistakes_are_written():
    classes = ["a", "b", "c", "d"]
    matrix = np.diag([5, 5, 5, 5]) + np.eye(4, k=1)
    axes = confusion.draw(counts(["x"], classes, matrix.tolist()), Pictures([], classes)).axes[0]
    assert {text.get_position() for text in axes.texts} == {(1, 0), (2, 1), (3, 2)}


def test_of_many_classes_each_rungs_most_confused_are_shown_and_it_says_so():
    classes = [f"c{n:02}" for n in range(40)]
    matrix = np.diag(np.full(40, 9.0))
    matrix[35, 2], matrix[7, 30], matrix[1, 0] = 5, 4, 0.2
    figure = confusion.draw(counts(["x"], classes, matrix.tolist()), Pictures([], classes))
    axes = figure.axes[0]
    assert len(labels(axes.yaxis)) == 15
    assert {"c02", "c07", "c30", "c35", "c00", "c01"} <= set(labels(axes.yaxis))
    assert labels(axes.xaxis) == labels(axes.yaxis) == sorted(labels(axes.xaxis))
    row, column = (labels(axes.yaxis).index(name) for name in ("c35", "c02"))
    assert axes.images[0].get_array()[row, column] == pytest.approx(5 / 14)
    assert "Each rung's 15 most confused classes of 40; what it takes for others is not shown." in [
        text.get_text() for text in figure.texts
    ]


def test_the_most_confused_are_the_pairs_with_the_most_images_in_both_directions():
    matrix = np.zeros((6, 6))
    matrix[0, 1] = matrix[1, 0] = 2
    matrix[2, 3] = 3
    matrix[4, 4] = 99
    assert confusion.most_confused(matrix, 2) == [0, 1]
    assert confusion.most_confused(matrix, 4) == [0, 1, 2, 3]


def test_a_rung_that_is_missing_from_the_confusions_is_left_out():
    table = counts(["a"], ["x", "y"], [[1, 0], [0, 1]])
    assert len(confusion.draw(table, Pictures([], ["x", "y"])).axes) == 1
    nothing = confusion.draw(table[:0], Pictures([], ["x", "y"]))
    assert [text.get_text() for text in nothing.texts] == ["No rung of this study has a result."]


SUMMARY = pd.DataFrame(
    [
        {"variant": "low", "metric": "accuracy", "class": "", "mean": 0.8, "low": 0.7, "high": 0.9, "n": 2},
        {"variant": "top", "metric": "accuracy", "class": "", "mean": 1.0, "low": None, "high": None, "n": 1},
        {"variant": "top", "metric": "f1", "class": "a", "mean": 0.1, "low": None, "high": None, "n": 1},
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
    figure = ladder.draw(SUMMARY, METRICS, MARKS, Pictures([], labels=range(100)))
    axes = figure.axes[0]
    assert labels(axes.yaxis) == ["low", "top", "off"]
    assert axes.get_ylim()[0] < axes.get_ylim()[1]
    points = [collection.get_offsets() for collection in axes.collections if len(collection.get_offsets())]
    dots = [sorted(map(tuple, np.round(offsets.data, 6))) for offsets in points]
    assert [(0.18, 0), (0.22, 0)] in dots
    assert [(0.2, 0)] in dots
    assert dots.count([(0.005, 1)]) == 2  # no mistake: half an image
    (interval,) = [c for c in axes.collections if hasattr(c, "get_segments") and len(c.get_segments())]
    np.testing.assert_allclose(interval.get_segments()[0], [[0.1, 0], [0.3, 0]])
    assert [(text.get_text(), text.xy[1]) for text in axes.texts] == [("20.00%", 0), ("0.00%", 1), ("failed", 2)]
    assert axes.get_xscale() == "log"


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
    """Of seeds of which one diverged the other's losses are drawn; where all did, the epochs before."""
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


def test_a_reliability_diagram_shows_accuracy_over_confidence():
    bins = {"variant": "net", "low": [0.5, 0.6, 0.7], "high": [0.6, 0.7, 0.8], "images": [4, 0, 12]}
    table = pd.DataFrame(
        bins
        | {"confidence": [0.55, None, 0.75], "accuracy": [0.5, None, 1.0]}
        | {"wilson_low": [0.2, None, 0.8], "wilson_high": [0.8, None, 1.0]}
    )
    axes = reliability.draw(table, SUMMARY).axes[0]
    diagonal, curve = axes.lines
    np.testing.assert_allclose(diagonal.get_xydata(), [[0, 0], [1, 1]])
    np.testing.assert_allclose(curve.get_xydata(), [[0.55, 0.5], [0.75, 1.0]])
    bars, dots = axes.collections
    np.testing.assert_allclose(bars.get_segments(), [[[0.55, 0.2], [0.55, 0.8]], [[0.75, 0.8], [0.75, 1.0]]])
    few, many = dots.get_sizes()
    assert many > few
    assert axes.get_title("left") == "net"


def mistake(variant, rank, image, true, guess):
    return {"variant": variant, "rank": rank, "image": image, "class": true, "predicted": guess}


def test_mistakes_are_rows_of_rungs_with_class_and_prediction():
    images = patterned(4)
    table = pd.DataFrame([mistake("low", 1, 2, "3", "7"), mistake("low", 2, 0, "7", "3")])
    off = pd.DataFrame([{"variant": "off", "metric": "accuracy", "class": "", "mean": float("nan"), "n": 0}])
    figure = mistakes.draw(table, pd.concat([SUMMARY, off], ignore_index=True), Pictures(images, ["3", "7"]))
    names = texts_of(figure)
    (worst,), (second,) = (places_of(figure, np.repeat(255 - images[n][:, :, None], 3, 2)) for n in (2, 0))
    assert worst[1] == second[1]
    assert worst[0] < second[0]
    assert names["3 as 7"][0] == pytest.approx(worst[0])
    assert names["7 as 3"][0] == pytest.approx(second[0])
    assert names["low"][1] == pytest.approx(worst[1] + 28 * 3 / 144 / 2, abs=0.05)
    assert names["low"][1] < names["top"][1] == names["no mistake"][1] < names["off"][1] == names["no result"][1]


def test_the_flow_goes_through_the_seven_steps():
    axes = chapter_flow.draw().axes[0]
    names = [text for text in axes.texts if text.get_text() in chapter_flow.STEPS]
    assert [text.get_text() for text in sorted(names, key=lambda text: text.get_position()[0])] == list(
        chapter_flow.STEPS
    )


def test_activations_are_drawn_from_their_table():
    x = np.array([-1.0, 0.0, 1.0])
    table = pd.DataFrame({"x": x, "sigmoid": [0.3, 0.5, 0.7], "slope": [0.2, 0.25, 0.2], "relu": [0, 0, 1]})
    left, right = chapter_activations.draw(table).axes
    np.testing.assert_allclose(left.lines[0].get_ydata(), [0.3, 0.5, 0.7])
    np.testing.assert_allclose(left.lines[1].get_ydata(), [0.2, 0.25, 0.2])
    np.testing.assert_allclose(right.lines[0].get_xydata(), [[-1, 0], [0, 0], [1, 1]])


def test_a_slope_touches_its_parabola():
    facts = {"gradients": {"square": {"at": 3.0, "value": 9.0, "gradient": 6.0}}}
    axes = chapter_slope.draw(facts).axes[0]
    curve, tangent = axes.lines
    np.testing.assert_allclose(curve.get_ydata(), curve.get_xdata() ** 2)
    np.testing.assert_allclose(tangent.get_ydata(), 9 + 6 * (tangent.get_xdata() - 3))
    assert [text.get_text() for text in axes.texts] == ["slope 6"]


def test_the_rolling_ball_is_shown_at_the_start_and_the_end():
    ball = pd.DataFrame({"time": [0.0, 1.0, 2.0], "speed": [3.0, 1.0, 2.0]})
    steps = pd.DataFrame({"step": range(6), "a": range(6), "b": 1.0, "c": 2.0, "loss": [9, 5, 4, 3, 2, 1]})
    *panels, losses = chapter_rolling_ball.draw(ball, steps).axes
    assert [panel.get_title("left") for panel in panels] == ["start", "after step 1", "after step 2", "after step 5"]
    for panel, a in zip(panels, (0, 1, 2, 5), strict=True):
        np.testing.assert_allclose(panel.lines[0].get_ydata(), a * ball["time"] ** 2 + ball["time"] + 2)
        np.testing.assert_allclose(panel.collections[0].get_offsets(), ball)
    np.testing.assert_allclose(losses.lines[0].get_ydata(), steps["loss"])
    assert losses.get_yscale() == "log"


def test_accuracy_goes_in_steps_and_losses_do_not():
    table = pd.DataFrame({"change": [-1, 0, 1], "accuracy": [0.5, 0.6, 0.6], "mnist_loss": [3, 2, 1], "mse": [6, 5, 4]})
    axes = chapter_accuracy_is_no_loss.draw(table).axes
    assert [panel.get_title("left") for panel in axes] == ["accuracy", "mnist_loss", "mse"]
    for panel, column in zip(axes, ("accuracy", "mnist_loss", "mse"), strict=True):
        np.testing.assert_allclose(panel.lines[0].get_xydata(), table[["change", column]])
        assert (panel.lines[0].get_drawstyle() == "steps-mid") == (column == "accuracy")


def test_a_table_without_confidences_has_no_reliability():
    figure = reliability.draw(pd.DataFrame(columns=list(CALIBRATION)), SUMMARY)
    assert "probabilities" in figure.texts[0].get_text()
