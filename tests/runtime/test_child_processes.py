import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import ladder
from ladder.runtime import child_processes

CHILD = (
    "import os, sys, time; "
    "from ladder.runtime.child_processes import end_with; end_with({parent}); print(os.getpid(), flush=True)"
)
# Starts the process in between and prints its id.
PARENT = "import os, subprocess, sys; os.environ['PARENT'] = str(os.getpid()); sys.exit(subprocess.call(sys.argv[1:]))"


@pytest.fixture
def start():
    """`start(*command)`: a parent that runs a command, and the process whose id the command prints."""
    started = []

    def start(*command):
        path = str(Path(ladder.__file__).parent.parent)
        process = subprocess.Popen(
            [sys.executable, "-c", PARENT, *command], stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path}
        )
        started.append(process)
        return process, psutil.Process(int(process.stdout.readline()))

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def working(told="int(os.environ['PARENT'])"):
    return [sys.executable, "-c", CHILD.format(parent=told) + "\ntime.sleep(600)"]


def test_a_process_dies_with_its_parent(start):
    process, child = start(*working())
    process.kill()  # and not waited for: it stays a zombie
    assert psutil.wait_procs([child], timeout=600)[1] == []


def test_a_process_dies_with_the_parent_of_a_shell_between(start):
    process, child = start("sh", "-c", '"$@"; true', "sh", *working())
    assert child.parent().pid != process.pid
    process.kill()  # and not waited for: it stays a zombie
    assert psutil.wait_procs([child], timeout=600)[1] == []


def test_a_process_whose_parent_had_ended_before_does_not_begin(tmp_path):
    ended = subprocess.Popen(["true"])
    ended.wait()
    script = CHILD.format(parent=ended.pid) + "\ntime.sleep(20)"
    environment = os.environ | {"PYTHONPATH": str(Path(ladder.__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, stdout=subprocess.DEVNULL)
    assert done.returncode == -signal.SIGKILL


def test_a_process_outlives_a_thread_that_looks_for_a_living_parent(start, monkeypatch):
    assert child_processes._lives(os.getpid())
    monkeypatch.setattr(os, "kill", lambda *_: (_ for _ in ()).throw(PermissionError))
    assert child_processes._lives(1)


def test_a_copy_says_by_its_exit_status_alone_whether_it_did_the_work(capfd, tmp_path):
    done = tmp_path / "done"
    processes = [child_processes.fork(work) for work in (done.touch, lambda: 1 / 0, lambda: sys.exit(7))]
    assert [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in processes] == [0, 1, 1]
    assert done.exists()
    assert capfd.readouterr() == ("", "")


def test_a_copy_ends_with_the_process_that_started_it(start):
    forks = (
        "import os, sys, time; from ladder.runtime import child_processes; "
        "process = child_processes.fork(lambda: time.sleep(600)); "
    )
    process, copy = start(sys.executable, "-c", forks + "print(process, flush=True); os.waitpid(process, 0)")
    psutil.Process(process.pid).children()[0].kill()
    psutil.wait_procs([copy], timeout=20)
    assert not copy.is_running() or copy.status() == psutil.STATUS_ZOMBIE
