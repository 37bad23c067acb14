import base64
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from ladder.errors import LadderError
from ladder.export import LARGEST, export, layers_of
from ladder.formats import scores
from ladder.models import cnn, linear, linear_by_hand, mlp, resnet18

pytestmark = pytest.mark.usefixtures("one_thread")

SIZE = 28


def outputs_of(layers, images):
    """Outputs of exported layers for images [n, channels, height, width], by numpy alone."""
    x = images
    for layer in layers:
        if layer["kind"] == "flatten":
            x = x.reshape(len(x), -1)
        elif layer["kind"] == "relu":
            x = np.maximum(x, 0)
        elif layer["kind"] == "linear":
            x = x @ layer["weight"].T + layer["bias"]
        else:
            (down, right), (above, left) = layer["stride"], layer["padding"]
            x = np.pad(x, ((0, 0), (0, 0), (above, above), (left, left)))
            windows = np.lib.stride_tricks.sliding_window_view(x, layer["shape"][2:], (2, 3))[:, :, ::down, ::right]
            x = np.einsum("nchwij,ocij->nohw", windows, layer["weight"]) + layer["bias"].reshape(-1, 1, 1)
    return x


def with_random_weights(model, seed=0):
    """Weights, and the statistics that batch normalisation keeps, as after some training."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(generator=generator)
            module.running_var.uniform_(0.2, 3, generator=generator)
            if module.affine:
                nn.init.uniform_(module.weight, 0.5, 1.5, generator=generator)
                nn.init.normal_(module.bias, generator=generator)
        elif isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, generator=generator)
        elif isinstance(module, linear_by_hand.LinearByHand):
            nn.init.normal_(module.weights, std=0.05, generator=generator)
            nn.init.normal_(module.bias, generator=generator)
    return model.eval()


def decoded(layer):
    arrays = {key: np.frombuffer(base64.b64decode(layer[key]), "<f4") for key in ("weight", "bias") if key in layer}
    return layer | {key: array.reshape(layer["shape"]) if key == "weight" else array for key, array in arrays.items()}


@pytest.mark.parametrize("n_outputs", [1, 10])
@pytest.mark.parametrize(
    "build",
    [
        linear.build,
        linear_by_hand.build,
        mlp.build,
        cnn.build,
        lambda *shape: cnn.build(*shape, [(4, 2, 3), (6, 5, 1)]),
    ],
    ids=["linear", "linear_by_hand", "mlp", "cnn", "another cnn"],
)
def test_exported_layers_compute_what_the_model_does(build, n_outputs):
    torch.manual_seed(0)
    model = with_random_weights(build((1, SIZE, SIZE), n_outputs))
    images = torch.rand(16, 1, SIZE, SIZE)
    with torch.no_grad():
        expected = model(images).numpy()
    outputs = outputs_of(layers_of(model, "variant"), images.numpy())
    assert expected.shape == outputs.shape == (16, n_outputs)
    assert expected.std() > 0.02
    np.testing.assert_allclose(outputs, expected, atol=1e-5, rtol=1e-5)


def test_batch_normalisation_is_folded_into_its_convolution():
    model = with_random_weights(nn.Sequential(nn.Conv2d(1, 3, 3, bias=True), nn.BatchNorm2d(3)))
    plain = with_random_weights(nn.Sequential(nn.Conv2d(1, 3, 3, bias=False), nn.BatchNorm2d(3, affine=False)))
    images = torch.rand(4, 1, 9, 7)
    for layers in (model, plain):
        (layer,) = layers_of(layers, "variant")
        assert (layer["kind"], layer["shape"], layer["weight"].dtype) == ("conv", [3, 1, 3, 3], np.float32)
        with torch.no_grad():
            np.testing.assert_allclose(outputs_of([layer], images.numpy()), layers(images).numpy(), atol=1e-5)


class Doubled(nn.Linear):
    def forward(self, x):
        return 2 * super().forward(x)


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(4, 4), nn.Dropout())), "layer 1.1, Dropout(p=0.5"),
        (nn.Sequential(nn.Flatten(), Doubled(4, 1)), "layer 1, Doubled("),
        (nn.Sequential(nn.Conv2d(2, 2, 3, groups=2)), "layer 0, Conv2d("),
        (nn.Sequential(nn.Conv2d(1, 1, 3, padding="same")), "layer 0, Conv2d("),
        (nn.Sequential(nn.ReLU(), nn.BatchNorm2d(1)), "layer 1, BatchNorm2d("),
        (nn.Sequential(nn.Conv2d(1, 1, 3), nn.BatchNorm2d(1, track_running_stats=False)), "layer 1, BatchNorm2d("),
        (nn.Sequential(nn.ReLU(), nn.Linear(4, 1)), "layer 1, Linear("),
        (nn.Sequential(nn.Flatten(2)), "layer 0, Flatten("),
        (nn.GELU(), "GELU("),
        (resnet18.build((1, 28, 28), 1), "ResNet18;"),
    ],
)
def test_a_layer_that_the_page_cannot_run_is_named(model, named):
    with pytest.raises(LadderError) as error:
        layers_of(model, "mine")
    sentence = str(error.value)
    assert sentence.startswith(f"mine: the report's page cannot run {named}")
    assert "take mine out of `try_it`" in sentence


@pytest.fixture
def study(tmp_path):
    """`study(shape, classes, **variants)`: arguments of `export` for variants of (module of models/, loss, options)."""

    def study(shape=(12, 12), classes=("3", "7"), offset=0, **variants):
        facts = tmp_path / "facts.json"
        facts.write_text(json.dumps({"classes": list(classes), "shape": list(shape)}))
        settings, weights = {}, {}
        for name, (module, loss, options) in variants.items():
            settings[name] = {"model": module.__name__.rpartition(".")[2], "loss": loss, "options": options}
            n_outputs = 1 if len(classes) == 2 else len(classes)
            state = {}
            for seed in (0, 1):
                torch.manual_seed(seed)
                in_shape = (1, *shape) if len(shape) == 2 else tuple(shape)
                model = with_random_weights(module.build(in_shape, n_outputs, **options), seed)
                state |= {f"seed{seed}.{key}": value.contiguous() for key, value in model.state_dict().items()}
            weights[name] = str(tmp_path / f"{name}.safetensors")
            save_file(state, weights[name], metadata={"ladder": json.dumps({"offset": offset})})
        return {"variants": settings, "weights": weights, "facts": str(facts)}

    return study


def exported(arguments, path):
    export(str(path), **arguments)
    return json.loads(Path(path).read_text())


THREE = {"line": (linear, "mse", {}), "hidden": (mlp, "mnist_loss", {"hidden": 5}), "net": (cnn, "cross_entropy", {})}


def test_the_file_holds_the_first_seed_of_each_variant(study, tmp_path):
    file = exported(study(**THREE), tmp_path / "models.json")
    assert (file["classes"], file["shape"], file["seed"], file["left_out"]) == (["3", "7"], [12, 12], 0, [])
    assert [(model["name"], model["activation"]) for model in file["models"]] == [
        ("line", "identity"),
        ("hidden", "sigmoid"),
        ("net", "softmax"),
    ]
    images = torch.rand(8, 1, 12, 12)
    for model, (module, _, options) in zip(file["models"], THREE.values(), strict=True):
        torch.manual_seed(0)
        first = with_random_weights(module.build((1, 12, 12), 1, **options))
        with torch.no_grad():
            expected = scores.scores_of(first(images).numpy(), model["activation"])
        outputs = outputs_of([decoded(layer) for layer in model["layers"]], images.numpy())
        np.testing.assert_allclose(scores.scores_of(outputs, model["activation"]), expected, atol=1e-5)


def test_the_bytes_are_the_same_twice(study, tmp_path):
    arguments = study(**THREE)
    for name in ("a", "b"):
        export(str(tmp_path / name), **arguments)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_of_colour_images_no_model_is_exported(study, tmp_path):
    file = exported(study(shape=(3, 12, 12), net=THREE["net"]), tmp_path / "models.json")
    assert (file["models"], file["left_out"]) == ([], [])


def test_a_model_too_large_for_a_page_is_left_out_and_named(study, tmp_path):
    wide = (mlp, "mnist_loss", {"hidden": 5000})
    assert LARGEST < 144 * 5000 * 4
    file = exported(study(wide=wide, line=THREE["line"]), tmp_path / "models.json")
    assert [model["name"] for model in file["models"]] == ["line"]
    assert file["left_out"] == ["wide"]


def test_all_models_of_a_page_have_room_together(study, tmp_path):
    half = (mlp, "mnist_loss", {"hidden": 1100})  # 144 x 1,100 weights as base64: more than half of the room
    line = THREE["line"]
    file = exported(study(first=half, second=half, line=line, third=half), tmp_path / "models.json")
    assert [model["name"] for model in file["models"]] == ["first", "line"]
    assert file["left_out"] == ["second", "third"]
    texts = [
        layer[key]
        for model in file["models"]
        for layer in model["layers"]
        for key in ("weight", "bias")
        if key in layer
    ]
    assert LARGEST / 2 < sum(map(len, texts)) <= LARGEST == 1_000_000


def test_a_model_that_fills_the_room_is_not_left_out(study, tmp_path, monkeypatch):
    room = len(base64.b64encode(bytes(4 * 144))) + len(base64.b64encode(bytes(4)))  # weights and bias
    for less, left_out in ((0, []), (1, ["line"])):
        monkeypatch.setattr("ladder.export.LARGEST", room - less)
        assert exported(study(line=THREE["line"]), tmp_path / "models.json")["left_out"] == left_out


def test_ten_classes_have_ten_outputs(study, tmp_path):
    file = exported(study(classes=tuple("0123456789"), net=THREE["net"]), tmp_path / "models.json")
    assert file["models"][0]["layers"][-1]["shape"][0] == 10


def test_a_variant_whose_first_seed_failed_is_left_out(study, tmp_path, capsys):
    arguments = study(line=THREE["line"], net=THREE["net"], hidden=THREE["hidden"])
    for name, kept in (("line", ["seed1.1.weight", "seed1.1.bias"]), ("net", [])):
        state = load_file(arguments["weights"][name])
        metadata = {"ladder": json.dumps({"offset": 0})}
        save_file({key: state[key] for key in kept}, arguments["weights"][name], metadata)
    file = exported(arguments, tmp_path / "models.json")
    assert [model["name"] for model in file["models"]] == ["hidden"]
    assert file["left_out"] == ["line", "net"]
    assert "line: left out, since its training with seed 0 failed\n" in capsys.readouterr().out


@pytest.mark.parametrize("offset", [0, 7])
def test_the_offset_of_the_inputs_is_that_of_the_training(study, tmp_path, offset):
    assert exported(study(line=THREE["line"], offset=offset), tmp_path / "models.json")["offset"] == offset
