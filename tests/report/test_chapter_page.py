"""The chapter's HTML on the page."""

import json
import re
from pathlib import Path

import jinja2
import pytest

from ladder.report import chapter, page
from tests.report.compared import IDEAS, RESULTS, VARIANTS, ladder_of, members_of, rows_of, selection

TRIED = {"right": 60, "accuracy": 0.6, "mnist_loss": 0.5, "mse": 2.0}
PLACE = {"pixel_mean": 0.5, "weight": 1.0}


@pytest.fixture
def files(tmp_path):
    """Facts, pixels and timings as the stage writes them."""
    facts = {
        "classes": ["cat", "dog"],
        "image": {"number": 7, "class": "cat", "shape": [28, 28]},
        "distances": {
            "classes": [
                {"class": name, "l1": l1, "l1_loss": l1, "rmse": rmse, "root_mse_loss": rmse}
                for name, l1, rmse in (("cat", 0.125, 0.75), ("dog", 0.25, 0.5))
            ],
            "largest_difference": 0.0,
        },
        "broadcasting": {"images": [9, 28, 28], "mean": [28, 28], "distances": [9], "largest_difference": 2e-16},
        "gradients": {
            "square": {"at": 3.0, "value": 9.0, "gradient": 6.0},
            "sum_of_squares": {"at": [3.0, 4.0, 10.0], "value": 125.0, "gradient": [6.0, 8.0, 20.0]},
        },
        "rolling_ball": {"seed": 0, "seconds": 20, "lr": 1e-5, "steps": 10, "least_loss": 6.0}
        | {end: {"a": 1.0, "b": 1.0, "c": 1.0, "loss": loss} for end, loss in (("first", 40000.0), ("last", 600.0))},
        "accuracy_is_no_loss": {
            "seed": 0,
            "factor": 1.0001,
            "images": 100,
            "outputs": 1,
            "before": TRIED,
            "after": [
                TRIED | PLACE | {"where": [0, 0], "pixel_mean": 0.0, "outputs_moved": 0, "predictions_changed": 0},
                TRIED
                | PLACE
                | {"where": [9, 17], "outputs_moved": 90, "predictions_changed": 0, "mnist_loss": 0.6, "mse": 2.1},
            ],
        },
    }
    (tmp_path / "facts.json").write_text(json.dumps(facts))
    (tmp_path / "pixels.csv").write_text("row,4,5\n4,0,255\n5,100,128\n")
    timings = {"broadcast": 0.5, "loop_over_images": 5.0, "loop_over_pixels": 50.0}
    (tmp_path / "timings.json").write_text(json.dumps(timings))
    return [str(tmp_path / name) for name in ("facts.json", "pixels.csv", "timings.json")]


@pytest.fixture
def rendered(files):
    """`rendered(*rungs, placed=(...))`: the chapter's HTML for a ladder of these rungs."""

    def render(*rungs, placed=("samples", "means", "weights"), marked=(), ideas=IDEAS):
        results = selection(*rungs)
        ladder = ladder_of(results, *marked)
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(page.FOLDER),
            autoescape=jinja2.select_autoescape(["html", "j2"]),
            undefined=jinja2.StrictUndefined,
        )
        environment.filters.update(percent=page.percent, count=lambda number: f"{number:,.0f}", plural=page.plural)
        html = environment.get_template("_chapter.html.j2").render(
            chapter=chapter.context(*files, results, ladder, VARIANTS, rows_of(results), members_of(ladder, ideas)),
            placed=placed,
            figures=lambda name: f"[{name}]",
        )
        return re.sub(r"\s+", " ", html)

    return render


def test_timings_are_kept_for_the_pages_block_of_them(files):
    timings = chapter.context(*files, RESULTS, ladder_of(RESULTS), VARIANTS, rows_of(RESULTS), {})["timings"]
    assert (timings["loop_over_pixels"], timings["loop_over_pixels_ratio"]) == ("50.00", "100.0")
    assert timings["broadcast_ratio"] == "1.0"


