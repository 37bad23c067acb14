"""Faults of a run, one a test; after a fault the same command, or `make resume`, ends as if there had been none."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import yaml

from ladder.provenance import checksums

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
RESULTS = "results/mnist_tiny"


def at_work(run, script):
    """Wait until a job of this script has started to work: a copy of its output goes to its log."""
    run.until(lambda: any(job.children() for job in run.jobs(script)), f"no job of {script}")


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c(make_project, start, jobs_of, check, times):
    project = make_project()
    run = start(project)
    at_work(run, "train")
    for _ in range(times):
        run.signal(signal.SIGINT)
        time.sleep(0.3)
    assert run.wait() != 0
    started, ended = jobs_of(run.printed)
    assert started - ended
    again = start(project)
    assert again.wait() == 0, again.printed
    assert not jobs_of(again.printed)[0] & ended
    check(project)


def test_resume_goes_on_with_the_last_command(make_project, start, check):
    project = make_project()
    run = start(project)
    at_work(run, "train")
    run.signal(signal.SIGKILL)
    run.wait()
    again = start(project, module="ladder.runtime.session")
    assert again.wait() == 0, again.printed
    assert again.printed.startswith("snakemake --cores 2 --configfile overlay.yaml\n")
    check(project)


def test_orphans_die_with_snakemake(make_project, start, processes_of):
    project = make_project()
    settings = yaml.safe_load((project.folder / "overlay.yaml").read_text())
    settings["variants"]["linear_scratch"]["epochs"] = 10_000_000
    project.overlay(settings)
    run = start(project)
    at_work(run, "train")
    family = run.family()
    assert len(family) >= 2
    run.process.kill()
    assert psutil.wait_procs(family, timeout=600)[1] == []
    assert processes_of(project) == []


def test_a_second_run_is_refused_and_the_first_undisturbed(make_project, start, check):
    project = make_project()
    first = start(project)
    at_work(first, "train")
    second = start(project)
    assert second.wait() == 1
    sentence = second.printed.splitlines()[-1]
    assert sentence.startswith(f"error: {RESULTS}: another run is making it (process {first.process.pid} on ")
    assert "Traceback" not in second.printed
    assert start(project, "-n", "--configfile", "overlay.yaml").wait() == 0
    assert first.wait() == 0, first.printed
    check(project)


@pytest.fixture
def complete(make_project, undisturbed):
    """A copy of the undisturbed study."""
    project = make_project()
    for name in ("results", ".snakemake"):
        shutil.copytree(undisturbed() / name, project.folder / name, dirs_exist_ok=True)
    return project


def test_no_write_permission_in_the_project(make_project, start, tmp_path):
    project = make_project()
    project.folder.chmod(0o500)
    run = start(project, environment={"HOME": str(tmp_path)})
    assert run.wait() == 1
    assert run.printed.splitlines()[-1] == (
        f"{project.folder}/.snakemake: cannot be made, no permission: get the right to write there, and run again"
    )
    project.folder.chmod(0o700)


def test_no_write_permission_where_a_job_writes(complete, start, check):
    folder = complete.folder / RESULTS / "evaluate"
    for path in (folder / "summary.json", complete.folder / RESULTS / "report.html"):
        path.unlink()
    folder.chmod(0o500)
    run = start(complete)
    assert run.wait() == 1
    assert f"{RESULTS}/evaluate: this folder of results is read-only; make it writable" in run.printed
    assert "Traceback" not in run.printed
    folder.chmod(0o700)
    again = start(complete)
    assert again.wait() == 0, again.printed
    check(complete)


def set_back_clock(folder, seconds):
    """Make files look as after the clock was set back: their times are in the future."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            times = path.stat()
            os.utime(path, (times.st_atime + seconds, times.st_mtime + seconds))


def test_the_clock_set_back_between_runs(make_project, start, jobs_of, check):
    project = make_project()
    run = start(project)
    at_work(run, "train")
    run.signal(signal.SIGKILL)
    run.wait()
    ended = jobs_of(run.printed)[1]
    set_back_clock(project.folder, 86_400)
    again = start(project)
    assert again.wait() == 0, again.printed
    assert not jobs_of(again.printed)[0] & ended
    assert project.waiting("--configfile", "overlay.yaml") == {}
    check(project)


