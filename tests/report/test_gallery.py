import re

import jinja2
import pytest

from ladder.evaluate import TABLES
from ladder.formats import tables
from ladder.report import gallery, names, page

RUNGS = ["pixel_l1", "cnn"]
MISTAKE = {"variant": "cnn", "rank": 1, "image": 1, "path": "valid/3/1.png", "class": "3", "predicted": "7"} | {
    "score": 0.25,
    "predicted_score": 0.75,
    "loss": 1.4,
    "wrong": 2,
    "seeds": 3,
}


def hard(image, rungs_wrong, every):
    row = {"rank": image + 1, "image": image, "path": f"valid/3/{image}.png", "class": "3"}
    return row | {"rungs_wrong": rungs_wrong, "rungs": 2, "every_run_wrong": every}


@pytest.fixture
def shown(tmp_path, learnable):
    """`shown(mistakes, hard)`: the gallery's part of tables as `evaluate` writes them."""

    def take(mistakes, hardest):
        for name, rows in (("mistakes", mistakes), ("hard", hardest)):
            tables.write_both(tmp_path / name, rows, TABLES[name])
        paths = (str(tmp_path / f"{name}.parquet") for name in ("mistakes", "hard"))
        return gallery.gallery(*paths, learnable.valid, RUNGS)

    return take


def text_of(gallery):
    templates = jinja2.Environment(loader=jinja2.FileSystemLoader(page.FOLDER), undefined=jinja2.StrictUndefined)
    templates.filters.update(plural=page.plural, count=str, bdi=names.bdi)
    html = templates.get_template("_gallery.html.j2").render(gallery=gallery)
    return re.sub(r"\s+", " ", html)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([], "No image is wrong for every seed of every rung."),
        ([False, False], "No image is wrong for every seed of every rung."),
        ([True, False], "1 image of 32 is wrong for every seed of every rung."),
        ([True, True], "2 images of 32 are wrong for every seed of every rung."),
    ],
)
def test_images_that_every_run_gets_wrong_are_counted(shown, wrong, said):
    gallery = shown([], [hard(image, 2.0 - (not every), every) for image, every in enumerate(wrong)])
    assert gallery["every"] == sum(wrong)
    assert said in text_of(gallery)


def test_a_tile_says_file_classes_and_both_scores(shown):
    gallery = shown([MISTAKE], [hard(1, 1.5, False)])
    assert gallery["rungs"]["pixel_l1"] == []
    (tile,) = gallery["rungs"]["cnn"]
    assert names.bdi(tile["label"]) == "<bdi>3</bdi> as <bdi>7</bdi>"
    assert [names.bdi(line) for line in tile["lines"]] == [
        "<bdi>valid/3/1.png</bdi>",
        "class <bdi>3</bdi>, taken for <bdi>7</bdi>",
        "scores: <bdi>3</bdi> 0.2500, <bdi>7</bdi> 0.7500",
        "wrong for 2 of 3 seeds",
    ]
    assert tile["size"] == [56, 56]
    assert gallery["hard"][0]["lines"][-1] == "wrong for 1.5 of 2 rungs"
    text = text_of(gallery)
    assert "No mistake." in text
    assert "“<bdi>3</bdi> as <bdi>7</bdi>” is an image of class <bdi>3</bdi> that is taken for <bdi>7</bdi>." in text
    assert "reduced" not in text
