"""The loss of a recipe: a function of losses.py, with the weights of classes."""

from collections.abc import Callable
from functools import wraps

import torch
from torch import Tensor

from ladder import losses
from ladder.training import class_balance
from ladder.training.batches import Batches, labels_of


def loss_of(recipe: dict, train: Batches) -> Callable[[Tensor, Tensor], Tensor]:
    """Return `loss(outputs, targets)` of a recipe, the mean over images.

    Without class weights this is the function of losses.py itself. With class weights, the loss of each image is
    multiplied by the weight of its class (class_balance.py), in training and in validation.
    """
    loss = getattr(losses, recipe["loss"])
    if recipe["class_weights"] == "none":
        return loss
    counts = torch.bincount(labels_of(train.targets), minlength=max(2, train.targets.shape[1])).cpu().numpy()
    weights = torch.from_numpy(class_balance.weights(recipe, counts / counts.sum())).float().to(train.targets.device)
    of_each = torch.vmap(lambda output, target: loss(output[None], target[None]))

    @wraps(loss)
    def weighted(outputs: Tensor, targets: Tensor) -> Tensor:
        return (of_each(outputs, targets) * weights[labels_of(targets)]).mean()

    return weighted
