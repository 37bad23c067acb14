import json
import re

import jinja2
import pytest

from ladder.report import try_it

LAYER = {"kind": "linear", "shape": [1, 1], "weight": "AAAAAA==", "bias": "AAAAAA=="}


@pytest.fixture
def section(tmp_path):
    """`section(**changes)`: the section of the page for an exported file of two small models."""

    def section(failed=(), canvas="mnist", **changes):
        models = [
            {"name": name, "activation": act, "layers": [LAYER]} for name, act in (("a", "sigmoid"), ("b", "identity"))
        ]
        exported = {"classes": ["3", "7"], "shape": [28, 28], "seed": 0, "models": models, "left_out": []} | changes
        path = tmp_path / "models.json"
        path.write_text(json.dumps(exported))
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(try_it.FOLDER), autoescape=True, undefined=jinja2.StrictUndefined
        )
        environment.filters.update(count=lambda number: f"{number:,.0f}")
        context = try_it.context([str(path)], canvas, failed)
        text = environment.get_template("_try_it.html.j2").render(try_it=context)
        embedded = re.search(r'<script type="application/json" id="models">(.*?)</script>', text)[1]
        assert json.loads(embedded) == exported
        return re.sub(r"\s+", " ", re.sub(r"</?bdi>", "", text))

    return section


def test_the_section_says_what_is_done_with_a_drawing(section):
    text = section()
    assert "Draw 3 or 7 with mouse, finger or pen." in text
    assert "prepared as MNIST's digits were: its ink is scaled to fit a box of 20×20 pixels" in text
    assert "an image of 28×28 with its centre of mass in the middle" in text
    assert "every drawing, whatever it is, is to them 3 or 7." in text
    assert "Left out" not in text


def test_images_of_another_size_are_said_to_be_in_proportion(section):
    text = section(shape=[8, 8], classes=list("012"))
    assert "as MNIST's digits were, in proportion to the images of this study: its ink" in text
    assert "a box of 5.71×5.71 pixels, keeping its proportions, and placed in an image of 8×8" in text
    assert "is to them 0, 1 or 2. Where the images of this study were made in another way" in text


def test_of_other_images_the_whole_area_is_the_image(section):
    text = section(canvas="whole", shape=[30, 60], classes=["apple", "pear"])
    assert "Draw apple or pear with mouse" in text
    assert (
        "The whole area is shrunk to an image of 60×30 pixels: its background has the value 0, your lines have 255."
        in text
    )
    assert 'id="try-ink" width="280" height="140" data-prepared="whole"' in text
    assert not re.search("MNIST|digit|centre of mass", text.partition("<script")[0])


def test_many_classes_have_rows_for_the_best_alone(section):
    few, many = (section(classes=[f"c{number}" for number in range(count)]) for count in (30, 31))
    assert "Draw one of the 30 classes with" in few
    assert few.count("<tr>") == 2 * 30
    assert ", the 10 highest" not in few
    assert many.count("<tr>") == 2 * try_it.BEST
    assert many.count(", the 10 highest of 31 classes</caption>") == 2


def test_scores_that_are_no_probabilities_are_marked(section):
    assert section().count("(scores, not probabilities)") == 1


def test_what_is_left_out_is_named(section):
    assert "would make this page too large: wide." in section(left_out=["wide"])


def test_what_was_not_trained_is_told_from_what_is_too_large(section):
    failed = [{"variant": "net", "seed": 0}, {"variant": "wide", "seed": 1}]
    text = section(failed, left_out=["wide", "net"])
    assert "Left out, because their weights would make this page too large: wide." in text
    assert "Left out, because their training with seed 0 failed: net." in text


def test_a_classs_name_cannot_end_the_script(section):
    text = section(classes=["</script><b>", "7"])
    assert "<b>" not in text


def test_without_models_there_is_no_section(tmp_path):
    path = tmp_path / "models.json"
    path.write_text(json.dumps({"classes": ["a"], "shape": [3, 8, 8], "seed": 0, "models": [], "left_out": []}))
    assert try_it.context([str(path)], "mnist") is None
    assert try_it.context([], "mnist") is None
