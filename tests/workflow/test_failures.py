"""A study in which training runs fail in every way: it has all other results, and names the missing ones."""

import csv
import os
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from ladder.formats import scores
from ladder.provenance import checksums

pytestmark = pytest.mark.slow
# A linear model with bad seeds: the loss of one seed explodes, and the model of another cannot be built.
MOODY = """
import torch
from torch import nn


class Huge(nn.Module):
    def forward(self, x):
        return x * 1e30


def build(in_shape: tuple[int, int, int], n_outputs: int, explodes: int = -1, raises: int = -1) -> nn.Module:
    seed = torch.initial_seed()
    if seed == raises:
        raise OSError(f"no mood\\n at /home/me/{object()}")
    layers = [nn.Flatten(), nn.Linear(in_shape[0] * in_shape[1] * in_shape[2], n_outputs)]
    return nn.Sequential(*layers, *([Huge()] if seed == explodes else []))
"""
RECIPE = {
    "trainer": "loop",
    "optimizer": "sgd",
    "loss": "mse",
    "lr": 0.01,
    "epochs": 2,
    "batch_size": 8,
    "job": "shared",
    "about": "A line.",
}
VARIANTS = {
    "before": RECIPE | {"model": "linear"},
    "always": RECIPE | {"model": "linear", "lr": 1.0e30},
    "half": RECIPE | {"model": "moody", "options": {"explodes": 1}},
    "never_built": RECIPE | {"model": "moody", "options": {"raises": 0}},
    "after": RECIPE | {"model": "linear", "trainer": "own_learner"},
    # A job of its own, with a job for each seed: the second seed fails.
    "alone": RECIPE | {"model": "moody", "options": {"raises": 1}, "job": None, "seeds_per_job": 1},
}
REPAIRED = {
    "always": VARIANTS["always"] | {"lr": 0.01},
    **{name: VARIANTS[name] | {"options": {}} for name in ("half", "never_built", "alone")},
}
RUN = ("--cores", "2", "--configfile", "overlay.yaml")
FAILED = {"always", "half", "never_built", "alone"}
SENTENCES = [
    "error: always: 2 of 2 seeds diverged; seed 0: the loss is nan after epoch 1 with learning rate 1e+30; try a "
    "smaller `lr` in variants.always. results/pets/logs/train/shared/0-1.log says more, and the next run tries it "
    "again",
    "error: half: 1 of 2 seeds diverged; seed 1: the loss is nan after epoch 1 with learning rate 0.01; try a smaller "
    "`lr` in variants.half. results/pets/logs/train/shared/0-1.log says more, and the next run tries it again",
    "error: never_built: 1 of 2 seeds failed; seed 0: OSError: no mood at <object object at 0x…>. "
    "results/pets/logs/train/shared/0-1.log says more, and the next run tries it again",
    "error: alone: 1 of 2 seeds failed; seed 1: OSError: no mood at <object object at 0x…>. "
    "results/pets/logs/train/alone/1-1.log says more, and the next run tries it again",
    "error: sweep of alone: 1 of 2 runs failed; run 1: OSError: no mood at <object object at 0x…>. "
    "results/pets/logs/sweep/alone/0-1.log says more, and the next run tries it again",
]


def settings(variants, **changes):
    return {
        "dataset": "pets",
        "seeds": 2,
        "ladder": ["pixel_l1", *variants],
        "variants": variants,
        "datasets": {"pets": {"kind": "folder", "path": "images"}},
        "try_it": ["before", "never_built"],
        "figures": ["ladder", "learning_curves", "loss_curves", "weights", "agreement"],
        "sweep": {"alone": {"over": {"options.raises": [7, 0]}, "seeds": 1}},
        **changes,
    }


def errors_in(printed):
    return [line for line in printed.splitlines() if line.startswith("error: ")]


class Story:
    """A study that fails, is run again, and is repaired, with the output and the files of each run."""

    def __init__(self, project, folder):
        self.project, self._folder = project, folder
        self.printed, self.results = {}, {}

    def run(self, name, fails):
        self._keep(name, self.project.snakemake(*RUN, fails=fails))

    def resume(self, name):
        """Do as `make resume` does, for a run that fails again."""
        own = {"PYTHONPATH": "workflow", "HOME": str(self.project.folder)}
        command = [sys.executable, "-m", "ladder.runtime.session"]
        options = {"cwd": self.project.folder, "env": os.environ | own, "text": True, "capture_output": True}
        done = subprocess.run(command, **options, check=False)
        assert done.returncode == 1, done.stdout + done.stderr
        self._keep(name, done.stdout + done.stderr)

    def _keep(self, name, printed):
        self.printed[name] = printed
        self.results[name] = shutil.copytree(self.project.results("pets"), self._folder / name)


@pytest.fixture(scope="module")
def story(tmp_path_factory, Project, noise, write_folder):
    project = Project(tmp_path_factory.mktemp("failing"))
    write_folder(project.folder / "images", noise(("cat", "dog"), train=12, valid=6))
    (project.folder / "workflow/ladder/models/moody.py").write_text(MOODY)
    story = Story(project, tmp_path_factory.mktemp("runs"))
    project.overlay(settings(VARIANTS))
    story.run("first", fails=True)
    story.waiting = project.waiting(*RUN)
    story.elsewhere = {
        target: project.waiting(target, *RUN) for target in ("results/pets/tensorize/facts.json", "tensorize")
    }
    story.resume("second")
    swept = {"alone": {"over": {"options.raises": [7, 8]}, "seeds": 1}}
    project.overlay(settings(VARIANTS | REPAIRED, sweep=swept))
    story.run("repaired", fails=False)
    story.waiting_at_last = project.waiting(*RUN)
    return story


