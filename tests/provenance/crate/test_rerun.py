"""A stranger makes the study again from the crate alone: the commands are those of its RERUN.md."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ladder.formats.files import sha256_of

TEXTS = (".json", ".yaml", ".md", ".csv", ".sha256", ".html", ".svg")


def commands(folder, word):
    lines = re.findall(rf"^{word} .*$", (folder / "RERUN.md").read_text(), re.MULTILINE)
    return [line.partition("#")[0].strip() for line in lines]


def run(folder, command, archives="", fails=False):
    """Run a command of RERUN.md like a user with nothing but the crate; `snakemake` comes from the environment."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LADDER_ARCHIVES": archives}
    words = command.split()
    words[:1] = [sys.executable, "-m", "snakemake"] if words[0] == "snakemake" else words[:1]
    done = subprocess.run(words, cwd=folder, env=environment, text=True, capture_output=True, check=False)
    printed = done.stdout + done.stderr
    assert (done.returncode != 0) == fails, printed[-5000:]
    return printed


def remade(studied, folder):
    """Path to whether a rerun repeated the original's result."""
    told = (folder / "study.sha256").read_text().splitlines()
    paths = [line.split("  ", 1)[1] for line in told]
    return {path: sha256_of(studied.project.folder / path) == sha256_of(folder / path) for path in paths}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is Linux'")
def test_a_study_with_settings_from_all_sides_is_made_again(of_archive, tmp_path):
    folder = of_archive.unpacked(tmp_path)
    (again,) = commands(folder, "snakemake")
    (check,) = commands(folder, "sha256sum")
    run(folder, again, of_archive.project.archives)
    assert run(folder, check) == ""
    same = remade(of_archive, folder)
    for path in ("tensorize/valid.safetensors", "train/cnn/0-1/weights.safetensors", "train/mine/0-1/scores.parquet"):
        assert same.pop(f"results/mnist_tiny/{path}"), path
    for path in ("baseline/means.safetensors", "evaluate/comparison.csv", "figures/ladder.svg", "summary.md"):
        assert same.pop(f"results/mnist_tiny/{path}"), path
    assert all(same.values()), same
    # The check names a file that differs.
    (folder / "results/mnist_tiny/summary.md").write_text("")
    assert "results/mnist_tiny/summary.md: FAILED" in run(folder, check, fails=True)


def test_the_results_of_the_study_lie_beside_those_of_its_rerun(of_archive, tmp_path):
    folder = of_archive.unpacked(tmp_path)
    assert not (folder / "results").exists()
    for name in ("report.html", "summary.md", "evaluate/metrics.csv", "train/mine/0-1/history.csv"):
        assert (folder / "study" / name).read_bytes() == (of_archive.results / name).read_bytes()
    assert not list((folder / "study").rglob("*.tgz"))
    assert not list((folder / "study/tensorize").glob("*.safetensors")), "images are the data set's makers' to give"


@pytest.mark.slow
def test_a_study_of_a_folder_says_which_one_it_needs_and_is_made_again_with_it(of_folder, tmp_path):
    folder = of_folder.unpacked(tmp_path)
    text = (folder / "RERUN.md").read_text()
    digest = sha256_of(of_folder.results / "tensorize/train.safetensors")
    assert "the study needs a folder of images, `letters`, with `train/<class>/` and `Val/<class>/`" in text
    assert digest in text
    again, tensorized = commands(folder, "snakemake")
    assert "letters" in run(folder, again, fails=True)
    shutil.copytree(of_folder.images, folder / "letters")
    run(folder, tensorized)
    assert sha256_of(folder / "results/letters/tensorize/train.safetensors") == digest
    run(folder, again)
    assert all(remade(of_folder, folder).values())


def test_a_stranger_learns_nothing_of_the_machine_but_its_hardware(of_archive, of_folder, tmp_path):
    for studied, home in ((of_archive, "home-of-ann"), (of_folder, "home-of-bert")):
        folder = studied.unpacked(tmp_path / studied.dataset)
        texts = [path for path in folder.rglob("*") if path.suffix in TEXTS]
        assert len(texts) > 20
        for path in texts:
            text = path.read_text()
            for word in (str(studied.project.folder), home, str(Path(sys.prefix)), str(tmp_path)):
                assert word not in text, f"{path}: {word}"
