import math
import os
import random
import sys
import types
from functools import partial

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from ladder import metrics
from ladder.datasets import archive as archives
from ladder.errors import LadderError
from ladder.evaluation.tallies import Tally
from ladder.formats import scores, tensors
from ladder.provenance import software
from ladder.train import build_model, prepare_torch, seed_everything, train_one
from ladder.training.batches import load_split, targets_of
from ladder.training.validation import predict
from tests.blocks import NAMES, SMALL, block_of, rows_of

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def block(learnable, recipe, tmp_path):
    return block_of(learnable, recipe, tmp_path)


BALANCED = {"sampling": "balanced", "shuffle": True}


@pytest.mark.parametrize(("variant", "changes"), [*((name, {}) for name in sorted(SMALL)), ("linear_mse", BALANCED)])
def test_a_seed_alone_is_the_seed_in_a_block(block, variant, changes):
    alone, among = block(variant, [1], "alone", **changes), block(variant, [0, 1, 2], "among", **changes)
    all_weights, weights = load_file(among / NAMES["weights"]), load_file(alone / NAMES["weights"])
    assert {name.partition(".")[0] for name in all_weights} == {"seed0", "seed1", "seed2"}
    assert sorted(weights) == sorted(name for name in all_weights if name.startswith("seed1."))
    for name, weight in weights.items():
        assert weight.numpy().tobytes() == all_weights[name].numpy().tobytes(), name
    scores_alone, scores_among = (scores.read(folder / NAMES["scores"])[1] for folder in (alone, among))
    assert (list(scores_alone), list(scores_among)) == ([1], [0, 1, 2])
    assert scores_alone[1][1].tobytes() == scores_among[1][1].tobytes()
    assert scores_among[0][1].tobytes() != scores_among[1][1].tobytes()
    history = [row for row in rows_of(among / NAMES["history"], ["seconds"]) if row["seed"] == "1"]
    assert rows_of(alone / NAMES["history"], ["seconds"]) == history


@pytest.mark.parametrize("variant", sorted(SMALL))
def test_a_second_run_writes_the_same(block, variant):
    once, twice = block(variant, [0, 1], "once"), block(variant, [0, 1], "twice")
    for kind in ("weights", "scores"):
        assert (once / NAMES[kind]).read_bytes() == (twice / NAMES[kind]).read_bytes()
    assert rows_of(once / NAMES["history"], ["seconds"]) == rows_of(twice / NAMES["history"], ["seconds"])
    timings = ["train_seconds", "microseconds_per_image", "cpu_seconds", "peak_megabytes"]
    assert rows_of(once / NAMES["costs"], timings) == rows_of(twice / NAMES["costs"], timings)


def few_and_many(images, random):
    """A split of `load_split`: the lower half of a twentieth of the images, the second class, is a little brighter."""
    labels = (np.arange(images) % 20 == 0).astype(np.int64)
    halves = 8 * np.sign(np.arange(8) - 3.5)[:, None]
    pixels = random.normal(60 + labels[:, None, None, None] * halves, 25, (images, 1, 8, 8)).clip(0, 255)
    labels = torch.from_numpy(labels)
    return torch.from_numpy(pixels.astype(np.uint8)), targets_of(labels, 2), labels


@pytest.mark.parametrize("variant", ["linear_sgd", "mlp"])
def test_balanced_sampling_and_weights_find_a_rare_class(recipe, variant):
    random = np.random.default_rng(0)
    train, valid = few_and_many(2000, random), few_and_many(2000, random)

    def trained(**settings):
        common = {"loss": "cross_entropy", "shuffle": True, "lr": 0.1, "adapt": False, "epochs": 10, "batch_size": 50}
        run = train_one(variant, recipe(variant, **common | settings), 0, train, valid, say=lambda _: None)
        tally = Tally.of(valid[2].numpy(), run.scores)
        return metrics.accuracy(tally), metrics.balanced_accuracy(tally)

    assert trained() == (0.95, 0.5)
    for settings in ({"sampling": "balanced"}, {"class_weights": "balanced"}, {"class_weights": [1.0, 19.0]}):
        assert trained(**settings)[1] > 0.85, settings


