"""The page is small enough to be sent and opened, whatever the data: each part is bounded, and so is the sum."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from ladder import export
from ladder.report import classes, gallery, pictures

MOST = 4_000_000  # bytes
RUNGS = 10  # beside the two baselines: as many variants as are shipped
LONG = [("<&\"'>" * 50)[:245] + f"{number:05}" for number in range(1000)]


@pytest.fixture(scope="module")
def large_figures(tmp_path_factory):
    """As many figures as are shipped, each with an SVG of 2 MB and a PNG of noise."""
    folder = tmp_path_factory.mktemp("figures")
    noise = np.random.default_rng(0).integers(0, 256, (300, 430, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "a.png")
    (folder / "a.svg").write_text(f"<svg><!-- {'x' * 2_000_000} --></svg>")
    about = {
        "svg": str(folder / "a.svg"),
        "png": str(folder / "a.png"),
        "TITLE": "A",
        "SECTION": "data",
        "caption": "B",
    }
    return {f"figure{number}": about for number in range(16)}


@pytest.mark.parametrize(
    ("names", "shape", "images", "guessing"),
    [
        pytest.param(LONG, (4, 4), 1, 2, marks=pytest.mark.slow),
        pytest.param(LONG[:10], (224, 224, 3), 8, RUNGS, marks=pytest.mark.slow),
        (LONG[:2], (224, 224), 30, RUNGS),
        (LONG[:2], (2, 300, 3), 30, RUNGS),
        pytest.param(LONG[: classes.MANY], (4, 4), 1, 58, marks=pytest.mark.slow),
    ],
    ids=["1000 classes", "large colour", "large grey, with models", "wide", "60 rungs"],
)
def test_no_page_has_more_than_4_mb(page_of, large_figures, names, shape, images, guessing):
    page = page_of(names, shape, images, images, guessing, seeds=1, figures=large_figures)
    assert page.html.count('<figure id="figure-') == len(large_figures)
    size = len(page.html.encode())
    print(f"{size:,} bytes")
    assert size <= MOST


def test_more_than_thirty_classes_take_no_more_of_the_page(page_of):
    few, many = (page_of([f"c{number:03}" for number in range(count)], (4, 4, 3), 1, 1) for count in (100, 400))
    assert len(many.html) < 1.02 * len(few.html)
    assert "Images of 20 of 400 classes: the 10 with the fewest training images and the 10 with the most." in many.html
    assert "the 20 of 400 classes with the smallest share of right" in many.html
    assert "The most frequent confusions" in many.html


def pixels_of(address, kind):
    image = Image.open(io.BytesIO(base64.b64decode(address.removeprefix(f"data:image/{kind};base64,"))))
    return image.format, np.asarray(image)


def test_small_images_are_shown_to_the_pixel_grey_as_ink_on_paper():
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert (pixels_of(pictures.thumbnail(grey), "png")[1] == 255 - grey).all()
    colour = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    assert (pixels_of(pictures.thumbnail(colour), "png")[1] == colour).all()


@pytest.mark.parametrize("shape", [(224, 224, 3), (224, 224), (65, 1000, 3), (1000, 64)])
def test_large_images_are_thumbnails_of_a_bounded_size(shape):
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    address = pictures.thumbnail(noise)
    kind, pixels = pixels_of(address, "jpeg")
    assert kind == "JPEG"
    assert max(pixels.shape) == pictures.THUMBNAIL
    assert len(address) < 6_000
    assert address == pictures.thumbnail(noise.copy())


def test_a_thumbnail_has_the_mean_brightness_of_its_image():
    image = np.zeros((256, 256), np.uint8)
    image[:, 128:] = 200
    image += np.random.default_rng(0).integers(0, 50, image.shape, dtype=np.uint8)
    _, pixels = pixels_of(pictures.thumbnail(image), "jpeg")
    left, right = pixels[:, :30].mean(), pixels[:, 34:].mean()
    assert left == pytest.approx(255 - 24.5, abs=3)
    assert right == pytest.approx(255 - 224.5, abs=3)


def drawings(folder, sizes):
    """Figures whose SVG have these sizes; PNG of 400 x 300 pixels."""
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8))
    picture.save(folder / "picture.png")
    for name, size in sizes.items():
        (folder / f"{name}.svg").write_bytes(b"x" * size)
    return {name: (str(folder / f"{name}.svg"), str(folder / "picture.png")) for name in sizes}


def test_figures_that_fit_stay_drawings(tmp_path):
    assert pictures.fitting(drawings(tmp_path, {"a": 500, "b": 500}), room=1000) == {}


def test_the_largest_figures_become_pictures_until_all_fit(tmp_path):
    fitting = pictures.fitting(drawings(tmp_path, {"a": 400_000, "b": 10_000, "c": 90_000}), room=150_000)
    assert list(fitting) == ["a"]
    assert len(fitting["a"]) <= 50_000
    kind, pixels = pixels_of(fitting["a"], "png")
    assert kind == "PNG"
    assert pixels.shape[1] / pixels.shape[0] == pytest.approx(400 / 300, rel=0.02)
    everything = pictures.fitting(drawings(tmp_path, dict.fromkeys("abcd", 10**6)), room=150_000)
    assert sum(map(len, everything.values())) <= 150_000


def test_a_picture_that_fits_has_all_its_pixels(tmp_path):
    Image.new("RGB", (640, 480), "white").save(tmp_path / "plain.png")
    (tmp_path / "plain.svg").write_bytes(b"x" * 2000)
    fitting = pictures.fitting({"plain": (str(tmp_path / "plain.svg"), str(tmp_path / "plain.png"))}, room=1999)
    assert pixels_of(fitting["plain"], "png")[1].shape == (480, 640)


def test_the_parts_leave_room_for_the_tables():
    tiles = gallery.ALL + gallery.HARD
    assert pictures.ROOM + export.LARGEST + tiles * 6_000 <= MOST - 400_000


def test_of_many_rungs_each_has_fewer_tiles(page_of):
    page = page_of(["a", "b"], valid=40, guessing=38, seeds=1)
    assert len(re.findall("<img src", page.html)) <= gallery.ALL + gallery.HARD
