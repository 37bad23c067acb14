"""A plug-in that lacks a part ends the call with a sentence before anything runs."""

import pytest

from ladder.config import contracts, options, study
from ladder.errors import LadderError
from ladder.provenance import source_code

READ = ("losses.py", "metrics.py", "models", "trainers", "training", "figures", "datasets", "baselines")
ARTIFACTS = ["summary", "history", "train"]
BASELINE = 'ABOUT = "Mine."\n\n\ndef fit(train):\n    pass\n\n\ndef scores(state, images):\n    pass\n'
DRAW = 'TITLE = "Mine"\nSECTION = "results"\n\n\ndef draw(summary):\n    pass\n'


@pytest.fixture
def library(tmp_path, write_folder, read_from):
    """`library(path, source)`: a copy of the files that checks read, with one more file, or one file longer."""
    root = source_code.LIBRARY
    files = {
        f"workflow/ladder/{path.relative_to(root)}": path.read_bytes()
        for name in READ
        for path in ([root / name] if name.endswith(".py") else (root / name).glob("*.py"))
    }

    def write(path, source):
        path = f"workflow/ladder/{path}"
        write_folder(tmp_path, files | {path: files.get(path, b"") + source.encode()})
        (tmp_path / "workflow/report").mkdir(exist_ok=True)
        read_from(tmp_path / "workflow/ladder")
        return tmp_path

    return write


def test_the_projects_own_plug_ins_keep_their_contracts():
    for name in source_code.modules("models"):
        assert list(contracts.of_model(name)) == []
    for name in source_code.modules("baselines"):
        assert list(contracts.of_baseline(name)) == []
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


READ_AS = '@_read_as("identity")\n'
NO_READING = (
    "mine of losses.py does not say how the outputs of a model are read; write @_read_as(...) above it, with one of "
    "sigmoid, softmax, identity"
)


@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        (READ_AS + "def mine(outputs, targets):\n    pass\n", []),
        (READ_AS + "def mine(z: Tensor, y: Tensor, power: int = 2) -> Tensor:\n    pass\n", []),
        ("@torch.no_grad()\n" + READ_AS + "def mine(*both):\n    pass\n", []),
        ("def mine(outputs, targets):\n    pass\n", [NO_READING]),
        ("@cache\ndef mine(outputs, targets):\n    pass\n", [NO_READING]),
        (
            '@_read_as("sigmod")\ndef mine(outputs, targets):\n    pass\n',
            ["mine of losses.py has outputs read as 'sigmod'; allowed are sigmoid, softmax, identity"],
        ),
        (
            READ_AS + "def mine(outputs):\n    pass\n",
            ["mine(outputs) of losses.py cannot be called as mine(outputs, targets)"],
        ),
        (
            READ_AS + "def mine(outputs, targets, weight):\n    pass\n",
            ["mine(outputs, targets, weight) of losses.py cannot be called as mine(outputs, targets)"],
        ),
        (
            READ_AS + "def mine(outputs, targets, *, weight):\n    pass\n",
            ["mine(outputs, targets, *, weight) of losses.py cannot be called as mine(outputs, targets)"],
        ),
    ],
)
def test_a_loss(library, source, sentences):
    library("losses.py", f"\n\n{source}")
    assert list(contracts.of_loss("mine")) == sentences


NO_RETURN = (
    "mine of metrics.py does not say what it returns; write `-> float` (one number) or `-> np.ndarray` (one per class) "
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
        ('IDEA = "convolution"\n\n\ndef build(in_shape, n_outputs):\n    pass\n', []),
        (
            'IDEA = "convolutions"\n\n\ndef build(in_shape, n_outputs):\n    pass\n',
            ["models/mine.py: IDEA = 'convolutions' is not an idea; did you mean 'convolution'?"],
        ),
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
    ("source", "sentences"),
    [
        (BASELINE, []),
        ('IDEA = "distance"\nCHANCE = True\n' + BASELINE, []),
        (
            "IDEA = 7\n" + BASELINE,
            [
                "baselines/mine.py: IDEA = 7 is not an idea; allowed are similarity, distance, learning, hidden, "
                "convolution"
            ],
        ),
        (
            BASELINE.replace('"Mine."', "None"),
            ['baselines/mine.py has no ABOUT; write ABOUT = "...", a sentence for the report, as a plain text'],
        ),
        (
            BASELINE.replace("(state, images)", "(images)"),
            ["scores(images) of baselines/mine.py cannot be called as scores(state, images)"],
        ),
    ],
)
def test_a_baseline(library, source, sentences):
    library("baselines/mine.py", source)
    assert list(contracts.of_baseline("mine")) == sentences


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
            ["options: models/mine.py has no option 'width'; there are none"],
        ),
    ],
)
def test_options_of_a_model(library, signature, given, sentences):
    library("models/mine.py", f"def build({signature}):\n    pass\n")
    assert list(options.problems(given, "mine")) == sentences


DECLARED = """
OPTIMIZERS = ("sgd",)
SCHEDULES = ["constant"]
PRECISIONS = ("fp32", "bf16")
PACKAGES = ()
"""
NO_OPTIMIZERS = (
    'trainers/mine.py has no OPTIMIZERS; write OPTIMIZERS = ("sgd",), the optimizers that it takes, as plain texts'
)
FIT = "def fit(model, train, valid, recipe, seed, progress):\n    pass\n"


