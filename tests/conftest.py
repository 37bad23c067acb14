"""Real data where it is at hand, and makers of small data sets of real PNGs."""

import io
import os
import tarfile
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from ladder import config
from ladder.datasets import archive as archives
from ladder.tensorize import tensorize

ROOT = Path(__file__).resolve().parent.parent
# Read once: tests change the variable.
ARCHIVE_FOLDERS = [Path(folder) for folder in os.environ.get("LADDER_ARCHIVES", "").split(os.pathsep) if folder]
REQUIRE_DATA = os.environ.get("LADDER_REQUIRE_DATA") == "1"


@dataclass(frozen=True)
class Tensors:
    """The files of one tensorized data set, and the facts that tensorize returned."""

    train: str
    valid: str
    index: str
    facts: str
    found: dict


def tensorized_in(folder, source, workers=1):
    paths = {name: str(folder / name) for name in ("train.safetensors", "valid.safetensors", "index.csv", "facts.json")}
    train, valid, index, facts = paths.values()
    found = tensorize(source, {"train": train, "valid": valid}, index, facts, workers)
    return Tensors(train, valid, index, facts, found)


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
    """`tensorized(folder, source, workers=1)`: the library's tensors of a source."""
    return tensorized_in


@pytest.fixture(scope="session")
def archive():
    """`archive(name)`: path of a real archive."""

    def find(name):
        for folder in ARCHIVE_FOLDERS:
            if (folder / name).is_file():
                return folder / name
        reason = f"{name} is in none of the folders that LADDER_ARCHIVES names"
        return pytest.fail(reason) if REQUIRE_DATA else pytest.skip(reason)

    return find


@pytest.fixture(scope="session")
def tiny(archive, tmp_path_factory):
    source = partial(archives.entries, str(archive("mnist_tiny.tgz")), "train", "valid")
    return tensorized_in(tmp_path_factory.mktemp("mnist_tiny"), source)


@pytest.fixture(scope="session")
def sample(archive, tmp_path_factory):
    source = partial(archives.entries, str(archive("mnist_sample.tgz")), "train", "valid")
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
    return tensorized_in(folder, partial(archives.entries, str(path), "train", "valid"))


@pytest.fixture
def shipped():
    """The settings of the project's own config.yaml."""
    return yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def minimal():
    """The least that is a study: scikit-learn's digits and one variant, `line`."""
    line = {"model": "linear", "trainer": "loop", "optimizer": "sgd", "loss": "mse", "lr": 0.1, "epochs": 1}
    digits = {"kind": "sklearn_digits"}
    return {"dataset": "digits", "datasets": {"digits": digits}, "variants": {"line": line}}


@pytest.fixture
def recipe(shipped):
    """`recipe(variant, **changes)`: the shipped recipe of a variant with some settings changed."""
    study = config.load(shipped)
    return lambda variant, **changes: study.recipe(variant) | changes


@pytest.fixture
def one_thread():
    import torch  # here: most tests need none of it

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
