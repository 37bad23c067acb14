"""Outputs, loss and accuracy of a model on the validation images."""

import torch
from torch import Tensor, nn

from ladder.training.batches import Batches


@torch.no_grad()
def predict(model: nn.Module, valid: Batches) -> Tensor:
    """Return the outputs [n, k] of the model in evaluation mode, in the order of the batches."""
    model.eval()
    return torch.cat([model(xb) for xb, _ in valid])


def validate(model: nn.Module, valid: Batches, loss) -> tuple[float, float]:
    """Return the loss and the accuracy of the model on the validation images."""
    outputs = predict(model, valid)
    return loss(outputs, valid.targets).item(), accuracy(outputs, valid.targets, loss)


def accuracy(outputs: Tensor, targets: Tensor, loss) -> float:
    """Return the accuracy of outputs [n, k]. A single output predicts the first class from the middle value on.

    The middle is 0 where an activation follows the output, else 0.5.
    """
    if outputs.shape[1] > 1:
        return (outputs.argmax(1) == targets.argmax(1)).float().mean().item()
    middle = 0.5 if loss.activation == "identity" else 0.0
    return ((outputs >= middle) == (targets == 1)).float().mean().item()


class Mean:
    """Mean of a loss over images, added batch by batch. The sum stays on the device until `value` is called."""

    def __init__(self) -> None:
        self._total, self._images = torch.zeros(()), 0

    def add(self, loss: Tensor, images: int) -> None:
        self._total = self._total.to(loss.device).add(loss.detach(), alpha=images)
        self._images += images

    def value(self) -> float:
        return float(self._total) / self._images
