import math

import pytest
import torch
import torch.nn.functional as F

from ladder import losses

# The sigmoids of these outputs are 0.75, 0.5, 0.25 and 0.8.
THREE_QUARTERS, HALF, QUARTER, FOUR_FIFTHS = math.log(3), 0.0, -math.log(3), math.log(4)


def rows(*values):
    return torch.tensor(values, dtype=torch.float64)


def loss_of(name, outputs, targets):
    return getattr(losses, name)(outputs, targets).item()


def test_mnist_loss_of_the_chapters_example():
    outputs, targets = torch.logit(rows([0.9], [0.4], [0.2])), rows([1], [0], [1])
    assert loss_of("mnist_loss", outputs, targets) == pytest.approx(0.4333, abs=5e-5)


ONE_OUTPUT = (rows([THREE_QUARTERS], [FOUR_FIFTHS]), rows([1], [0]))
THREE_OUTPUTS = (rows([THREE_QUARTERS, HALF, QUARTER], [HALF, QUARTER, FOUR_FIFTHS]), rows([1, 0, 0], [0, 1, 0]))


@pytest.mark.parametrize(
    ("name", "outputs", "targets", "expected"),
    [
        ("mnist_loss", *ONE_OUTPUT, (0.25 + 0.8) / 2),
        ("mnist_loss", *THREE_OUTPUTS, ((2 * 0.25 + 0.5 + 0.25) + (0.5 + 2 * 0.75 + 0.8)) / 2),
        ("mse", rows([2.0], [-0.5]), rows([1], [0]), (1 + 0.25) / 2),
        ("mse", rows([2.0, 0, 1], [-0.5, 1, 3]), rows([1, 0, 0], [0, 1, 0]), ((1 + 0 + 1) + (0.25 + 0 + 9)) / 2),
        ("mse_sigmoid", *ONE_OUTPUT, (0.25**2 + 0.8**2) / 2),
        ("mse_sigmoid", *THREE_OUTPUTS, ((2 * 0.0625 + 0.25 + 0.0625) + (0.25 + 2 * 0.5625 + 0.64)) / 2),
        ("cross_entropy", *ONE_OUTPUT, -(math.log(0.75) + math.log(0.2)) / 2),
        # The exponentials of the outputs are 3, 1, 1/3 and 1, 1/3, 4.
        ("cross_entropy", *THREE_OUTPUTS, -(math.log(9 / 13) + math.log(1 / 16)) / 2),
    ],
)
def test_a_loss_is_what_a_calculation_by_hand_gives(name, outputs, targets, expected):
    assert loss_of(name, outputs, targets) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["mnist_loss", "mse", "mse_sigmoid", "cross_entropy"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_a_loss_is_averaged_over_images_and_has_a_gradient(name, outputs):
    random = torch.Generator().manual_seed(0)
    z = torch.randn(6, outputs, generator=random, dtype=torch.float64, requires_grad=True)
    y = (
        F.one_hot(torch.tensor([0, 1, 2, 0, 1, 2]) % outputs, outputs).double()
        if outputs > 1
        else rows(*[[0], [1]] * 3)
    )
    each = sum(loss_of(name, z[i : i + 1], y[i : i + 1]) for i in range(6)) / 6
    assert loss_of(name, z, y) == pytest.approx(each, rel=1e-12)
    assert torch.autograd.gradcheck(lambda z: getattr(losses, name)(z, y), z)


def test_cross_entropy_of_one_output_is_that_of_two():
    random = torch.Generator().manual_seed(0)
    z, y = torch.randn(50, 1, generator=random) * 5, torch.randint(0, 2, (50, 1), generator=random).float()
    loss = losses.cross_entropy(z, y)
    torch.testing.assert_close(loss, F.binary_cross_entropy_with_logits(z, y))
    two, first_or_second = torch.cat([z, torch.zeros_like(z)], 1), (1 - y[:, 0]).long()
    torch.testing.assert_close(loss, F.cross_entropy(two, first_or_second))


def test_cross_entropy_of_several_outputs_is_pytorchs_of_labels():
    random = torch.Generator().manual_seed(0)
    z, labels = torch.randn(50, 4, generator=random) * 5, torch.randint(0, 4, (50,), generator=random)
    torch.testing.assert_close(losses.cross_entropy(z, F.one_hot(labels, 4).float()), F.cross_entropy(z, labels))


def test_extreme_outputs_keep_cross_entropy_finite():
    assert loss_of("cross_entropy", rows([800.0], [-800.0]), rows([0], [1])) == 800


def test_a_loss_says_how_outputs_are_read():
    read = {name: getattr(losses, name).activation for name in ("mnist_loss", "mse", "mse_sigmoid", "cross_entropy")}
    assert read == {
        "mnist_loss": "sigmoid",
        "mse": "identity",
        "mse_sigmoid": "sigmoid",
        "cross_entropy": "softmax",
    }


@pytest.mark.parametrize("name", ["mnist_loss", "mse_sigmoid"])
def test_outputs_of_zero_are_no_place_to_settle(name):
    """Unweighted, ten outputs would be pushed below 0 for all images: nine of ten targets are 0."""
    z = torch.zeros(10, 10, requires_grad=True)
    getattr(losses, name)(z, torch.eye(10)).backward()
    torch.testing.assert_close(z.grad.sum(0), torch.zeros(10), atol=1e-7, rtol=0)
    assert (z.grad.diagonal() < 0).all()
