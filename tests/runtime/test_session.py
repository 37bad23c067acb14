import json
import os
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

import ladder
from ladder.errors import LadderError
from ladder.runtime import session

RESULTS = "results/digits"
HOLDER = "from ladder.runtime import session; session.claim('results/digits'); print('claimed', flush=True); input()"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working directory with results and Snakemake's state."""
    monkeypatch.chdir(tmp_path)
    for path in (RESULTS, session.RECORDS):
        Path(path).mkdir(parents=True)
    return tmp_path


@pytest.fixture
def rival(folder):
    """Another run at work on the same results."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, "--cores", "a b"],
        env=os.environ | {"PYTHONPATH": str(Path(ladder.__file__).parent.parent)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"claimed\n"
    yield process
    process.kill()
    process.communicate()


def write(path, text="text", age=None):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if age is not None:
        os.utime(path, (time.time() - age,) * 2)
    return path


def record(output, text):
    """Write Snakemake's record of an output; long names are split over folders."""
    name = urlsafe_b64encode(output.encode()).decode()
    parts = [name[start : start + 254] for start in range(0, len(name), 254)]
    return write(Path(session.RECORDS, *("@" + part for part in parts[:-1]), parts[-1]), text)


def test_a_second_run_is_told_who_makes_the_results(rival, monkeypatch):
    monkeypatch.setattr(session, "PATIENCE", 0)
    with pytest.raises(LadderError) as error:
        session.claim(RESULTS)
    sentence = str(error.value)
    assert sentence.startswith(f"{RESULTS}: another run is making it (process {rival.pid} on ")
    assert "snakemake --cores 'a b'); wait for its end, or stop it" in sentence


def test_a_killed_run_holds_nothing(rival, monkeypatch):
    monkeypatch.setattr(session, "PATIENCE", 0)
    rival.kill()
    rival.wait()
    session.claim(RESULTS)


def test_studies_of_two_datasets_run_side_by_side(rival):
    session.claim("results/mnist")


def test_a_file_system_without_locks_is_no_reason_to_stop(folder, monkeypatch, capsys):
    def refuse(*_, **__):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(session.locks, "take", refuse)
    session.claim(RESULTS)
    assert (
        "cannot be locked, No locks available; make sure that no other run makes results/digits"
        in capsys.readouterr().err
    )


def test_what_was_half_written_goes_and_all_else_stays(folder):
    write(f"{RESULTS}/train/.scores.parquet.12.part")
    write(f"{RESULTS}/download/.download-abc/archive.tgz")
    write(session.STATE / ".digits.images.12.part")
    kept = write(session.STATE / ".digits.more.images.12.part")
    whole = [write(f"{RESULTS}/{name}") for name in ("train/scores.parquet", ".part", "a.part", ".hidden")]
    session.put_right(RESULTS)
    assert sorted(path for path in Path(RESULTS).rglob("*") if path.is_file()) == sorted(whole[:1] + whole[2:])
    assert list(session.STATE.glob(".*.part")) == [kept]


def test_nothing_is_touched_while_a_run_is_at_work(rival):
    half, output = write(f"{RESULTS}/.a.12.part"), write(f"{RESULTS}/b")
    record(str(output), "")
    os.utime(output, (time.time() + 900,) * 2)
    session.put_right(RESULTS)
    assert half.exists() and output.stat().st_mtime > time.time() + 800


def test_the_lock_still_names_the_last_run_after_a_dry_run(folder, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["snakemake", "--cores", "3", "--config", "a={b: 1}"])
    session.claim(RESULTS)
    monkeypatch.setattr(sys, "argv", ["snakemake", "-n"])
    session.put_right(RESULTS)
    assert session.last_command() == ["--cores", "3", "--config", "a={b: 1}"]


def test_the_last_of_several_runs_is_gone_on_with(folder):
    write(".snakemake/a.lock", "process 1\nsnakemake --cores 1\n", age=20)
    write(".snakemake/b.lock", "process 2\nsnakemake --cores 2\n", age=10)
    write(".snakemake/c.lock", "", age=5)
    assert session.last_command() == ["--cores", "2"]


@pytest.mark.parametrize(
    "left", ["process 3", "process 3\n", "process 3\nsnakemake --cores '3", "process 3\nsnakemake"]
)
def test_a_lock_file_that_is_half_written_tells_of_no_run(folder, left):
    write(".snakemake/c.lock", left, age=5)
    with pytest.raises(LadderError, match="there is no run to continue"):
        session.last_command()
    write(".snakemake/a.lock", "process 1\nsnakemake --cores 1\n", age=20)
    assert session.last_command() == ["--cores", "1"]


def test_without_a_run_there_is_none_to_go_on_with(folder):
    with pytest.raises(LadderError, match="there is no run to continue"):
        session.last_command()


@pytest.mark.parametrize("left", ["", '{"rule": "train", "par'])
@pytest.mark.parametrize("name", ["weights.safetensors", "long" * 60 + "/" + "er" * 100])
def test_an_output_whose_record_was_cut_off_is_made_anew(folder, left, name):
    lost, kept = write(f"{RESULTS}/{name}"), write(f"{RESULTS}/kept")
    cut, whole = record(str(lost), left), record(str(kept), json.dumps({"rule": "train"}))
    session.put_right(RESULTS)
    assert (lost.exists(), cut.exists(), kept.exists(), whole.exists()) == (False, False, True, True)


def test_another_datasets_outputs_are_its_own_runs_affair(folder):
    output = write("results/mnist/a")
    record(str(output), "")
    session.put_right(RESULTS)
    assert output.exists()


def test_files_of_the_future_are_of_now_in_their_order(folder):
    ages = {"old": 500, "new": 3, "soon": -100, "later": -200, "as_late": -200}
    files = {name: write(f"{RESULTS}/{name}", age=age) for name, age in ages.items()}
    moments = {name: path.stat().st_mtime_ns for name, path in files.items()}
    session.put_right(RESULTS)
    now = {name: path.stat().st_mtime_ns for name, path in files.items()}
    assert (now["old"], now["new"]) == (moments["old"], moments["new"])
    assert now["new"] < now["soon"] < now["later"] <= time.time_ns()
    assert (now["later"] == now["as_late"]) == (moments["later"] == moments["as_late"])


def test_a_run_is_gone_on_with_where_it_was_called(folder, monkeypatch):
    (folder / "sub/.snakemake").mkdir(parents=True)
    monkeypatch.chdir(folder / "sub")
    monkeypatch.setenv("PWD", str(folder))
    session.claim(RESULTS, session.folder_of_call("sub"))
    assert session.last_folder() == folder
    session.claim(RESULTS)
    assert session.last_folder() == folder / "sub"


@pytest.mark.parametrize(("pwd", "workdir"), [("elsewhere", "sub"), (".", None), ("gone", "/no/such")])
def test_without_a_fitting_pwd_it_is_the_working_folder(folder, monkeypatch, pwd, workdir):
    monkeypatch.setenv("PWD", str(folder / pwd))
    assert session.folder_of_call(workdir) == folder
    monkeypatch.delenv("PWD")
    assert session.folder_of_call(workdir) == folder


def test_a_folder_that_is_gone_or_was_not_told_is_the_working_folder(folder):
    write(".snakemake/a.lock", "process 1\nsnakemake --cores 1\n/no/such/folder\n", age=20)
    assert (session.last_command(), session.last_folder()) == (["--cores", "1"], Path())
    write(".snakemake/b.lock", "process 2\nsnakemake --cores 2\n", age=10)
    assert (session.last_command(), session.last_folder()) == (["--cores", "2"], Path())
