import shutil

import pytest

from ladder.provenance import source_code
from tests.provenance.source_tree import FUNCTIONS, TREE, digest, edit, forget


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
    assert "loop" in source_code.modules("trainers")
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
        "F = ('a', 'b')\nG = ['a', 3]\nH = ()\nI = (*F, 'c')\nJ, K = 1, 2\nL = {'a': 1}\n"
    )
    literals = {"A": "a caption", "B": 2, "F": ("a", "b"), "G": ["a", 3], "H": (), "L": {"a": 1}}
    assert source_code.constants("unrelated") == literals


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


def test_what_a_function_uses_is_known_directly_or_not():
    forget()
    assert source_code.uses("trainers.by_hand.fit", "training.weighted_loss.loss_of")
    assert not source_code.uses("training.optimizers.build", "training.weighted_loss.loss_of")
