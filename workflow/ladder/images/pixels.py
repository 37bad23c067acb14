"""Settings of a data set that say how its images become pixels of one size and kind."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np

SETTINGS = ("image", "colour", "convert", "skip")  # keys of a data set in the config, whatever its kind


class Pixels(NamedTuple):
    """Settings of the conversion of an image from its file to the tensor.

    size          (width, height) of all images; None if images stay as they are and must be of one size
    fit           `crop`: fill `size` and cut the edges; `pad`: lie whole within it; `stretch`: change the proportions
    resample      name of a filter of Pillow
    background    colour around a padded image: `black`, `white`, `grey` or `#rrggbb`
    colour        `auto`: three channels if any image is in colour; `grey`; `rgb`
    alpha         colour behind transparent pixels; None refuses them
    bit_depth     values of more than 8 bits that become 0 and 255; None refuses such images
    cmyk          whether CMYK becomes RGB; False refuses it
    frames        `first` takes the first of several pictures; None refuses such images
    skip          `damaged` leaves damaged images out; None refuses them
    """

    size: tuple[int, int] | None = None
    fit: str = "crop"
    resample: str = "bilinear"
    background: str = "black"
    colour: str = "auto"
    alpha: str | None = None
    bit_depth: tuple[float, float] | None = None
    cmyk: bool = False
    frames: str | None = None
    skip: str | None = None

    def fits(self, pixels: "np.ndarray") -> bool:
        """Return whether pixels [height, width] or [3, height, width] need no change."""
        return (self.size is None or pixels.shape[-2:] == self.size[::-1]) and (
            self.colour != "grey" or pixels.ndim == 2
        )


AS_THEY_ARE = Pixels()


def of(image: dict | None = None, colour: str = "auto", convert: dict | None = None, skip: str | None = None) -> Pixels:
    """Return the settings in the form of the library, from their form in the config."""
    image = dict(image or {})
    if isinstance(size := image.pop("size", None), int):
        size = size, size
    changes = {key: value for key, value in (convert or {}).items() if value is not None}
    if "bit_depth" in changes:
        changes["bit_depth"] = tuple(changes["bit_depth"])
    return Pixels(size=size and tuple(size), colour=colour, skip=skip, **image, **changes)
