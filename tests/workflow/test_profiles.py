"""Settings that hold for a study wherever its jobs run."""

from pathlib import Path

import pytest
import yaml

PROFILES = Path(__file__).resolve().parents[2] / "profiles"


@pytest.mark.parametrize("cluster", ["slurm", "kubernetes"])
def test_the_profile_of_a_cluster_repeats_the_one_that_it_replaces(cluster):
    default, profile = (yaml.safe_load((PROFILES / name / "config.yaml").read_text()) for name in ("default", cluster))
    del default["cores"]  # on a cluster `jobs` is the limit
    assert {key: profile[key] for key in default} == default


@pytest.mark.parametrize("cluster", ["slurm", "kubernetes"])
def test_on_a_cluster_a_job_is_tried_twice_more_and_with_more_memory(cluster):
    profile = yaml.safe_load((PROFILES / cluster / "config.yaml").read_text())
    assert profile["retries"] == 2
    assert [profile["default-resources"][name] for name in ("mem_mb", "runtime")] == ["attempt * 2000", "attempt * 10"]


def test_jobs_train_on_the_device_that_was_found_where_the_study_was_started(project, monkeypatch):
    on_a_node = ("-n", "--config", "dataset=digits", "ladder=[linear_sgd]")
    monkeypatch.setenv("LADDER_DEVICE", "cpu")
    assert "gpu=0" in project.snakemake(*on_a_node)
    monkeypatch.setenv("LADDER_DEVICE", "cuda")
    assert "gpu=1" in project.snakemake(*on_a_node)
