import pytest
import torch

from ladder.chapter import broadcasting


@pytest.fixture
def images():
    generator = torch.Generator().manual_seed(0)
    return torch.rand(20, 6, 5, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("colour", [False, True])
def test_the_three_ways_agree(images, colour):
    images = images.unsqueeze(1).repeat(1, 3, 1, 1) * torch.tensor([1, 0.5, 0.25]).view(3, 1, 1) if colour else images
    mean = images.mean(0)
    expected = broadcasting.broadcast(images, mean)
    assert expected.shape == (20,)
    assert expected[7] == pytest.approx((images[7] - mean).abs().mean().item())
    for way in (broadcasting.loop_over_images, broadcasting.loop_over_pixels):
        torch.testing.assert_close(way(images, mean), expected, rtol=1e-12, atol=0)


def test_facts_are_shapes_and_a_rounding_error(images):
    facts = broadcasting.facts(images, images.mean(0))
    assert (facts["images"], facts["mean"], facts["distances"]) == ([20, 6, 5], [6, 5], [20])
    assert facts["largest_difference"] < 1e-14


def test_a_loop_over_pixels_takes_longer(images):
    timings = broadcasting.timings(images, images.mean(0))
    assert list(timings) == ["broadcast", "loop_over_images", "loop_over_pixels"]
    assert 0 < timings["broadcast"] < timings["loop_over_images"]
