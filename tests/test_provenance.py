import pytest

from ladder import provenance

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
    for function in (provenance.code_digest, provenance.functions, provenance.constants, provenance._parsed):
        function.cache_clear()
    provenance.annotations.cache_clear(), provenance.modules.cache_clear()


@pytest.fixture
def tree(tmp_path, monkeypatch, write_folder):
    write_folder(tmp_path, {path: text.encode() for path, text in TREE.items()})
    monkeypatch.setattr(provenance, "LIBRARY", tmp_path / "ladder")
    forget()
    yield tmp_path
    forget()


def digest(*arguments):
    forget()
    return provenance.code_digest(*arguments)


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


def test_the_files_reached_are_those_imported(tree):
    names = ("scripts/train.py", "ladder/job.py", "ladder/near.py", "ladder/kinds/deep.py", "ladder/kinds/deeper.py")
    assert set(provenance.reached("train")) == {tree / name for name in names}
    by_name = {tree / "ladder/kinds/named.py", tree / "ladder/kinds/chosen.py"}
    assert set(provenance.reached("train", "kinds.named")) == {tree / name for name in names} | by_name


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
    monkeypatch.setattr(provenance, "LIBRARY", elsewhere / "ladder")
    assert digest("train") == before


def test_scripts_of_the_same_content_differ_by_their_name(tree):
    (tree / "scripts/copy.py").write_text(TREE["scripts/train.py"])
    assert digest("copy") != digest("train")


def test_functions_are_the_public_ones_with_their_parameters(tree):
    (tree / "ladder/unrelated.py").write_text(FUNCTIONS)
    assert provenance.functions("unrelated") == {"f": ("a", "b"), "g": ()}


def test_annotations_are_those_of_one_function(tree):
    (tree / "ladder/unrelated.py").write_text("def f(a, b: int = 1, c: tuple[int, ...] = ()):\n    pass\n")
    assert provenance.annotations("unrelated", "f") == {"b": "int", "c": "tuple[int, ...]"}


def test_modules_are_those_of_a_folder(tree):
    (tree / "ladder/kinds/_private.py").write_text("")
    (tree / "ladder/kinds/notes.txt").write_text("")
    assert provenance.modules("kinds") == ["chosen", "deep", "deeper", "named"]


def test_the_librarys_own_modules_and_functions_are_found():
    forget()
    assert provenance.modules("trainers") == ["by_hand", "fastai_learner", "loop", "own_learner"]
    assert list(provenance.functions("losses")) == ["mnist_loss", "mse", "mse_sigmoid", "cross_entropy"]
    assert provenance.functions("models.mlp") == {"build": ("in_shape", "n_outputs", "hidden")}


def test_a_models_edit_concerns_its_own_variants_only():
    models = {name: digest("train", f"models.{name}", "trainers.loop") for name in ("linear", "mlp", "cnn")}
    assert len(set(models.values())) == 3


def test_constants_are_the_literal_ones(tree):
    (tree / "ladder/unrelated.py").write_text(
        "A = 'a caption'\nB = 2\nC = A + 'b'\nD: int = 3\n\n\ndef f():\n    E = 4\n"
    )
    assert provenance.constants("unrelated") == {"A": "a caption", "B": 2}


def test_the_digest_of_files_sees_templates_and_no_python(tmp_path, monkeypatch):
    (tmp_path / "report").mkdir()
    template, module = tmp_path / "report/page.html.j2", tmp_path / "report/page.py"
    template.write_text("<p>"), module.write_text("1")
    monkeypatch.setattr(provenance, "LIBRARY", tmp_path)

    def digest():
        provenance.files_digest.cache_clear()
        return provenance.files_digest("report")

    before = digest()
    module.write_text("2")
    assert digest() == before
    template.write_text("<h1>")
    assert digest() != before
    provenance.files_digest.cache_clear()


def test_the_files_behind_a_digest_are_those_that_it_covers(tree):
    behind = provenance.files_behind(digest("train", "kinds.named"))
    names = ["job", "kinds/chosen", "kinds/deep", "kinds/deeper", "kinds/named", "near"]
    assert list(behind) == [*(f"{tree.name}/ladder/{name}.py" for name in names), f"{tree.name}/scripts/train.py"]


def test_a_file_behind_a_digest_has_changed_where_its_code_has_or_it_is_gone(tree):
    behind = provenance.files_behind(digest("train"))
    edit(tree / "ladder/near.py", "return deep.g()", "return deep.g()  # all")
    forget()
    assert provenance.changed(behind) == []
    edit(tree / "ladder/near.py", "deep.g()", "-deep.g()")
    (tree / "ladder/job.py").unlink()
    forget()
    assert provenance.changed(behind) == [f"{tree.name}/ladder/job.py", f"{tree.name}/ladder/near.py"]
