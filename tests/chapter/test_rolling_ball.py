import itertools

import numpy as np
import pytest
import torch

from ladder.chapter import rolling_ball


@pytest.mark.parametrize("seed", range(5))
def test_the_loss_goes_down_at_every_step(seed):
    _, _, progress = rolling_ball.experiment(seed, 1e-5, 10)
    losses = [row["loss"] for row in progress]
    assert [row["step"] for row in progress] == list(range(11))
    assert all(after < before for before, after in itertools.pairwise(losses))


def test_the_speed_is_the_books_with_its_noise():
    # fastbook 04: torch.randn(20)*3 + 0.75*(time-9.5)**2 + 1
    time, speed = rolling_ball.measure(torch.Generator().manual_seed(5))
    noise = torch.randn(20, generator=torch.Generator().manual_seed(5)) * 3
    assert time.tolist() == list(range(20))
    expected = [0.75 * (second - 9.5) ** 2 + 1 for second in range(20)]
    np.testing.assert_allclose((speed - noise).tolist(), expected, atol=1e-5)
    np.testing.assert_allclose([expected[0], expected[9]], [68.6875, 1.1875])


def test_the_same_seed_gives_the_same_and_another_another():
    assert rolling_ball.experiment(3, 1e-5, 4) == rolling_ball.experiment(3, 1e-5, 4)
    assert rolling_ball.experiment(3, 1e-5, 4) != rolling_ball.experiment(4, 1e-5, 4)


def test_the_global_generator_is_neither_used_nor_moved():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = rolling_ball.experiment(0, 1e-5, 2)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert rolling_ball.experiment(0, 1e-5, 2) == first


def test_a_step_is_against_the_gradient():
    facts, points, progress = rolling_ball.experiment(0, 1e-5, 1)
    time, speed = (np.array([point[name] for point in points]) for name in ("time", "speed"))
    start, end = (np.array([row[name] for name in "abc"]) for row in progress)
    powers = np.stack([time**2, time, np.ones_like(time)], axis=1)
    residuals = powers @ start - speed
    assert progress[0]["loss"] == pytest.approx(np.mean(residuals**2), rel=1e-5)
    np.testing.assert_allclose(end, start - 1e-5 * 2 * powers.T @ residuals / len(time), rtol=1e-4)
    assert (facts["first"], facts["last"]) == (progress[0], progress[1])


def test_the_least_loss_is_that_of_the_best_parabola():
    facts, points, progress = rolling_ball.experiment(0, 1e-5, 10)
    time, speed = (np.array([point[name] for point in points]) for name in ("time", "speed"))
    best = np.polyval(np.polyfit(time, speed, 2), time)
    assert facts["least_loss"] == pytest.approx(np.mean((best - speed) ** 2), rel=1e-6)
    assert facts["least_loss"] < progress[-1]["loss"]
