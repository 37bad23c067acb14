import json
from pathlib import Path

import pytest

from ladder.config import study
from ladder.errors import LadderError
from ladder.provenance import manifest
from ladder.runtime import results_folder


@pytest.fixture
def studies(tmp_path, monkeypatch, shipped):
    """`studies(dataset, **settings)`: settings of a finished study in this folder."""
    monkeypatch.chdir(tmp_path)

    def write(dataset, ended=True, **settings):
        loaded = study.load(json.loads(json.dumps(shipped)) | {"dataset": dataset} | settings).settings
        folder = tmp_path / "results" / dataset
        folder.mkdir(parents=True, exist_ok=True)
        if ended:
            (folder / "provenance.json").write_text(json.dumps({"config": manifest.portable_config(loaded)}))
        return loaded

    return write


def test_a_study_that_is_there_can_be_reported_on(studies):
    settings = studies("digits", archives=["/home/ann"])
    results_folder.refuse_to_report("results/digits", settings)


def test_the_calls_for_all_that_are_there_are_named(studies):
    studies("mnist_tiny", seeds=2)
    studies("digits")
    settings = studies("mnist", ended=False)
    with pytest.raises(LadderError) as error:
        results_folder.refuse_to_report("results/mnist", settings)
    first, *calls = str(error.value).splitlines()
    assert first.startswith("results/mnist: holds no finished study, so there is nothing to report on; ")
    where = f"snakemake -s {manifest.invocation.PROJECT / 'Snakefile'} --report "
    assert calls == [
        f"{where}digits.html --config dataset=digits",
        f"{where}mnist_tiny.html --config dataset=mnist_tiny seeds=2",
    ]


def test_other_settings_are_another_study(studies):
    studies("digits", seeds=2)
    settings = studies("digits", ended=False)
    with pytest.raises(LadderError, match="results/digits: holds a study of other settings"):
        results_folder.refuse_to_report("results/digits", settings)


def test_half_a_provenance_is_none(studies, tmp_path):
    settings = studies("digits")
    path = tmp_path / "results/digits/provenance.json"
    path.write_text(path.read_text()[:50])
    with pytest.raises(LadderError) as error:
        results_folder.refuse_to_report("results/digits", settings)
    assert str(error.value).endswith("run the study first")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results/digits"


OUTPUTS = ["results/digits/report.html", "results/digits/train/mlp/{block}/history.csv"]


@pytest.mark.parametrize("place", ["", "train", "train/mlp"])
def test_a_file_in_the_place_of_a_folder_is_named(folder, place):
    (folder / place).parent.mkdir(parents=True)
    (folder / place).touch()
    with pytest.raises(LadderError, match=f"^{Path('results/digits', place)}: a file is where the folder of results"):
        results_folder.refuse_files(OUTPUTS)


def test_files_that_are_in_no_way_are_left_alone(folder):
    (folder / "train/mlp").mkdir(parents=True)
    for place in ("report.html", "notes", "train/mlp/0-4"):
        (folder / place).touch()
    results_folder.refuse_files(OUTPUTS)