def test_weights_of_classes_that_the_data_does_not_have_end_the_job(block):
    with pytest.raises(LadderError, match=r"variants.mlp.class_weights: there is no class 'c'; the classes are 3, 7"):
        block("mlp", [0], class_weights={"c": 2})


def test_other_random_numbers_change_nothing(block):
    once = block("cnn", [0], "once")
    torch.rand(9), np.random.default_rng().random(), torch.manual_seed(99)
    assert (block("cnn", [0], "twice") / NAMES["weights"]).read_bytes() == (once / NAMES["weights"]).read_bytes()


def test_the_history_has_a_row_an_epoch(block):
    rows = rows_of(block("linear_scratch", [3, 4], epochs=2) / NAMES["history"])
    assert [(row["variant"], row["seed"], row["epoch"]) for row in rows] == [
        ("linear_scratch", seed, epoch) for seed in "34" for epoch in "01"
    ]
    assert list(rows[0]) == ["variant", "seed", "epoch", "train_loss", "valid_loss", "accuracy", "seconds"]


def test_the_costs_have_a_row_a_seed(block):
    measured = ["train_seconds", "microseconds_per_image", "cpu_seconds", "peak_megabytes"]
    rows = rows_of(block("linear_scratch", [3, 4], adapt=False) / NAMES["costs"], measured)
    assert rows == [
        {"variant": "linear_scratch", "seed": seed, "parameters": "65", "epochs": "2", "lr": "1.0", "device": "cpu"}
        | dict.fromkeys(("gpu", "driver", "peak_gpu_megabytes"), "")
        for seed in ("3", "4")
    ]


class Clock:
    """Stands for the module `time`."""

    now = 0.0

    def perf_counter(self):
        return self.now


def test_what_prediction_costs_is_in_microseconds_an_image(block, monkeypatch):
    clock = Clock()

    def predict_slowly(*arguments):
        clock.now += 0.004  # seconds for 32 images
        return predict(*arguments)

    monkeypatch.setattr("ladder.train.time", clock)
    monkeypatch.setattr("ladder.train.predict", predict_slowly)
    (row,) = rows_of(block("linear_scratch", [3]) / NAMES["costs"])
    assert float(row["microseconds_per_image"]) == pytest.approx(125)


def test_parameters_are_what_is_trained_and_no_statistics_of_batches(block):
    folder = block("cnn", [3])
    (row,) = rows_of(folder / NAMES["costs"])
    kept = {name: weight.numel() for name, weight in load_file(folder / NAMES["weights"]).items()}
    statistics = [name for name in kept if name.rpartition(".")[2].startswith(("running_", "num_batches"))]
    assert len(statistics) == 6  # mean, variance and number of batches, after two convolutions
    assert int(row["parameters"]) == sum(kept.values()) - sum(kept[name] for name in statistics)


@pytest.mark.parametrize(
    ("variant", "loss", "probabilities"),
    [
        ("linear_scratch", "mnist_loss", True),
        ("linear_mse", "mse", False),
        ("mlp", "cross_entropy", True),
        ("cnn", "cross_entropy", True),
    ],
)
def test_the_scores_are_those_of_the_last_weights(block, learnable, recipe, variant, loss, probabilities):
    folder = block(variant, [5], epochs=4, loss=loss)
    about, seeds = scores.read(folder / NAMES["scores"])
    assert (about.classes, about.probabilities) == (["3", "7"], probabilities)
    images, _, labels = load_split(learnable.valid, 2, "cpu")
    model = build_model(recipe(variant), (1, 8, 8), 1)
    weights = load_file(folder / NAMES["weights"])
    model.load_state_dict({name.removeprefix("seed5."): weight for name, weight in weights.items()})
    offset = tensors.metadata(folder / NAMES["weights"])["offset"]
    assert offset > 0  # the small images are bright
    outputs = model.eval()((images.float() - offset) / 255).detach().double()
    first = outputs.sigmoid() if probabilities else outputs
    np.testing.assert_allclose(seeds[5][1], torch.hstack([first, 1 - first]).numpy(), rtol=1e-4, atol=1e-6)
    assert seeds[5][0].tolist() == labels.tolist()
    accuracy = np.mean(seeds[5][1].argmax(1) == seeds[5][0])
    assert float(rows_of(folder / NAMES["history"])[-1]["accuracy"]) == pytest.approx(accuracy)


