"""A plug-in that lacks something is a sentence before anything runs."""

import pytest

from ladder.config import contracts, options, study
from ladder.errors import LadderError
from ladder.images import pixels
from ladder.provenance import source_code

PLUG_INS = ("losses.py", "metrics.py", "models", "trainers", "figures", "datasets", "baselines")
ARTIFACTS = ["summary", "history", "train"]
DRAW = 'TITLE = "Mine"\nSECTION = "results"\n\n\ndef draw(summary):\n    pass\n'


def forget():
    for function in vars(source_code).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()


@pytest.fixture
def library(tmp_path, monkeypatch, write_folder):
    """`library(path, source)`: a copy of the library's plug-ins with one more file, or with a file's end."""
    root = source_code.LIBRARY
    files = {
        f"workflow/ladder/{path.relative_to(root)}": path.read_bytes()
        for name in PLUG_INS
        for path in ([root / name] if name.endswith(".py") else (root / name).glob("*.py"))
    }

    def write(path, source):
        path = f"workflow/ladder/{path}"
        write_folder(tmp_path, files | {path: files.get(path, b"") + source.encode()})
        (tmp_path / "workflow/report").mkdir(exist_ok=True)
        monkeypatch.setattr(source_code, "LIBRARY", tmp_path / "workflow/ladder")
        forget()
        return tmp_path

    yield write
    monkeypatch.undo()
    forget()


def test_the_projects_own_plug_ins_keep_their_contracts():
    forget()
    for name in source_code.modules("models"):
        assert list(contracts.of_model(name)) == []
    for name in source_code.modules("trainers"):
        assert list(contracts.of_trainer(name)) == []
    for name in source_code.modules("baselines"):
        assert list(contracts.of_baseline(name)) == []
    for name in source_code.modules("datasets"):
        assert list(contracts.of_dataset(name)) == []
    for name in source_code.functions("losses"):
        assert list(contracts.of_loss(name)) == []
    for name in source_code.functions("metrics"):
        assert list(contracts.of_metric(name)) == []


READ = '@_read_as("identity")\n'
NO_READING = (
    "mine of losses.py does not say how the outputs of a model are read; write @_read_as(...) above it, with one of "
    "sigmoid, softmax, identity"
)


@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        (READ + "def mine(outputs, targets):\n    pass\n", []),
        (READ + "def mine(z: Tensor, y: Tensor, power: int = 2) -> Tensor:\n    pass\n", []),
        ("@torch.no_grad()\n" + READ + "def mine(*both):\n    pass\n", []),
        ("def mine(outputs, targets):\n    pass\n", [NO_READING]),
        ("@cache\ndef mine(outputs, targets):\n    pass\n", [NO_READING]),
        (
            '@_read_as("sigmod")\ndef mine(outputs, targets):\n    pass\n',
            ["mine of losses.py has outputs read as 'sigmod'; allowed are sigmoid, softmax, identity"],
        ),
        (
            READ + "def mine(outputs):\n    pass\n",
            ["mine(outputs) of losses.py cannot be called as mine(outputs, targets)"],
        ),
        (
            READ + "def mine(outputs, targets, weight):\n    pass\n",
            ["mine(outputs, targets, weight) of losses.py cannot be called as mine(outputs, targets)"],
        ),
        (
            READ + "def mine(outputs, targets, *, weight):\n    pass\n",
            ["mine(outputs, targets, *, weight) of losses.py cannot be called as mine(outputs, targets)"],
        ),
    ],
)
def test_a_loss(library, source, sentences):
    library("losses.py", f"\n\n{source}")
    assert list(contracts.of_loss("mine")) == sentences


NO_RETURN = (
    "mine of metrics.py does not say what it returns; write `-> float` (one number) or `-> np.ndarray` (one a class) "
    "at the end of its first line"
)


