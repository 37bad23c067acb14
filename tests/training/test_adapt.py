import math

import pytest
import torch

from ladder.training import adapt

RECIPE = {"lr": 0.5, "epochs": 20, "min_steps": 0, "min_steps_per_class": 0, "adapt": True}


def images(*rows):
    return torch.tensor(rows, dtype=torch.uint8).reshape(len(rows), 1, 1, -1)


def test_the_power_is_a_mean_weighted_by_length():
    inputs = adapt.measure(images([255, 0, 0, 0], [51, 51, 51, 51]))
    shift = math.floor((255 + 4 * 51) / 8) - 51
    assert (shift, inputs.offset) == (6, 6)
    lengths = [255**2 + 249**2 + 3 * 6**2, 255**2 + 4 * 45**2]  # squared, with a 1 for the bias
    assert inputs.power == pytest.approx(sum(each**2 for each in lengths) / sum(lengths) / 255**2, rel=1e-15)


def test_dark_images_have_no_offset_and_black_ones_are_left_alone():
    assert adapt.measure(images([51, 51])).offset == 0
    assert adapt.measure(images([52, 52])).offset == 1
    assert adapt.measure(images([0, 0])).power == 1


def test_the_measure_does_not_depend_on_the_chunk(monkeypatch):
    pixels = torch.randint(0, 256, (50, 3, 7, 5), dtype=torch.uint8)
    whole = adapt.measure(pixels)
    monkeypatch.setattr(adapt, "CHUNK", 7)
    assert adapt.measure(pixels) == whole


@pytest.mark.parametrize(("power", "factor"), [(95.5, 1), (101, 1), (50.6, 1), (50.5, 2), (101.1, 0.5), (203, 0.25)])
def test_the_factor_is_a_power_of_two_with_which_the_power_is_at_most_101(power, factor):
    assert adapt.factor(adapt.Inputs(0, power)) == factor
    assert 50.5 < power * factor <= 101


@pytest.mark.parametrize(
    ("changes", "inputs", "classes", "steps", "lr", "std", "epochs"),
    [
        ({}, adapt.Inputs(0, 95), 2, 48, 0.5, 1.0, 20),
        ({}, adapt.Inputs(0, 399), 2, 48, 0.125, 0.5, 20),
        ({}, adapt.Inputs(0, 20), 10, 48, 2.0, 1 / 9, 20),
        ({"adapt": False}, adapt.Inputs(0, 399), 10, 48, 0.5, 1.0, 20),
        ({"adapt": "up"}, adapt.Inputs(0, 399), 10, 48, 0.5, 1 / 9, 20),
        ({"adapt": "up"}, adapt.Inputs(0, 20), 2, 48, 2.0, 1.0, 20),
        ({"min_steps": 48}, adapt.Inputs(0, 95), 2, 49, 0.5, 1.0, 20),
        ({"min_steps": 48}, adapt.Inputs(0, 95), 2, 48, 0.5, 1.0, 20),
        ({"min_steps": 48}, adapt.Inputs(0, 95), 2, 1, 0.5, 1.0, 960),
        ({"min_steps": 48}, adapt.Inputs(0, 95), 2, 7, 0.5, 1.0, 138),
        ({"min_steps_per_class": 24}, adapt.Inputs(0, 95), 10, 24, 0.5, 1 / 9, 200),
        ({"min_steps_per_class": 24}, adapt.Inputs(0, 95), 200, 24, 0.5, 1 / 199, 200),
    ],
)
def test_what_training_makes_of_a_recipe(changes, inputs, classes, steps, lr, std, epochs):
    used = adapt.adapted(RECIPE | changes, inputs, classes, steps)
    assert (used["lr"], used["epochs"]) == (lr, epochs)
    assert used["std"] == pytest.approx(std, rel=1e-15)


@pytest.mark.parametrize("brightness", [40, 128, 255])
@pytest.mark.parametrize("pixels", [64, 784, 3072])
def test_the_squared_distance_is_stable_at_the_shipped_rate(recipe, brightness, pixels):
    """Full batches of noise around a brightness: the largest eigenvalue decides whether a training diverges."""
    random = torch.Generator().manual_seed(0)
    noise = brightness + 20 * torch.randn(400, 1, 1, pixels, generator=random)
    shown = noise.clamp(0, 255).to(torch.uint8)
    inputs = adapt.measure(shown)
    x = torch.cat([(shown.flatten(1).double() - inputs.offset) / 255, torch.ones(400, 1)], 1)
    largest = torch.linalg.matrix_norm(x, 2) ** 2 / len(x)
    assert adapt.adapted(recipe("linear_mse"), inputs, 2, 1)["lr"] * largest < 1.05
