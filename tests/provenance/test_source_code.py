import shutil

import pytest

from ladder.errors import LadderError
from ladder.provenance import source_code

TRAIN = '''"""Train."""
from ladder.job import job
from ladder import near

with job():
    near.f()
'''
DEEP = '''"""Deep."""

import ladder.kinds.deeper as d


def g():
    """Give."""
    return d.x
'''
FUNCTIONS = """import os


def _hidden(a):
    pass


def f(a, b=1, *c):
    def inner():
        pass


def g():
    pass
"""
TREE = {
    "scripts/train.py": TRAIN,
    "scripts/plot.py": "from ladder import unrelated\n",
    "ladder/__init__.py": '"""The library."""\n',
    "ladder/job.py": "def job():\n    pass\n",
    "ladder/near.py": "def f():\n    from ladder.kinds import deep\n\n    return deep.g()\n",
    "ladder/kinds/__init__.py": "",
    "ladder/kinds/deep.py": DEEP,
    "ladder/kinds/deeper.py": "import os\n\nx = 1\n",
    "ladder/kinds/named.py": "from ladder.kinds.chosen import y\n",
    "ladder/kinds/chosen.py": "y = 2\n",
    "ladder/unrelated.py": "z = 3\n",
}


def forget():
    for function in vars(source_code).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()


@pytest.fixture
def tree(tmp_path, monkeypatch, write_folder):
    write_folder(tmp_path, {path: text.encode() for path, text in TREE.items()})
    monkeypatch.setattr(source_code, "LIBRARY", tmp_path / "ladder")
    forget()
    yield tmp_path
    forget()


def digest(*arguments):
    forget()
    return source_code.code_digest(*arguments)


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("scripts/train.py", '"""Train."""', '"""Train it."""'),
        ("scripts/train.py", "with job", "# Here it begins.\nwith job"),
        ("ladder/kinds/deep.py", '"""Give."""', '"""Hand over."""'),
        ("ladder/kinds/deep.py", '    """Give."""\n', ""),
        ("ladder/kinds/deeper.py", "x = 1", "x   =  (\n  1\n)"),
        ("ladder/near.py", "return deep.g()", "return deep.g()  # all"),
    ],
)
def test_comments_docstrings_and_formatting_change_nothing(tree, path, old, new):
    before = digest("train")
    edit(tree / path, old, new)
    assert digest("train") == before


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("scripts/train.py", "near.f()", "near.f(1)"),
        ("ladder/job.py", "pass", "return 1"),
        ("ladder/near.py", "deep.g()", "-deep.g()"),
        ("ladder/kinds/deep.py", "d.x", "d.x + 1"),
        ("ladder/kinds/deeper.py", "x = 1", "x = 2"),
    ],
)
def test_an_edit_at_any_depth_changes_the_digest(tree, path, old, new):
    before = digest("train")
    edit(tree / path, old, new)
    assert digest("train") != before


@pytest.mark.parametrize("path", ["ladder/unrelated.py", "ladder/kinds/named.py", "ladder/kinds/chosen.py"])
def test_an_edit_of_what_is_not_imported_changes_nothing(tree, path):
    before = digest("train")
    (tree / path).write_text("z = 'new'\n")
    assert digest("train") == before


def test_the_files_imported_are_those_at_any_depth(tree):
    names = (
        "scripts/train.py",
        "ladder/job.py",
        "ladder/near.py",
        "ladder/kinds/deep.py",
        "ladder/kinds/deeper.py",
    )
    assert source_code.imported("train") == {tree / name for name in names}
    by_name = {tree / "ladder/kinds/named.py", tree / "ladder/kinds/chosen.py"}
    assert source_code.imported("train", "kinds.named") == {tree / name for name in names} | by_name


def test_a_module_loaded_by_name_counts_with_its_imports(tree):
    before = digest("train", "kinds.named")
    assert before != digest("train")
    edit(tree / "ladder/kinds/chosen.py", "y = 2", "y = 3")
    assert digest("train", "kinds.named") != before


def test_a_string_that_is_no_docstring_counts(tree):
    (tree / "ladder/unrelated.py").write_text("z = 'a'\n")
    before = digest("plot")
    (tree / "ladder/unrelated.py").write_text("z = 'b'\n")
    assert digest("plot") != before


def test_the_digest_does_not_say_where_the_code_lies(tree, monkeypatch, tmp_path_factory, write_folder):
    before = digest("train")
    elsewhere = write_folder(tmp_path_factory.mktemp("other"), {path: text.encode() for path, text in TREE.items()})
    monkeypatch.setattr(source_code, "LIBRARY", elsewhere / "ladder")
    assert digest("train") == before


def test_scripts_of_the_same_content_differ_by_their_name(tree):
    (tree / "scripts/copy.py").write_text(TREE["scripts/train.py"])
    assert digest("copy") != digest("train")


def test_functions_are_the_public_ones_with_their_parameters(tree):
    (tree / "ladder/unrelated.py").write_text(FUNCTIONS)
    assert source_code.functions("unrelated") == {"f": ("a", "b"), "g": ()}


