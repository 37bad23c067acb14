"""The choice of the ladder's `cnn`: pairs of a net and a way to train it, on training images that are held out.

    PYTHONPATH=workflow python -m benchmarks.choose_cnn --pairs 4 --seeds 2 --finalists 2

MNIST_SAMPLE's training images are dealt into four parts of 3,000. Every pair learns from all images but the first part,
and is judged by that part: means over seeds of accuracy and log-loss, and the median of the training seconds. The best
pairs are then judged by each of the parts in the same way. The validation images have no say. Without arguments all
pairs are tried, with the seeds 0 to 4. It prints two Markdown tables, best pairs first.

The lists below are a reconstruction. models/cnn.py tells of a choice among 104 pairs with 46 nets; the list of these
pairs was not kept. Known are the numbers of pairs and nets, the parts, the seeds, and the nets and recipes that were
chosen in three rounds; all of them are in the lists below. Nets of the first two rounds had normalisation after the
first layer too, and nets of the first round had padding; here all nets are as models/cnn.py builds them now. The
weights of accuracy, log-loss and time were not kept either: here pairs are in the order of accuracy, then of log-loss,
beside their seconds.
"""

import argparse
import io
import statistics
import tempfile
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import torch

from benchmarks.place import Place
from ladder.formats import tensors
from ladder.train import prepare_torch, train_one
from ladder.training.batches import load_split

PARTS, HELD_OUT = 4, 3_000
CHOSEN = ((16, 5, 3), (16, 3, 1), (32, 3, 1))
# The nets that were chosen in the two rounds before.
SECOND = (*CHOSEN, (32, 3, 1))
FIRST = ((16, 5, 2), (32, 3, 2), (32, 3, 1), (64, 3, 2), (64, 3, 1))
# (channels, kernel, stride): the first layer, and what may follow it.
WIDTHS = (8, 16, 24)
BEGINNINGS = ((5, 3), (5, 2), (3, 2))
ENDS = (CHOSEN[1:], SECOND[1:], ((32, 3, 1), (32, 3, 1)), ((32, 3, 2),), ((32, 3, 2), (64, 3, 1)))
NETS = [*(((width, *first), *end) for width, first, end in product(WIDTHS, BEGINNINGS, ENDS)), FIRST]
# Settings of the variant; the first one is that of config.yaml.
RECIPES = [
    {"epochs": epochs, "batch_size": size, "weight_decay": decay}
    for epochs, size, decay in product((6, 4, 5, 7, 8), (96, 64, 128), (0.3, 0.1))
]


@dataclass(frozen=True)
class Pair:
    """A net and a way to train it."""

    layers: tuple[tuple[int, int, int], ...]
    settings: dict

    def __str__(self) -> str:
        net = " ".join(f"{channels}:{kernel}/{stride}" for channels, kernel, stride in self.layers)
        return f"{net} | {self.settings['epochs']} | {self.settings['batch_size']} | {self.settings['weight_decay']}"


@dataclass(frozen=True)
class Judged:
    """A pair's results on a part: means over seeds, and the median of its seconds of training."""

    accuracy: float
    log_loss: float
    seconds: float


# Every net by the recipe of config.yaml; the chosen net and the one chosen before it by all other recipes too.
PAIRS = [
    *(Pair(layers, RECIPES[0]) for layers in (CHOSEN, *(net for net in NETS if net != CHOSEN))),
    *(Pair(layers, settings) for settings in RECIPES[1:] for layers in (CHOSEN, SECOND)),
]


def deal(images: int) -> list[torch.Tensor]:
    """Return the numbers of the images in each held-out part, drawn without regard to their classes."""
    order = torch.randperm(images, generator=torch.Generator().manual_seed(0))
    return list(order[: PARTS * HELD_OUT].split(HELD_OUT))


def judge(pair: Pair, recipe: dict, seeds: int, split: tuple, held_out: torch.Tensor) -> Judged:
    """Train a pair on all images of the split but the held-out images, and test it on the held-out images."""
    kept = torch.ones(len(split[0]), dtype=torch.bool)
    kept[held_out] = False
    train, valid = tuple(part[kept] for part in split), tuple(part[held_out] for part in split)
    recipe = recipe | pair.settings | {"options": {"layers": [list(layer) for layer in pair.layers]}}
    with redirect_stdout(io.StringIO()):  # a line an epoch
        runs = [train_one("cnn", recipe, seed, train, valid) for seed in range(seeds)]
    return Judged(
        statistics.fmean(run.history[-1]["accuracy"] for run in runs),
        statistics.fmean(run.history[-1]["valid_loss"] for run in runs),
        statistics.median(run.cost["train_seconds"] for run in runs),
    )


def best_first(judged: dict[int, Judged]) -> list[int]:
    """Return the numbers of the pairs by accuracy, then log-loss."""
    return sorted(judged, key=lambda number: (-judged[number].accuracy, judged[number].log_loss))


def table(title: str, judged: dict[int, list[Judged]]) -> str:
    """Return a Markdown table, a pair a row: means of accuracy and log-loss over the parts, the median of seconds."""
    lines = [title, ""]
    lines += ["| channels:kernel/stride | epochs | batch size | weight decay | accuracy | log-loss | seconds |"]
    lines += ["|---|---:|---:|---:|---:|---:|---:|"]
    for number, parts in judged.items():
        accuracy, log_loss = (
            statistics.fmean(getattr(part, name) for part in parts) for name in ("accuracy", "log_loss")
        )
        seconds = statistics.median(part.seconds for part in parts)
        lines.append(f"| {PAIRS[number]} | {accuracy:.4%} | {log_loss:.5f} | {seconds:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Judge the pairs on the first part, then the best of them on all parts."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="ladder-choice-", ignore_cleanup_errors=True) as folder:
        place = Place(Path(folder), cores=1)
        recipe = place.study.recipe("cnn")
        prepare_torch("cpu", recipe["threads"])
        path = str(place.tensors["train"])
        split = load_split(path, len(tensors.metadata(path)["classes"]), "cpu")
    first, *further = deal(len(split[0]))
    judged = {}
    for number, pair in enumerate(PAIRS[: asked.pairs]):
        judged[number] = judge(pair, recipe, asked.seeds, split, first)
        print(f"{number + 1:>3}: {pair}: {judged[number]}", flush=True)
    ranked = best_first(judged)
    title = f"{len(judged)} of {len(PAIRS)} pairs, seeds 0 to {asked.seeds - 1}, {HELD_OUT:,} images held out"
    print("\n" + table(title, {number: [judged[number]] for number in ranked}), flush=True)
    finalists = {
        number: [judged[number], *(judge(PAIRS[number], recipe, asked.seeds, split, part) for part in further)]
        for number in ranked[: asked.finalists]
    }
    print("\n" + table(f"The best of them on each of {PARTS} such parts", finalists))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.choose_cnn", description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=len(PAIRS), help="how many of the pairs, the shipped one first")
    parser.add_argument("--seeds", type=int, default=5, help="seeds of each pair (default 5)")
    parser.add_argument("--finalists", type=int, default=8, help="pairs to judge by all parts (default 8)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
