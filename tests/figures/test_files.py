"""Saved figures: their bytes, their notes about names, and their growth with classes and rungs."""

import base64
import io
import json
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from matplotlib import font_manager
from matplotlib.text import Text
from PIL import Image

from ladder.presentation import artifacts, fonts, style
from ladder.presentation.lettering import Names
from ladder.presentation.sheet import Sheet, as_ink, evenly, signed, thumbnail

ALL = (
    *("ladder", "reliability", "samples", "means", "learning_curves", "loss_curves"),
    *("weights", "confusion", "agreement", "mistakes"),
)
OF_CLASSES = ("samples", "means", "weights", "confusion", "mistakes")
HOSTILE = ["a\nb\x01", "$x_1$ {", "<b>&\"'", "a" * 200, "\\u202e\u202e", "猫", "می\u200cخواهم", "]]>", "-->", "#1"]


def saved(figure, folder, name):
    style.save(figure, folder / f"{name}.svg", folder / f"{name}.png")
    return (folder / f"{name}.svg").read_text(encoding="utf-8")


def artists(figure):
    """The number of artists to draw: texts, and axes with their ticks."""
    count = sum(len(axes.texts) + len(axes.get_xticks()) + len(axes.get_yticks()) for axes in figure.axes)
    return count + 20 * len(figure.axes)


@pytest.mark.parametrize("figure", ALL)
def test_any_names_give_a_well_formed_figure_twice_the_same(study, tmp_path, figure):
    made = study(classes=HOSTILE, train=3, valid=2)
    first, second = (saved(made.draw(figure), tmp_path, name) for name in "ab")
    assert first == second
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    root = ET.fromstring(first)
    assert len(list(root.iter())) > 50
    assert "gid" not in first


@pytest.fixture
def no_other_fonts(monkeypatch):
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    fonts.families.cache_clear()
    yield
    fonts.families.cache_clear()


def test_a_figure_says_which_names_are_numbers_or_shortened(study, tmp_path, no_other_fonts):
    made = study(classes=["猫", "犬", "a" * 200, "x"], train=3, valid=2)
    svg = saved(made.draw("means"), tmp_path, "means")
    assert {"猫", "犬", "a" * 200} <= set(re.findall("<title>(.*?)</title>", svg))
    paths = [str(tmp_path / "means.svg")]
    assert artifacts.names_in_figures(paths) == {
        "numbers": [["#1", "猫"], ["#2", "犬"]],
        "shortened": True,
        "fonts": [],
    }
    with Image.open(tmp_path / "means.png") as image:
        assert json.loads(image.text["Description"])["numbers"] == [["#1", "猫"], ["#2", "犬"]]


def test_a_figure_of_plain_names_says_nothing_of_them(study, tmp_path):
    svg = saved(study().draw("means"), tmp_path, "means")
    assert "<title>" not in svg
    assert "description" not in svg
    nothing = {"numbers": [], "shortened": False, "fonts": []}
    assert artifacts.names_in_figures([str(tmp_path / "means.svg")]) == artifacts.names_in_figures([]) == nothing


def test_a_figure_names_the_fonts_that_it_needed(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "families", lambda _: ("DejaVu Sans", "STIXGeneral"))
    figure = style.plain_figure(2, 1)
    names = Names(["a"])
    names.put(figure.text(0, 0, ""), 0, "a")
    saved(figure, tmp_path, "x")
    assert artifacts.names_in_figures([str(tmp_path / "x.svg")])["fonts"] == ["STIXGeneral"]


@pytest.mark.parametrize("shape", [(28, 28), (3, 28, 28)])
def test_the_image_in_an_svg_is_the_sheet_pixel_for_pixel(study, tmp_path, shape):
    figure = study(shape=shape).draw("samples")
    sheet = np.asarray(figure.axes[0].images[0].get_array())
    (address,) = re.findall('data:image/png;base64,([^"]+)', saved(figure, tmp_path, "samples"))
    with Image.open(io.BytesIO(base64.b64decode(address))) as image:
        assert image.mode == ("RGB" if len(shape) == 3 else "P")
        np.testing.assert_array_equal(np.asarray(image.convert("RGB")), sheet)