@pytest.mark.parametrize("variant", ["linear_scratch", "mlp", "cnn"])
def test_the_halves_are_learnt(block, variant):
    rows = rows_of(block(variant, [0], epochs=10, batch_size=16) / NAMES["history"])
    assert float(rows[-1]["accuracy"]) > 0.9


def test_the_weights_say_what_they_are(block, learnable, recipe):
    path = block("mlp", [2]) / NAMES["weights"]
    assert tensors.metadata(path) == {
        "variant": "mlp",
        "recipe": recipe("mlp", **SMALL["mlp"]),
        "classes": ["3", "7"],
        "versions": software.versions(),
        # The excess of the training images' mean grey level over 51.
        "offset": int(load_file(learnable.train)["images"].double().mean()) - 51,
    }
    shapes = {name: tuple(weight.shape) for name, weight in load_file(path).items()}
    assert shapes == {
        "seed2.1.weight": (30, 64),
        "seed2.1.bias": (30,),
        "seed2.3.weight": (1, 30),
        "seed2.3.bias": (1,),
    }


def test_a_trainer_gets_the_seed_of_each_run(block, monkeypatch):
    seen = []

    def fit(model, train, valid, recipe, seed, progress):
        seen.append(seed)

    monkeypatch.setitem(sys.modules, "ladder.trainers.plain", types.SimpleNamespace(fit=fit))
    block("linear_mse", [3, 5], trainer="plain")
    assert seen == [3, 5]


def test_a_loss_that_is_no_number_is_a_row_with_a_sentence(block, capsys):
    folder = block("linear_mse", [3], lr=1e6, adapt=False, epochs=20, shuffle=False)
    (row,) = rows_of(folder / NAMES["failures"])
    value, epoch = row["why"].removeprefix("the loss is ").split(" after epoch ")
    assert not math.isfinite(float(value))
    assert row == {
        "variant": "linear_mse",
        "seed": "3",
        "kind": "diverged",
        "why": f"the loss is {value} after epoch {epoch.split(' ')[0]} with learning rate 1e+06; "
        "try a smaller `lr` in variants.linear_mse",
    }
    printed = capsys.readouterr()
    assert f"linear_mse seed 3: diverged: {row['why']}\n" in printed.out
    assert "Traceback" not in printed.out + printed.err


def draws():
    return random.random(), np.random.random(), torch.rand(()).item()


def test_every_generator_is_seeded():
    drawn = []
    for seed in (3, 4, 3):
        seed_everything(seed)
        drawn.append(draws())
        random.seed(99), np.random.seed(99), torch.manual_seed(99)
    three, four, again = drawn
    assert three == again
    assert [ours == theirs for ours, theirs in zip(three, four, strict=True)] == [False] * 3


@pytest.mark.parametrize("shuffle", [False, True])
def test_the_seed_decides_the_order_too(block, shuffle):
    # A start of zeros, so that seeds can differ by the order alone.
    folder = block("linear_scratch", [0, 1], init="default", shuffle=shuffle)
    weights = load_file(folder / NAMES["weights"])
    assert torch.equal(weights["seed0.weights"], weights["seed1.weights"]) is not shuffle


