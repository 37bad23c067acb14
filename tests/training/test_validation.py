import pytest
import torch
from torch import nn

from ladder import losses
from ladder.training.batches import Batches
from ladder.training.validation import Mean, accuracy, predict, validate


@pytest.fixture
def batches():
    random = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (10, 1, 2, 2), generator=random, dtype=torch.uint8)
    return Batches(images, torch.tensor([[1.0], [0.0]] * 5), 4)


def test_outputs_come_in_order_in_evaluation_mode(batches):
    model = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(4), nn.Dropout(0.9), nn.Linear(4, 1)).train()
    outputs = predict(model, batches)
    assert not model.training
    assert not outputs.requires_grad
    torch.testing.assert_close(outputs, model[3](model[1](batches.images.flatten(1) / 255)).detach())
    assert model[1].num_batches_tracked == 0


def test_loss_and_accuracy_are_those_of_all_images(batches):
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 1))
    outputs = model(batches.images / 255).detach()
    loss, right = validate(model, batches, losses.mnist_loss)
    assert loss == pytest.approx(losses.mnist_loss(outputs, batches.targets).item())
    assert right == pytest.approx(((outputs > 0) == (batches.targets == 1)).float().mean().item())


@pytest.mark.parametrize(
    ("loss", "outputs", "targets", "expected"),
    [
        ("mnist_loss", [[0.4], [-0.4], [0.4], [-0.4]], [[1], [0], [0], [0]], 0.75),
        ("cross_entropy", [[0.4], [-0.4], [0.4], [-0.4]], [[1], [1], [0], [0]], 0.5),
        ("mse", [[0.4], [0.6], [2], [-3]], [[0], [1], [1], [0]], 1.0),
        ("mse", [[0.4], [0.6], [2], [-3]], [[1], [1], [1], [1]], 0.5),
        ("mse", [[-0.1, -0.2, -0.3], [5, 9, 7]], [[1, 0, 0], [1, 0, 0]], 0.5),
    ],
)
def test_an_output_is_read_as_its_loss_wants(loss, outputs, targets, expected):
    assert accuracy(torch.tensor(outputs), torch.tensor(targets), getattr(losses, loss)) == expected


def test_a_mean_counts_images_not_batches():
    mean = Mean()
    mean.add(torch.tensor(1.0, requires_grad=True), 30)
    mean.add(torch.tensor(5.0), 10)
    assert mean.value() == 2.0
