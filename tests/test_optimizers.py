import pytest
import torch

from ladder import optimizers


def weight(value=3.0):
    return torch.nn.Parameter(torch.tensor([value, -1.0]))


def stepped(name, steps=3, **options):
    """A parameter after steps down the square of its length."""
    parameter = weight()
    optimizer = optimizers.build(name, [parameter], **options)
    for _ in range(steps):
        parameter.square().sum().backward()
        optimizer.step()
        optimizer.zero_grad()
    return parameter.detach()


def test_a_basic_step_goes_against_the_gradient():
    parameter = weight()
    optimizer = optimizers.BasicOptimizer(iter([parameter]), 0.25)
    parameter.square().sum().backward()
    optimizer.step()
    assert parameter.tolist() == [1.5, -0.5]
    assert parameter.grad.tolist() == [6, -2]
    optimizer.zero_grad()
    assert parameter.grad is None


def test_the_basic_optimizer_is_sgd():
    assert torch.equal(stepped("basic", lr=0.125), stepped("sgd", lr=0.125))


@pytest.mark.parametrize(
    ("name", "theirs", "decay"),
    [("sgd", torch.optim.SGD, 0), ("adam", torch.optim.Adam, 0), ("adamw", torch.optim.AdamW, 0.01)],
)
def test_a_name_is_pytorchs_optimizer_with_its_own_default(name, theirs, decay):
    optimizer = optimizers.build(name, [weight()], 0.5)
    assert type(optimizer) is theirs
    assert (optimizer.defaults["lr"], optimizer.defaults["weight_decay"]) == (0.5, decay)


@pytest.mark.parametrize("name", ["adam", "adamw"])
@pytest.mark.parametrize("decay", [0, 0.3])
def test_a_weight_decay_is_taken(name, decay):
    assert optimizers.build(name, [weight()], 0.5, decay).defaults["weight_decay"] == decay


def test_a_constant_schedule_is_none():
    assert optimizers.build_schedule("constant", optimizers.build("sgd", [weight()], 1), 1, 10) is None


def test_one_cycle_rises_to_the_learning_rate_and_falls():
    optimizer = optimizers.build("adamw", [weight()], 0.5)
    schedule = optimizers.build_schedule("one_cycle", optimizer, 0.5, 20)
    rates = []
    for _ in range(20):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert rates[0] == pytest.approx(0.5 / 25)
    assert max(rates) == rates[5] == pytest.approx(0.5)
    assert rates[:6] == sorted(rates[:6])
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert rates[-1] == pytest.approx(0.5 / 25 / 1e4)
