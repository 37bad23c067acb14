"""The fused Adam of the fastai Learner, and its weight decay."""

import numpy as np
import pytest
import torch
from fastai.optimizer import Adam

from ladder.trainers import fastai_learner

SMALL = {"trainer": "fastai_learner", "batch_size": 8, "epochs": 1}


def test_its_own_weight_decay_is_a_hundredth(trained):
    def weights(decay):
        return trained(**SMALL, optimizer="adamw", lr=0.01, weight_decay=decay).weights["1.weight"]

    assert torch.equal(weights(None), weights(0.01))
    assert not torch.equal(weights(None), weights(0.0))


@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
def test_the_fused_adam_is_fastais_own(trained, monkeypatch, schedule):
    settings = SMALL | {"optimizer": "adam", "schedule": schedule, "precision": "fp32", "weight_decay": 0.3}
    ours = trained("cnn", **settings)
    monkeypatch.setattr(
        fastai_learner, "FusedAdam", lambda parameters, lr, weight_decay: Adam(parameters, lr=lr, wd=weight_decay)
    )
    theirs = trained("cnn", **settings)
    torch.testing.assert_close(ours.weights, theirs.weights, rtol=1e-3, atol=1e-4)
    assert ours.history[0]["train_loss"] == pytest.approx(theirs.history[0]["train_loss"], rel=1e-5)


def test_how_weights_lie_in_memory_decides_no_step_of_the_fused_adam():
    def stepped(order):
        random = torch.Generator().manual_seed(0)
        start, *gradients = (torch.randn(4, 3, 2, 2, generator=random) for _ in range(4))
        weight = torch.nn.Parameter(start.permute(order).contiguous().permute(*np.argsort(order)))
        optimizer = fastai_learner.FusedAdam([weight], lr=0.1, weight_decay=0.1)
        for gradient in gradients:
            weight.grad = torch.empty_like(weight).copy_(gradient)
            optimizer.step()
        assert weight.is_contiguous() == (order == (0, 1, 2, 3))
        return weight.detach()

    assert torch.equal(stepped((2, 3, 0, 1)), stepped((0, 1, 2, 3)))
