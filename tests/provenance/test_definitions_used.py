"""The definitions of a plug-in that count for each of its users."""

import pytest

from ladder.errors import LadderError
from ladder.provenance import source_code
from tests.provenance.source_tree import digest, edit, forget

# A module of plug-ins, and code that looks one up by a name that only the run knows.
LOSSES = """import math

import numpy as np
from torch import Tensor, nn

from ladder.near import scale

HALF = 0.5
UNUSED = 1


def read_as(activation):
    def mark(loss):
        loss.activation = activation
        return loss

    return mark


@read_as("sigmoid")
def half(outputs, targets):
    return HALF * _sum(outputs - targets)


@read_as("identity")
def doubled(outputs, targets):
    return 2 * half(outputs, targets)


def scaled(outputs: Tensor, targets):
    return scale(outputs) - np.sum(targets)


def _sum(values):
    return math.fsum(values)
"""
LOOKUP = """from ladder import losses


def fit(recipe):
    return getattr(losses, recipe["loss"])
"""


@pytest.fixture
def plugged(tree, write_folder):
    files = {
        "ladder/losses.py": LOSSES,
        "ladder/near.py": "def scale(x):\n    return x\n\n\ndef other(x):\n    return x\n",
    }
    files |= {"scripts/train.py": "from ladder.lookup import fit\n\nfit({})\n", "ladder/lookup.py": LOOKUP}
    return write_folder(tree, {path: text.encode() for path, text in files.items()})


# An edit, and the users whose digests it changes.
EDITS = [
    ("HALF = 0.5", "HALF = 0.25", {"half", "doubled"}),
    ("return HALF *", "return -HALF *", {"half", "doubled"}),
    ("return 2 *", "return 3 *", {"doubled"}),
    ("math.fsum(values)", "sum(values)", {"half", "doubled"}),
    ("import math", "import cmath as math", {"half", "doubled"}),
    ('@read_as("sigmoid")', '@read_as("softmax")', {"half", "doubled"}),
    ("loss.activation =", "loss.reading =", {"half", "doubled"}),
    ("- np.sum", "+ np.sum", {"scaled"}),
    ("import numpy as np", "import cupy as np", {"scaled"}),
    ("from torch import Tensor, nn", "from jax import Tensor\nfrom torch import nn", {"scaled"}),
    ("from torch import Tensor, nn", "from torch import Tensor", set()),  # nn is used by none, and runs nothing new
    ("UNUSED = 1", "UNUSED = 2", set()),
    ("UNUSED = 1", "import os", set()),
    ("\ndef _sum", "\ndef new(outputs, targets):\n    return HALF\n\n\ndef _sum", set()),
    ("UNUSED = 1", "half.weight = 2", {"half", "doubled"}),
    ("UNUSED = 1", "math.tau = 6", {"half", "doubled"}),
    ("UNUSED = 1", "print('imported')", {"half", "doubled", "scaled"}),
    ("UNUSED = 1", "if math:\n    HALF = 1", {"half", "doubled", "scaled"}),
    ("UNUSED = 1", "from __future__ import division", {"half", "doubled", "scaled"}),
]


@pytest.mark.parametrize(("old", "new", "whose"), EDITS)
def test_an_edit_of_a_plug_in_concerns_what_uses_the_edited_definition(plugged, old, new, whose):
    names = ("half", "doubled", "scaled")
    before = {name: digest("train", f"losses.{name}") for name in names}
    edit(plugged / "ladder/losses.py", old, new)
    assert {name for name in names if digest("train", f"losses.{name}") != before[name]} == whose


def test_an_edit_of_a_helper_in_another_module_concerns_its_users(plugged):
    before = {name: digest("train", f"losses.{name}") for name in ("half", "scaled")}
    edit(plugged / "ladder/near.py", "def other(x):\n    return x", "def other(x):\n    return -x")
    assert before == {name: digest("train", f"losses.{name}") for name in before}
    edit(plugged / "ladder/near.py", "def scale(x):\n    return x", "def scale(x):\n    return -x")
    assert [name for name in before if digest("train", f"losses.{name}") != before[name]] == ["scaled"]


def test_a_lookup_by_name_may_mean_all_of_a_module_where_no_name_is_given(plugged):
    before = digest("train")
    edit(plugged / "ladder/losses.py", "UNUSED = 1", "UNUSED = 2")
    assert digest("train") != before


@pytest.mark.parametrize(
    "use",
    [
        "losses.half",
        "from ladder.losses import half as h; h",
        "import ladder.losses as l; l.half",
        "import ladder.losses; ladder.losses.half",
        "from ladder.losses import *; half",
        "from . import losses; losses.half",
        "from .losses import half; half",
        'getattr(losses, "half")',
        "use(losses)",
        "[losses.half.activation]",
    ],
)
def test_a_use_is_seen_however_it_is_written(plugged, use):
    before_last, _, last = use.rpartition("; ")
    (plugged / "ladder/lookup.py").write_text(
        f"from ladder import losses\n\n\ndef fit(recipe):\n    {before_last or 'pass'}\n    return {last}\n"
        if "*" not in use
        else f"{before_last}\n\n\ndef fit(recipe):\n    return {last}\n"
    )
    before = digest("train")
    edit(plugged / "ladder/losses.py", "math.fsum(values)", "sum(values)")
    assert digest("train") != before


def test_a_module_that_is_imported_for_what_that_does_counts_as_a_whole(plugged):
    (plugged / "ladder/lookup.py").write_text("import ladder.losses  # registers\n\n\ndef fit(recipe):\n    pass\n")
    before = digest("train")
    edit(plugged / "ladder/losses.py", "return 2 *", "return 3 *")
    assert digest("train") != before


def test_what_a_module_runs_when_it_is_imported_counts_for_all_that_import_it(plugged):
    before = digest("train", "losses.half")
    edit(plugged / "ladder/near.py", "def other", "print()\n\n\ndef other")
    assert digest("train", "losses.half") != before


def test_functions_that_use_each_other_are_no_endless_way(plugged):
    edit(plugged / "ladder/losses.py", "return HALF *", "return doubled(0, 0) + HALF *")
    before = digest("train", "losses.half")
    edit(plugged / "ladder/losses.py", "return 2 *", "return 3 *")
    assert digest("train", "losses.half") != before


def test_a_file_that_is_no_python_is_one_sentence(plugged):
    edit(plugged / "ladder/losses.py", "return 2 *", "return 2 * *")
    with pytest.raises(LadderError) as caught:
        digest("train", "losses.half")
    assert str(caught.value) == f"{plugged.name}/ladder/losses.py, line 27: not valid Python: invalid syntax"


def test_the_librarys_losses_and_metrics_are_told_apart():
    forget()
    mse = digest("train", "models.linear.build", "trainers.loop.fit", "losses.mse")
    losses = source_code.files_behind(mse)["workflow/ladder/losses.py"]
    assert "mse" in losses
    assert not losses.keys() & {"mnist_loss", "mse_sigmoid", "cross_entropy"}
    both = source_code.files_behind(digest("train", "losses.mse_sigmoid"))["workflow/ladder/losses.py"]
    assert {"mse_sigmoid", "_weights"} <= both.keys()
    metrics = source_code.files_behind(digest("evaluate", "metrics.recall"))["workflow/ladder/metrics.py"]
    assert {"recall", "_ratio"} <= metrics.keys()
    assert "log_loss" not in metrics
