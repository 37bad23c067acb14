"""The changes from rung to rung: the sentence and the table."""

import copy
import re

import jinja2
import pytest

from ladder.config import study as config
from ladder.report import differences
from ladder.report.page import FOLDER

PLAIN = {"model": "linear", "options": {}, "trainer": "loop", "optimizer": "basic", "lr": 1.0, "weight_decay": None}


def context(*changes):
    """The context of a ladder of a baseline and variants; each variant changes some settings of the one below."""
    variants, last = {}, PLAIN
    for number, changed in enumerate(changes):
        last = variants[f"v{number}"] = last | changed
    return differences.context(["pixel_l1", *variants], variants)


def written(step):
    return [differences._written(change) for change in step["changes"]]


def test_the_shipped_ladder_tells_the_optimizers_step_and_that_others_are_several(shipped):
    study = config.load(shipped)
    told = differences.context(study.rungs, study.settings["variants"])
    steps = {step["rung"]: step for step in told["steps"]}
    assert list(steps) == study.rungs[1:]
    assert written(steps["linear_sgd"]) == ["optimizer basic → sgd"]
    assert written(steps["linear_learner"]) == ["trainer loop → fastai_learner", "epochs 20 → 10"]
    assert written(steps["mlp"])[0] == "model linear → mlp (hidden: 30)"
    assert "linear_sgd: optimizer basic → sgd" in told["sentence"]
    compared = [step["changes"] for step in told["steps"] if step["changes"] is not None]
    several = sum(len(changes) > 1 for changes in compared)
    assert f"In {several} rungs several settings change at once" in told["sentence"]


@pytest.mark.parametrize("key", ["about", "seeds", "seeds_per_job", "job", "after"])
def test_what_changes_no_result_is_no_change(key):
    assert differences.changes(PLAIN | {key: "one"}, PLAIN | {key: "other"}) == []
    assert differences.changes(PLAIN, PLAIN | {key: "other"}) == []


def test_every_setting_of_a_recipe_can_be_a_change(shipped):
    recipe = config.load(shipped).recipe("mlp")
    for key in config.RECIPE:
        changed_recipe = copy.deepcopy(recipe) | {key: {"x": 1} if key == "options" else "another"}
        changed = differences.changes(recipe, changed_recipe)
        assert {change["setting"].partition(".")[0] for change in changed} == {key}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"weight_decay": 0.3}, ["weight_decay null → 0.3"]),
        ({"options": {"hidden": 3}}, {"options": {"hidden": 30}}, ["options.hidden 3 → 30"]),
        ({"options": {"hidden": 3}}, {}, ["options.hidden 3 → the model's own"]),
        ({}, {"model": "mlp", "options": {"hidden": 3, "bias": True}}, ["model linear → mlp (hidden: 3, bias: true)"]),
        ({"model": "mlp", "options": {"hidden": 3}}, {"model": "cnn"}, ["model mlp (hidden: 3) → cnn"]),
        ({"lr": 0.1}, {"lr": 1.0, "trainer": "own"}, ["trainer loop → own", "lr 0.1 → 1"]),
    ],
)
def test_a_change_is_written_as_in_the_config(before, after, expected):
    assert written({"changes": differences.changes(PLAIN | before, PLAIN | after)}) == expected


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ([{}], ""),
        (
            [{}, {"lr": 2.0}],
            "Each rung above a trained one differs from the rung below in one setting (v1: lr 1 → 2).",
        ),
        (
            [{}, {"lr": 2.0, "optimizer": "sgd"}],
            "In each rung above a trained one several settings change at once, so a difference to the rung below "
            "cannot be put down to one of these settings.",
        ),
        (
            [{}, {"optimizer": "sgd"}, {"lr": 2.0, "trainer": "own"}, {}],
            "1 rung differs from the rung below in one setting (v1: optimizer basic → sgd). In 1 rung several settings "
            "change at once, so a difference to the rung below cannot be put down to one of these settings. No setting "
            "changes in v3.",
        ),
        (
            [{}, *({"lr": float(n)} for n in range(2, 8))],
            "Each rung above a trained one differs from the rung below in one setting (v1: lr 1 → 2; v2: lr 2 → 3; "
            "v3: lr 3 → 4; v4: lr 4 → 5; and 2 more).",
        ),
    ],
)
def test_the_sentence_follows_from_the_recipes(changes, sentence):
    assert context(*changes)["sentence"] == sentence


def rendered(told):
    loader = jinja2.FileSystemLoader(FOLDER)
    templates = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    return templates.get_template("_differences.html.j2").render(differences=told)


def rows(html):
    cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd][^>]*>.*?</t[hd]>", html, re.DOTALL)]
    return [cells[start : start + 4] for start in range(4, len(cells), 4)]


def test_the_table_has_a_row_for_each_step():
    html = rendered(context({}, {"optimizer": "sgd", "lr": 2.0}, {}))
    assert rows(html) == [
        ["v0", "pixel_l1", "–", "trained, unlike the rung below"],
        ["v1", "v0", "2", "optimizer basic → sgd, lr 1 → 2"],
        ["v2", "v1", "0", "nothing"],
    ]
    assert '<details id="differences" open>' in html


def test_baselines_have_no_recipe():
    steps = differences.context(["pixel_l1", "pixel_l2", "v", "pixel_l3"], {"v": PLAIN})
    assert [row[2:] for row in rows(rendered(steps))] == [
        ["–", "a baseline, which is not trained"],
        ["–", "trained, unlike the rung below"],
        ["–", "a baseline, which is not trained"],
    ]
    assert steps["sentence"] == ""


def test_a_long_table_is_folded_and_one_rung_has_none():
    assert '<details id="differences">' in rendered(context(*[{}] * 7))
    assert "<details" not in rendered(differences.context(["pixel_l1"], {}))
