import json
import subprocess

import pytest

from ladder.errors import LadderError
from ladder.provenance import command
from ladder.runtime import invocation


def git(folder, *arguments):
    names = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    subprocess.run(["git", "-C", str(folder), *names, *arguments], check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "Snakefile").write_text("rule all:\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "Snakefile")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    return tmp_path


def test_a_checkout_has_a_commit_and_is_clean_until_something_changes(checkout):
    told = invocation.checkout(checkout)
    assert len(told["commit"]) == 40
    assert told["clean"] is True
    (checkout / "Snakefile").write_text("rule some:\n")
    assert invocation.checkout(checkout) == told | {"clean": False}
    git(checkout, "checkout", "--quiet", "Snakefile")
    (checkout / "new.py").write_text("")
    assert invocation.checkout(checkout)["clean"] is False


def test_a_copy_inside_of_a_repository_is_not_that_repositorys(checkout):
    (checkout / "copy").mkdir()
    (checkout / "copy/Snakefile").write_text("rule all:\n")
    assert invocation.checkout(checkout / "copy") == {"commit": None, "clean": None}


def test_no_repository_and_no_git_are_said_by_null(tmp_path, checkout, monkeypatch):
    (tmp_path / "plain").mkdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert invocation.checkout(tmp_path / "plain") == {"commit": None, "clean": None}
    monkeypatch.setenv("PATH", str(tmp_path / "plain"))
    assert invocation.checkout(checkout) == {"commit": None, "clean": None}


def test_a_variable_of_git_points_to_no_other_repository(checkout, monkeypatch):
    told = invocation.checkout(checkout)
    monkeypatch.setenv("GIT_DIR", str(checkout / "nowhere"))
    assert invocation.checkout(checkout) == told


@pytest.mark.parametrize(
    ("text", "portable"),
    [
        ("/home/ann/my data/mine.yaml", "mine.yaml"),
        ("~/data/letters", "letters"),
        ("letters", "letters"),
        ("../letters/a", "../letters/a"),
        ("archives=[/home/ann/x, ~/y]", "archives=[x, y]"),
        ("a={path: '/home/ann/letters'}", "a={path: 'letters'}"),
        ("--directory=/scratch/ann", "--directory=ann"),
        ("file:///home/ann/a.tgz", "a.tgz"),
        ("https://example.org/~ann/a.tgz", "https://example.org/~ann/a.tgz"),
        ("https://ann:secret@example.org/a.tgz", "https://example.org/a.tgz"),
        ("and/or 3/4", "and/or 3/4"),
    ],
)
def test_a_path_of_this_machine_becomes_a_name(text, portable):
    assert invocation.portable(text) == portable


def test_the_home_folders_name_is_the_users(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "ann"))
    assert invocation.portable("archives=[~]") == invocation.portable(f"archives=[{tmp_path}/ann]") == "archives=[home]"
    assert invocation.portable("~/ann.yaml") == "ann.yaml"


def test_a_path_in_this_folder_becomes_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert invocation.portable(f"{tmp_path}/sub/mine.yaml") == "sub/mine.yaml"
    assert invocation.portable(f"--configfile={tmp_path}/sub/mine.yaml") == "--configfile=sub/mine.yaml"


def test_a_record_says_who_called_when_and_on_what(tmp_path, monkeypatch):
    monkeypatch.setenv("MKL_CBWR", "AVX2")
    monkeypatch.setenv(invocation.VARIABLE, "")  # restores it afterwards
    invocation.announce(["--cores", "2", "--configfile", "/home/ann/the best.yaml"])
    invocation.write_record(str(tmp_path / "train/cnn/0-4.log"), "2026-01-01T00:00:00+00:00")
    told = json.loads((tmp_path / "train/cnn/0-4.json").read_text())
    assert told["invocation"]["command"] == "snakemake --cores 2 --configfile 'the best.yaml'"
    assert told["started"] < told["invocation"]["called"] <= told["ended"]
    assert told["variables"]["MKL_CBWR"] == "AVX2"
    assert told["machine"]["cores"] >= 1
    assert "torch" in told["versions"]


def test_without_snakemake_a_record_has_no_invocation(monkeypatch):
    monkeypatch.delenv(invocation.VARIABLE, raising=False)
    assert invocation.record(invocation.now())["invocation"] is None


def test_studies_of_one_process_have_the_same_of_what_it_has_once(monkeypatch):
    monkeypatch.setattr(invocation, "_AGREED", {})
    assert invocation.agree({"device": "cpu", "jobs_per_gpu": 1})
    assert not invocation.agree({"device": "cpu", "jobs_per_gpu": 1})
    with pytest.raises(LadderError, match="config: jobs_per_gpu: 2 here, and 1 in another module of this workflow"):
        invocation.agree({"device": "cpu", "jobs_per_gpu": 2})


def test_another_users_installation_tells_its_commit(checkout, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own way to simulate another owner
    refused = subprocess.run(["git", "-C", str(checkout), "status"], capture_output=True, text=True, check=False)
    assert "dubious ownership" in refused.stderr
    assert invocation.checkout(checkout)["clean"] is True


@pytest.mark.parametrize(
    ("arguments", "asks"),
    [
        (["--report"], True),
        (["--report", "a.html", "--config", "seeds=1"], True),
        (["--cores", "2", "--report=a.html"], True),
        (["--report", "a.html", "--report-after-run"], False),  # this call runs the study first
        (["--report", "a.html", "--cores", "2", "results/digits/report.html"], False),  # a file's report
        (["--cores", "2", "report"], False),
    ],
)
def test_a_call_for_a_report_of_the_study_is_known(arguments, asks):
    assert command.asks_for_report(arguments) == asks
