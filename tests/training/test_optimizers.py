import copy

import pytest
import torch

from ladder.training import optimizers


def weight(value=3.0):
    return torch.nn.Parameter(torch.tensor([value, -1.0]))


def stepped(name, steps=3, **options):
    """A parameter after steps against the gradient of the square of its length."""
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


THEIRS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


def trajectory(optimizer, schedule, parameter, steps):
    """The learning rate of each step down a bowl, and the parameter after the step."""
    points = []
    for number in range(steps):
        (parameter * torch.tensor([1.0, 3.0 + number % 5])).square().sum().backward()
        rate = optimizer.lr if hasattr(optimizer, "lr") else optimizer.param_groups[0]["lr"]
        optimizer.step()
        optimizer.zero_grad()
        if schedule is not None:
            schedule.step()
        points.append((rate, parameter.tolist()))
    return points


@pytest.mark.parametrize("cycle", [False, True])
@pytest.mark.parametrize(
    ("name", "decay"), [("sgd", None), *((n, d) for n in ("adam", "adamw") for d in (None, 0, 0.3))]
)
@pytest.mark.parametrize("steps", [1, 3, 20, 97])
def test_a_name_is_pytorchs_optimizer_and_schedule_bit_for_bit(name, decay, cycle, steps):
    mine, twin = weight(), weight()
    optimizer = optimizers.build(name, [mine], 0.01, decay)
    options = {} if decay is None else {"weight_decay": decay}
    theirs = THEIRS[name]([twin], lr=0.01, **options | ({} if name == "sgd" else {"fused": True}))
    schedules = None, None
    if cycle:
        one_cycle = torch.optim.lr_scheduler.OneCycleLR
        schedules = (
            optimizers.build_schedule("one_cycle", optimizer, 0.01, steps),
            one_cycle(theirs, max_lr=0.01, total_steps=steps, cycle_momentum=name != "sgd"),
        )
    assert trajectory(optimizer, schedules[0], mine, steps) == trajectory(theirs, schedules[1], twin, steps)


@pytest.mark.parametrize("name", ["basic", "sgd", "adam", "adamw"])
def test_one_that_takes_over_goes_on_as_the_first_would_have(name):
    cycle = "constant" if name == "basic" else "one_cycle"

    def parts(parameter):
        optimizer = optimizers.build(name, [parameter], 0.01)
        return optimizer, optimizers.build_schedule(cycle, optimizer, 0.01, 20), parameter

    first = parts(weight())
    trajectory(*first, 7)
    second = parts(torch.nn.Parameter(first[2].detach().clone()))
    for mine, theirs in zip(first[:2], second[:2]):
        if mine is not None:
            theirs.load_state_dict(copy.deepcopy(mine.state_dict()))
    assert trajectory(*second, 13) == trajectory(*first, 13)


def test_a_constant_schedule_is_none():
    assert optimizers.build_schedule("constant", optimizers.build("sgd", [weight()], 1), 1, 10) is None


def test_one_cycle_rises_to_the_learning_rate_and_falls():
    optimizer = optimizers.build("adamw", [weight()], 0.5)
    schedule = optimizers.build_schedule("one_cycle", optimizer, 0.5, 20)
    rates = []
    for _ in range(20):
        rates.append(optimizer.lr)
        schedule.step()
    assert rates[0] == pytest.approx(0.5 / 25)
    assert max(rates) == rates[5] == pytest.approx(0.5)
    assert rates[:6] == sorted(rates[:6])
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert rates[-1] == pytest.approx(0.5 / 25 / 1e4)
