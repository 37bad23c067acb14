"""Pictures inside the page, each of bounded size: images as thumbnails, figures as SVG or, if large, as PNG."""

import base64
import io
import re
from pathlib import Path

import numpy as np
from markupsafe import Markup
from PIL import Image

THUMBNAIL = 64  # pixels of the longer side
EXACT = 4096  # bytes: an image whose PNG is no larger is shown with all its pixels
ROOM = 1_200_000  # bytes that all figures of a page may have together
SMALLER = (1, 0.75, 0.5, 0.375, 0.25, 0.125, 0.0625)  # scales of a PNG, tried in this order


def thumbnail(image: np.ndarray) -> str:
    """Return an image, uint8 [height, width] or [height, width, 3], as a data address; grey becomes dark ink on white.

    A small image is a PNG of its own pixels; a larger image is a JPEG of at most 64 pixels a side.
    """
    picture = Image.fromarray(255 - image if image.ndim == 2 else image)
    exact = _encoded(picture, "PNG", optimize=True)
    if len(exact) <= EXACT:
        return _address("png", exact)
    picture.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    return _address("jpeg", _encoded(picture, "JPEG", quality=75))


def drawn(figures: dict[str, dict], sweeps: dict[str, dict]) -> dict[str, Markup]:
    """Return every figure of the page as an HTML element, by name; the figure of a sweep is `sweep-<variant>`."""
    every = {name: figure for name, figure in figures.items() if figure.get("PAGE", True)}
    every |= {f"sweep-{name}": about for name, about in sweeps.items()}
    addresses = fitting({name: (figure["svg"], figure["png"]) for name, figure in every.items()})
    return {
        name: Markup('<img src="{}" alt="">').format(addresses[name])
        if name in addresses
        else Markup(inline_svg(figure["svg"], name))
        for name, figure in every.items()
    }


def inline_svg(path: str, name: str) -> str:
    """Return an SVG file as an element of the page. Used ids get the figure's name as a prefix; others are removed."""
    svg = Path(path).read_text(encoding="utf-8")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    svg = re.sub(r'\bid="([^"]*)"', lambda match: f'id="{name}-{match[1]}"' if match[1] in used else "", svg)
    return re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", svg)


def fitting(figures: dict[str, tuple[str, str]], room: int = ROOM) -> dict[str, str]:
    """Return name to the data address of a PNG, for the figures that are too large to be SVG in the page.

    figures  name to the paths of its SVG and PNG
    room     bytes for all figures

    Figures become PNG, the largest SVG first, until all figures fit into the room. A PNG has at most an equal share of
    the room, with fewer pixels if necessary.
    """
    sizes = {name: Path(svg).stat().st_size for name, (svg, _) in figures.items()}
    addresses: dict[str, str] = {}
    for name in sorted(figures, key=lambda name: -sizes[name]):
        if sum(sizes.values()) <= room:
            break
        addresses[name] = _smaller(figures[name][1], room // len(figures))
        sizes[name] = len(addresses[name])
    return addresses


def _smaller(png: str, room: int) -> str:
    """Return a PNG as a data address of at most `room` characters; the smallest scale if none is small enough."""
    with Image.open(png) as file:
        picture = file.convert("RGB")
    address = ""
    for part in SMALLER:
        size = [max(1, round(part * side)) for side in picture.size]
        scaled = picture if part == 1 else picture.resize(size, Image.Resampling.BOX)
        address = _address("png", _encoded(scaled.quantize(64, Image.Quantize.FASTOCTREE), "PNG", optimize=True))
        if len(address) <= room:
            break
    return address


def _encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def _address(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