@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        (DECLARED + FIT, []),
        (DECLARED + FIT.replace("progress)", "progress, clip=1.0)"), []),
        (DECLARED, ["trainers/mine.py has no function fit(model, train, valid, recipe, seed, progress)"]),
        (
            DECLARED + FIT.replace("seed, ", ""),
            [
                "fit(model, train, valid, recipe, progress) of trainers/mine.py cannot be called as "
                "fit(model, train, valid, recipe, seed, progress)"
            ],
        ),
        (
            FIT,
            [
                NO_OPTIMIZERS,
                'trainers/mine.py has no SCHEDULES; write SCHEDULES = ("constant",), the schedules of the learning '
                "rate that it takes, as plain texts",
                'trainers/mine.py has no PRECISIONS; write PRECISIONS = ("fp32", "bf16"), the precisions in which it '
                "can train, as plain texts",
                "trainers/mine.py has no PACKAGES; write PACKAGES = (), the packages that it alone imports, as plain "
                "texts",
            ],
        ),
        (DECLARED.replace('("sgd",)', '("sgd")') + FIT, [NO_OPTIMIZERS]),
        (DECLARED.replace('("sgd",)', '("sgd", 3)') + FIT, [NO_OPTIMIZERS]),
        (DECLARED.replace('("sgd",)', '{"sgd"}') + FIT, [NO_OPTIMIZERS]),
        (DECLARED.replace('("sgd",)', '(*OTHERS, "sgd")') + FIT, [NO_OPTIMIZERS]),
    ],
)
def test_a_trainer(library, source, sentences):
    library("trainers/mine.py", source)
    assert list(contracts.of_trainer("mine")) == sentences


KIND = 'ABOUT = "slides"\nSHARED = ("path", "splits")\nOPTIONS = {"power": {"type": "integer", "default": 2}}\n\n\n'
NO_SHARED = (
    "datasets/mine.py has no SHARED; write SHARED = (...), the settings that it shares with other kinds: path or "
    "sources, and the groups files or splits"
)


@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        (KIND + "def entries(location, power):\n    pass\n", []),
        (KIND + "def entries(location, **options):\n    pass\n", []),
        (KIND + "", ["datasets/mine.py has no function entries(location, **options)"]),
        (
            KIND + "def entries(location):\n    pass\n",
            ["entries of datasets/mine.py has no parameter 'power', which is one of its settings"],
        ),
        (
            "def entries(location):\n    pass\n",
            [
                'datasets/mine.py has no ABOUT; write ABOUT = "...", words for the form of the images, as a plain text',
                NO_SHARED,
            ],
        ),
    ],
)
def test_a_kind_of_data_set(library, source, sentences):
    library("datasets/mine.py", source)
    assert list(contracts.of_dataset("mine")) == sentences


def test_the_settings_of_a_kind_are_those_of_its_data_sets(library, minimal):
    library("datasets/mine.py", KIND + "def entries(location, power):\n    pass\n")
    minimal["datasets"]["digits"] = {"kind": "mine", "path": "slides", "power": "3"}
    loaded = study.load(minimal)
    drawn = {"valid_fraction": None, "test_fraction": None, "split_seed": 0}
    own = {key: value for key, value in loaded.tensor_settings.items() if key != "pixels"}
    assert own == {"kind": "mine", "entries": {"power": 3}, "layout": drawn}
    minimal["datasets"]["digits"] = {"kind": "mine", "path": "slides", "train": "learn", "power": "three"}
    with pytest.raises(LadderError) as caught:
        study.load(minimal)
    assert str(caught.value).splitlines() == [
        "config: datasets.digits.power: 'three' is not of type integer",
        "config: datasets.digits: unknown key 'train'; allowed are kind, about, published, path, valid_fraction, "
        "test_fraction, split_seed, image, colour, convert, skip, canvas, recipe, variants, power",
    ]


def test_a_trainer_of_ones_own_has_an_optimizer_of_its_own(library, minimal):
    library("trainers/mine.py", DECLARED.replace('"sgd"', '"lion"') + FIT)
    minimal["variants"]["line"] |= {"trainer": "mine", "optimizer": "lion"}
    assert study.load(minimal).recipe("line")["optimizer"] == "lion"


NO_CAPTION = "mine has no caption; describe the figure in a sentence or two in workflow/report/mine.rst"


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
            ["figures/mine.py has no function draw(...), whose parameters name the tables or tensors that it draws"],
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
            ["figures/mine.py: SECTION = 'my section' is not a word of letters, digits and `_`"],
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
    assert str(caught.value) == "workflow/ladder/models/mine.py, line 1: not valid Python: '(' was never closed"


def test_a_sweep_over_plug_ins_checks_each(library, minimal):
    library("losses.py", "\n\ndef mine(outputs, targets):\n    pass\n")
    minimal["sweep"] = {"line": {"over": {"loss": ["mse", "mine"]}}}
    with pytest.raises(LadderError) as caught:
        study.load(minimal)
    assert str(caught.value) == f"config: sweep.line.over: at loss=mine: loss: {NO_READING}"
