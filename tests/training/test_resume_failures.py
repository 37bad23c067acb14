"""Damaged points, and runs that fail."""

import shutil

import pytest

from ladder.training.history import History
from tests.blocks import NAMES
from tests.training.resumed import NEVER, artifacts

pytestmark = pytest.mark.usefixtures("one_thread")


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip(path):
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [cut, flip, empty])
def test_a_damaged_point_is_ignored_with_a_line(block, stopped, capsys, damage):
    expected = artifacts(block("mlp", (2, 3), "undisturbed", every=NEVER))
    points = sorted(stopped(3, "mlp", seeds=(2, 3)).iterdir())
    damage(points[-1])
    capsys.readouterr()
    assert artifacts(block("mlp", (2, 3))) == expected
    said = capsys.readouterr().out
    assert f"{points[-1]}: a damaged resume point is ignored: " in said
    assert "mlp seed 2: is trained already\n" in said
    assert "mlp seed 3 epoch 1/5" in said


def test_what_a_kill_leaves_of_a_point_is_removed(block, stopped):
    points = stopped(3, "linear_sgd")
    [point] = points.iterdir()
    part = points / f".{point.name}.123.part"
    shutil.copy(point, part)
    stopped(4, "linear_sgd")
    assert list(points.iterdir()) == [point]


def test_a_failure_of_another_kind_keeps_the_points(block, monkeypatch, tmp_path, capsys):
    def full(*_):
        raise OSError("No space left on device")

    expected = artifacts(block("linear_sgd", (3, 4), "undisturbed", every=NEVER))
    with monkeypatch.context() as patched:
        patched.setattr("ladder.train.tables.write", full)
        with pytest.raises(OSError):
            block("linear_sgd", (3, 4))
    assert len(list((tmp_path / "block" / ".resume").iterdir())) == 2
    capsys.readouterr()
    assert artifacts(block("linear_sgd", (3, 4))) == expected
    assert "train loss" not in capsys.readouterr().out


def test_a_seed_that_failed_leaves_no_point_and_starts_over(block, tmp_path, monkeypatch, capsys):
    def failing(history, epoch, *numbers):
        record(history, epoch, *numbers)
        if (history._seed, epoch) == (3, 2):
            raise ValueError("bad luck")

    record = History.record
    expected = artifacts(block("linear_sgd", (3, 4), name="undisturbed"))
    with monkeypatch.context() as patched:
        patched.setattr(History, "record", failing)
        folder = block("linear_sgd", (3, 4))
    assert "resume point: " in capsys.readouterr().out
    assert not (folder / ".resume").exists()
    assert artifacts(block("linear_sgd", (3, 4))) == expected
    assert "continues at epoch" not in capsys.readouterr().out


def test_a_seed_that_failed_fails_alike_in_a_job_that_is_killed_after_it(block, monkeypatch):
    def ending(seed, epoch, error):
        def record_and_end(history, now, *numbers):
            if (history._seed, now) == (3, 2):
                raise ValueError("bad luck")
            if (history._seed, now) == (seed, epoch):
                raise error
            record(history, now, *numbers)

        return record_and_end

    record = History.record
    monkeypatch.setattr(History, "record", ending(4, 3, KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        block("linear_sgd", (3, 4), name="stopped")
    monkeypatch.setattr(History, "record", ending(None, None, None))
    stopped, undisturbed = block("linear_sgd", (3, 4), name="stopped"), block("linear_sgd", (3, 4), name="undisturbed")
    assert artifacts(stopped) == artifacts(undisturbed)
    failed = [(folder / NAMES["failures"]).read_text() for folder in (stopped, undisturbed)]
    assert failed[0] == failed[1] == "variant,seed,kind,why\nlinear_sgd,3,failed,ValueError: bad luck\n"
