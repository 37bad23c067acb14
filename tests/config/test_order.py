"""The order of the rungs, which no order of keys changes."""

import copy
import random

import pytest
import yaml

from ladder.config import described, order
from ladder.config import study as config
from ladder.config.schema import in_order
from ladder.errors import LadderError
from ladder.provenance import source_code

SHIPPED = ["pixel_l1", "low", "high"]
BASELINES = ("pixel_l1", "pixel_l2")


def shuffled(value, seed):
    """The same settings with the keys of all dicts, at any depth, in another order."""
    if isinstance(value, list):
        return [shuffled(item, seed) for item in value]
    if not isinstance(value, dict):
        return value
    names = sorted(value)
    random.Random(f"{seed}{names}").shuffle(names)
    return {name: shuffled(value[name], seed) for name in names}


def mine(shipped, **after):
    """The shipped settings with a variant for each keyword, which stands above the rung named or has no `after`."""
    for name, rung in after.items():
        shipped["variants"][name] = dict(shipped["variants"]["mlp"]) | ({"after": rung} if rung else {})
    return shipped


def rungs(listed=(), **after):
    variants = {"low": {}, "high": {}} | {name: {"after": rung} if rung else {} for name, rung in after.items()}
    return order.rungs(list(listed), SHIPPED, variants, BASELINES)


def test_the_config_lists_the_ladder_that_the_schema_has_as_its_default(shipped):
    assert shipped["ladder"] == described.schema()["properties"]["ladder"]["default"]
    assert set(shipped["ladder"]) - set(source_code.modules("baselines")) == set(shipped["variants"])
    assert config.load(copy.deepcopy(shipped)).rungs == shipped["ladder"]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_keys_moves_no_rung(shipped, seed):
    assert config.load(shuffled(copy.deepcopy(shipped), seed)).rungs == shipped["ladder"]


def test_keys_that_an_overlay_puts_first_move_no_rung(shipped):
    # Snakemake merges `variants: {cnn: {epochs: 7}}` of a file or of the command line to this.
    cnn = shipped["variants"].pop("cnn")
    changed = shipped | {"variants": {"cnn": cnn | {"epochs": 7}, **shipped["variants"]}}
    study = config.load(changed)
    assert study.rungs == shipped["ladder"]
    assert study.recipe("cnn")["epochs"] == 7


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({}, ["pixel_l1", "low", "high"]),
        ({"new": None}, ["pixel_l1", "low", "high", "new"]),
        ({"b": None, "a": None}, ["pixel_l1", "low", "high", "a", "b"]),
        ({"new": "low"}, ["pixel_l1", "low", "new", "high"]),
        ({"new": "pixel_l1"}, ["pixel_l1", "new", "low", "high"]),
        ({"b": "low", "a": "low"}, ["pixel_l1", "low", "a", "b", "high"]),
        ({"a": "b", "b": "low"}, ["pixel_l1", "low", "b", "a", "high"]),
        ({"a": "b", "b": None, "c": "a"}, ["pixel_l1", "low", "high", "b", "a", "c"]),
    ],
)
def test_a_new_variant_stands_above_all_or_where_after_says(after, expected):
    assert rungs(**after) == rungs(SHIPPED, **after) == expected


def test_a_ladder_of_ones_own_is_exactly_what_it_lists():
    assert rungs(["high", "pixel_l2"], new=None, other="low") == ["high", "pixel_l2"]
    assert rungs(["new", "low"], new="high") == ["new", "low"]


def test_a_shipped_rung_that_is_removed_from_the_config_is_no_rung():
    assert order.rungs(SHIPPED, SHIPPED, {"high": {}, "new": {}}, BASELINES) == ["pixel_l1", "high", "new"]


def test_a_loaded_config_tells_its_ladder_in_full_and_can_be_loaded_again(shipped):
    study = config.load(mine(shipped, wide="mlp", wider="wide", last=None))
    place = shipped["ladder"].index("mlp")
    assert study.rungs[place : place + 3] == ["mlp", "wide", "wider"]
    assert study.rungs[-1] == "last"
    assert study.settings["ladder"] == study.rungs
    assert config.load(copy.deepcopy(study.settings)).rungs == study.rungs


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        ({"wide": "mpl"}, "variants.wide.after: there is no variant or baseline 'mpl'; did you mean 'mlp'?"),
        ({"wide": "wide"}, "variants.wide.after: wide after wide is a circle; name another rung for one of them"),
        (
            {"b": "a", "a": "c", "c": "b"},
            "variants.a.after: a after c after b after a is a circle; name another rung for one of them",
        ),
        ({"mlp": "cnn"}, "variants.mlp.after: `ladder` lists mlp; to move it, write a `ladder` of your own"),
    ],
)
def test_a_place_that_is_none_is_one_sentence(shipped, after, sentence):
    with pytest.raises(LadderError) as caught:
        config.load(mine(shipped, **after))
    assert str(caught.value) == f"config: {sentence}"


def test_a_variant_above_a_circle_is_not_part_of_it(shipped):
    with pytest.raises(LadderError) as caught:
        config.load(mine(shipped, a="b", b="c", c="b"))
    assert str(caught.value).splitlines() == [
        "config: variants.b.after: b after c after b is a circle; name another rung for one of them"
    ]


def test_a_ladder_of_ones_own_may_name_variants_that_have_an_after(shipped):
    shipped = mine(shipped, wide="mlp")
    assert config.load(shipped | {"ladder": ["wide", "mlp"]}).rungs == ["wide", "mlp"]


def test_after_decides_no_result(shipped):
    shipped = mine(shipped, wide="mlp")
    study = config.load(shipped | {"dataset": "mnist"})  # mnist changes no variant
    assert study.recipe("wide") == study.recipe("mlp")


@pytest.mark.parametrize("seed", range(3))
def test_settings_end_in_the_same_order_however_they_were_written(shipped, seed):
    shipped = mine(shipped, zoo=None, ape=None, wide="mlp")
    shipped["variants"]["zoo"] |= {"options": {"hidden": 3}}
    shipped["sweep"] = {
        "mlp": {"over": {"options.hidden": [3, 4], "lr": {"from": 0.1, "to": 1, "count": 3}}},
        "cnn": {"over": {"lr": [1, 2]}},
    }
    plain, reordered = config.load(copy.deepcopy(shipped)), config.load(shuffled(shipped, seed))
    dump = [yaml.safe_dump(study.settings, sort_keys=False) for study in (plain, reordered)]
    assert dump[0] == dump[1]
    assert repr(plain.sweeps) == repr(reordered.sweeps)
    assert [repr(plain.recipe(name)) for name in plain.variants] == [
        repr(reordered.recipe(name)) for name in plain.variants
    ]
    assert list(plain.settings["variants"]) == plain.variants


def test_known_keys_follow_the_schema_and_others_the_alphabet():
    inner = {"type": "object", "properties": {"b": {}, "a": {}}}
    schema = {"properties": {"z": {}, "y": {"additionalProperties": {"$ref": "#/$defs/inner"}}, "x": {"items": inner}}}
    written = {"x": [{"a": 1, "b": 2}], "w": {"d": 1, "c": 2}, "y": {"n": {"a": 1, "b": 2}, "m": {}}, "z": 3}
    ordered = in_order(written, schema, {"inner": inner})
    assert ordered == written
    expected = "{'z': 3, 'y': {'m': {}, 'n': {'b': 2, 'a': 1}}, 'x': [{'b': 2, 'a': 1}], 'w': {'c': 2, 'd': 1}}"
    assert repr(ordered) == expected
