import weakref

import pytest

from ladder.errors import LadderError
from ladder.formats import tables
from ladder.training import failures

DIVERGED = {"kind": "diverged", "why": "the loss is nan; try a smaller `lr`"}
FAILED = {"kind": "failed", "why": "KeyError: 'x'."}


def rows(of_seeds):
    return [{"variant": "net", "seed": seed} | row for seed, row in of_seeds.items()]


@pytest.mark.parametrize(
    ("of_seeds", "runs", "said"),
    [
        ({3: DIVERGED}, 5, "1 of 5 seeds diverged; seed 3: the loss is nan; try a smaller `lr`"),
        ({0: FAILED}, 1, "1 of 1 seed failed; seed 0: KeyError: 'x'"),
        ({1: FAILED, 2: FAILED | {"why": "another"}}, 2000, "2 of 2,000 seeds failed; seed 1: KeyError: 'x'"),
        (
            {0: FAILED, 4: DIVERGED},
            5,
            "1 of 5 seeds diverged; seed 4: the loss is nan; try a smaller `lr`. 1 of 5 seeds failed; seed 0: "
            "KeyError: 'x'",
        ),
    ],
)
def test_failures_are_counted_by_kind_with_the_reason_of_the_first(of_seeds, runs, said):
    assert failures.in_words(rows(of_seeds), runs) == said


def test_runs_of_a_sweep_are_told_by_their_number():
    (row,) = rows({2: FAILED})
    assert failures.in_words([row | {"run": "17"}], 40, "run") == "1 of 40 runs failed; run 17: KeyError: 'x'"


def test_what_is_written_is_read_again_file_by_file(tmp_path):
    written = rows({0: DIVERGED, 10: FAILED | {"why": 'ValueError: "a", b'}})
    for number, row in enumerate(written):
        tables.write(tmp_path / f"{number}.csv", [row], failures.FAILURES)
    tables.write(tmp_path / "none.csv", [], failures.FAILURES)
    paths = [tmp_path / name for name in ("0.csv", "none.csv", "gone.csv", "1.csv")]
    assert failures.read(paths) == written
    assert [failures.any_in(path) for path in paths] == [True, False, False, True]


def test_each_variant_is_an_error_that_names_its_first_log(tmp_path):
    blocks = {}
    for name, block, of_seeds in (
        ("line", "0-1", {}),
        ("net", "0-1", {}),
        ("net", "2-3", {2: DIVERGED}),
        ("net", "4-4", {4: DIVERGED}),
        ("wide", "0-1", {0: FAILED, 1: FAILED}),
    ):
        path = str(tmp_path / f"{name}{block}.csv")
        tables.write(path, [row | {"variant": name} for row in rows(of_seeds)], failures.FAILURES)
        blocks[path] = {"name": name, "runs": 5, "noun": "seed", "log": f"{name}/{block}.log"}
    blocks[str(tmp_path / "never.csv")] = {"name": "late", "runs": 5, "noun": "seed", "log": "late.log"}
    assert failures.sentences(blocks) == [
        "error: net: 2 of 5 seeds diverged; seed 2: the loss is nan; try a smaller `lr`. net/2-3.log says more, and "
        "the next run tries it again",
        "error: wide: 2 of 5 seeds failed; seed 0: KeyError: 'x'. wide/0-1.log says more, and the next run tries it "
        "again",
    ]


class Held:
    """Stands for a model, in a cycle as a Learner is."""

    def __init__(self):
        self.self = self


def test_what_a_failed_run_held_is_free_for_the_next():
    seen = []

    def train():
        held = Held()
        seen.append(weakref.ref(held))
        raise RuntimeError("out of memory")

    try:
        try:
            train()
        except RuntimeError as error:
            raise LadderError("net: out of memory") from error
    except LadderError as error:
        failures.failure("net", 0, error)
        assert seen[0]() is None
