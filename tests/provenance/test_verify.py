import shutil
import subprocess
from pathlib import Path

import pytest

from ladder.errors import LadderError
from ladder.provenance import checksums, verify
from ladder.runtime.invocation import PROJECT

FILES = ("tensorize/index.csv", "evaluate/metrics.csv", "summary.md", "report.html")
STAGES = ("tensorize", "evaluate", "figures", "summary.md", "report.html")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder with a finished study, and its results."""
    folder = tmp_path / "ladder"
    results = folder / "results/digits"
    for path in FILES:
        (results / path).parent.mkdir(parents=True, exist_ok=True)
        (results / path).write_text(path)
    checksums.write(results, FILES)
    (folder / "Snakefile").write_text("rule all:\n")
    monkeypatch.chdir(folder)
    return results


@pytest.fixture
def again(here, monkeypatch):
    """`again(path=text, ...)`: a made fresh run, in which these files differ; a file with None is missing."""

    def prepare(**changes):
        def run(folder, arguments):
            results = shutil.copytree(here, folder / "results/digits")
            for path, text in changes.items():
                (results / path).write_text(text) if text is not None else (results / path).unlink()
            there = {path.relative_to(results).as_posix() for path in results.rglob("*.*")} - {checksums.FILE}
            checksums.write(results, sorted(there, key=lambda path: (STAGES.index(path.partition("/")[0]), path)))
            return results

        monkeypatch.setattr(verify, "run_again", run)

    return prepare


def test_an_equal_run_is_told(again):
    again()
    assert verify.verify([]) == "results/digits: 4 artifacts, the same in a fresh run"


def test_of_several_differences_the_first_in_the_order_of_the_stages_is_named(again):
    again(**{"summary.md": "2", "tensorize/index.csv": "2", "evaluate/metrics.csv": "2"})
    with pytest.raises(LadderError, match=r"results/digits/tensorize/index\.csv: differs in a fresh run"):
        verify.verify([])


def test_a_study_of_other_settings_is_told_from_one_that_differs(again):
    again(**{"evaluate/metrics.csv": None})
    with pytest.raises(LadderError, match=r"results/digits/evaluate/metrics\.csv: a fresh run has no such artifact"):
        verify.verify([])
    again(**{"evaluate/hard.csv": "2"})
    with pytest.raises(LadderError, match=r"results/digits/evaluate/hard\.csv: only a fresh run has this artifact"):
        verify.verify([])


def test_what_changed_here_since_the_study_is_named(here, again):
    again()
    (here / "evaluate/metrics.csv").write_text("better")
    with pytest.raises(LadderError, match=r"results/digits/evaluate/metrics\.csv: not as the study wrote it"):
        verify.verify([])


def test_what_former_settings_left_does_not_matter(here, again):
    (here / "figures").mkdir()
    (here / "figures/old.svg").write_text("<svg/>")
    again(**{"figures/old.svg": None})
    assert "4 artifacts" in verify.verify([])


def test_without_a_study_nothing_is_run(here, again):
    again()
    (here / checksums.FILE).unlink()
    with pytest.raises(LadderError, match="run the study first"):
        verify.verify([])


def test_a_fresh_folder_shares_all_but_the_results_and_goes_away(here):
    with verify.fresh_folder() as folder:
        assert [path.name for path in folder.iterdir()] == ["Snakefile"]
        assert folder.parent == here.parents[2]  # where `../images` means the same
        (folder / "results/digits").mkdir(parents=True)
    assert not folder.exists()
    assert (here / "summary.md").exists()


@pytest.fixture
def calls(monkeypatch):
    """Commands that run a study; none is run."""
    seen = []

    def run(command, **_):
        seen.append(command[3:])
        folder = Path(command[-1])
        (folder / "results/digits").mkdir(parents=True)
        (folder / "results/digits" / checksums.FILE).touch()
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(verify.subprocess, "run", run)
    return seen


def test_the_study_is_called_here_and_runs_in_the_fresh_folder(here, calls, tmp_path):
    assert verify.run_again(tmp_path / "a", ["--cores", "1"]) == tmp_path / "a/results/digits"
    (here.parents[1] / "Snakefile").unlink()
    verify.run_again(tmp_path / "b", ["-s", "../Snakefile"])
    verify.run_again(tmp_path / "c", ["--cores", "1"])
    assert calls == [
        ["--quiet=rules", "--cores", "1", "--directory", str(tmp_path / "a")],
        ["--quiet=rules", "-s", "../Snakefile", "--directory", str(tmp_path / "b")],
        [
            "--quiet=rules",
            "--snakefile",
            str(PROJECT / "Snakefile"),
            "--cores",
            "1",
            "--directory",
            str(tmp_path / "c"),
        ],
    ]


def test_of_a_given_folder_the_results_are_verified(here, again, tmp_path, monkeypatch):
    again()
    monkeypatch.chdir(tmp_path)
    assert verify.verify(["--directory", "ladder"]) == "ladder/results/digits: 4 artifacts, the same in a fresh run"
    with pytest.raises(LadderError, match=r"^results/<dataset>/checksums\.sha256: no such file; run the study first"):
        verify.verify([])


@pytest.mark.parametrize("written", [True, False])
def test_a_fresh_run_with_rungs_that_failed_counts_if_it_came_to_its_end(tmp_path, monkeypatch, written):
    def failing(command, **_):
        results = Path(command[-1]) / "results/digits"
        if written:
            results.mkdir(parents=True)
            (results / checksums.FILE).touch()
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(subprocess, "run", failing)
    if written:
        assert verify.run_again(tmp_path, []) == tmp_path / "results/digits"
    else:
        with pytest.raises(LadderError, match=r"did not run to its end again \(exit status 1\)"):
            verify.run_again(tmp_path, [])
