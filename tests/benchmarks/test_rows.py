"""Rows that call the library themselves, on a few images in place of all of MNIST."""

import pytest

from benchmarks import mnist
from benchmarks.place import Place
from benchmarks.rows import arrays, knn


@pytest.fixture
def place(tmp_path, noise, write_tar, monkeypatch):
    files = noise(("3", "5", "7"), train=8, valid=4)
    renamed = {"train": "training", "valid": "testing"}
    images = {"/".join((renamed[path.split("/")[0]], *path.split("/")[1:])): data for path, data in files.items()}
    archive = write_tar(tmp_path / "few.tgz", images)
    monkeypatch.setattr(mnist, "_archive", lambda *_: archive)
    (tmp_path / "place").mkdir()
    return Place(tmp_path / "place", cores=1)


def test_every_form_of_the_arrays_is_measured(place, capsys):
    lines = arrays.measure(place, 1)
    assert [line.what.split()[-1] for line in lines] == ["npz", "IDX", "parquet", "parquet"]
    assert all(seconds > 0 for line in lines for seconds in (*line.ours, *line.theirs))
    folder = place.root / "arrays"
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")} == {
        *("mnist.npz", "parquet/train-00000-of-00001.parquet", "parquet/validation-00000-of-00001.parquet"),
        *("idx/train-images-idx3-ubyte.gz", "idx/train-labels-idx1-ubyte.gz"),
        *("idx/t10k-images-idx3-ubyte.gz", "idx/t10k-labels-idx1-ubyte.gz"),
    }
    assert capsys.readouterr().out.startswith("tensorize: 36 images of 3 classes")


def test_the_nearest_neighbours_are_those_of_scikit_learn(place):
    timed, accuracy = knn.measure(place, 1)
    assert timed.note == "both say the same of 100.00% of the images"
    assert 0 <= accuracy.ours[0] <= 1
