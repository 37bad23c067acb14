"""The output for a user who made a mistake."""

import json

import numpy as np
import pandas as pd
import pytest


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (["epocs=3"], "config: unknown key 'epocs'; allowed are"),
        (["sedes=3"], "config: unknown key 'sedes'; did you mean 'seeds'?"),
        (["variants={cnn: {epocs: 3}}"], "config: variants.cnn: unknown key 'epocs'; did you mean 'epochs'?"),
        (["seeds=0"], "config: seeds: 0 is less than the minimum of 1"),
        (["dataset=mnist_smaple"], "config: dataset: there is no dataset 'mnist_smaple'; did you mean 'mnist_sample'?"),
        (["figures=[laddr]"], "config: figures: there is no module of figures/ 'laddr'; did you mean 'ladder'?"),
    ],
)
def test_a_wrong_setting_is_one_line(project, change, sentence):
    printed = project.snakemake("-n", "--config", *change, fails=True)
    *announced, last = printed.strip().splitlines()
    assert last.startswith(sentence)
    # Only Snakemake's own lines on where settings come from, and no traceback.
    assert all(line.startswith(("Using workflow specific profile", "Config file")) for line in announced)


def test_without_archive_and_network_both_ways_on_are_named(project):
    source = "http://127.0.0.1:9/mnist_tiny.tgz"  # the discard port: nothing listens there
    project.overlay(
        {"dataset": "mnist_tiny", "datasets": {"mnist_tiny": {"sources": [source, "copies/mnist_tiny.tgz"]}}}
    )
    printed = project.snakemake("--cores", "1", "--configfile", "overlay.yaml", fails=True)
    assert "error: mnist_tiny.tgz: no copy of the archive and no source that works. Tried were" in printed
    assert "/.fastai/archive/mnist_tiny.tgz: No such file or directory" in printed
    assert f"{source}: " in printed
    assert "Connection refused" in printed
    assert "copies/mnist_tiny.tgz: No such file or directory" in printed
    assert "or any folder named by LADDER_ARCHIVES" in printed
    assert "snakemake --config dataset=digits" in printed
    assert "Traceback" not in printed
    assert list(project.results("mnist_tiny").glob("download/*")) == []


@pytest.fixture
def images(project, noise, write_folder):
    """A dataset of a folder of images, as a user would add it."""
    root = write_folder(project.folder / "images", noise(("cat", "dog"), train=12, valid=6, shape=(12, 10, 3)))
    once = {"epochs": 1, "batch_size": 8}
    project.overlay(
        {
            "dataset": "pets",
            "seeds": 2,
            "ladder": ["pixel_l1", "linear_sgd", "cnn"],
            "figures": ["samples", "means", "weights", "mistakes"],
            "datasets": {"pets": {"kind": "folder", "path": "images", "recipe": once}},
        }
    )
    return root


RUN = ("--cores", "2", "--configfile", "overlay.yaml")
FIGURES = "[confusion, learning_curves]"


def test_a_folder_of_colour_images_is_studied_and_watched(project, images, png):
    project.snakemake(*RUN)
    page = (project.results("pets") / "report.html").read_text()
    assert "in colour, 10×12 pixels" in page
    assert 'id="try"' not in page  # no canvas, since drawings have no colour
    assert "cat</bdi></th><td>12</td><td>6</td>" in page
    assert "all</th><td>24</td><td>12</td>" in page
    assert project.waiting(*RUN) == {}
    (images / "train/cat/1.png").write_bytes(png(np.zeros((12, 10, 3), dtype=np.uint8)))  # in place
    assert project.waiting(*RUN)["tensorize"] == 1


def test_a_truncated_image_is_named(project, images):
    broken = images / "valid/dog/1.png"
    broken.write_bytes(broken.read_bytes()[:60])
    printed = project.snakemake(*RUN, fails=True)
    assert "error: valid/dog/1.png: a damaged image" in printed
    assert "Traceback" not in printed
    written = [path.name for path in (project.results("pets") / "tensorize").glob("*")]
    assert written == []


def test_where_nothing_is_trained_there_is_a_sentence(project, images):
    exploding = "variants={linear_sgd: {loss: mse, lr: 1.0e+30, adapt: false}}"
    everything = ("--config", "ladder=[linear_sgd]", "try_it=[]", exploding)
    printed = project.snakemake(*RUN, *everything, fails=True)
    assert (
        "error: no rung of this ladder has scores to compare, since every training run failed: linear_sgd;" in printed
    )
    assert "error: linear_sgd: 2 of 2 seeds diverged; seed 0: the loss is " in printed
    assert "after epoch 1 with learning rate 1e+30; try a smaller `lr` in variants.linear_sgd." in printed
    assert "Traceback" not in printed


@pytest.mark.slow
def test_a_study_of_noise_says_that_nothing_is_learned(project, noise, write_folder):
    """Without `majority` in the ladder, one seed, one epoch."""
    write_folder(project.folder / "images", noise(("a", "b", "c"), train=12, valid=8, shape=(12, 10)))
    source = {"kind": "folder", "path": "images", "recipe": {"epochs": 1, "batch_size": 8, "shuffle": True}}
    ladder = ["pixel_l1", "linear_sgd", "cnn"]
    project.overlay(
        {
            "dataset": "noise",
            "seeds": 1,
            "ladder": ladder,
            "figures": ["ladder"],
            "try_it": [],
            "datasets": {"noise": source},
        }
    )
    project.snakemake(*RUN)
    results = project.results("noise")
    marks = pd.read_csv(results / "evaluate/marks.csv")
    assert set(marks.loc[marks["mark"] == "chance", "variant"]) == set(ladder)
    lead = "On 24 validation images no rung is a result: all are marked, "
    assert lead in (results / "report.html").read_text()
    assert "frequent class is right on 33.33%." in (results / "summary.md").read_text()
    assert "has no price" in (results / "report.html").read_text()
    assert "majority" not in json.loads((results / "evaluate/summary.json").read_text())["rungs"]
    assert project.waiting(*RUN) == {}


@pytest.mark.slow
def test_a_ladder_of_baselines_alone_has_a_report_without_curves(project):
    project.snakemake("--cores", "2", "--config", "dataset=digits", "ladder=[pixel_l1, pixel_l2]", f"figures={FIGURES}")
    results = project.results("digits")
    page = (results / "report.html").read_text()
    assert "pixel_l2, a baseline, is right on 90.00%" in page
    assert 'id="figure-confusion"' in page
    assert not (results / "figures/learning_curves.svg").exists()
    assert not (results / "train").exists()
