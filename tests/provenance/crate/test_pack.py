"""RERUN.md says for every kind of data where its images are."""

import json
from types import SimpleNamespace

import pytest

from ladder.provenance.crate import pack

FILE = {"bytes": 1_234, "sha256": "f" * 64}
RUN = {
    "command": "snakemake",
    "started": "then",
    "ended": "later",
    "commit": None,
    "clean": None,
    "machine": {"cpu": "a processor", "architecture": "x86_64", "system": "Linux", "flags": []},
    "versions": {"python": "3.12", "torch": "2.15"},
}


@pytest.fixture
def rerun(tmp_path):
    """`rerun(data, splits)`: the text of a study with these settings of its data."""

    def rerun(data, splits=()):
        facts = tmp_path / "facts.json"
        facts.write_text(json.dumps({"splits": dict(splits)}))
        data = {"files": {"train": FILE, "valid": FILE, "index": FILE} | data.pop("files", {}), **data}
        told = {"dataset": "mine", "data": data, "runs": [RUN], "jobs": []}
        contents = SimpleNamespace(results={"study/tensorize/facts.json": facts}, left_out={})
        return " ".join(pack.rerun(told, contents).split())

    return rerun


def test_a_file_that_is_fetched_has_its_sources_and_its_checksum(rerun):
    data = {"kind": "archive", "sources": ["https://example.org/a.tgz", "a.tgz"], "train": None, "valid": "held"}
    text = rerun(data | {"files": {"archive": FILE}}, {"train": "train", "valid": "held"})
    assert "The file a.tgz (1,234 bytes) comes from https://example.org/a.tgz, a.tgz or from a folder" in text
    assert f"`{'f' * 64}`" in text


def test_so_have_several_files(rerun):
    downloads = [{"sources": [f"https://example.org/{name}.gz"]} for name in ("images", "labels")]
    files = {"images.gz": FILE, "labels.gz": FILE | {"bytes": 99}}
    text = rerun({"kind": "idx", "downloads": downloads, "files": files})
    assert "The file images.gz (1,234 bytes) comes from https://example.org/images.gz or" in text
    assert "The file labels.gz (99 bytes) comes from https://example.org/labels.gz or" in text


def test_images_on_the_disk_have_their_path_and_the_folders_of_the_splits(rerun):
    splits = {"train": "train", "valid": "Val", "test": "test"}
    text = rerun({"kind": "folder", "path": "letters", "train": None, "valid": None, "test": None}, splits)
    assert (
        "the study needs a folder of images, `letters`, with `train/<class>/`, `Val/<class>/` and `test/<class>/`. Put"
    ) in text
    text = rerun({"kind": "folder", "path": "pets", "table": "labels.csv", "train": None})
    assert "the study needs a folder of images, `pets`. Put it into this folder" in text
    assert "The classes stand in the table `labels.csv`." in text
    assert "the study needs NumPy arrays in an .npz file, `a.npz`. Put it" in rerun({"kind": "npz", "path": "a.npz"})


def test_images_that_come_with_a_package_say_so(rerun):
    text = rerun(
        {"kind": "sklearn_digits", "valid_fraction": 0.2, "split_seed": 0}, {"train": "train", "valid": "valid"}
    )
    assert "The images are the digits that come with scikit-learn, at the version of the lock." in text
