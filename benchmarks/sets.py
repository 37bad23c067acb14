"""Small sets of labelled images, drawn here, of other sizes, brightness, colours and classes than MNIST_SAMPLE.

    images  uint8 [n, side, side] or [n, side, side, 3]
    labels  int64 [n]

A set is the same in every process: all random numbers come from its seed. One image in five is for validation.
"""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from string import ascii_uppercase, digits
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

BIG = 4  # a glyph or an outline is drawn this many times as large, and then made smaller, so that its edge is smooth
FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSerif", "DejaVuSerif-Italic", "DejaVuSansMono")


class Split(NamedTuple):
    """The images of one split and their labels."""

    images: np.ndarray
    labels: np.ndarray


def glyphs(letters: str, images: int, seed: int = 0, side: int = 28) -> Split:
    """Return characters, white on black, in several fonts and sizes, turned and shifted: a class a character."""
    random = np.random.default_rng(seed)
    labels = np.arange(images) % len(letters)
    return Split(np.stack([_glyph(letters[label], side, random) for label in labels]), labels)


def silhouettes(classes: int, images: int, seed: int = 0, side: int = 28) -> Split:
    """Return outlines filled with black on white: a class is a wave of the radius; its phases and size vary."""
    random, waves = np.random.default_rng(seed), _waves(classes)
    labels = np.arange(images) % classes
    drawn = [_outline(waves[label], side, random) for label in labels]
    return Split(255 - np.stack(drawn), labels)


def scenes(classes: int, images: int, side: int, seed: int = 0) -> Split:
    """Return colour images: an outline in a colour near its class's, on a background of smooth colours with noise."""
    random, waves = np.random.default_rng(seed), _waves(classes)
    colours = np.random.default_rng(classes).uniform(0.1, 0.9, (classes, 3))
    labels = np.arange(images) % classes
    drawn = []
    for label in labels:
        mask = _outline(waves[label], side, random)[..., None] / 255
        corners = random.uniform(0.2, 0.9, (3, 3, 3))
        background = np.stack([_enlarged(corners[..., channel], side) for channel in range(3)], axis=-1)
        colour = colours[label] + random.normal(0, 0.15, 3)
        pixels = mask * colour + (1 - mask) * background + random.normal(0, 0.03, (side, side, 3))
        drawn.append((pixels.clip(0, 1) * 255).round().astype(np.uint8))
    return Split(np.stack(drawn), labels)


def small_digits() -> Split:
    """Return scikit-learn's handwritten digits, 8x8."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return Split((bunch.images * 255 / 16).round().astype(np.uint8), bunch.target)


SETS: dict[str, Callable[[], Split]] = {
    "8x8 digits": small_digits,
    "2 glyphs, 200 images": partial(glyphs, "37", 250),
    "10 glyphs, 60,000 images": partial(glyphs, digits, 75_000),
    "26 glyphs": partial(glyphs, ascii_uppercase, 6_500),
    "10 silhouettes, black on white": partial(silhouettes, 10, 3_000),
    "10 scenes, 32x32 colour": partial(scenes, 10, 5_000, 32),
    "5 scenes, 64x64 colour": partial(scenes, 5, 1_500, 64),
    "3 scenes, 96x96 colour": partial(scenes, 3, 600, 96),
}


def split(whole: Split, seed: int = 0) -> tuple[Split, Split]:
    """Return training and validation images, sorted by class as folders of classes are read."""
    order = np.random.default_rng(seed).permutation(len(whole.labels))
    cut = len(order) // 5
    parts = (part[np.argsort(whole.labels[part], kind="stable")] for part in (order[cut:], order[:cut]))
    train, valid = (Split(whole.images[part], whole.labels[part]) for part in parts)
    return train, valid


def _glyph(letter: str, side: int, random: np.random.Generator) -> np.ndarray:
    large = Image.new("L", (side * BIG, side * BIG))
    font = _font(FONTS[random.integers(len(FONTS))], int(side * BIG * random.uniform(0.6, 0.85)))
    middle = side * BIG / 2 + random.normal(0, 0.04 * side * BIG, 2)
    ImageDraw.Draw(large).text(tuple(middle), letter, fill=int(random.uniform(170, 255)), font=font, anchor="mm")
    turned = large.rotate(random.normal(0, 12), Image.Resampling.BILINEAR)
    return np.asarray(turned.reduce(BIG))


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    import matplotlib  # its package has the fonts

    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / f"fonts/ttf/{name}.ttf"), size)


def _waves(classes: int) -> np.ndarray:
    """Return the amplitudes [classes, 4] of the waves along an outline."""
    return np.random.default_rng(classes).uniform(-0.35, 0.35, (classes, 4))


def _outline(amplitudes: np.ndarray, side: int, random: np.random.Generator) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    waves = np.cos(np.outer(angles + random.normal(0, 0.15), np.arange(1, len(amplitudes) + 1)))
    radius = (1 + waves @ (amplitudes + random.normal(0, 0.05, len(amplitudes)))) * side * random.uniform(0.22, 0.32)
    middle = side / 2 + random.normal(0, 0.04 * side, 2)
    points = (middle + radius[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)) * BIG
    large = Image.new("L", (side * BIG, side * BIG))
    ImageDraw.Draw(large).polygon([tuple(point) for point in points], fill=255)
    return np.asarray(large.reduce(BIG))


def _enlarged(corners: np.ndarray, side: int) -> np.ndarray:
    return np.asarray(Image.fromarray(corners.astype(np.float32)).resize((side, side), Image.Resampling.BICUBIC))
