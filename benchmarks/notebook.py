"""The opponent: chapter 4 of fastai's book as in its notebook, in parts that can be timed one by one.

    python notebook.py <folder of MNIST_SAMPLE> [--part all|tensorize|resnet18] [--seed 0]

prints the seconds of each part and the accuracies as JSON. Calls and settings are the notebook's. Cells that only show
results are left out, and so are progress bars, so that the seconds are a lower bound of the notebook's. Source: Howard
and Gugger, Deep Learning for Coders with fastai and PyTorch, 2020, chapter 4.
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path

STARTED = time.perf_counter()
warnings.filterwarnings("ignore", ".*torch.jit.script.*", FutureWarning)  # from fastai's import, not ours

# The module whose names the notebook imports with a star; importing it takes the same time.
from fastai.vision.all import (  # noqa: E402
    SGD,
    DataLoader,
    DataLoaders,
    F,
    Image,
    ImageDataLoaders,
    Learner,
    accuracy,
    nn,
    resnet18,
    set_seed,
    tensor,
    torch,
    vision_learner,
)

IMPORTED = time.perf_counter()
PIXELS = 28 * 28
BATCH = 256


def read_images(folder: Path) -> torch.Tensor:
    """Return the images of one class, [n, 28, 28] in 0..1, file after file."""
    opened = [tensor(Image.open(path)) for path in sorted(folder.iterdir())]
    return torch.stack(opened).float() / 255


def tensorize(images: Path) -> dict[str, dict[str, torch.Tensor]]:
    """Return split to class to images."""
    return {split: {label: read_images(images / split / label) for label in "37"} for split in ("train", "valid")}


def pixel_similarity(stacks: dict) -> float:
    """Return the accuracy of the nearest mean image, by mean absolute difference: the mean of both classes' shares."""
    mean3, mean7 = (stacks["train"][label].mean(0) for label in "37")

    def distance(images: torch.Tensor, mean: torch.Tensor) -> torch.Tensor:
        return (images - mean).abs().mean((-1, -2))

    def is_3(images: torch.Tensor) -> torch.Tensor:
        return (distance(images, mean3) < distance(images, mean7)).float()

    shares = is_3(stacks["valid"]["3"]).mean(), (1 - is_3(stacks["valid"]["7"])).mean()
    return ((shares[0] + shares[1]) / 2).item()


def pairs(split: dict[str, torch.Tensor]) -> list[tuple]:
    """Return a data set as the notebook has it: a list of (pixels [784], target [1]), 3s first, with 1 for a 3."""
    x = torch.cat([split["3"], split["7"]]).view(-1, PIXELS)
    y = tensor([1] * len(split["3"]) + [0] * len(split["7"])).unsqueeze(1)
    return list(zip(x, y))


def loaders(stacks: dict) -> tuple[DataLoader, DataLoader]:
    """Return fastai's DataLoader over the pairs of each split."""
    return tuple(DataLoader(pairs(stacks[split]), batch_size=BATCH) for split in ("train", "valid"))


