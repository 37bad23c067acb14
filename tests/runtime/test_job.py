import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import ladder


@pytest.fixture
def run(tmp_path):
    def run(body, **options):
        """Run lines of Python in a `job`; return exit status, terminal and log."""
        log = tmp_path / "logs" / "job.log"
        lines = [
            "import os, signal, sys",
            "from ladder.errors import LadderError",
            "from ladder.runtime.job import job",
        ]
        lines += [f"with job({str(log)!r}):", *(f"    {line}" for line in body)]
        script = tmp_path / "script.py"
        script.write_text("\n".join(lines))
        done = subprocess.run(
            [sys.executable, str(script)],
            env=os.environ | {"PYTHONPATH": str(Path(ladder.__file__).parent.parent)},
            **{"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True} | options,
        )
        return done.returncode, done.stdout, log.read_text()

    return run


def test_what_is_printed_goes_to_terminal_and_log_in_order(run):
    status, terminal, log = run(
        ["print('one')", "print('two', file=sys.stderr)", "os.write(2, b'three\\n')", "os.system('echo four')"]
    )
    assert status == 0
    assert terminal == log == "one\ntwo\nthree\nfour\n"


def test_an_error_of_the_persons_is_a_sentence(run):
    status, terminal, log = run(["print('one')", "raise LadderError('a.png: too small')"])
    assert status == 1
    assert terminal == log == "one\nerror: a.png: too small\n"


def test_a_bug_of_ours_keeps_its_traceback(run):
    status, terminal, log = run(["1 / 0"])
    assert status == 1
    assert terminal == log
    assert log.startswith("Traceback (most recent call last):\n")
    assert log.endswith("\nZeroDivisionError: division by zero\n")


def test_a_killed_job_leaves_what_it_had_printed(run):
    status, terminal, log = run(["print('one')", "os.kill(os.getpid(), signal.SIGKILL)"])
    assert status == -signal.SIGKILL
    assert terminal == log == "one\n"


def test_much_output_is_copied_whole(run):
    status, terminal, log = run(["for number in range(20_000): print(number)"])
    assert status == 0
    assert terminal == log == "".join(f"{number}\n" for number in range(20_000))


def test_the_log_is_whole_when_the_job_ends(run, tmp_path, monkeypatch):
    (tmp_path / "tee").write_text(f'#!/bin/sh\nsleep 0.3\nexec {shutil.which("tee")} "$@"\n')
    (tmp_path / "tee").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    # Nobody reads the terminal, so that the test waits for the job's own end alone.
    assert run(["print('one')"], stdout=subprocess.DEVNULL)[2] == "one\n"


def test_a_log_starts_anew(run):
    run(["print('old')"])
    assert run(["print('new')"])[2] == "new\n"


def test_a_file_that_may_not_be_opened_is_a_sentence(run):
    status, terminal, log = run(["raise PermissionError(13, 'Permission denied', 'results/a.csv')"])
    assert status == 1
    assert (
        terminal
        == log
        == (
            "error: results/a.csv: no permission: get the right to write there, and run again; "
            "finished results are kept\n"
        )
    )


def test_another_error_of_the_system_keeps_its_traceback(run):
    status, _, log = run(["open('no such file')"])
    assert status == 1
    assert log.endswith("\nFileNotFoundError: [Errno 2] No such file or directory: 'no such file'\n")


def test_ctrl_c_ends_a_job_without_a_word(run):
    body = ["signal.signal(2, signal.default_int_handler)", "print('one')", "os.kill(0, 2)", "print('two')"]
    status, terminal, log = run(body, start_new_session=True)
    assert status == 130
    assert terminal == log == "one\n"
