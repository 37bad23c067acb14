import pytest

from ladder.config import rounds
from ladder.config import study as config
from ladder.errors import LadderError


@pytest.mark.parametrize(
    ("seeds", "counts"),
    [
        (5, [5]),
        ({"from": 5, "to": 40}, [5, 10, 20, 40]),
        ({"from": 5, "to": 20}, [5, 10, 20]),
        ({"from": 3, "to": 10}, [3, 6, 10]),
        ({"from": 2, "to": 3}, [2, 3]),
    ],
)
def test_each_round_doubles_the_seeds_and_the_last_ends_at_to(seeds, counts):
    assert rounds.counts(seeds) == counts


@pytest.mark.parametrize(("first", "size"), [(5, 5), (5, 2), (2, 5), (3, 1)])
def test_the_first_round_has_the_blocks_of_a_study_without_rounds(minimal, first, size):
    plain = config.load(minimal | {"seeds": first, "seeds_per_job": size}).blocks("line")
    study = config.load(minimal | {"seeds": {"from": first, "to": 4 * first}, "seeds_per_job": size})
    blocks = study.blocks("line")
    assert blocks[: len(plain)] == plain
    assert [seed for block in blocks for seed in config.seeds_of(block)] == list(range(4 * first))
    assert [block for block in blocks if study.round_of("line", block) == 1] == plain
    assert {study.round_of("line", block) for block in blocks} == {1, 2, 3}


def test_no_block_is_in_two_rounds(minimal):
    study = config.load(minimal | {"seeds": {"from": 5, "to": 12}, "seeds_per_job": 4})
    assert study.blocks("line") == ["0-3", "4-4", "5-8", "9-9", "10-11"]
    assert [study.round_of("line", block) for block in study.blocks("line")] == [1, 1, 2, 2, 3]


def test_blocks_are_those_of_as_many_seeds_where_the_rounds_are_whole_blocks(minimal):
    settings = minimal | {"seeds_per_job": 5}
    rounds_of = config.load(settings | {"seeds": {"from": 5, "to": 20}})
    plain = config.load(settings | {"seeds": 20})
    assert rounds_of.blocks("line") == plain.blocks("line") == ["0-4", "5-9", "10-14", "15-19"]


def test_a_variant_may_have_rounds_of_its_own(minimal):
    line = minimal["variants"]["line"]
    minimal["variants"] = {"few": line | {"seeds": 3}, "own": line | {"seeds": {"from": 4, "to": 8}}, "all": line}
    study = config.load(minimal | {"seeds": {"from": 5, "to": 20}})
    assert (study.seeds("few"), study.seeds("own"), study.seeds("all")) == (3, 8, 20)
    assert study.looks == {"own": [4, 8, 8], "all": [5, 10, 20]}


def test_a_study_of_one_round_has_no_looks(minimal):
    assert config.load(minimal).looks == {}


def test_variants_of_a_job_with_other_rounds_are_trained_apart(minimal):
    line = minimal["variants"]["line"] | {"job": "lines", "seeds_per_job": 2}
    minimal["variants"] = {"a": line, "b": line, "other": line | {"seeds": 4}}
    study = config.load(minimal | {"seeds": {"from": 2, "to": 4}})
    assert study.blocks("a") == study.blocks("other")
    assert study.jobs == {"lines": ["a", "b"], "other": ["other"]}


def test_a_sweep_has_the_seeds_of_the_first_round(minimal):
    minimal["sweep"] = {"line": {"over": {"lr": [0.1, 0.2]}}}
    assert config.load(minimal | {"seeds": {"from": 3, "to": 12}}).sweeps["line"].seeds == 3


@pytest.mark.parametrize("place", ["study", "variant"])
@pytest.mark.parametrize(
    ("seeds", "sentence"),
    [
        ({"from": 40, "to": 5}, "seeds.from: 40 is not below to: 5, so there is no second round"),
        (
            {"from": 5, "to": 5},
            "seeds.from: 5 is not below to: 5, so there is no second round; write a higher `to`",
        ),
        ({"from": 1, "to": 5}, "seeds.from: 1 is too few; a rung needs 2 seeds or more"),
        ({"from": 0, "to": 5}, "seeds.from: 0 is too few"),
        ({"from": -2, "to": 5}, "seeds.from: -2 is too few"),
        ({"from": 5}, "seeds: the key 'to' is missing; it is: Seeds after the last round"),
        ({"to": 5}, "seeds: the key 'from' is missing; it is: Seeds of the first round"),
        ({"from": 5, "to": 9, "by": 2}, "seeds: unknown key 'by'; "),
        ({"from": 2.5, "to": 9}, "seeds.from: 2.5 is not of type integer"),
        ({"from": 2, "to": "many"}, "seeds.to: 'many' is not of type integer"),
        ([5, 40], "seeds: [5, 40] is not allowed; it is a whole number, or rounds such as {from: 5, to: 40}"),
    ],
)
def test_errors_are_sentences(minimal, seeds, sentence, place):
    (minimal if place == "study" else minimal["variants"]["line"])["seeds"] = seeds
    with pytest.raises(LadderError) as raised:
        config.load(minimal)
    where = "" if place == "study" else "variants.line."
    assert str(raised.value).startswith(f"config: {where}{sentence}")
    assert "\n" not in str(raised.value)


def test_text_of_a_command_line_becomes_numbers(minimal):
    assert config.load(minimal | {"seeds": {"from": "2", "to": "8.0"}}).rounds("line") == [2, 4, 8]
