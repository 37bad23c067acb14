import numpy as np
import pytest

from ladder.chapter import pixels


@pytest.mark.parametrize(
    ("size", "expected"),
    [(28, range(4, 15)), (15, range(4, 15)), (12, range(1, 12)), (11, range(11)), (8, range(8)), (1, range(1))],
)
def test_a_window_stays_inside_the_image(size, expected):
    assert pixels.window(size, 4, 15) == expected


def test_the_table_holds_the_images_own_values():
    image = np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)
    rows = pixels.rows_of(image)
    assert [row["row"] for row in rows] == list(range(4, 15))
    assert list(rows[0])[1:] == [str(column) for column in range(4, 22)]
    assert np.array_equal([list(row.values())[1:] for row in rows], image[4:15, 4:22])


def test_a_small_image_is_shown_whole():
    image = np.arange(64, dtype=np.uint8).reshape(8, 8)
    assert np.array_equal([list(row.values())[1:] for row in pixels.rows_of(image)], image)


def test_grey_is_the_mean_over_channels():
    image = np.array([[[0, 10]], [[100, 10]], [[251, 12]]], dtype=np.uint8)
    assert pixels.grey(image).tolist() == [[117, 11]]
    assert pixels.grey(image).dtype == np.uint8
    assert np.array_equal(pixels.grey(image[0]), image[0])
