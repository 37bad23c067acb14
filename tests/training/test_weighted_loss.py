import pytest
import torch
import torch.nn.functional as F

from ladder import losses
from ladder.training.batches import Batches, targets_of
from ladder.training.weighted_loss import loss_of

LOSSES = ("mnist_loss", "mse", "mse_sigmoid", "cross_entropy")
# Ten images of the last class, two images of each other class.
TWO, FOUR = torch.tensor([0] * 2 + [1] * 10), torch.tensor([0, 0, 1, 1, 2, 2] + [3] * 10)


def recipe(loss, weights="none", sampling="as_is"):
    return {"loss": loss, "class_weights": weights, "sampling": sampling}


def batches(labels):
    classes = int(labels.max()) + 1
    return Batches(torch.zeros(len(labels), 1, 1, 1, dtype=torch.uint8), targets_of(labels, classes), 4)


def outputs_for(targets):
    return torch.randn(targets.shape, generator=torch.Generator().manual_seed(0), requires_grad=True)


@pytest.mark.parametrize("name", LOSSES)
def test_without_weights_it_is_the_loss_itself(name):
    assert loss_of(recipe(name), batches(TWO)) is getattr(losses, name)


@pytest.mark.parametrize("labels", [TWO, FOUR], ids=["two", "four"])
@pytest.mark.parametrize("name", LOSSES)
def test_the_loss_of_each_image_counts_by_the_weight_of_its_class(name, labels):
    train, loss = batches(labels), getattr(losses, name)
    outputs = outputs_for(train.targets)
    classes = int(labels.max()) + 1
    weighted = loss_of(recipe(name, "balanced"), train)
    # All classes weigh the same: the mean over classes of the mean over the images of a class.
    expected = sum(loss(outputs[labels == label], train.targets[labels == label]) for label in range(classes)) / classes
    value = weighted(outputs, train.targets)
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(*(torch.autograd.grad(mean, outputs)[0] for mean in (value, expected)))
    assert weighted.activation == loss.activation


def test_weights_by_class_are_pytorchs():
    train = batches(FOUR)
    outputs, weights = outputs_for(train.targets), torch.tensor([3.0, 1.0, 0.5, 2.0])
    # PyTorch divides by the weights of the batch, which is all training images here.
    expected = F.cross_entropy(outputs, FOUR, weight=weights)
    torch.testing.assert_close(
        loss_of(recipe("cross_entropy", weights.tolist()), train)(outputs, train.targets), expected
    )


def test_with_balanced_sampling_weights_are_of_classes_of_one_size():
    train = batches(TWO)
    outputs, own = outputs_for(train.targets), TWO == 1
    value = loss_of(recipe("mse", [1.0, 3.0], "balanced"), train)(outputs, train.targets)
    squares = (outputs - train.targets).square()[:, 0]
    torch.testing.assert_close(value, (squares * torch.where(own, 1.5, 0.5)).mean())
