import numpy as np
import pytest

from ladder.figures import weights
from ladder.presentation import artifacts
from tests.figures.drawn import Pictures, sheet_of, texts_of


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
    matrix[0, 28::28] = -1  # the first column, below, speaks against it
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
