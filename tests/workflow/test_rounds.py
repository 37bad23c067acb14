"""A study that trains more seeds in rounds, where they can decide a pair."""

import json

import pandas as pd
import pytest
from safetensors.numpy import load_file

from ladder.formats.files import sha256_of

RUN = ("--cores", "2", "--configfile", "overlay.yaml")
# A few epochs leave the seeds of linear_scratch far apart; so great an alpha lets few seeds decide.
SETTINGS = {
    "dataset": "mnist_tiny",
    "seeds_per_job": 2,
    "alpha": 0.4,
    "ladder": ["pixel_l2", "linear_scratch", "linear_optim"],
    "datasets": {"mnist_tiny": {"recipe": {"min_steps": 0, "min_steps_per_class": 0}}},
    "variants": {"linear_scratch": {"epochs": 3}, "linear_optim": {"epochs": 30}},
    "figures": ["ladder"],
    "try_it": [],
}
OF_TRAINING = "scores.parquet", "weights.safetensors", "history.csv"


@pytest.fixture(scope="module")
def study(tmp_path_factory, archive, Project):
    """Two seeds, and then up to eight, in the same folder; with what was waiting between, and the bytes before."""
    project = Project(tmp_path_factory.mktemp("rounds"), str(archive("mnist_tiny.tgz").parent))
    # Where more hope is asked for, pairs are given up in so small a study, too.
    project.edit("workflow/ladder/evaluation/looks.py", "HOPE = 0.2\n", "HOPE = 0.8\n")
    project.overlay(SETTINGS | {"seeds": 2})
    project.snakemake(*RUN)
    project.before = {path: (path.stat().st_mtime_ns, sha256_of(path)) for path in files_of(project)}
    project.overlay(SETTINGS | {"seeds": {"from": 2, "to": 8}})
    project.between = project.waiting(*RUN)
    project.snakemake(*RUN)
    return project


def files_of(project):
    return sorted(project.results("mnist_tiny").glob("train/*/*/*.*"))


def round_of(project, number):
    return json.loads((project.results("mnist_tiny") / f"rounds/{number}.json").read_text())


def seeds_in(project, variant):
    weights = [path for path in files_of(project) if path.name == "weights.safetensors" and path.parts[-3] == variant]
    return sorted({name.partition(".")[0] for path in weights for name in load_file(path)})


def test_a_study_of_two_seeds_that_goes_on_trains_none_of_them_again(study):
    assert study.between.pop("train_linear") == 3  # the blocks 2-3, 4-5 and 6-7
    assert study.between == {"rounds": 2, "evaluate": 1, "figures_results": 1, "report": 1, "all": 1}
    assert len(study.before) == 10
    assert {path: (path.stat().st_mtime_ns, sha256_of(path)) for path in study.before} == study.before


def test_a_rung_gets_seeds_while_they_can_decide_one_of_its_pairs(study):
    second, third = (round_of(study, number) for number in (2, 3))
    assert second["variants"] == ["linear_scratch"]
    assert third["variants"] == []
    assert seeds_in(study, "linear_scratch") == ["seed0", "seed1", "seed2", "seed3"]
    assert seeds_in(study, "linear_optim") == ["seed0", "seed1"]
    decided = {(pair["rung"], pair["other"]): pair["round"] for pair in third["pairs"]}
    assert decided["linear_scratch", "pixel_l2"] == 2


def test_the_tables_count_the_seeds_of_each_rung(study):
    results = study.results("mnist_tiny")
    validation = pd.read_csv(results / "evaluate/validation.csv").set_index("variant")
    assert validation["seeds"].to_dict() == {"pixel_l2": 1, "linear_scratch": 4, "linear_optim": 2}
    comparison = pd.read_csv(results / "evaluate/comparison.csv")
    decided = comparison["distinguishable"] | comparison["equivalent"]
    assert (comparison["round"].notna() == decided).all()
    assert ((comparison["p_holm"] < 0.4) == comparison["distinguishable"]).all()


def test_the_page_says_how_many_rounds_there_were(study):
    page = (study.results("mnist_tiny") / "report.html").read_text()
    assert (
        "Of 3 rounds of seeds that were possible there were 2 (linear_optim: 2 seeds; linear_scratch: 4 seeds)." in page
    )
    assert '<th scope="col">round</th>' in page


def test_the_files_of_the_rounds_are_promised(study):
    listed = (study.results("mnist_tiny") / "checksums.sha256").read_text()
    assert [line.split()[1] for line in listed.splitlines() if "rounds/" in line] == ["rounds/2.json", "rounds/3.json"]


def test_nothing_is_left_to_do(study):
    assert study.waiting(*RUN) == {}


def test_runs_of_a_later_round_are_not_trained_again_when_its_look_is_made_again(study):
    before = {path: sha256_of(path) for path in files_of(study) if path.name in OF_TRAINING}
    study.overlay(SETTINGS | {"seeds": {"from": 2, "to": 8}, "margin": 0.003})
    jobs = study.waiting(*RUN)
    assert (jobs["rounds"], jobs["train_linear"]) == (2, 3)
    study.snakemake(*RUN)
    log = (study.results("mnist_tiny") / "logs/train/linear/2-3.log").read_text()
    assert [seed in log for seed in ("seed 2: is trained already", "seed 3: is trained already")] == [True, True]
    assert {path: sha256_of(path) for path in before} == before


def test_a_rung_that_is_left_out_now_keeps_its_runs_for_later(study):
    study.overlay(SETTINGS | {"seeds": {"from": 2, "to": 4}})
    study.snakemake(*RUN)
    assert round_of(study, 2)["variants"] == []
    assert seeds_in(study, "linear_scratch") == ["seed0", "seed1"]
    study.overlay(SETTINGS | {"seeds": 4})
    study.snakemake(*RUN)
    log = (study.results("mnist_tiny") / "logs/train/linear/2-3.log").read_text()
    assert "linear_scratch seed 3: is trained already" in log
    assert "linear_optim seed 3 epoch 30/30" in log
    assert seeds_in(study, "linear_optim") == ["seed0", "seed1", "seed2", "seed3"]