@pytest.mark.parametrize("figure", OF_CLASSES)
def test_what_is_drawn_is_bounded_for_any_number_of_classes(study, figure):
    few = {"train": 4, "valid": 1, "seeds": 1, "rungs": ("a", "b"), "linear": ("b",)}
    counts = {
        k: artists(study(classes=tuple(f"class_{n:03}" for n in range(k)), **few).draw(figure)) for k in (10, 100, 250)
    }
    assert counts[100] <= 12 * counts[10]
    assert counts[250] <= 1.1 * counts[100]


@pytest.mark.parametrize("figure", OF_CLASSES)
def test_large_colour_images_of_many_classes_are_small_files(study, tmp_path, figure):
    names = tuple(f"a longer name {n}" for n in range(40))
    few = {"train": 4, "valid": 1, "seeds": 1, "rungs": ("a", "b"), "linear": ("b",)}
    made = study(classes=names, shape=(3, 96, 80), **few)
    assert len(saved(made.draw(figure), tmp_path, figure)) < 1_000_000


@pytest.mark.parametrize("figure", ALL)
def test_forty_rungs_with_long_names_are_no_wider_than_the_page(study, figure):
    rungs = tuple(f"rung_{n}_{'x' * 90}" for n in range(40))
    made = study(rungs=rungs, linear=rungs[1:], train=4, valid=2, seeds=1)
    drawn = made.draw(figure)
    assert drawn.get_figwidth() < style.WIDTH + 1
    assert artists(drawn) < 5000
    longest = max(len(line) for text in drawn.findobj(Text) for line in text.get_text().split("\n"))
    assert longest < 80


@pytest.mark.parametrize("size", [(1, 1), (2, 50), (8, 8), (28, 28), (64, 64), (224, 10)])
def test_a_sheet_keeps_the_shape_of_its_images_and_its_slots(size):
    sheet = Sheet(size, 10, 0.6)
    width, height = sheet.size
    assert max(width, height) <= 0.6 + 1e-9
    assert height / width == pytest.approx(size[0] / size[1], rel=0.3)
    sheet.draw(1.0)
    image = np.zeros((*size, 3), np.uint8)
    x, y = sheet.put(image, 0.5, 0.25)
    assert (x, y) == pytest.approx((0.5, 0.25), abs=0.03)
    array = np.asarray(sheet.finished().axes[0].images[0].get_array())
    rows, _ = np.nonzero(array[..., 0] < 128)
    assert np.ptp(rows) + 1 == pytest.approx(height / 1.0 * array.shape[0], abs=2)
    assert (array == 255).all(axis=2).sum() + len(rows) == array.shape[0] * array.shape[1]


def test_small_images_stay_as_they_are_in_whole_dots():
    sheet = Sheet((28, 28), 28, 0.6)
    assert sheet.pixels == (28, 28)
    assert sheet.size[0] * 144 == pytest.approx(28 * 3)
    assert not sheet.sentence_on_size


def test_ink_is_dark_and_colour_is_kept():
    assert as_ink(np.array([[0, 255]], np.uint8)).tolist() == [[[255] * 3, [0] * 3]]
    colour = np.array([[[1, 2, 3]]], np.uint8)
    assert as_ink(colour) is colour


def test_positive_numbers_are_red_and_negative_ones_blue():
    ((low, none, high),) = signed(np.array([[-1.0, 0.0, 1.0]]), 1.0).tolist()
    assert low[2] > low[0]
    assert high[0] > high[2]
    assert min(none) > 240


def test_a_thumbnail_is_the_mean_of_what_falls_together():
    image = np.arange(4 * 4 * 3, dtype=np.uint8).reshape(4, 4, 3)
    expected = image.reshape(2, 2, 2, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(thumbnail(image, (2, 2)), expected, atol=0.51)
    numbers = np.array([[1, 3], [5, 7]], np.float32)
    assert thumbnail(numbers, (1, 1)).tolist() == [[4.0]]


@pytest.mark.parametrize(
    ("count", "most", "places"), [(3, 5, [0, 1, 2]), (5, 3, [0, 2, 4]), (7, 2, [0, 6]), (0, 4, [])]
)
def test_a_choice_goes_from_the_first_to_the_last(count, most, places):
    assert evenly(count, most) == places