def test_the_page_holds_the_numbers(rendered):
    html = rendered(*RESULTS["rungs"])
    assert "<td>3, 4, 10</td><td>125</td><td>6, 8, 20</td>" in html
    assert '<td style="background:rgb(0 0 0);color:#fff">255</td>' in html
    assert "Nearest by L1 is <bdi>cat</bdi>, by RMSE <bdi>dog</bdi>." in html
    assert "PyTorch's own to the last bit." in html
    assert f'<td data-timing="{chapter.TIMED}.loop_over_pixels">–</td>' in html
    assert "from 40,000 to 600" in html
    assert (
        "no image changes sides, so the accuracy stays where it was and its slope is 0, while both losses move." in html
    )
    assert "Not every weight will do" in html
    assert "All their metrics are the same to the last digit, an accuracy of 90.00% among them" in html
    assert (
        'takes the accuracy from 93.00% (<a href="#rung-hidden">hidden</a>) to 97.00% (<a href="#rung-net">net</a>), '
        "which is better than hidden by 4.00 points (95% interval 3.00 to 5.00)."
    ) in html
    assert html.count("<td>better</td>") == 4
    assert "model of your own" not in html
    for name in chapter.FIGURES:
        assert f"[{name}]" in html


def test_the_page_sells_no_marked_training(rendered):
    html = rendered(*RESULTS["rungs"], marked=["hidden", "line_loss"])
    assert (
        'On these images a hidden layer with a ReLU has no price: <a href="#rung-hidden">hidden</a> (at chance) is '
        "marked, and there is no other rung to compare."
    ) in html
    assert 'from 90.00% (<a href="#rung-line">line</a>) to 97.00% (<a href="#rung-net">net</a>)' in html
    assert html.count("<td>no price</td>") == 1
    assert "93.00%" not in html
    assert (
        '<a href="#rung-line_loss">line_loss</a> differ in their loss alone (<code>mse</code> and '
        "<code>mnist_loss</code>). The comparison says nothing about the loss, because of a mark: "
        '<a href="#rung-line_loss">line_loss</a> (at chance).'
    ) in html


def test_a_model_of_ones_own_belongs_to_no_idea(rendered):
    html = rendered(*RESULTS["rungs"], ideas=IDEAS | {"net": None})
    assert "Rungs with a model of your own (net) belong to no idea." in html
    assert "On these images convolution" not in html
    assert "97.00%" not in html


def test_other_experiments_are_told_as_they_went(rendered, files):
    facts = json.loads(Path(files[0]).read_text())
    first, last = facts["accuracy_is_no_loss"]["after"]
    first["pixel_mean"] = 0.25
    last["predictions_changed"] = 1
    Path(files[0]).write_text(json.dumps(facts))
    html = rendered("pixel_l1")
    assert "1.0001: of 100 images, 1 changed sides and all others stayed, while both losses moved" in html
    assert "no image changes sides" not in html
    assert "Not every weight will do" not in html


def test_the_page_drops_what_is_not_in_the_ladder(rendered):
    html = rendered("pixel_l1", placed=())
    assert "On these images" not in html
    assert "differ in their" not in html
    assert "#rung-" not in html
    assert "#figure-" not in html
    html = rendered("pixel_l1", "line", placed=("samples",))
    assert set(re.findall(r"#rung-(\w+)", html)) == {"pixel_l1", "line"}
    assert re.findall(r"#figure-\w+", html) == ["#figure-samples"]


def test_tables_have_captions_and_scopes_and_may_scroll(rendered):
    html = rendered(*RESULTS["rungs"])
    assert (
        html.count("<table") == html.count("<caption>") == len(re.findall(r'<div class="scroll"> ?<table', html)) == 6
    )
    assert "<th>" not in html
    assert html.count("<section") == html.count("</section>") == 1
