"""A seed that fails leaves the other seeds as they are."""

import math

import pytest
from safetensors.torch import load_file

from ladder.errors import LadderError
from ladder.formats import scores, tensors
from ladder.training.history import History
from tests.blocks import NAMES, block_of, rows_of

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def block(learnable, recipe, tmp_path):
    return block_of(learnable, recipe, tmp_path)


def test_a_block_without_failures_says_so_by_a_header_alone(block):
    assert (block("linear_mse", [3]) / NAMES["failures"]).read_text() == "variant,seed,kind,why\n"


@pytest.fixture
def spoilt(monkeypatch):
    """`spoilt(seed, error)`: training with this seed records an epoch and then raises the error; None records a NaN."""
    bad = {}
    record = History.record

    def spoil(history, epoch, train_loss, *numbers):
        error = bad.get(history._seed, 0)
        record(history, epoch, math.nan if error is None else train_loss, *numbers)
        if error:
            raise error

    monkeypatch.setattr(History, "record", spoil)
    return bad.__setitem__


@pytest.mark.parametrize("variant", ["linear_scratch", "mlp", "cnn"])
@pytest.mark.parametrize("error", [None, ValueError("bad luck")], ids=["diverged", "failed"])
def test_a_seed_that_fails_leaves_its_neighbours_as_they_are(block, spoilt, variant, error):
    alone = {seed: block(variant, [seed], f"alone{seed}") for seed in (0, 2)}
    spoilt(1, error)
    among = block(variant, [0, 1, 2], "among")
    weights = load_file(among / NAMES["weights"])
    about, by_seed = scores.read(among / NAMES["scores"])
    assert (about.numbers, about.images) == ([0, 2], 32)
    assert {name.partition(".")[0] for name in weights} == {"seed0", "seed2"}
    for seed, folder in alone.items():
        own = load_file(folder / NAMES["weights"])
        assert all(weights[name].numpy().tobytes() == weight.numpy().tobytes() for name, weight in own.items())
        assert scores.read(folder / NAMES["scores"])[1][seed][1].tobytes() == by_seed[seed][1].tobytes()
    assert [row["seed"] for row in rows_of(among / NAMES["costs"])] == ["0", "2"]
    seeds = [row["seed"] for row in rows_of(among / NAMES["history"])]
    assert list(dict.fromkeys(seeds)) == (["0", "1", "2"] if error is None else ["0", "2"])
    assert [(row["seed"], row["kind"]) for row in rows_of(among / NAMES["failures"])] == [
        ("1", "diverged" if error is None else "failed")
    ]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (KeyError("pixel"), "KeyError: 'pixel'"),
        (RuntimeError(), "RuntimeError"),
        (ValueError(f"of /home/me/data/a.csv\n at {object()}"), "ValueError: of a.csv at <object object at 0x…>"),
        (ValueError("x" * 400), f"ValueError: {'x' * 300}…"),
        (LadderError("y" * 400), "y" * 400),
    ],
)
def test_an_error_is_told_in_a_line_that_is_the_same_in_every_run(block, spoilt, capsys, error, why):
    spoilt(0, error)
    (row,) = rows_of(block("linear_mse", [0]) / NAMES["failures"])
    assert row == {"variant": "linear_mse", "seed": "0", "kind": "failed", "why": why}
    printed = capsys.readouterr()
    assert f"linear_mse seed 0: failed: {why}\n" in printed.out
    # The log has the traceback; a LadderError is no bug of ours.
    assert ("Traceback" in printed.err) is not isinstance(error, LadderError)


def test_files_of_a_block_in_which_all_failed_are_well_formed(block, spoilt):
    spoilt(3, ValueError("no"))
    spoilt(4, None)
    folder = block("cnn", [3, 4])
    assert load_file(folder / NAMES["weights"]) == {}
    assert tensors.metadata(folder / NAMES["weights"])["variant"] == "cnn"
    about, by_seed = scores.read(folder / NAMES["scores"])
    assert (about.classes, about.probabilities, about.numbers, by_seed) == (["3", "7"], True, [], {})
    assert (folder / NAMES["costs"]).read_text().startswith("variant,seed,parameters,epochs,lr,")
    assert rows_of(folder / NAMES["costs"]) == []
    (row,) = rows_of(folder / NAMES["history"])
    assert (row["seed"], row["train_loss"]) == ("4", "nan")


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_ends_a_process_is_no_failure_of_a_seed(block, spoilt, error):
    spoilt(0, error())
    with pytest.raises(error):
        block("linear_mse", [0, 1])
