"""Whole sweeps of a small real study."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from ladder.formats import scores

RUN = ("--cores", "2", "--configfile", "overlay.yaml")
TABLES = ("runs.csv", "points.csv", "runs.parquet", "points.parquet")
SWEEP = {
    # The variant's own learning rate, and one at which a squared distance explodes.
    "linear_mse": {"over": {"lr": [0.001, 0.01, 1.0e6]}, "seeds": 2, "runs_per_job": 4},
    "linear_sgd": {
        "over": {"lr": {"from": 0.1, "to": 10, "count": 3, "scale": "log"}, "batch_size": [16, 64]},
        "seeds": 1,
    },
}


def settings(**changes):
    cheap = {name: {"epochs": 3} for name in ("linear_mse", "linear_sgd")}
    return {
        "dataset": "digits",
        "seeds": 2,
        "ladder": ["pixel_l1", "linear_mse"],
        "try_it": [],
        "figures": ["ladder"],
        "variants": cheap,
        "sweep": SWEEP,
        **changes,
    }


@pytest.fixture(scope="module")
def swept(tmp_path_factory, Project):
    """The sweeps alone, and then the study with them."""
    project = Project(tmp_path_factory.mktemp("swept"))
    project.overlay(settings())
    project.snakemake("sweep", *RUN)
    assert not (project.results("digits") / "train").exists()
    project.snakemake(*RUN)
    return project


@pytest.fixture
def results(swept):
    return swept.results("digits")


def test_every_run_has_its_row_and_what_exploded_is_told(results):
    runs = pd.read_csv(results / "sweep/linear_mse/runs.csv")
    assert list(zip(runs["lr"], runs["seed"])) == [(lr, seed) for lr in (0.001, 0.01, 1e6) for seed in (0, 1)]
    assert runs["diverged"].tolist() == [False] * 4 + [True] * 2
    assert runs["accuracy"].notna().tolist() == [True] * 4 + [False] * 2
    points = pd.read_csv(results / "sweep/linear_mse/points.csv")
    assert (points["n"].tolist(), points["diverged"].tolist()) == ([2, 2, 0], [0, 0, 2])
    np.testing.assert_allclose(points["accuracy_mean"][:2], runs["accuracy"][:4].to_numpy().reshape(2, 2).mean(1))
    costs = pd.read_csv(results / "sweep/linear_mse/costs.csv")
    assert costs["run"].tolist() == list(range(6))


def test_the_variants_own_point_is_its_rung(results):
    by_seed = scores.read(results / "train/linear_mse/0-1/scores.parquet")[1]
    by_run = scores.read(results / "sweep/linear_mse/0-3/scores.parquet")[1]
    for seed in (0, 1):
        assert by_run[2 + seed][1].tobytes() == by_seed[seed][1].tobytes()


def test_the_figures_are_well_formed(results):
    for variant in SWEEP:
        stem = results / f"sweep/{variant}/heat_map"
        assert ET.parse(f"{stem}.svg").getroot().tag.endswith("svg")
        assert stem.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_the_report_has_both(results):
    page = (results / "report.html").read_text()
    assert '<a href="#sweeps">' in page
    section = page[page.index('<section id="sweeps">') : page.index('<section id="mistakes">')]
    assert re.findall(r'<section id="sweep-(\w+)">', section) == list(SWEEP)
    assert section.count("<svg") == 2
    assert "2 runs at 1 point diverged" in section
    assert "That is the variant's own setting." in section.replace("&#39;", "'")
    assert "lr=0.1,batch_size=16" not in re.sub(r"<svg.*?</svg>", "", section, flags=re.DOTALL).split("<table")[0]
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_a_second_run_has_nothing_to_do(swept):
    assert swept.waiting(*RUN) == {}
    assert swept.waiting("sweep", *RUN) == {}


def changed(swept, **changes):
    """Jobs that a run would start after a change of the sweep of linear_mse."""
    sweep = SWEEP | {"linear_mse": SWEEP["linear_mse"] | changes}
    swept.overlay(settings(sweep=sweep))
    jobs = swept.waiting(*RUN)
    swept.overlay(settings())
    return jobs


def test_a_point_at_the_end_trains_its_own_block_alone(swept):
    jobs = changed(swept, over={"lr": [0.001, 0.01, 1.0e6, 0.1]})
    assert jobs["train_sweep"] == 1
    assert jobs["evaluate_sweep"] == jobs["draw_sweep"] == jobs["report"] == 1
    assert [rule for rule in jobs if rule.startswith("train_")] == ["train_sweep"]


def test_a_change_of_what_is_swept_anyway_trains_nothing(swept):
    cheap = {"linear_mse": {"epochs": 3, "lr": 0.02}, "linear_sgd": {"epochs": 3, "about": "Else."}}
    swept.overlay(settings(variants=cheap, seeds_per_job=1))
    jobs = swept.waiting("sweep", *RUN)
    swept.overlay(settings())
    assert jobs == {"draw_sweep": 1, "sweep": 1}  # the variant's own setting is marked in it


def test_a_page_without_sweeps_says_nothing_of_them(swept):
    swept.overlay(settings(sweep={}))
    assert swept.waiting(*RUN) == {"report": 1, "all": 1}
    swept.snakemake(*RUN)
    page = (swept.results("digits") / "report.html").read_text()
    assert "sweeps" not in page.partition('<section id="run">')[0]
    swept.overlay(settings())
    swept.snakemake(*RUN)


# This test is last, since it changes which files hold the runs.
@pytest.mark.slow
def test_blocks_of_another_size_change_no_byte(swept, results):
    files = [results / "sweep/linear_mse" / name for name in (*TABLES, "heat_map.svg", "heat_map.png")]
    before = [path.read_bytes() for path in files]
    swept.overlay(settings(sweep={"linear_mse": SWEEP["linear_mse"] | {"runs_per_job": 1}}))
    swept.snakemake("sweep", *RUN)
    assert (results / "sweep/linear_mse/5-5/costs.csv").exists()
    assert [path.read_bytes() for path in files] == before


@pytest.mark.parametrize(
    ("sweep", "sentence"),
    [
        ("{linear_sdg: {over: {lr: [1]}}}", "sweep: there is no variant 'linear_sdg'; did you mean 'linear_sgd'?"),
        (
            "{linear_sgd: {over: {lr: {from: 1, to: 0.1, count: 3}}}}",
            "sweep.linear_sgd.over.lr: a range from 1 to 0.1 has no values; `from` must be less than `to`",
        ),
    ],
)
def test_a_wrong_sweep_is_one_line(project, sweep, sentence):
    printed = project.snakemake("-n", "--config", f"sweep={sweep}", fails=True)
    assert printed.strip().splitlines()[-1] == f"config: {sentence}"


def test_a_sweep_may_stand_on_the_command_line(project):
    over = "{over: {lr: {from: 0.1, to: 1, count: 3}, epochs: [1, 2]}, seeds: 4, runs_per_job: 10}"
    jobs = project.waiting("sweep", "--config", "dataset=digits", f"sweep={{linear_sgd: {over}}}")
    assert jobs == {"tensorize": 1, "train_sweep": 3, "evaluate_sweep": 1, "draw_sweep": 1, "sweep": 1}
