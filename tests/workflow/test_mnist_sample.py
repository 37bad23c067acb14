"""The cheap rungs of the default study on the real MNIST_SAMPLE reach the accuracies of the source notebooks."""

import json

import pytest

from ladder.formats import scores

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def results(tmp_path_factory, archive, Project):
    project = Project(tmp_path_factory.mktemp("sample"), str(archive("mnist_sample.tgz").parent))
    rungs = ["pixel_l1", "pixel_l2", "linear_scratch", "linear_optim", "linear_learner", "mlp"]
    project.overlay({"seeds": 2, "ladder": rungs, "figures": ["ladder"], "try_it": []})
    project.snakemake("--cores", "2", "--configfile", "overlay.yaml")
    return project.results("mnist_sample")


@pytest.fixture(scope="module")
def accuracy(results):
    rungs = json.loads((results / "evaluate/summary.json").read_text())["rungs"]
    return {rung: metrics["accuracy"]["mean"] for rung, metrics in rungs.items()}


def test_pixel_similarity_gives_the_notebooks_figures(results):
    labels, similarity = scores.read(results / "baseline/pixel_l1/scores.parquet")[1][0]
    right = similarity.argmax(1) == labels
    threes, sevens = right[labels == 0].mean(), right[labels == 1].mean()
    assert round(threes, 4) == 0.9168
    assert round(sevens, 4) == 0.9854
    assert round((threes + sevens) / 2, 4) == 0.9511


def test_l2_beats_l1(accuracy):
    assert accuracy["pixel_l2"] > accuracy["pixel_l1"]


@pytest.mark.parametrize(
    ("variant", "least"),
    [("linear_scratch", 0.96), ("linear_optim", 0.975), ("linear_learner", 0.96), ("mlp", 0.98)],
)
def test_variants_reach_the_notebooks_accuracies(accuracy, variant, least):
    assert accuracy[variant] >= least


def test_linear_learner_is_the_notebooks(accuracy):
    # 0.9676 in the notebook, from one start; ours are from two other starts.
    assert accuracy["linear_learner"] == pytest.approx(0.9676, abs=0.002)


def test_only_the_chosen_rungs_are_there(results, accuracy):
    assert sorted(path.name for path in (results / "train").iterdir()) == [
        "linear_learner",
        "linear_optim",
        "linear_scratch",
        "mlp",
    ]
    assert list(accuracy) == ["pixel_l1", "pixel_l2", "linear_scratch", "linear_optim", "linear_learner", "mlp"]
