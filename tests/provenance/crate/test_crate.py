"""The content of a crate, and the refusals of `make crate`."""

import json
import shutil
import zipfile

import pytest
import yaml

from ladder.formats.files import sha256_of


def names(studied):
    with zipfile.ZipFile(studied.path) as crate:
        return crate.namelist()


def test_a_crate_has_code_settings_and_small_results(of_archive):
    paths = names(of_archive)
    assert len(paths) == len(set(paths))
    for name in (
        *("ro-crate-metadata.json", "RERUN.md", "run-config.yaml", "provenance.json", "study.sha256", "Snakefile"),
        *(
            "Makefile",
            "README.md",
            "workflow/ladder/models/cnn.py",
            "workflow/report/ladder.rst",
            "envs/requirements.lock",
        ),
        *("workflow/schemas/config.schema.yaml", "profiles/default/config.yaml", "study/figures/ladder.svg"),
        *("study/evaluate/metrics.csv", "study/train/cnn/0-1/weights.safetensors", "study/baseline/pixel_l1/costs.csv"),
    ):
        assert name in paths
    assert not [name for name in paths if "__pycache__" in name or "/." in name or name.startswith((".", "results/"))]


def test_its_settings_are_those_of_the_study_in_full(of_archive, tmp_path):
    settings = yaml.safe_load((of_archive.unpacked(tmp_path) / "run-config.yaml").read_text())
    assert settings["seeds"] == 2  # of --config
    assert settings["variants"]["mine"]["lr"] == 0.2  # of --config, nested
    assert settings["variants"]["mine"]["epochs"] == 2  # of --configfile
    assert settings["variants"]["mine"]["precision"] == "fp32"  # a default
    assert settings["variants"]["mlp"]["shuffle"] is False  # of the dataset
    assert settings["archives"] == []


def test_what_is_left_out_is_told_with_its_digest(of_archive, tmp_path):
    folder = of_archive.unpacked(tmp_path)
    path = "results/mnist_tiny/tensorize/train.safetensors"
    assert f"- `{path}`: " in (folder / "RERUN.md").read_text()
    digest = sha256_of(of_archive.project.folder / path)
    assert f"{digest}  {path}\n" in (folder / "study.sha256").read_text()
    archive = of_archive.results / "download/mnist_tiny.tgz"
    assert sha256_of(archive) in (folder / "RERUN.md").read_text()


def test_two_crates_of_one_study_have_the_same_bytes(changed):
    changed.crate()
    first = sha256_of(changed.path)
    shutil.rmtree(changed.project.folder / "workflow/ladder/__pycache__", ignore_errors=True)
    for path in changed.project.folder.rglob("*"):
        path.touch()
    changed.crate()
    assert sha256_of(changed.path) == first


def test_results_of_before_are_not_packed(changed):
    shutil.copytree(changed.results / "train/linear_optim", changed.results / "train/dropped")
    (changed.results / "evaluate/notes.csv").write_text("")
    changed.crate()
    assert not [name for name in names(changed) if "dropped" in name or "notes" in name]


def test_the_list_of_checksums_is_packed(changed):
    changed.crate()
    assert "study/checksums.sha256" in names(changed)


def refusal(studied):
    printed = studied.crate(fails=True)
    assert not studied.path.exists()
    return printed


def test_a_study_that_has_not_come_to_its_end_is_refused(changed):
    (changed.results / "provenance.json").unlink()
    assert refusal(changed) == (
        "error: results/letters/provenance.json: no such file; a study writes it at its end, so run snakemake\n"
    )


def test_other_code_is_refused_and_another_comment_is_not(changed):
    module = changed.project.folder / "workflow/ladder/losses.py"
    module.write_text(module.read_text() + "\n# A comment.\n")
    changed.crate()
    changed.path.unlink()
    # A definition that this study does not use is no other code.
    module.write_text(module.read_text() + "\nX = 1\n")
    changed.crate()
    changed.path.unlink()
    module.write_text(module.read_text() + "\nmnist_loss = mse\n")
    assert refusal(changed).startswith(
        "error: workflow/ladder/losses.py: its code has changed since it made this study"
    )
    unused = changed.project.folder / "workflow/ladder/models/resnet18.py"
    module.write_text(module.read_text().replace("\nmnist_loss = mse\n", ""))
    unused.write_text(unused.read_text() + "\nX = 1\n")
    changed.crate()


def test_another_result_is_refused(changed):
    table = changed.results / "evaluate/metrics.csv"
    table.write_text(table.read_text().replace("accuracy", "brilliance"))
    assert "results/letters/evaluate/metrics.csv: this result has changed since the study wrote it" in refusal(changed)
    table.unlink()
    assert "results/letters/evaluate/metrics.csv: this result is gone" in refusal(changed)


@pytest.mark.parametrize("path", ["envs/requirements.lock", "workflow/ladder/report/style.css"])
def test_another_lock_or_template_is_refused(changed, path):
    file = changed.project.folder / path
    file.write_text(file.read_text() + "\n")
    assert path.removesuffix("/style.css") in refusal(changed)


def test_the_description_names_each_call_with_what_it_made(of_archive, tmp_path):
    folder = of_archive.unpacked(tmp_path)
    entities = {
        entity["@id"]: entity for entity in json.loads((folder / "ro-crate-metadata.json").read_text())["@graph"]
    }
    action = entities["#run-0"]
    assert action["instrument"] == {"@id": "Snakefile"}
    assert action["name"].startswith("snakemake --cores 2 --configfile mine.yaml --config seeds=2 ")
    assert action["agent"] == {"@id": "#author"}
    assert entities["#author"]["name"] == "Ann Author"
    inputs = [entity["@id"] for entity in action["object"]]
    assert inputs == ["run-config.yaml", "https://s3.amazonaws.com/fast-ai-sample/mnist_tiny.tgz"]
    assert entities[inputs[1]]["sha256"] == sha256_of(of_archive.results / "download/mnist_tiny.tgz")
    made = {entity["@id"] for entity in action["result"]}
    assert "study/report.html" in made
    assert made == {name for name in names(of_archive) if name.startswith("study/")}
    for name in made:
        assert entities[name]["sha256"] == sha256_of(folder / name)
        assert entities[name]["contentSize"] == str((folder / name).stat().st_size)
