import sys

import pytest

from benchmarks.measure import ask, by_turns, run
from benchmarks.rows.profile import by_rule
from ladder.errors import LadderError


def test_two_sides_take_turns():
    calls = []

    def side(name):
        return lambda number: calls.append((name, number)) or float(number)

    assert by_turns(side("a"), side("b"), 2) == ([0.0, 1.0], [0.0, 1.0])
    assert calls == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]


def test_a_process_is_charged_for_itself_and_its_children():
    child = "x = b'x' * 200_000_000"
    used = run([sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"])
    alone = run([sys.executable, "-c", "pass"])
    assert used.peak_bytes - alone.peak_bytes == pytest.approx(200_000_000, rel=0.1)
    assert used.cpu_seconds > 0


def test_a_command_that_fails_says_its_last_words():
    with pytest.raises(LadderError, match=r"exit status 3\. Its last words:\nwhy it failed"):
        run([sys.executable, "-c", "import sys; print('why it failed'); sys.exit(3)"])
    with pytest.raises(LadderError, match="why it failed"):
        ask(["-c", "raise SystemExit('why it failed')"])


def test_scripts_answer_with_their_last_line():
    script = "print('noise'); print('{\"seconds\": 1.5}')"
    assert ask(["-c", script], ["-c", script]) == [{"seconds": 1.5}] * 2


def test_jobs_are_summed_by_rule_and_variant(tmp_path):
    for name in ("evaluate", "train/cnn/0-4", "train/mlp/0-1", "train/mlp/2-3", "download/a.tgz"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.tsv").write_text("s\th:m:s\tcpu_time\n2.5\t0:00:02\t1.5\n")
    cost = (2.5, 1.5)
    assert by_rule(tmp_path) == {
        "download": [cost],
        "evaluate": [cost],
        "train cnn": [cost],
        "train mlp": [cost, cost],
    }