def table(results, name):
    return pd.read_csv(results / f"evaluate/{name}.csv", keep_default_na=False)


def test_each_failed_rung_is_a_sentence_and_the_exit_status_is_not_0(story):
    assert errors_in(story.printed["first"]) == SENTENCES
    # The log has the traceback of the unexpected error; a loss that explodes has no traceback.
    log = (story.results["first"] / "logs/train/shared/0-1.log").read_text()
    assert log.count("Traceback") == 1
    assert "always seed 1: diverged: the loss is nan after epoch 1" in log


def test_all_other_rungs_are_in_all_tables(story):
    results = story.results["first"]
    trained = [name for name in VARIANTS if name != "always"]
    rungs = ["pixel_l1", *trained]
    for name in ("metrics", "summary", "confusion", "agreement", "validation"):
        assert list(dict.fromkeys(table(results, name)["variant"])) == rungs, name
    assert table(results, "hard")["rungs"].unique().tolist() == [len(rungs)]
    accuracies = table(results, "summary").query("metric == 'accuracy'").set_index("variant")
    assert accuracies["n"].to_dict() == {
        "pixel_l1": 1,
        "before": 2,
        "half": 1,
        "never_built": 1,
        "after": 2,
        "alone": 1,
    }
    pairs = table(results, "comparison").query("kind == 'adjacent'")
    assert list(zip(pairs["rung"], pairs["other"])) == list(zip(rungs[1:], rungs))


def test_the_page_has_every_rung_and_says_why(story):
    page = (story.results["first"] / "report.html").read_text()
    body = page[page.index('id="ladder-table"') :].partition("</table>")[0].partition("<tbody>")[2]
    rows = {re.search(r'href="#rung-(\w+)"', row)[1]: row for row in body.split("<tr")[1:]}
    assert list(rows) == ["pixel_l1", *VARIANTS]
    assert {name for name, row in rows.items() if "<p" in row} == FAILED
    assert "2 of 2 seeds diverged; seed 0: the loss is nan after epoch 1" in rows["always"]
    assert "1 of 2 seeds failed; seed 1: OSError: no mood at &lt;object object at 0x…&gt;." in rows["alone"]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", rows["always"])
    assert (cells[0], cells[2], set(cells)) == ("–", "0", {"–", "0"})
    assert len(cells) == len(re.findall(r"<td", rows["before"]))
    assert len(re.findall(r'<section id="rung-', page)) == len(rows)
    assert "Left out, because their training with seed 0 failed: never_built." in page
    assert "1 of 2 runs failed; run 1: OSError: no mood" in page
    summary = (story.results["first"] / "summary.md").read_text()
    why = "the loss is nan after epoch 1 with learning rate"
    assert re.search(r"\| `always` \(diverged\) \| – \| *\| – \| – \|\n", summary)
    assert f"\n- `always` is marked: diverged in all 2 seeds: {why} 1e+30; " in summary
    assert f"\n- `half` is marked: diverged in 1 of 2 seeds: {why} 0.01; " in summary


def test_neighbours_of_a_failed_run_have_the_results_that_they_have_without_it(story):
    for variant in ("before", "after"):
        for name in ("weights.safetensors", "scores.parquet"):
            path = f"train/{variant}/0-1/{name}"
            assert (story.results["first"] / path).read_bytes() == (story.results["repaired"] / path).read_bytes()
    half, whole = (
        scores.read(story.results[run] / "train/half/0-1/scores.parquet")[1] for run in ("first", "repaired")
    )
    assert list(half) == [0]
    assert half[0][1].tobytes() == whole[0][1].tobytes()


def test_what_failed_is_tried_again_and_nothing_else(story):
    assert {rule: count for rule, count in story.waiting.items() if rule.startswith("train_")} == {
        "train_shared": 1,
        "train_alone": 1,
        "train_sweep": 1,
    }
    assert not {"tensorize", "baseline", "chapter"} & set(story.waiting)
    assert story.elsewhere == {target: {} for target in story.elsewhere}
    assert errors_in(story.printed["second"]) == SENTENCES
    assert "always seed 0: diverged" in (story.results["second"] / "logs/train/shared/0-1.log").read_text()


def test_two_runs_that_fail_alike_have_the_same_bytes(story):
    first, second = (checksums.read(story.results[name]) for name in ("first", "second"))
    assert "train/always/0-1/failures.csv" in first
    assert checksums.difference(first, second) is None
    for name, results in story.results.items():
        assert checksums.digests(results) == checksums.read(results), name


def test_once_it_is_repaired_nothing_tells_of_it(story):
    assert errors_in(story.printed["repaired"]) == []
    assert story.waiting_at_last == {}
    results = story.results["repaired"]
    for path in results.rglob("failures.csv"):
        with open(path, newline="") as file:
            assert list(csv.DictReader(file)) == [], path
    page = (results / "report.html").read_text()
    assert not re.search(r"seeds? (diverged|failed)|runs? failed|Left out", page)
    accuracies = table(results, "summary").query("metric == 'accuracy'").set_index("variant")
    assert set(accuracies.drop(index="pixel_l1")["n"]) == {2}