def test_a_function_is_read_with_its_parameters_their_annotations_and_defaults(tree):
    source = (
        "def f():\n    pass\n\n\ndef f(a, /, b: int = 1, *c, d, e: tuple[int, ...] = (), **g) -> float:\n    pass\n"
    )
    (tree / "ladder/unrelated.py").write_text(source)
    f = source_code.function("unrelated", "f")
    assert source_code.parameters(f) == ("a", "b", "d", "e")
    assert source_code.required(f) == ("a", "d")
    assert source_code.annotations(f) == {"b": "int", "e": "tuple[int, ...]"}
    assert source_code.function("unrelated", "g") is None


def test_modules_are_those_of_a_folder(tree):
    (tree / "ladder/kinds/_private.py").write_text("")
    (tree / "ladder/kinds/notes.txt").write_text("")
    assert source_code.modules("kinds") == ["chosen", "deep", "deeper", "named"]


def test_the_librarys_own_modules_and_functions_are_found():
    forget()
    assert source_code.modules("trainers") == ["by_hand", "fastai_learner", "loop", "own_learner"]
    assert list(source_code.functions("losses")) == ["mnist_loss", "mse", "mse_sigmoid", "cross_entropy"]
    assert source_code.functions("models.mlp") == {"build": ("in_shape", "n_outputs", "hidden")}


def test_a_models_edit_concerns_its_own_variants_only():
    models = {
        name: digest("train", f"models.{name}.build", "trainers.loop.fit", "losses.mse")
        for name in ("linear", "mlp", "cnn")
    }
    assert len(set(models.values())) == 3


def test_an_edit_of_a_private_module_concerns_the_models_that_use_it(tmp_path, monkeypatch):
    shutil.copytree(source_code.LIBRARY.parent, tmp_path / "workflow")
    monkeypatch.setattr(source_code, "LIBRARY", tmp_path / "workflow/ladder")
    models = {name: f"models.{name}.build" for name in ("linear", "mlp", "resnet18", "cnn")}
    before = {name: digest("train", model) for name, model in models.items()}
    edit(tmp_path / "workflow/ladder/models/_products.py", "torch.zeros_like(weight)", "torch.ones_like(weight)")
    assert {name for name, model in models.items() if digest("train", model) != before[name]} == {"resnet18"}
    forget()


def test_constants_are_the_literal_ones(tree):
    (tree / "ladder/unrelated.py").write_text(
        "A = 'a caption'\nB = 2\nC = A + 'b'\nD: int = 3\n\n\ndef f():\n    E = 4\n"
    )
    assert source_code.constants("unrelated") == {"A": "a caption", "B": 2}


def test_the_digest_of_files_sees_templates_and_no_python(tmp_path, monkeypatch):
    (tmp_path / "report").mkdir()
    template, module = tmp_path / "report/page.html.j2", tmp_path / "report/page.py"
    template.write_text("<p>"), module.write_text("1")
    monkeypatch.setattr(source_code, "LIBRARY", tmp_path)

    def digest():
        source_code.files_digest.cache_clear()
        return source_code.files_digest("report")

    before = digest()
    module.write_text("2")
    assert digest() == before
    template.write_text("<h1>")
    assert digest() != before
    source_code.files_digest.cache_clear()


def test_the_files_behind_a_digest_are_those_that_it_covers_with_the_definitions_used(tree):
    behind = source_code.files_behind(digest("train", "kinds.named"))
    assert {path: sorted(definitions) for path, definitions in behind.items()} == {
        f"{tree.name}/ladder/job.py": ["job"],
        f"{tree.name}/ladder/kinds/chosen.py": ["y"],
        f"{tree.name}/ladder/kinds/deep.py": ["d", "g"],
        f"{tree.name}/ladder/kinds/deeper.py": ["x"],
        f"{tree.name}/ladder/kinds/named.py": ["y"],
        f"{tree.name}/ladder/near.py": ["f"],
        f"{tree.name}/scripts/train.py": ["<module>", "job", "near"],
    }


def told(behind):
    return {
        path: {"definitions": sorted(digests), "sha256": source_code.combined(digests)}
        for path, digests in behind.items()
    }


def test_a_file_behind_a_digest_has_changed_where_its_code_has_or_it_is_gone(tree):
    files = told(source_code.files_behind(digest("train")))
    edit(tree / "ladder/near.py", "return deep.g()", "return deep.g()  # all")
    edit(tree / "ladder/kinds/deeper.py", "x = 1", "x = 1\ny = 2")
    forget()
    assert source_code.changed(files) == []
    edit(tree / "ladder/near.py", "deep.g()", "-deep.g()")
    edit(tree / "ladder/kinds/deeper.py", "x = 1\n", "")
    (tree / "ladder/job.py").unlink()
    forget()
    assert source_code.changed(files) == [f"{tree.name}/ladder/{name}.py" for name in ("job", "kinds/deeper", "near")]


# A module of plug-ins, and what looks one up by a name that only the run knows.
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


# What is edited, and whose digests that changes.
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
    assert str(caught.value) == f"{plugged.name}/ladder/losses.py, line 27: this is no Python: invalid syntax"


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


def test_what_a_function_uses_is_known_directly_or_not():
    forget()
    assert source_code.uses("trainers.by_hand.fit", "training.weighted_loss.loss_of")
    assert not source_code.uses("training.optimizers.build", "training.weighted_loss.loss_of")
