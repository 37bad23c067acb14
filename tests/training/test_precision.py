import pytest
import torch
from torch import nn

from ladder.train import train_one
from ladder.training.batches import load_split
from ladder.training.precision import in_precision

pytestmark = pytest.mark.usefixtures("one_thread")

VARIANTS = {
    "linear_scratch": {"epochs": 8},
    "linear_sgd": {"epochs": 8},
    "linear_own_learner": {"epochs": 8},
    "mlp": {"epochs": 8, "lr": 0.5},
    "cnn": {"epochs": 6},
}


@pytest.fixture(scope="module")
def halves(learnable):
    return [load_split(path, 2, "cpu") for path in (learnable.train, learnable.valid)]


def test_fp32_is_the_model_itself():
    model = nn.Linear(3, 2)
    assert in_precision(model, "fp32") is model


@pytest.mark.parametrize("variant", VARIANTS)
def test_bf16_changes_bits_and_learns(halves, recipe, variant):
    common = {"batch_size": 16} | VARIANTS[variant]
    full, mixed = (
        train_one(variant, recipe(variant, **common, precision=precision), 0, *halves) for precision in ("fp32", "bf16")
    )
    assert mixed.history[-1]["accuracy"] > 0.95
    assert mixed.history[-1]["train_loss"] == pytest.approx(full.history[-1]["train_loss"], rel=0.2, abs=0.02)
    assert list(mixed.weights) == list(full.weights)
    for name, weight in mixed.weights.items():
        assert weight.dtype == full.weights[name].dtype
        if weight.is_floating_point():
            assert weight.dtype == torch.float32
            assert not torch.equal(weight, full.weights[name]), name


def test_products_are_bfloat16_and_outputs_float32():
    model = nn.Linear(300, 1)
    x = torch.rand(8, 300)
    outputs = in_precision(model, "bf16")(x)
    expected = nn.functional.linear(x.bfloat16(), model.weight.bfloat16(), model.bias.bfloat16())
    assert outputs.dtype == torch.float32
    assert torch.equal(outputs, expected.float())
    assert not torch.equal(outputs, model(x))


def test_gradients_and_a_loss_below_what_bfloat16_can_tell_apart_are_float32():
    model = in_precision(nn.Linear(4, 1), "bf16")
    loss = (model(torch.ones(2, 4)) - torch.tensor([[1.0], [1.001]])).square().mean()
    loss.backward()
    assert loss.dtype == torch.float32
    assert loss.item() != loss.bfloat16().item()
    assert {parameter.grad.dtype for parameter in model.parameters()} == {torch.float32}
