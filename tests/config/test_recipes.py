"""A setting that a trainer does not know, or an optimizer does not take, is a sentence before anything runs."""

import pytest

from ladder.config import recipes, study
from ladder.errors import LadderError
from ladder.provenance import source_code

SETTINGS = {"optimizer": "sgd", "schedule": "constant", "precision": "fp32", "weight_decay": None}
# Two trainers that know different settings; one has an optimizer of its own.
WIDE = """
OPTIMIZERS = ("basic", "sgd", "adam", "lion")
SCHEDULES = ("constant", "one_cycle")
PRECISIONS = ("fp32", "bf16")
WITH_WEIGHT_DECAY = ("lion",)
"""
NARROW = """
OPTIMIZERS = ["basic", "own"]
SCHEDULES = ["constant", "cosine"]
PRECISIONS = ["fp32"]
"""
OPTIMIZERS_FILE = source_code.LIBRARY / "training/optimizers.py"


@pytest.fixture
def trainers(tmp_path, write_folder, read_from):
    """A library with the trainers `wide` and `narrow`, and with two files that nobody can read."""
    write_folder(
        tmp_path / "workflow/ladder",
        {
            "trainers/wide.py": WIDE.encode(),
            "trainers/narrow.py": NARROW.encode(),
            "trainers/half_written.py": b"OPTIMIZERS = (",
            "trainers/no_words.py": b"OPTIMIZERS = 3\nSCHEDULES = (1, 2)\nPRECISIONS = 'fp32'\n",
            "training/optimizers.py": OPTIMIZERS_FILE.read_bytes(),
        },
    )
    # An editor leaves such a file beside an open one.
    (tmp_path / "workflow/ladder/trainers/.#wide.py").symlink_to("nowhere")
    read_from(tmp_path / "workflow/ladder")


@pytest.mark.parametrize(
    ("trainer", "changes", "sentences"),
    [
        ("wide", {}, []),
        ("wide", {"optimizer": "adam", "schedule": "one_cycle", "precision": "bf16", "weight_decay": 0.1}, []),
        ("wide", {"optimizer": "lion", "schedule": "one_cycle", "precision": "auto", "weight_decay": 0}, []),
        ("narrow", {"optimizer": "own", "schedule": "cosine"}, []),
        ("wide", {"optimizer": "adm"}, ["optimizer: the trainer wide knows no optimizer 'adm'; did you mean 'adam'?"]),
        ("narrow", {}, ["optimizer: the trainer narrow knows no optimizer 'sgd'; allowed are basic, own"]),
        (
            "narrow",
            {"optimizer": "own", "schedule": "one_cycle"},
            ["schedule: the trainer narrow knows no schedule 'one_cycle'; allowed are constant, cosine"],
        ),
        (
            "narrow",
            {"optimizer": "own", "precision": "bf16"},
            ["precision: the trainer narrow knows no precision 'bf16'; allowed are fp32"],
        ),
        # `auto` might become bf16, so it is refused on every machine.
        (
            "narrow",
            {"optimizer": "own", "precision": "auto"},
            ["precision: the trainer narrow knows no precision 'auto'; allowed are fp32"],
        ),
        (
            "wide",
            {"optimizer": "basic", "schedule": "one_cycle"},
            ["schedule: the optimizer basic has none; optimizers of the trainer wide with one: sgd, adam, lion"],
        ),
        (
            "wide",
            {"weight_decay": 0.1},
            ["weight_decay: the optimizer sgd has none; optimizers of the trainer wide with one: adam, lion"],
        ),
        (
            "narrow",
            {"optimizer": "own", "weight_decay": 0.1},
            ["weight_decay: the optimizer own has none; optimizers of the trainer narrow with one: none"],
        ),
        # One line a setting: an optimizer that the trainer does not know is not asked what it takes.
        (
            "narrow",
            {"schedule": "one_cycle", "weight_decay": 0.1},
            [
                "optimizer: the trainer narrow knows no optimizer 'sgd'; allowed are basic, own",
                "schedule: the trainer narrow knows no schedule 'one_cycle'; allowed are constant, cosine",
            ],
        ),
    ],
)
def test_a_setting_is_checked_against_what_the_trainer_declares(trainers, trainer, changes, sentences):
    assert list(recipes.problems(SETTINGS | {"trainer": trainer} | changes)) == sentences


def test_the_choices_are_those_of_all_trainers_that_can_be_read(trainers):
    assert recipes.choices("optimizer") == ["adam", "basic", "lion", "own", "sgd"]
    assert recipes.choices("schedule") == ["constant", "cosine", "one_cycle"]


def test_a_setting_that_no_trainer_knows_is_refused_where_it_stands(minimal):
    minimal["datasets"]["other"] = {"kind": "sklearn_digits", "recipe": {"schedule": "one_cycl"}}
    with pytest.raises(LadderError) as caught:
        study.load(minimal)
    assert str(caught.value) == (
        "config: datasets.other.recipe.schedule: 'one_cycl' is not allowed; did you mean 'one_cycle'?"
    )


def test_a_setting_that_another_trainer_knows_is_refused_too(minimal):
    minimal["variants"]["line"] |= {"optimizer": "basic", "schedule": "one_cycle"}
    with pytest.raises(LadderError) as caught:
        study.load(minimal)
    assert str(caught.value) == (
        "config: variants.line.schedule: the optimizer basic has none; optimizers of the trainer loop with one: sgd, "
        "adam, adamw"
    )
