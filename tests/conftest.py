"""Real data where it is at hand, makers of small data sets of real PNGs, and copies of the whole project."""

import io
import os
import re
import shutil
import signal
import tarfile
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from ladder.config import study as config
from ladder.datasets import archive as archives
from ladder.images.layout import AS_FOLDERS, of_settings
from ladder.images.pixels import AS_THEY_ARE
from ladder.images.splits import SPLITS
from ladder.tensorize import tensorize, tensorize_stacks
from tests import runs

ROOT = Path(__file__).resolve().parent.parent
# Where this variable is set, each of the tests' many processes would compile the library anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# A shell's `&` has its commands ignore Ctrl-C, and their children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Read once: tests change the variable.
ARCHIVE_FOLDERS = [Path(folder) for folder in os.environ.get("LADDER_ARCHIVES", "").split(os.pathsep) if folder]
NO_SKIP = os.environ.get("LADDER_REQUIRE_DATA") == "1"
PROJECT = ("Snakefile", "config.yaml", "workflow", "profiles", "envs")
# Folders of tests that share a study or a browser. One worker runs all tests of such a folder, or else of one file.
SHARING = ("browser", "crate", "docs")
# The files and folders that take longest. They begin first, so that no worker is left with one at the end.
LONG = [
    "test_same_bytes",
    "test_faults",
    "test_sets",
    "test_tiny",
    "crate",
    "test_kills",
    "workflow",
    "docs",
    "browser",
]


def _failed_if_skipped(report):
    """With LADDER_REQUIRE_DATA=1 a skipped test fails, whatever the reason."""
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome, report.longrepr = (
            "failed",
            f"skipped, and LADDER_REQUIRE_DATA=1 lets nothing be: {report.longrepr[2]}",
        )
    return report


def pytest_collection_modifyitems(items):
    def begins(item):
        places = [name for name in LONG if name in (item.path.stem, item.path.parent.name)]
        return LONG.index(places[0]) if places else len(LONG)

    items.sort(key=begins)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Let `pytest -n 2` run whole files or folders, in the order of `pytest_collection_modifyitems`."""
    from xdist.scheduler import LoadScopeScheduling

    class ByStudy(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            path = Path(nodeid.partition("::")[0])
            return path.parent.name if path.parent.name in SHARING else str(path)

    config.option.loadscopereorder = False
    return ByStudy(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    return _failed_if_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    return _failed_if_skipped((yield))


@dataclass(frozen=True)
class Tensors:
    """The files of one tensorized data set, and the facts that tensorize returned."""

    train: str
    valid: str
    test: str
    index: str
    facts: str
    returned: dict


def tensorized_in(folder, source, workers=1, pixels=AS_THEY_ARE, **settings):
    splits = {split: str(folder / f"{split}.safetensors") for split in SPLITS}
    index, facts = str(folder / "index.csv"), str(folder / "facts.json")
    layout = of_settings(**settings)
    if isinstance(source, list):
        returned = tensorize_stacks(source, splits, index, facts, layout, pixels)
    else:
        returned = tensorize(source, splits, index, facts, workers, layout, pixels)
    return Tensors(**splits, index=index, facts=facts, returned=returned)


def encoded(pixels, kind="PNG", **options):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **options)
    return stream.getvalue()


def noise_files(classes=("3", "7"), train=3, valid=2, shape=(8, 8), seed=0):
    random = np.random.default_rng(seed)
    return {
        f"{split}/{label}/{number}.png": encoded(random.integers(0, 256, shape, dtype=np.uint8))
        for split, count in (("train", train), ("valid", valid))
        for label in classes
        for number in range(count)
    }


def write_folder_of(root, files):
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if not path.endswith("/"):
            (root / path).write_bytes(content)
        else:
            (root / path).mkdir(exist_ok=True)
    return root


def write_tar_of(path, files, compression="gz"):
    """Write (path, content) pairs; a path that ends with a slash is a folder."""
    with tarfile.open(path, f"w:{compression}") as archive:
        for name, content in files.items() if isinstance(files, dict) else files:
            member = tarfile.TarInfo(name.rstrip("/"))
            member.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def write_zip_of(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.fixture(scope="session")
def png():
    """`png(pixels, kind="PNG", **options)`: an encoded image."""
    return encoded


@pytest.fixture(scope="session")
def noise():
    """`noise(classes, train, valid, shape, seed)`: path to encoded image, with so many random images a class."""
    return noise_files


@pytest.fixture(scope="session")
def write_folder():
    return write_folder_of


@pytest.fixture(scope="session")
def write_tar():
    return write_tar_of


@pytest.fixture(scope="session")
def write_zip():
    return write_zip_of


@pytest.fixture(scope="session")
def tensorized():
    """`tensorized(folder, source, workers=1, pixels=..., **settings)`: the tensors of a source or of stacks."""
    return tensorized_in


@pytest.fixture(scope="session")
def located():
    """`located(entries, layout)`: entries of a source of files with their places; by default in folders."""
    return lambda entries, layout=AS_FOLDERS: [layout.located(entry) for entry in entries]


@pytest.fixture(scope="session")
def archive():
    """`archive(name)`: path of a real archive."""

    def find(name):
        for folder in ARCHIVE_FOLDERS:
            if (folder / name).is_file():
                return folder / name
        return pytest.skip(f"{name} is in none of the folders that LADDER_ARCHIVES names")

    return find


@pytest.fixture(scope="session")
def tiny(archive, tmp_path_factory):
    source = partial(archives.entries, str(archive("mnist_tiny.tgz")))
    return tensorized_in(tmp_path_factory.mktemp("mnist_tiny"), source)


@pytest.fixture(scope="session")
def sample(archive, tmp_path_factory):
    source = partial(archives.entries, str(archive("mnist_sample.tgz")))
    return tensorized_in(tmp_path_factory.mktemp("mnist_sample"), source, workers=2)


@pytest.fixture(scope="session")
def learnable(tmp_path_factory):
    """Two classes of 8x8 images, told apart by the half that is bright: 2 x 48 to learn from, 2 x 16 for validation."""
    random = np.random.default_rng(0)
    files = {}
    for path in noise_files(train=48, valid=16):
        pixels = random.integers(0, 120, (8, 8), dtype=np.uint8)
        pixels[:, :4] += np.uint8(120 if "/3/" in path else 0)
        pixels[:, 4:] += np.uint8(120 if "/7/" in path else 0)
        files[path] = encoded(pixels)
    folder = tmp_path_factory.mktemp("learnable")
    path = write_tar_of(folder / "halves.tgz", files)
    return tensorized_in(folder, partial(archives.entries, str(path)))


@pytest.fixture
def shipped():
    """The settings of the project's own config.yaml."""
    return yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def minimal():
    """The settings of the smallest study: scikit-learn's digits and one variant, `line`."""
    line = {"model": "linear", "trainer": "loop", "optimizer": "sgd", "loss": "mse", "lr": 0.1, "epochs": 1}
    digits = {"kind": "sklearn_digits"}
    return {"dataset": "digits", "datasets": {"digits": digits}, "variants": {"line": line}}