def mnist_loss(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the chapter's loss: the mean distance of the outputs' sigmoid from the targets."""
    p = outputs.sigmoid()
    return torch.where(targets == 1, 1 - p, p).mean()


def batch_accuracy(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the share of outputs on the right side of the middle."""
    return ((outputs.sigmoid() > 0.5) == targets).float().mean()


def calc_grad(xb: torch.Tensor, yb: torch.Tensor, model: Callable) -> None:
    """Compute the gradients of the loss of one batch."""
    mnist_loss(model(xb), yb).backward()


def validate(model: Callable, valid: DataLoader) -> float:
    """Return the mean of the batches' accuracies."""
    return torch.stack([batch_accuracy(model(xb), yb) for xb, yb in valid]).mean().item()


class BasicOptim:
    """The chapter's first optimizer."""

    def __init__(self, params, lr: float) -> None:
        self.params, self.lr = list(params), lr

    def step(self) -> None:
        for p in self.params:
            p.data -= p.grad.data * self.lr

    def zero_grad(self) -> None:
        for p in self.params:
            p.grad = None


def fit_by_hand(train: DataLoader, valid: DataLoader, epochs: int, lr: float) -> float:
    """Train weights and a bias, with the update written out. Return the accuracy after the last epoch."""
    weights, bias = (torch.randn(size).requires_grad_() for size in ((PIXELS, 1), (1,)))

    def linear(xb: torch.Tensor) -> torch.Tensor:
        return xb @ weights + bias

    for _ in range(epochs):
        for xb, yb in train:
            calc_grad(xb, yb, linear)
            for p in (weights, bias):
                p.data -= p.grad * lr
                p.grad.zero_()
        reached = validate(linear, valid)
    return reached


def fit_with(optimizer: Callable, model: nn.Module, train: DataLoader, valid: DataLoader, epochs: int, lr: float):
    """Train in the loop with an optimizer that steps. Return the accuracy after the last epoch."""
    stepping = optimizer(model.parameters(), lr)
    for _ in range(epochs):
        for xb, yb in train:
            calc_grad(xb, yb, model)
            stepping.step()
            stepping.zero_grad()
        reached = validate(model, valid)
    return reached


def simple_net() -> nn.Module:
    """Return the chapter's net with one hidden layer."""
    return nn.Sequential(nn.Linear(PIXELS, 30), nn.ReLU(), nn.Linear(30, 1))


def fit_learner(model: nn.Module, train: DataLoader, valid: DataLoader, epochs: int, lr: float) -> float:
    """Train in fastai's Learner on these loaders. Return the accuracy after the last epoch."""
    learner = Learner(DataLoaders(train, valid), model, opt_func=SGD, loss_func=mnist_loss, metrics=batch_accuracy)
    with learner.no_bar(), learner.no_logging():
        learner.fit(epochs, lr=lr)
    return learner.recorder.values[-1][2]


def resnet_learner(images: Path) -> Learner:
    """Return the notebook's last model, on images read from their files."""
    loaded = ImageDataLoaders.from_folder(images)
    return vision_learner(loaded, resnet18, pretrained=False, loss_func=F.cross_entropy, metrics=accuracy)


def fit_resnet(learner: Learner) -> float:
    """Train one epoch of one-cycle. Return the accuracy after it."""
    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(1, 0.1)
    return learner.recorder.values[-1][2]


class Laps:
    """Seconds and accuracy of each part."""

    def __init__(self) -> None:
        self.seconds = {"import": IMPORTED - STARTED}
        self.accuracy: dict[str, float] = {}

    def time(self, name: str, part: Callable[[], object]) -> object:
        """Run a part and return its result. A float is an accuracy."""
        started = time.perf_counter()
        result = part()
        self.seconds[name] = time.perf_counter() - started
        if isinstance(result, float):
            self.accuracy[name] = result
        return result


def run_all(images: Path, laps: Laps) -> None:
    """Run the notebook from top to bottom."""
    stacks = laps.time("tensorize", lambda: tensorize(images))
    laps.time("pixel_l1", lambda: pixel_similarity(stacks))
    train, valid = laps.time("loaders", lambda: loaders(stacks))
    # The notebook trains one epoch, to look at it, and then twenty.
    laps.time("linear_scratch", lambda: fit_by_hand(train, valid, 21, lr=1.0))
    laps.time("linear_optim", lambda: fit_with(BasicOptim, nn.Linear(PIXELS, 1), train, valid, 20, lr=1.0))
    laps.time("linear_sgd", lambda: fit_with(SGD, nn.Linear(PIXELS, 1), train, valid, 20, lr=1.0))
    laps.time("linear_learner", lambda: fit_learner(nn.Linear(PIXELS, 1), train, valid, 10, lr=1.0))
    laps.time("mlp", lambda: fit_learner(simple_net(), train, valid, 40, lr=0.1))
    run_resnet(images, laps)


def run_resnet(images: Path, laps: Laps) -> None:
    """Make the ResNet's data and model, and train its epoch."""
    learner = laps.time("resnet18 loaders and model", lambda: resnet_learner(images))
    laps.time("resnet18", lambda: fit_resnet(learner))


def main() -> None:
    """Run the parts that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=Path)
    parser.add_argument("--part", choices=["all", "tensorize", "resnet18"], default="all")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    set_seed(asked.seed)
    laps = Laps()
    if asked.part == "tensorize":
        laps.time("tensorize", lambda: tensorize(asked.images))
    else:
        (run_all if asked.part == "all" else run_resnet)(asked.images, laps)
    print(json.dumps({"seconds": laps.seconds, "accuracy": laps.accuracy}))


if __name__ == "__main__":
    main()
