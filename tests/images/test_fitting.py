"""Sizes: cropping, scaling, turning and padding of an image, and the scale at which a JPEG is decoded."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from ladder.images import changes, pixels
from ladder.images.decoding import decode
from ladder.images.fitting import fitted

RANDOM = np.random.default_rng(0)
ORIENTATION = 0x0112


def made(data, size, **image):
    """Pixels with their channels last, and the names of the changes."""
    result, done = decode("a", data, pixels.of(image={"size": size} | image))
    return result if result.ndim == 2 else result.transpose(1, 2, 0), set(changes.counted(np.array([done])))


def lying(pixels, orientation, kind="PNG", **options):
    """An encoded image that viewers show as `pixels`, stored turned as the orientation says."""
    back = {5: 5, 6: 8, 7: 7, 8: 6}.get(orientation, orientation)
    exif = Image.Exif()
    exif[ORIENTATION] = back
    stored = Image.fromarray(pixels)
    stored.info["exif"] = exif.tobytes()
    stored = ImageOps.exif_transpose(stored)
    exif[ORIENTATION] = orientation
    stream = io.BytesIO()
    stored.save(stream, kind, exif=exif, **options)
    return stream.getvalue()


def smooth(height, width):
    """A photo-like image: shades that change slowly, in colour."""
    cells = np.random.default_rng(1).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(cells).resize((width, height), Image.Resampling.BICUBIC))


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 3)])
@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_an_image_of_the_size_stays_as_it_is(png, shape, fit):
    expected = RANDOM.integers(0, 256, shape, dtype=np.uint8)
    result, done = made(png(expected), 8, fit=fit)
    np.testing.assert_array_equal(result, expected)
    assert done == set()


def test_crop_keeps_the_middle(png):
    expected = RANDOM.integers(0, 256, (6, 10), dtype=np.uint8)
    result, done = made(png(expected), 6)
    np.testing.assert_array_equal(result, expected[:, 2:8])
    assert done == {"cropped"}
    result, done = made(png(expected), [10, 2])
    np.testing.assert_array_equal(result, expected[2:4])


def test_pad_keeps_all_in_the_middle_of_the_background(png):
    expected = RANDOM.integers(0, 256, (4, 8), dtype=np.uint8)
    result, done = made(png(expected), 8, fit="pad")
    np.testing.assert_array_equal(result, np.pad(expected, ((2, 2), (0, 0))))
    assert done == {"padded"}
    result, _ = made(png(expected), [8, 6], fit="pad", background="white")
    np.testing.assert_array_equal(result, np.pad(expected, ((1, 1), (0, 0)), constant_values=255))
    result, _ = made(png(expected), [10, 4], fit="pad", background="#ff8000")
    assert (result[:, 0] == [255, 128, 0]).all()
    np.testing.assert_array_equal(result[:, 1:9], np.dstack([expected] * 3))


@pytest.mark.parametrize("resample", ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"])
def test_stretch_is_pillows_filter(png, resample):
    whole = RANDOM.integers(0, 256, (9, 14, 3), dtype=np.uint8)
    result, done = made(png(whole), [7, 7], fit="stretch", resample=resample)
    expected = Image.fromarray(whole).resize((7, 7), Image.Resampling[resample.upper()])
    np.testing.assert_array_equal(result, np.asarray(expected))
    assert done == {"resized"}


def test_an_enlarged_image_is_counted(png):
    small = np.full((4, 8), 77, np.uint8)
    assert made(png(small), 16)[1] == {"resized", "enlarged", "cropped"}
    assert made(png(small), 16, fit="pad")[1] == {"resized", "enlarged", "padded"}
    assert made(png(small), [4, 8], fit="stretch")[1] == {"resized", "enlarged"}
    assert (made(png(small), 16)[0] == 77).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (3, 4000), (2, 2, 3), (1, 2000, 3)])
@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_extreme_proportions(png, shape, fit):
    result, _ = made(png(np.full(shape, 200, np.uint8)), [24, 16], fit=fit)
    assert result.shape == (16, 24)
    if fit != "pad":
        assert (result == 200).all()
    else:
        assert set(np.unique(result)) <= {0, 200}
        assert result.max() == 200


def test_black_and_white_and_palettes_are_scaled_by_their_shades(png, tmp_path):
    stripes = np.tile(np.array([0, 255], np.uint8), (8, 4))
    assert (abs(made(png(stripes > 0), 4)[0].astype(int) - 127) < 65).all()
    Image.fromarray(stripes).convert("P").save(tmp_path / "a.png")
    np.testing.assert_array_equal(made((tmp_path / "a.png").read_bytes(), 4)[0], made(png(stripes), 4)[0])


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("image", [{"size": [20, 10]}, {"size": 13, "fit": "pad"}, {"size": [9, 31], "fit": "stretch"}])
def test_a_turned_picture_is_that_which_viewers_show(png, kind, orientation, image):
    shown = smooth(30, 45)
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}}.get(kind, {})
    result, done = made(lying(shown, orientation, kind, **options), **image)
    expected, _ = made(png(shown), **image)
    difference = np.abs(result.astype(int) - expected)
    if kind == "JPEG":
        assert difference.mean() < 2
    else:
        assert difference.max() <= 1  # a filter rounds a mirrored row in another way
    assert ("turned" in done) == (orientation != 1)


@pytest.mark.parametrize("kind", ["JPEG", "MPO"])
@pytest.mark.parametrize(
    ("width", "height", "orientation", "size", "scale"),
    [
        (640, 480, 1, 100, 4),
        (480, 640, 1, 100, 4),
        (640, 480, 6, 100, 4),
        (640, 480, 1, [160, 60], 4),
        (640, 480, 6, [60, 160], 4),
        (640, 480, 8, [160, 60], 2),
        (641, 483, 1, 60, 8),
        (640, 480, 1, 300, 1),
        (640, 480, 1, 900, 1),
    ],
)
def test_a_jpeg_is_decoded_at_the_smallest_scale_that_is_enough(
    kind, width, height, orientation, size, scale, monkeypatch
):
    upright = smooth(height, width) if orientation == 1 else smooth(width, height)
    more = {"save_all": True, "append_images": [Image.new("RGB", (8, 8))]} if kind == "MPO" else {}
    data, decoded = lying(upright, orientation, kind, quality=95, **more), []

    def watched(image, *rest):
        decoded.append(image.size)
        return fitted(image, *rest)

    monkeypatch.setattr("ladder.images.fitting.fitted", watched)
    result, _ = made(data, size)
    assert decoded == [(-(-width // scale), -(-height // scale))]
    settings = pixels.of(image={"size": size})
    expected, _ = fitted(Image.fromarray(upright), upright.shape[1::-1], 1.0, 1, settings)
    assert np.abs(result.astype(int) - np.asarray(expected)).mean() < 2


def test_a_large_photo_comes_in_if_it_is_scaled(png):
    huge = Image.new("L", (5000, 4000), 90)
    stream = io.BytesIO()
    huge.save(stream, "JPEG")
    assert (made(stream.getvalue(), 32)[0] == 90).all()
    assert (made(png(np.full((4000, 5000), 90, np.uint8)), 32)[0] == 90).all()


@pytest.mark.parametrize(
    "pixels_", [RANDOM.integers(0, 256, (9, 14), np.uint8), RANDOM.integers(0, 256, (3, 9, 14), np.uint8)]
)
def test_arrays_are_scaled_as_images_are(png, pixels_):
    image = png(pixels_ if pixels_.ndim == 2 else pixels_.transpose(1, 2, 0), "BMP")
    np.testing.assert_array_equal(made(pixels_, 6)[0], made(image, 6)[0])


def test_grey_by_the_setting(png):
    colour = RANDOM.integers(0, 256, (6, 6, 3), dtype=np.uint8)
    settings = pixels.of(colour="grey")
    for data in (png(colour), np.ascontiguousarray(colour.transpose(2, 0, 1))):
        result, done = decode("a", data, settings)
        assert np.abs(result - colour @ [0.299, 0.587, 0.114]).max() < 1
        assert done == changes.GREY
    grey = RANDOM.integers(0, 256, (6, 6), dtype=np.uint8)
    for data in (png(grey), png(np.dstack([grey] * 3)), grey):
        result, done = decode("a", data, settings)
        np.testing.assert_array_equal(result, grey)
        assert done == 0