@pytest.fixture
def recipe(shipped):
    """`recipe(variant, **changes)`: a shipped recipe with some settings changed, as many epochs as said."""
    study = config.load(shipped)
    as_said = {"min_steps": 0, "min_steps_per_class": 0}
    return lambda variant, **changes: study.recipe(variant) | as_said | changes


@pytest.fixture
def one_thread():
    import torch  # imported here, since most tests do not need it

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def locked(monkeypatch):
    """`locked(name)`: from now on no folder of this name can be listed."""
    whole = os.scandir

    def lock(name):
        def scandir(path):
            if Path(path).name == name:
                raise PermissionError(13, "Permission denied")
            return whole(path)

        monkeypatch.setattr("os.scandir", scandir)

    return lock


class Project:
    """A copy of the project in a folder of its own, and snakemake in it."""

    def __init__(self, folder: Path, archives: str = "") -> None:
        self.folder = folder
        self.archives = archives
        for name in PROJECT:
            source = ROOT / name
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / name, ignore=ignored) if source.is_dir() else shutil.copy(source, folder)

    def snakemake(self, *arguments: str, fails: bool = False) -> str:
        """Run snakemake and return its output; `fails` says which end is expected."""
        environment = os.environ | {"LADDER_ARCHIVES": self.archives, "HOME": str(self.folder)}
        ended = runs.call(runs.snakemake, *arguments, folder=self.folder, environment=environment)
        assert (ended.status != 0) == fails, ended.printed[-5000:]
        return ended.printed

    def waiting(self, *arguments: str) -> dict[str, int]:
        """Return rule to the number of jobs that a run would start; empty if nothing is to be done."""
        printed = self.snakemake("-n", *arguments, "--quiet", "rules")
        table = re.search(r"^job +count\n-+ +-+\n(.*?)^total", printed, re.MULTILINE | re.DOTALL)
        if table is None:
            assert "Nothing to be done" in printed, printed
            return {}
        return {rule: int(count) for rule, count in (line.split() for line in table[1].splitlines())}

    def overlay(self, settings: dict) -> str:
        path = self.folder / "overlay.yaml"
        path.write_text(yaml.safe_dump(settings))
        return str(path)

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.folder / path
        text = file.read_text()
        assert old in text, f"{path} has no {old!r}"
        file.write_text(text.replace(old, new, 1))

    def results(self, dataset: str) -> Path:
        return self.folder / "results" / dataset


@pytest.fixture(scope="session", name="Project")
def project_class() -> type[Project]:
    return Project
