import math

import numpy as np
import pyarrow.parquet as pq
import pytest

from ladder.formats import scores

LOG3 = math.log(3)


@pytest.mark.parametrize(
    ("activation", "outputs", "expected"),
    [
        ("sigmoid", [[LOG3], [0], [-LOG3]], [[0.75, 0.25], [0.5, 0.5], [0.25, 0.75]]),
        ("softmax", [[LOG3], [-LOG3]], [[0.75, 0.25], [0.25, 0.75]]),
        ("identity", [[0.75], [-0.5], [2]], [[0.75, 0.25], [-0.5, 1.5], [2, -1]]),
        ("sigmoid", [[LOG3, 0, -LOG3], [0, 0, 0]], [[0.5, 1 / 3, 1 / 6], [1 / 3] * 3]),
        ("softmax", [[LOG3, 0, 0], [0, 0, 0]], [[0.6, 0.2, 0.2], [1 / 3] * 3]),
        ("identity", [[3, -1, 0.5]], [[3, -1, 0.5]]),
    ],
)
def test_scores_are_one_a_class(activation, outputs, expected):
    values = scores.scores_of(np.array(outputs, np.float32), activation)
    assert values.dtype == np.float64
    np.testing.assert_allclose(values, expected, rtol=2e-7)


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
@pytest.mark.parametrize("outputs", [1, 2, 10])
def test_probabilities_sum_to_one(activation, outputs):
    z = np.random.default_rng(0).normal(scale=30, size=(200, outputs))
    values = scores.scores_of(z, activation)
    assert values.min() >= 0
    np.testing.assert_allclose(values.sum(1), 1, rtol=1e-12)


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_one_extreme_output_stays_precise(activation):
    values = scores.scores_of(np.array([[40.0], [-40.0], [700.0], [-5000.0]]), activation)
    small = math.exp(-40)
    np.testing.assert_allclose(values[0], [1, small], rtol=1e-15)
    np.testing.assert_allclose(values[1], [small, 1], rtol=1e-15)
    np.testing.assert_allclose(values[2], [1, math.exp(-700)], rtol=1e-15)
    assert values[3].tolist() == [0, 1]


def test_several_extreme_outputs_of_a_softmax_stay_finite():
    values = scores.scores_of(np.array([[5000.0, 4999.0, -5000.0], [-5000.0, -5000.0, -5001.0]]), "softmax")
    np.testing.assert_allclose(values[0], [1 / (1 + math.exp(-1)), 1 / (1 + math.e), 0], rtol=1e-12)
    np.testing.assert_allclose(values[1], np.array([1, 1, math.exp(-1)]) / (2 + math.exp(-1)), rtol=1e-12)


def test_several_very_negative_outputs_of_a_sigmoid_stay_precise():
    values = scores.scores_of(np.array([[-500.0, -501.0, -500.0]]), "sigmoid")
    np.testing.assert_allclose(values, [np.array([1, math.exp(-1), 1]) / (2 + math.exp(-1))], rtol=1e-12)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_several_outputs_of_a_sigmoid_stay_finite_beyond_the_range_of_doubles():
    values = scores.scores_of(np.array([[-800.0, -801.0, -800.0]]), "sigmoid")
    np.testing.assert_allclose(values, [np.array([1, math.exp(-1), 1]) / (2 + math.exp(-1))], rtol=1e-12)


@pytest.mark.parametrize("activation", ["sigmoid", "softmax", "identity"])
def test_the_highest_of_several_outputs_has_the_highest_score(activation):
    z = np.random.default_rng(0).normal(scale=3, size=(300, 4))
    assert (scores.scores_of(z, activation).argmax(1) == z.argmax(1)).all()


@pytest.fixture
def of_seeds():
    random = np.random.default_rng(0)
    return random.integers(0, 3, 20), {seed: random.random((20, 3)) for seed in (0, 1, 7)}


@pytest.mark.parametrize("probabilities", [True, False])
def test_what_is_written_comes_back(tmp_path, of_seeds, probabilities):
    labels, written = of_seeds
    scores.write(tmp_path / "a", ["x", "é", "7"], labels, written, probabilities)
    about, read = scores.read(tmp_path / "a")
    assert about == (str(tmp_path / "a"), ["x", "é", "7"], probabilities, [0, 1, 7], 20)
    assert list(read) == [0, 1, 7]
    for seed, (read_labels, values) in read.items():
        assert read_labels.tolist() == labels.tolist()
        assert values.tobytes() == written[seed].tobytes()


def test_the_table_has_a_row_a_seed_and_image(tmp_path):
    two = {4: np.array([[0.25, 0.75], [1, 0]]), 5: np.array([[0.5, 0.5], [0, 1]])}
    scores.write(tmp_path / "a", ["3", "7"], np.array([1, 0]), two, True)
    assert pq.read_table(tmp_path / "a").to_pylist() == [
        {"seed": 4, "image": 0, "label": 1, "score_3": 0.25, "score_7": 0.75},
        {"seed": 4, "image": 1, "label": 0, "score_3": 1.0, "score_7": 0.0},
        {"seed": 5, "image": 0, "label": 1, "score_3": 0.5, "score_7": 0.5},
        {"seed": 5, "image": 1, "label": 0, "score_3": 0.0, "score_7": 1.0},
    ]


def test_the_file_is_the_same_bytes_twice(tmp_path, of_seeds):
    for name in ("a", "b"):
        scores.write(tmp_path / name, ["x", "y", "z"], *of_seeds, True)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("rows", [1, 7, 20, 39, 40, 1000])
def test_any_images_of_all_seeds_can_be_read(tmp_path, of_seeds, monkeypatch, rows):
    monkeypatch.setattr(scores, "ROWS", rows)
    labels, written = of_seeds
    scores.write(tmp_path / "a", ["x", "y", "z"], labels, written, True)
    file = scores.describe(tmp_path / "a")
    for first, last in ((0, 20), (0, 1), (5, 13), (13, 99)):
        blocks = list(scores.blocks(file, first, last))
        assert [number for number, _, _ in blocks] == [0, 1, 7]
        for number, read_labels, values in blocks:
            assert read_labels.tolist() == labels[first:last].tolist()
            assert values.tobytes() == written[number][first:last].tobytes()


def test_no_row_group_is_larger_than_what_is_read_at_a_time(tmp_path, monkeypatch):
    monkeypatch.setattr(scores, "ROWS", 8)
    for images, groups in ((3, [6, 3]), (20, [8, 8, 4] * 3)):
        scores.write(tmp_path / "a", ["x"], np.zeros(images), dict.fromkeys((0, 1, 2), np.zeros((images, 1))), True)
        metadata = pq.ParquetFile(tmp_path / "a").metadata
        assert [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)] == groups


def test_a_block_in_which_all_diverged_has_no_runs(tmp_path):
    scores.write(tmp_path / "a", ["x", "y"], np.array([0, 1]), {}, [], key="run")
    assert scores.read(tmp_path / "a")[1] == {}
    assert pq.read_schema(tmp_path / "a").names == ["run", "image", "label", "score_x", "score_y"]
