import base64
import io

import numpy as np
import pytest
from PIL import Image

from ladder.report import page
from ladder.report.gallery import data_address


@pytest.mark.parametrize(("share", "text"), [(0.99832, "99.83%"), (1.0, "100.00%"), (None, "–")])
def test_shares_are_percentages(share, text):
    assert page.percent(share) == text


@pytest.mark.parametrize(("number", "text"), [(1, "1 seed"), (0, "0 seeds"), (1234, "1,234 seeds")])
def test_nouns_follow_their_number(number, text):
    assert page.plural(number, "seed") == text


def test_an_inlined_figure_keeps_only_the_ids_it_uses(tmp_path):
    path = tmp_path / "a.svg"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE svg><svg><metadata>who</metadata><g id="axes_1"><use xlink:href="#m1"/></g>'
        '<defs><path id="m1"/><clipPath id="p2"/></defs><g clip-path="url(#p2)"/></svg>'
    )
    assert page.inline_svg(str(path), "fig") == (
        '<svg><g ><use xlink:href="#fig-m1"/></g>'
        '<defs><path id="fig-m1"/><clipPath id="fig-p2"/></defs><g clip-path="url(#fig-p2)"/></svg>'
    )


def pixels_of(address):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.removeprefix("data:image/png;base64,")))))


def test_grey_images_are_shown_as_ink_on_paper_and_colours_as_they_are():
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert (pixels_of(data_address(grey)) == 255 - grey).all()
    colour = np.arange(18, dtype=np.uint8).reshape(2, 3, 3)
    assert (pixels_of(data_address(colour)) == colour).all()
