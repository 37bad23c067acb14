"""Leases among real processes, on a made list of GPUs."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

from ladder.errors import LadderError
from ladder.runtime import gpu_lease, locks

# Prints its GPU, and holds it until the process is killed or its standard input ends.
HOLDER = """
import sys
from pathlib import Path
from ladder.runtime import gpu_lease
gpu_lease.SECONDS_BETWEEN_LOOKS = 0.02
gpus, wanted, jobs_per_gpu, folder = sys.argv[1:]
print(gpu_lease.lease(gpus.split(), int(wanted), int(jobs_per_gpu), Path(folder)), flush=True)
"""
HOLD = "sys.stdin.read()"
PATIENCE = 60


class Holder:
    """A process that asks for a GPU; its output goes to a file."""

    def __init__(self, folder, gpus, jobs_per_gpu, wanted, then):
        self.output = tempfile.TemporaryFile("w+")
        arguments = (gpus, str(wanted or len(gpus.split())), str(jobs_per_gpu), str(folder))
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER + then, *arguments],
            env=os.environ | {"PYTHONPATH": str(Path(gpu_lease.__file__).parents[2])},
            stdin=subprocess.PIPE,
            stdout=self.output,
            stderr=subprocess.STDOUT,
        )

    @property
    def lines(self):
        return os.pread(self.output.fileno(), 10_000, 0).decode().splitlines()

    @property
    def gpu(self):
        last = self.lines[-1:]
        return last[0] if last and "waiting" not in last[0] else None

    @property
    def waits(self):
        return any("waiting" in line for line in self.lines)

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        self.process.wait(PATIENCE)


def until(condition):
    ends = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ends, "nothing happened"
        time.sleep(0.01)


@pytest.fixture
def holder(tmp_path):
    """`holder(gpus, jobs_per_gpu=1, wanted=None, then=HOLD)`: start a process that asks for a GPU."""
    started = []

    def holder(gpus="0 1 2", jobs_per_gpu=1, wanted=None, then=HOLD):
        started.append(Holder(tmp_path, gpus, jobs_per_gpu, wanted, then))
        return started[-1]

    yield holder
    for job in started:
        job.kill()
        job.process.stdin.close()
        job.output.close()


def test_each_of_many_gets_a_gpu_and_no_gpu_has_too_many(holder):
    jobs = [holder("0 1 2", jobs_per_gpu=2) for _ in range(24)]
    until(lambda: all(job.gpu or job.waits for job in jobs))
    alive, waited = set(jobs), sum(job.waits for job in jobs)
    for turn in range(24):
        holding = {job: job.gpu for job in alive if job.gpu}
        assert Counter(holding.values()) <= Counter({"0": 2, "1": 2, "2": 2})
        victim = next(iter(holding))
        victim.kill(signal.SIGKILL if turn % 2 else signal.SIGTERM)
        alive.remove(victim)
        if len(alive) >= 6:
            until(lambda: sum(job.gpu is not None for job in alive) == 6)
            (heir,) = (job for job in alive if job.gpu and job not in holding)
            assert heir.gpu == holding[victim]
    assert all(job.gpu for job in jobs)
    assert waited == 18


def test_jobs_spread_over_the_gpus_before_they_share_one(holder):
    jobs = []
    for _ in range(6):
        jobs.append(holder("a b c", jobs_per_gpu=2))
        until(lambda: jobs[-1].gpu)
    assert [job.gpu for job in jobs] == ["a", "b", "c", "a", "b", "c"]


def test_a_study_of_one_gpu_fills_it_and_another_study_takes_the_next(holder):
    jobs = []
    for _ in range(4):
        jobs.append(holder("a b", jobs_per_gpu=2, wanted=1))
        until(lambda: jobs[-1].gpu)
    assert [job.gpu for job in jobs] == ["a", "a", "b", "b"]


def test_who_waits_says_once_for_whom(holder):
    first = holder("0")
    until(lambda: first.gpu)
    second = holder("0")
    until(lambda: second.waits)
    time.sleep(0.2)
    assert second.lines == [f"all GPUs (0) are in use, by the processes {first.process.pid}: waiting for one"]
    first.process.stdin.close()  # the process ends by itself
    until(lambda: second.gpu == "0")


@pytest.mark.parametrize(
    "child",
    [
        "if os.fork() == 0: time.sleep(600)",
        "if os.fork() == 0: time.sleep(600)\nos.kill(os.getpid(), signal.SIGKILL)",
        "subprocess.Popen(['sleep', '600'], close_fds=False)",
    ],
    ids=["forked", "forked-and-killed", "started"],
)
def test_a_child_that_outlives_the_job_holds_nothing(holder, child):
    first = holder("0", then=f"import os, signal, subprocess, time\nos.setsid()\n{child}")
    first.process.wait(PATIENCE)
    group = first.process.pid
    try:
        os.killpg(group, 0)  # an error unless the child lives
        second = holder("0")
        until(lambda: second.gpu == "0")
    finally:
        os.killpg(group, signal.SIGKILL)


def test_a_lock_file_that_is_removed_as_it_is_locked_does_not_count(tmp_path, monkeypatch):
    opened = os.open

    def open_and_remove(path, *rest):
        file = opened(path, *rest)
        monkeypatch.setattr(os, "open", opened)
        Path(path).unlink()
        return file

    monkeypatch.setattr(os, "open", open_and_remove)
    assert locks.take(tmp_path / "0.0", str(os.getpid())) is None
    assert locks.take(tmp_path / "0.0", str(os.getpid())) is not None
    assert (tmp_path / "0.0").read_text() == f"{os.getpid()}\n"


def test_a_lock_file_tells_of_its_holder_alone(tmp_path):
    (tmp_path / "0.0").write_text("1234567 and more of the holder before\n")
    assert locks.take(tmp_path / "0.0", "89") is not None
    assert (tmp_path / "0.0").read_text() == "89\n"


def test_any_name_of_a_gpu_is_a_file(tmp_path):
    name = "MIG-GPU-8e9a/1/0"
    assert gpu_lease.lease([name], 1, 1, tmp_path) == name
    assert [path.name for path in tmp_path.iterdir()] == ["MIG-GPU-8e9a%2F1%2F0.0"]


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The system's folder for temporary files is this one, and no batch system has started us."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in gpu_lease.BATCH_JOBS:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_folder_of_locks_is_the_users_own(temporary):
    folder = gpu_lease.own_folder()
    assert folder == gpu_lease.own_folder() == temporary / f"digit-ladder-{os.getuid()}" / "machine"
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    folder.parent.chmod(0o777)
    gpu_lease.own_folder()
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def as_a_link(path):
    path.with_name("elsewhere").mkdir()
    path.symlink_to(path.with_name("elsewhere"))


@pytest.mark.parametrize("made", [Path.touch, as_a_link, lambda path: path.symlink_to("nowhere")])
def test_what_is_no_folder_is_refused(temporary, made):
    path = temporary / f"digit-ladder-{os.getuid()}"
    made(path)
    with pytest.raises(LadderError, match="should be a folder of yours, for the locks of GPUs"):
        gpu_lease.own_folder()


def test_another_users_folder_is_refused(temporary, monkeypatch):
    me = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: me + 1)
    with pytest.raises(LadderError) as caught:
        gpu_lease.own_folder()  # this user makes the folder, and the other user finds it
    assert str(caught.value) == (
        f"{temporary / f'digit-ladder-{os.getuid()}'}: should be a folder of yours, for the locks of GPUs, but is "
        "another user's or no folder; have it removed, or set TMPDIR to another folder"
    )


@pytest.mark.parametrize("name", gpu_lease.BATCH_JOBS)
def test_jobs_of_a_batch_system_do_not_wait_for_each_other(temporary, monkeypatch, name):
    folders = {gpu_lease.own_folder()}
    for number in ("12", "13[4]/a"):
        monkeypatch.setenv(name, number)
        folders.add(gpu_lease.own_folder())
    assert len(folders) == 3
    assert {path.parent for path in folders} == {temporary / f"digit-ladder-{os.getuid()}"}


@pytest.mark.parametrize("device", ["cpu", "mps"])
def test_without_cuda_nothing_is_leased(temporary, monkeypatch, device):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    gpu_lease.take(device, 1)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "0,1"
    assert list(temporary.iterdir()) == []


TAKE = (
    "import os; from ladder.runtime import gpu_lease; "
    "gpu_lease.take('cuda', 1); print(os.environ['CUDA_VISIBLE_DEVICES'])"
)


@pytest.mark.parametrize(
    ("mask", "expected"),
    [("5", "5"), ("3,1", "3"), ("GPU-8932f937,GPU-1", "GPU-8932f937"), ("MIG-1/2/3", "MIG-1/2/3"), ("2,-1,0", "2")],
)
def test_an_outer_mask_is_obeyed(tmp_path, mask, expected):
    environment = os.environ | {
        "PYTHONPATH": str(Path(gpu_lease.__file__).parents[2]),
        "TMPDIR": str(tmp_path),
        "CUDA_VISIBLE_DEVICES": mask,
    }
    done = subprocess.run([sys.executable, "-c", TAKE], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"{expected}\n"


@pytest.mark.parametrize("mask", ["", "-1", "NoDevFiles", "0,0"])
def test_a_mask_that_leaves_none_is_said(monkeypatch, mask):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", mask)
    with pytest.raises(LadderError) as caught:
        gpu_lease.take("cuda", 1)
    assert str(caught.value) == (
        "device: cuda is asked for, but there is no GPU to use: "
        f"CUDA_VISIBLE_DEVICES is {mask!r}, which hides all; `device: cpu` needs none"
    )


def test_a_machine_without_a_gpu_is_said(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(gpu_lease, "nvidia_gpus", list)
    with pytest.raises(LadderError, match="there is no GPU to use: no NVIDIA driver lists one here; `device: cpu`"):
        gpu_lease.take("cuda", 1)
