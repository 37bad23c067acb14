"""Pictures inside the page, each of a bounded size: small images as thumbnails, figures as SVG or, where large, PNG."""

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

THUMBNAIL = 64  # pixels of the longer side
EXACT = 4096  # bytes of an image's PNG up to which it is shown as it is
ROOM = 1_200_000  # bytes that all figures of a page may have
SMALLER = (1, 0.75, 0.5, 0.375, 0.25, 0.125, 0.0625)


def thumbnail(image: np.ndarray) -> str:
    """An image, uint8 [height, width] or [height, width, 3], as a data address; grey as ink on paper.

    Its own pixels as PNG where these are few bytes; otherwise at most 64 of them to a side, as JPEG.
    """
    picture = Image.fromarray(255 - image if image.ndim == 2 else image)
    exact = _encoded(picture, "PNG", optimize=True)
    if len(exact) <= EXACT:
        return _address("png", exact)
    picture.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    return _address("jpeg", _encoded(picture, "JPEG", quality=75))


def fitting(figures: dict[str, tuple[str, str]], room: int = ROOM) -> dict[str, str]:
    """Figures as they fit into the page: name to a data address, for those that cannot be the SVG that they are.

    figures  name to the paths of its SVG and PNG
    room     bytes for all of them

    The largest SVG is the first that becomes a PNG, with at most its share of the room and fewer pixels where it must.
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
    """A PNG in a data address of at most so many characters; the smallest that there is where none is small enough."""
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
