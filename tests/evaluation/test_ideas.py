import pytest

from ladder.evaluation import ideas
from ladder.provenance import source_code

LINE = {"model": "linear", "trainer": "loop", "optimizer": "sgd", "loss": "mse", "lr": 0.1, "job": None}
VARIANTS = {
    "by_hand": LINE | {"model": "linear_by_hand"},
    "line": LINE,
    "net": LINE | {"model": "mlp", "options": {"hidden": 3}},
    "mine": LINE | {"model": "my_model"},
    "cnn_small": LINE | {"model": "cnn"},
    "resnet": LINE | {"model": "resnet18"},
}
LADDER = ["majority", "pixel_l1", "pixel_l2", *VARIANTS]
# Accuracies on a set of silhouettes, on which the net has learned nothing.
ACCURACY = {
    "majority": 0.1,
    "pixel_l1": 0.5567,
    "pixel_l2": 0.5667,
    "by_hand": 0.12,
    "line": 0.39,
    "net": 0.1,
    "mine": 0.95,
    "cnn_small": 0.8783,
    "resnet": 0.175,
}


# The plug-ins' IDEA; `my_model` and `majority` have none.
SAID = {
    "baselines.pixel_l1": "similarity",
    "baselines.pixel_l2": "distance",
    "models.linear": "learning",
    "models.linear_by_hand": "learning",
    "models.mlp": "hidden",
    "models.cnn": "convolution",
    "models.resnet18": "convolution",
}


@pytest.fixture(autouse=True)
def constants(monkeypatch):
    monkeypatch.setattr(ideas.source_code, "constants", lambda module: {"IDEA": SAID.get(module)})


def tried(marked=(), rungs=tuple(LADDER), accuracy=ACCURACY):
    members = ideas.members(list(rungs), {name: VARIANTS[name] for name in rungs if name in VARIANTS})
    return ideas.pairs(members, list(rungs), accuracy, set(marked))


def test_the_shipped_plug_ins_say_their_ideas(monkeypatch):
    monkeypatch.undo()
    modules = [f"{folder}.{name}" for folder in ("models", "baselines") for name in source_code.modules(folder)]
    said = {module: source_code.constants(module).get("IDEA") for module in modules}
    assert {module: idea for module, idea in said.items() if idea} == SAID


def test_members_go_by_what_model_and_baseline_say():
    assert ideas.members(LADDER, VARIANTS) == {
        "similarity": ["pixel_l1"],
        "distance": ["pixel_l2"],
        "learning": ["by_hand", "line"],
        "hidden": ["net"],
        "convolution": ["cnn_small", "resnet"],
    }


def test_a_model_of_ones_own_that_says_its_idea_takes_part(monkeypatch):
    assert tried()["convolution"] == ("pixel_l2", "cnn_small")
    monkeypatch.setitem(SAID, "models.my_model", "convolution")
    assert tried()["convolution"] == ("pixel_l2", "mine")


def test_a_variant_that_is_called_like_a_baseline_is_none():
    members = ideas.members(["pixel_l1"], {"pixel_l1": LINE})
    assert (members["similarity"], members["learning"]) == ([], ["pixel_l1"])


def test_the_best_rung_without_an_idea_is_looked_for_among_all_below():
    assert tried() == {
        "distance": ("pixel_l1", "pixel_l2"),
        "learning": ("pixel_l2", "line"),
        "hidden": ("pixel_l2", "net"),
        "convolution": ("pixel_l2", "cnn_small"),
    }


def test_a_marked_rung_is_on_neither_side():
    assert tried({"majority", "net"})["hidden"] == ("pixel_l2", None)
    assert tried({"pixel_l2", "cnn_small"})["convolution"] == ("pixel_l1", "resnet")
    assert tried({"pixel_l1", "pixel_l2"})["learning"] == (None, "line")


def test_a_rung_without_a_trained_seed_is_on_neither_side():
    accuracy = {name: value for name, value in ACCURACY.items() if name not in ("net", "resnet")}
    pairs = tried(accuracy=accuracy)
    assert (pairs["hidden"], pairs["convolution"]) == (("pixel_l2", None), ("pixel_l2", "cnn_small"))


def test_of_equally_good_rungs_the_lowest_stands():
    assert tried(accuracy=ACCURACY | {"by_hand": 0.39, "resnet": 0.8783})["learning"] == ("pixel_l2", "by_hand")


@pytest.mark.parametrize(
    ("rungs", "expected"),
    [
        (["majority"], []),
        (["majority", "line"], []),
        (["pixel_l2", "line"], ["learning"]),
        (["line", "pixel_l1"], ["learning"]),
        (["pixel_l1", "resnet"], ["convolution"]),
        (["pixel_l1", "pixel_l2", "mine"], ["distance"]),
        (["line", "mine", "net"], ["hidden"]),
    ],
)
def test_an_idea_needs_a_rung_on_each_side(rungs, expected):
    assert list(tried(rungs=rungs)) == expected


def test_rungs_that_differ_in_one_setting():
    variants = {
        "a": LINE,
        "b": LINE | {"optimizer": "basic", "about": "Another.", "seeds": 3, "job": "together"},
        "c": LINE | {"loss": "mnist_loss"},
        "d": LINE | {"loss": "mnist_loss", "lr": 1.0},
        "e": LINE | {"trainer": "own_learner", "schedule": "one_cycle"},
    }
    expected = {"optimizer": [["a", "b"]], "trainer": [], "loss": [["a", "c"]]}
    assert ideas.alike(["pixel_l1", *variants], variants) == expected
    turned = {name: dict(reversed(settings.items())) for name, settings in reversed(variants.items())}
    assert ideas.alike(["pixel_l1", *variants], turned) == expected
    assert ideas.alike(["c", "a"], variants)["loss"] == [["c", "a"]]