def test_a_line_tells_of_each_epoch(block, capsys):
    block("linear_scratch", [3], epochs=2)
    lines = [line for line in capsys.readouterr().out.splitlines() if line]
    assert [line.partition(": train loss ")[0] for line in lines] == [
        "linear_scratch seed 3 epoch 1/2",
        "linear_scratch seed 3 epoch 2/2",
    ]


def test_the_threads_are_the_recipes():
    prepare_torch("cpu", 2)
    assert torch.get_num_threads() == 2


def test_a_gpu_that_is_not_there_is_said(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    with pytest.raises(LadderError) as caught:
        prepare_torch("cuda", 1)
    assert str(caught.value) == (
        f"device: cuda is asked for, but torch {torch.__version__} finds none on this machine; cpu works"
    )


@pytest.fixture
def flags():
    """Put PyTorch's own settings back."""
    tf32 = torch.backends.cudnn.allow_tf32
    yield
    torch.backends.cudnn.allow_tf32 = tf32
    torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize(("before", "expected"), [(None, ":4096:8"), (":16:8", ":16:8")])
def test_on_a_gpu_results_repeat_and_float32_is_float32(monkeypatch, flags, before, expected):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", before or "")
    if before is None:
        monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    seen = []
    # The first call of CUDA finds cuBLAS's setting.
    monkeypatch.setattr(torch.cuda, "is_available", lambda: seen.append(os.environ["CUBLAS_WORKSPACE_CONFIG"]) or True)
    prepare_torch("cuda", 1)
    assert seen == [expected]
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.backends.cudnn.allow_tf32


def test_a_model_that_needs_too_much_memory_is_a_sentence(block):
    (row,) = rows_of(block("mlp", [0], options={"hidden": 10**12}) / NAMES["failures"])
    assert (row["kind"], row["why"]) == (
        "failed",
        "mlp, in batches of 32 images: out of memory (256000000000000 bytes more were asked for); use a "
        "smaller `batch_size` or `precision: bf16` in variants.mlp, fewer jobs at a time (`jobs_per_gpu`, or --cores "
        "on a CPU), or a device with more memory",
    )


def test_a_normal_start_has_a_standard_deviation_of_one(recipe):
    seed_everything(0)
    weights = torch.nn.utils.parameters_to_vector(build_model(recipe("linear_scratch"), (1, 28, 28), 10).parameters())
    assert weights.mean().item() == pytest.approx(0, abs=0.05)
    assert weights.std().item() == pytest.approx(1, abs=0.05)


def test_options_reach_the_model(recipe):
    model = build_model(recipe("mlp", options={"hidden": 7}), (1, 8, 8), 1)
    assert model[1].out_features == 7


def test_ten_classes_train_as_well(tmp_path, noise, tensorized, write_tar, recipe):
    path = write_tar(tmp_path / "a.tgz", noise("0123456789", train=6, valid=2))
    made = tensorized(tmp_path, partial(archives.entries, str(path)))
    splits = [load_split(split, 10, "cpu") for split in (made.train, made.valid)]
    for variant in SMALL:
        run = train_one(variant, recipe(variant, **SMALL[variant] | {"loss": "cross_entropy"}), 0, *splits)
        assert run.scores.shape == (20, 10)
        np.testing.assert_allclose(run.scores.sum(1), 1)
        accuracy = np.mean(run.scores.argmax(1) == splits[1][2].numpy())
        assert run.history[-1]["accuracy"] == pytest.approx(accuracy)


def test_a_file_is_written_only_when_all_seeds_are_done(block, tmp_path, monkeypatch):
    def interrupted(variant, recipe, seed, *splits, **options):
        if seed == 1:
            raise KeyboardInterrupt
        return train_one(variant, recipe, seed, *splits, **options)

    monkeypatch.setattr("ladder.train.train_one", interrupted)
    with pytest.raises(KeyboardInterrupt):
        block("linear_scratch", [0, 1])
    assert list(tmp_path.glob("block/*")) == []
