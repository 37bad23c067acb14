"""Settings for classes of unequal sizes, in the config: values that are taken, and sentences that refuse others."""

import pytest

from ladder.config import balance
from ladder.config import study as config
from ladder.errors import LadderError
from ladder.provenance import source_code


@pytest.fixture
def load(minimal):
    def load(**settings):
        minimal["variants"]["line"] |= settings
        return config.load(minimal).recipe("line")

    return load


@pytest.mark.parametrize(
    ("given", "kept"), [("none", "none"), ("balanced", "balanced"), ({"b": 2, "a": 0.5}, {"a": 0.5, "b": 2})]
)
def test_weights_of_classes_are_a_word_or_numbers_by_name(load, given, kept):
    weights = load(class_weights=given)["class_weights"]
    assert weights == kept
    assert list(weights) == list(kept)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"class_weights": "even"}, "'even' is not allowed; it is none, balanced, or the weights of classes by name"),
        ({"class_weights": {"a": 0}}, "class_weights.a: 0 is less than or equal to the minimum of 0"),
        ({"class_weights": {"a": "x"}}, "class_weights.a: 'x' is not of type number"),
        ({"class_weights": {3: 2}}, "the key 3 is not text; write it as '3'"),
        ({"sampling": "equal"}, "sampling: 'equal' is not allowed"),
        ({"sampling": "balanced"}, "sampling: balanced draws a new order in every epoch; it goes with shuffle: true"),
        (
            {"sampling": "balanced", "shuffle": True, "class_weights": "balanced"},
            "class_weights: with sampling: balanced all classes count the same already; take one of the two",
        ),
    ],
)
def test_what_is_refused(load, settings, sentence):
    with pytest.raises(LadderError) as refused:
        load(**settings)
    assert sentence in str(refused.value)


@pytest.mark.parametrize("trainer", source_code.modules("trainers"))
def test_every_trainer_weighs_classes(trainer):
    settings = {"sampling": "as_is", "class_weights": "balanced", "shuffle": False}
    assert list(balance.problems(settings | {"trainer": trainer})) == []


def test_a_trainer_that_would_leave_weights_out_is_refused(monkeypatch):
    settings = {"sampling": "as_is", "shuffle": False, "trainer": "loop"}
    monkeypatch.setattr(balance, "LOSS", "training.weighted_loss.another")
    assert list(balance.problems(settings | {"class_weights": "none"})) == []
    assert list(balance.problems(settings | {"class_weights": {"a": 2}})) == [
        "class_weights: trainers/loop.py would leave them out, since it does not take its loss from "
        "training.weighted_loss.another(recipe, train)"
    ]