@pytest.fixture
def changed():
    """`changed(project)`: arguments of a run in which training goes on for longer."""

    def changed(project):
        settings = yaml.safe_load((project.folder / "overlay.yaml").read_text())
        settings["variants"]["linear_scratch"]["epochs"] = 2
        (project.folder / "changed.yaml").write_text(yaml.safe_dump(settings))
        return ("--cores", "2", "--configfile", "changed.yaml")

    return changed


def test_the_clock_set_back_before_an_interrupted_change(complete, start, check, expected, changed):
    set_back_clock(complete.folder, 86_400)
    # The changed trainings end, and the next stage does not begin: its old files now seem newer than its inputs.
    trained = [f"{RESULTS}/train/linear_scratch/{seed}-{seed}/scores.parquet" for seed in (0, 1)]
    assert start(complete, *trained, *changed(complete)).wait() == 0
    run = start(complete, *changed(complete))
    assert run.wait() == 0, run.printed
    digests = checksums.digests(complete.folder / RESULTS)
    assert checksums.difference(expected(), digests).startswith("train/linear_scratch/0-0/")
    for name in ("evaluate/metrics.csv", "report.html without costs"):
        assert digests[name] != expected()[name]
    back = start(complete)
    assert back.wait() == 0, back.printed
    check(complete)


@pytest.mark.parametrize("records", ["lost", "empty"])
def test_a_power_loss(make_project, start, jobs_of, check, expected, changed, tmp_path, records):
    """Bytes that a job has not synced to the disk are gone, and Snakemake's records are gone or empty."""
    project, disk = make_project(), tmp_path / "disk"
    shutil.copytree(HERE / "disk", tmp_path / "shim")
    path = os.pathsep.join([str(tmp_path / "shim"), os.environ.get("PYTHONPATH", "")])
    run = start(project, environment={"PYTHONPATH": path, "LADDER_DISK": str(disk)})
    at_work(run, "evaluate")
    run.signal(signal.SIGKILL)
    run.wait()
    ended = jobs_of(run.printed)[1]
    assert len(ended) >= 5
    lose_power(project.folder, disk, records)
    if records == "empty":  # Snakemake has lost what made the files: a change is noticed all the same
        assert start(project, *changed(project)).wait() == 0
        name = "train/linear_scratch/0-0/scores.parquet"
        assert checksums.digests(project.folder / RESULTS)[name] != expected()[name]
    again = start(project)
    assert again.wait() == 0, again.printed
    if records == "lost":
        assert not jobs_of(again.printed)[0] & ended
    check(project)


def lose_power(folder, disk, records):
    """Leave only the files of results/ and .snakemake/ that were synced to the disk."""
    shutil.rmtree(folder / "results")
    for path in disk.rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(disk)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
    for path in (folder / ".snakemake" / "incomplete").rglob("*"):
        path.unlink() if path.is_file() else None
    for path in (folder / ".snakemake" / "metadata").rglob("*"):
        if path.is_file():
            path.unlink() if records == "lost" else path.write_bytes(b"")


def mounts():
    """The command by which a child may mount a file system that it alone sees; None if it may not."""
    for namespace in (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"]):
        command = [*namespace, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        if shutil.which("unshare") and subprocess.run(command, capture_output=True).returncode == 0:
            return namespace
    return None


DISK_FULL = """
mkdir -p results .snakemake
mount -t tmpfs -o size={size} tmpfs {folder}
{snakemake}
echo "status $?" > status-full
mount -o remount,size=200m {folder}
{snakemake}
echo "status $?" > status-again
cp -a {folder} saved && umount {folder} && rmdir {folder} && mv saved {folder}
"""


@pytest.mark.parametrize(("folder", "size"), [("results", "700k"), (".snakemake", "64k")])
def test_a_full_disk(make_project, start, check, jobs_of, folder, size):
    namespace = mounts()
    if namespace is None:
        pytest.skip("no right to mount a small file system here")
    project = make_project()
    snakemake = f"{sys.executable} -m snakemake --cores 2 --configfile overlay.yaml"
    run = start(
        project, within=[*namespace, "sh", "-c", DISK_FULL.format(folder=folder, size=size, snakemake=snakemake)]
    )
    assert run.wait() == 0, run.printed
    assert "Traceback" not in run.printed
    assert folder == ".snakemake" or "cannot be written, the disk is full: make room, and run again" in run.printed
    assert (project.folder / "status-full").read_text() == "status 1\n"
    assert (project.folder / "status-again").read_text() == "status 0\n", run.printed
    check(project)
