from types import SimpleNamespace

import torch

from benchmarks import choose_cnn
from ladder.config import study
from ladder.models import cnn


def test_there_are_as_many_pairs_and_nets_as_were_chosen_among():
    assert len(set(choose_cnn.NETS)) == 46
    assert len({str(pair) for pair in choose_cnn.PAIRS}) == len(choose_cnn.PAIRS) == 104
    assert {pair.layers for pair in choose_cnn.PAIRS} == set(choose_cnn.NETS)


def test_the_first_pair_is_the_shipped_one(shipped):
    pair, recipe = choose_cnn.PAIRS[0], study.load(shipped).recipe("cnn")
    assert pair.layers == cnn.LAYERS
    assert pair.settings.items() <= recipe.items()


def test_every_net_takes_the_images():
    images = torch.zeros(2, 1, 28, 28)
    for layers in choose_cnn.NETS:
        assert cnn.build((1, 28, 28), 1, [list(layer) for layer in layers])(images).shape == (2, 1)


def test_parts_share_no_image():
    parts = choose_cnn.deal(12_396)
    assert [len(part) for part in parts] == [3_000] * 4
    assert len(set(torch.cat(parts).tolist())) == 12_000
    assert all(torch.equal(*pair) for pair in zip(parts, choose_cnn.deal(12_396)))


def test_a_pair_never_learns_from_what_is_held_out(monkeypatch):
    def train(variant, recipe, seed, train, valid):
        learned, tested = (set(split[0].flatten().tolist()) for split in (train, valid))
        assert (learned, tested) == ({0, 1, 3, 4}, {2, 5})
        assert recipe["options"] == {"layers": [[16, 5, 3], [16, 3, 1], [32, 3, 1]]}
        history = [{"accuracy": 0.0, "valid_loss": 9.0}, {"accuracy": 0.5 + seed / 4, "valid_loss": 1.0 + seed}]
        return SimpleNamespace(history=history, cost={"train_seconds": 10.0**seed})

    monkeypatch.setattr(choose_cnn, "train_one", train)
    split = (torch.arange(6).reshape(6, 1, 1, 1), torch.zeros(6, 1), torch.zeros(6))
    judged = choose_cnn.judge(choose_cnn.PAIRS[0], {"lr": 0.01}, 3, split, torch.tensor([2, 5]))
    assert judged == choose_cnn.Judged(accuracy=0.75, log_loss=2.0, seconds=10.0)


def test_the_better_pair_is_first_and_log_loss_decides_between_equals():
    judged = {0: choose_cnn.Judged(0.9, 0.3, 1), 1: choose_cnn.Judged(0.95, 0.5, 1), 2: choose_cnn.Judged(0.9, 0.2, 9)}
    assert choose_cnn.best_first(judged) == [1, 2, 0]
    row = choose_cnn.table("t", {0: [choose_cnn.Judged(0.9, 0.2, 3.0), choose_cnn.Judged(1.0, 0.4, 5.0)]}).splitlines()[
        -1
    ]
    assert row == "| 16:5/3 16:3/1 32:3/1 | 6 | 96 | 0.3 | 95.0000% | 0.30000 | 4.00 |"
