import numpy as np

from ladder.figures import means
from tests.figures.drawn import Pictures, sheet_of, texts_of


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
