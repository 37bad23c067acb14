"""Nothing in a data set can make code run or write outside results/."""

import ast
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted([*(ROOT / "workflow").rglob("*.py"), *(ROOT / "workflow").rglob("*.smk"), ROOT / "Snakefile"])
# Modules that make objects or code from bytes, and functions that run text.
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "runpy", "code", "ctypes"}
CALLS = {
    *(
        "eval",
        "exec",
        "compile",
        "__import__",
        "os.system",
        "os.popen",
        "os.execv",
        "os.execvp",
        "subprocess.getoutput",
    ),
    *(
        "torch.load",
        "torch.save",
        "np.load",
        "np.save",
        "np.savez",
        "numpy.load",
        "pd.read_pickle",
        "pandas.read_pickle",
    ),
    *("yaml.load", "yaml.unsafe_load", "yaml.full_load", "pickle.load", "pickle.loads", "extractall", "unpack_archive"),
    *("load_learner", "export_pickle", "to_pickle", "read_pickle", "extract", "import_string"),
}
HOSTILE = (
    *("<script>alert(1)", "a'b\"c", "$(touch pwned)", "`touch pwned`; touch pwned", "{x}", "%s", "=1+1"),
    *("$\\frac{$", "é\u202eb", "-rf", "a b", "NA"),
)

# Formats that hold data and no code that a reader runs.
DATA_ALONE = {".safetensors", ".csv", ".parquet", ".json", ".svg", ".png", ".html", ".md", ".tsv", ".log", ".sha256"}


def called(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            yield name, node
            yield name.rpartition(".")[2] if "." in name else name, node


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


# Calls of the C library with constants, and the user's last command, which is run again.
NEEDED = {"memory.py": ["ctypes"], "child_processes.py": ["ctypes"], "session.py": ["os.execv"]}
# `torch.nn.Module.eval` and `re.compile` share a name with functions that run text.
HARMLESS = {"model.eval", "re.compile"}


def faults_of(text):
    tree = ast.parse(text)
    faults = [name for name in imported(tree) if name in MODULES]
    for name, node in called(tree):
        whole = ast.unparse(node.func)
        if name in CALLS and whole not in HARMLESS:
            faults.append(whole)
        faults += [f"{whole}({word.arg}=True)" for word in node.keywords if word.arg in ("shell", "allow_pickle")]
    return faults


@pytest.mark.parametrize("path", [path for path in SOURCES if path.suffix == ".py"], ids=lambda path: path.name)
def test_no_source_loads_what_can_run(path):
    assert faults_of(path.read_text(encoding="utf-8")) == NEEDED.get(path.name, [])


@pytest.mark.parametrize("path", [path for path in SOURCES if path.suffix != ".py"], ids=lambda path: path.name)
def test_no_rule_runs_a_shell(path):
    words = path.read_text(encoding="utf-8").split()
    assert not {"shell:", "run:"} & set(words)


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from joblib import load",
        "torch.load('a')",
        "np.load('a', allow_pickle=True)",
        "yaml.load(text)",
        "eval('1')",
        "subprocess.run('ls', shell=True)",
        "archive.extractall()",
    ],
)
def test_the_search_finds_what_it_looks_for(line):
    assert faults_of(line)


def test_hostile_names_are_only_names_and_files_are_of_formats_without_code(place, noise, write_folder):
    files = {}
    for number, label in enumerate(HOSTILE):
        files |= {path.replace("/c/", f"/{label}/"): data for path, data in noise(("c",), seed=number).items()}
    files["train/a b/<img src=x onerror=alert(2)>\n$(touch pwned).png"] = noise()["train/3/0.png"]
    write_folder(place.folder / "images", files)
    line = "{model: linear, trainer: loop, optimizer: sgd, loss: cross_entropy, lr: 0.1, epochs: 1, batch_size: 4}"
    settings = (f"variants={{line: {line}}}", "ladder=[pixel_l1, line]", "seeds=1")
    dataset = {"kind": "folder", "path": "images"}
    ended = place.study(dataset, "--config", *settings, stages=("--cores", "2"))
    assert ended.status == 0, ended.printed[-3000:]
    assert all(path.startswith("results/zoo/") for path in ended.files)
    assert {Path(path).suffix for path in ended.files} <= DATA_ALONE
    assert list(place.folder.rglob("pwned")) == []
    results = place.folder / "results/zoo"
    shown = [label.replace("\u202e", "\\u202e") for label in HOSTILE]
    assert json.loads((results / "tensorize/facts.json").read_text())["classes"] == sorted(shown)
    page = (results / "report.html").read_text()
    assert "&lt;script&gt;alert(1)" in page
    for path in ("report.html", "tables.html"):
        text = (results / path).read_text()
        assert "<script>alert" not in text
        assert "<img src=x" not in text
