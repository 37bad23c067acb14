"""The times at which resume points are written."""

import pytest

from ladder.errors import LadderError
from ladder.formats import states
from ladder.training import resume
from tests.training.resumed import EPOCHS, NEVER, artifacts

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("error", [OSError, LadderError])
def test_a_point_that_cannot_be_written_is_told_and_ends_nothing(block, monkeypatch, capsys, error):
    def full(*_):
        raise error("No space left on device")

    monkeypatch.setattr(states, "save", full)
    assert artifacts(block("linear_sgd")) == artifacts(block("linear_sgd", name="undisturbed", every=NEVER))
    assert "no resume point could be written: No space left on device\n" in capsys.readouterr().out


def test_where_none_is_due_there_is_no_folder_and_no_digest(block, tmp_path, monkeypatch, stop):
    def refuse(path):
        raise AssertionError("a digest of the data is not for nothing")

    monkeypatch.setattr(resume, "sha256_of", refuse)
    stop(EPOCHS - 1)
    for every in (NEVER, {"epochs": None, "minutes": 60}, {"epochs": EPOCHS, "minutes": None}):
        with pytest.raises(KeyboardInterrupt):
            block("linear_sgd", every=every)
        assert not (tmp_path / "block").exists()


class Clock:
    """Stands for the module `time`."""

    now = 0.0

    def monotonic(self):
        return self.now

    perf_counter = process_time = monotonic


@pytest.fixture
def written(monkeypatch, tmp_path):
    """`written(every, told)`: (epoch, kind) of each point; `told` has (minutes, whether it ends a run) by epoch."""

    def written(every, told):
        clock = Clock()
        monkeypatch.setattr(resume, "time", clock)
        monkeypatch.setattr(resume, "key_of", lambda *_: "key")
        keeper = resume.Keeper(every, "code")
        saved, seed, points = [], 0, keeper.points(tmp_path / "points", "line", {}, "cpu", [])
        monkeypatch.setattr(resume.states, "save", lambda path, _: path.parent.mkdir(exist_ok=True) or path.touch())
        for number, (minutes, last) in enumerate(told):
            clock.now += minutes * 60
            if last:
                points.after_run(seed, {})
                seed += 1
            else:
                points.after_epoch(seed, dict)
            paths = sorted((tmp_path / "points").glob("*"))
            saved += [(number, path.name.partition("-")[0]) for path in paths]
            for path in paths:
                path.unlink()
        return saved

    return written


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        (NEVER, []),
        ({"epochs": 1, "minutes": None}, [(number, "seed0") for number in range(7)]),
        ({"epochs": 3, "minutes": None}, [(2, "seed0"), (5, "seed0")]),
        ({"epochs": None, "minutes": 5}, [(2, "seed0"), (5, "seed0")]),
        ({"epochs": None, "minutes": 4.5}, [(2, "seed0"), (5, "seed0")]),
        ({"epochs": 2, "minutes": 3.5}, [(1, "seed0"), (3, "seed0"), (5, "seed0")]),
        ({"epochs": 4, "minutes": 3.5}, [(1, "seed0"), (3, "seed0"), (5, "seed0")]),
    ],
)
def test_a_point_is_due_after_so_many_epochs_or_minutes(written, every, expected):
    assert written(every, [(2, False)] * 7) == expected


def test_runs_that_are_over_are_written_with_the_next_point(written):
    told = [(1, False), (1, True), (1, False), (1, True), (1, False), (1, False), (1, True)]
    assert written({"epochs": 3, "minutes": None}, told) == [(2, "seed0"), (2, "seed1"), (5, "seed1"), (5, "seed2")]