@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        ("def mine(tally) -> float:\n    pass\n", []),
        ("def mine(tally: Tally) -> np.ndarray:\n    pass\n", []),
        ("def mine(tally):\n    pass\n", [NO_RETURN]),
        ("def mine(tally) -> dict:\n    pass\n", [NO_RETURN]),
        (
            "def mine(labels, scores) -> float:\n    pass\n",
            ["mine(labels, scores) of metrics.py cannot be called as mine(tally)"],
        ),
    ],
)
def test_a_metric(library, source, sentences):
    library("metrics.py", f"\n\n{source}")
    assert list(contracts.of_metric("mine")) == sentences


@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        ("def build(in_shape, n_outputs):\n    pass\n", []),
        ("def build(in_shape, n_outputs, **options):\n    pass\n", []),
        ("def build(shape, outputs, width, *, depth=3):\n    pass\n", []),
        ("class Net:\n    pass\n", ["models/mine.py has no function build(in_shape, n_outputs, **options)"]),
        (
            "def build(n_outputs):\n    pass\n",
            ["build(n_outputs) of models/mine.py cannot be called as build(in_shape, n_outputs, **options)"],
        ),
    ],
)
def test_a_model(library, source, sentences):
    library("models/mine.py", source)
    assert list(contracts.of_model("mine")) == sentences


@pytest.mark.parametrize(
    ("signature", "given", "sentences"),
    [
        ("in_shape, n_outputs, **options", {"anything": 1}, []),
        ("in_shape, n_outputs, *, width: int = 3", {"width": 4}, []),
        (
            "in_shape, n_outputs, *, width: int = 3",
            {"width": "wide"},
            ["options.width: 'wide' is not of type integer"],
        ),
        (
            "in_shape, n_outputs, width",
            {},
            ["options: the option 'width' is missing, for which models/mine.py has no default"],
        ),
        (
            "in_shape, n_outputs",
            {"width": 4},
            ["options: there is no option of models/mine.py 'width'; there are none"],
        ),
    ],
)
def test_options_of_a_model(library, signature, given, sentences):
    library("models/mine.py", f"def build({signature}):\n    pass\n")
    assert list(options.problems(given, "mine")) == sentences


@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        ("def fit(model, train, valid, recipe, progress):\n    pass\n", []),
        ("def fit(model, train, valid, recipe, progress, clip=1.0):\n    pass\n", []),
        ("", ["trainers/mine.py has no function fit(model, train, valid, recipe, progress)"]),
        (
            "def fit(model, train, valid):\n    pass\n",
            [
                "fit(model, train, valid) of trainers/mine.py cannot be called as "
                "fit(model, train, valid, recipe, progress)"
            ],
        ),
    ],
)
def test_a_trainer(library, source, sentences):
    library("trainers/mine.py", source)
    assert list(contracts.of_trainer("mine")) == sentences


KIND = 'ABOUT = "slides"\nSHARED = ("path", "train")\nOPTIONS = {"power": {"type": "integer", "default": 2}}\n\n\n'
NO_SHARED = (
    "datasets/mine.py has no SHARED; write SHARED = (...), the settings that it shares with other kinds, such as path "
    "or sources, train and valid"
)


@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        (KIND + "def entries(location, train, power):\n    pass\n", []),
        (KIND + "def entries(location, **options):\n    pass\n", []),
        (KIND + "", ["datasets/mine.py has no function entries(location, **options)"]),
        (
            KIND + "def entries(location, train):\n    pass\n",
            ["entries of datasets/mine.py has no parameter 'power', which is one of its settings"],
        ),
        (
            "def entries(location):\n    pass\n",
            [
                'datasets/mine.py has no ABOUT; write ABOUT = "...", what the images come in, as a plain text',
                NO_SHARED,
            ],
        ),
    ],
)
def test_a_kind_of_data_set(library, source, sentences):
    library("datasets/mine.py", source)
    assert list(contracts.of_dataset("mine")) == sentences


