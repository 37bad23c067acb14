import numpy as np
import pandas as pd
import pytest

from ladder.figures import confusion
from tests.figures.drawn import Pictures, labels


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
    assert "Each rung's 15 most confused classes of 40; predictions of other classes are not shown." in [
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
