"""Blocks that are trained with resume points, and stopped."""

import pytest

from ladder.train import train_block
from ladder.training import resume
from ladder.training.history import History
from tests.blocks import NAMES
from tests.training.resumed import COMMON, EACH


@pytest.fixture
def block(learnable, recipe, tmp_path):
    def block(variant, seeds=(3,), name="block", every=EACH, code="code", **changes):
        """Train a small version of a shipped variant; return the folder of its files."""
        outputs = {kind: str(tmp_path / name / file) for kind, file in NAMES.items()}
        shortened = recipe(variant, **COMMON | changes)
        files = learnable.train, learnable.valid
        keeper = resume.Keeper(every, code)
        train_block(variant, shortened, list(seeds), "cpu", *files, outputs, keeper)
        keeper.remove()
        return tmp_path / name

    return block


@pytest.fixture
def stop(monkeypatch):
    """`stop(epoch, seed=3)`: the run of a seed is stopped by Ctrl-C in an epoch, counted from 0, until another call."""
    record = History.record

    def stop(epoch, seed=3):
        def stopped(history, number, *numbers):
            if (history._seed, number) == (seed, epoch):
                raise KeyboardInterrupt
            record(history, number, *numbers)

        monkeypatch.setattr(History, "record", stopped)

    return stop


@pytest.fixture
def stopped(block, stop, tmp_path):
    """`stopped(epoch, variant, seed=3, **options)`: train a block that is stopped there; the folder of its points."""

    def stopped(epoch, variant, seed=3, **options):
        stop(epoch, seed)
        with pytest.raises(KeyboardInterrupt):
            block(variant, **options)
        stop(None)
        return tmp_path / options.get("name", "block") / ".resume"

    return stopped