def test_the_settings_of_a_kind_are_those_of_its_data_sets(library, minimal):
    library("datasets/mine.py", KIND + "def entries(location, train, power):\n    pass\n")
    minimal["datasets"]["digits"] = {"kind": "mine", "path": "slides", "power": "3"}
    loaded = study.load(minimal)
    own = {key: value for key, value in loaded.tensor_options.items() if key not in pixels.SETTINGS}
    assert own == {"kind": "mine", "train": None, "power": 3}
    minimal["datasets"]["digits"] = {"kind": "mine", "path": "slides", "valid_fraction": 0.5, "power": "three"}
    with pytest.raises(LadderError) as caught:
        study.load(minimal)
    assert str(caught.value).splitlines() == [
        "config: datasets.digits.power: 'three' is not of type integer",
        "config: datasets.digits: unknown key 'valid_fraction'; allowed are kind, about, path, train, image, "
        "colour, convert, skip, canvas, recipe, variants, power",
    ]


NO_CAPTION = "mine has no caption; write what it shows, a sentence or two, into workflow/report/mine.rst"


@pytest.mark.parametrize(
    ("source", "caption", "sentences"),
    [
        (DRAW, "What it shows.", []),
        (DRAW.replace("(summary)", "(*, summary, train)"), "What it shows.", []),
        (DRAW, None, [NO_CAPTION]),
        (DRAW, " \n", [NO_CAPTION]),
        (
            DRAW.replace("(summary)", "(sumary, train)"),
            "It.",
            ["draw of figures/mine.py: there is no table or tensor 'sumary'; did you mean 'summary'?"],
        ),
        (
            DRAW.replace("draw", "paint"),
            "It.",
            ["figures/mine.py has no function draw(...), whose parameters name what it draws"],
        ),
        (
            DRAW.replace('TITLE = "Mine"', 'TITLE = f"{1}"'),
            "It.",
            ['figures/mine.py has no TITLE; write TITLE = "...", its name in the report, as a plain text'],
        ),
        (
            DRAW.replace('SECTION = "results"\n', ""),
            "It.",
            ['figures/mine.py has no SECTION; write SECTION = "...", the section of the report, as a plain text'],
        ),
        (
            DRAW.replace('"results"', '"my section"'),
            "It.",
            ["figures/mine.py: SECTION = 'my section' is no word; write one of letters, digits and `_`"],
        ),
    ],
)
def test_a_figure(library, source, caption, sentences):
    folder = library("figures/mine.py", source)
    if caption is not None:
        (folder / "workflow/report/mine.rst").write_text(caption)
    assert list(contracts.of_figure("mine", ARTIFACTS)) == sentences
    if sentences:
        with pytest.raises(LadderError) as caught:
            contracts.refuse_figures(["mine"], ARTIFACTS)
        assert str(caught.value) == f"config: figures: {sentences[0]}"
    else:
        contracts.refuse_figures(["mine"], ARTIFACTS)


def test_the_config_names_the_key_whose_plug_in_is_wrong(library, minimal):
    library("losses.py", "\n\ndef mine(outputs, targets):\n    pass\n")
    minimal["variants"]["line"]["loss"] = "mine"
    with pytest.raises(LadderError) as caught:
        study.load(minimal)
    assert str(caught.value) == f"config: variants.line.loss: {NO_READING}"


def test_a_plug_in_that_is_no_python_is_one_sentence(library, minimal):
    library("models/mine.py", "def build(in_shape, n_outputs:\n    pass\n")
    minimal["variants"]["line"]["model"] = "mine"
    with pytest.raises(LadderError) as caught:
        study.load(minimal)
    assert str(caught.value) == "workflow/ladder/models/mine.py, line 1: this is no Python: '(' was never closed"


def test_a_sweep_over_plug_ins_checks_each(library, minimal):
    library("losses.py", "\n\ndef mine(outputs, targets):\n    pass\n")
    minimal["sweep"] = {"line": {"over": {"loss": ["mse", "mine"]}}}
    with pytest.raises(LadderError) as caught:
        study.load(minimal)
    assert str(caught.value) == f"config: sweep.line.over: at loss=mine: loss: {NO_READING}"
