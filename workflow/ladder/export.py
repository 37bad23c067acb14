"""Export trained models as plain layers, which the report's page runs in the browser.

A model becomes a list of records, in the order in which an image passes through them:

    {kind: flatten}, {kind: relu}
    {kind: linear, shape: [out, in], weight, bias}
    {kind: conv, shape: [out, in, height, width], stride: [down, right], padding: [down, right], weight, bias}

`weight` and `bias` are float32, little-endian, in the order of the shape, as base64. Batch normalisation in evaluation
mode scales and shifts each channel; it is folded into the convolution before it. A custom layer may have a method
`plain_layers`, which returns layers of PyTorch that compute the same.
"""

import base64
import importlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor, nn

from ladder import losses
from ladder.errors import LadderError
from ladder.formats import tensors
from ladder.formats.files import write_json

SEED = 0  # the page shows the model of a variant's first seed
LARGEST = 1_000_000  # bytes of base64 that all models of a page may have together


def export(output: str, variants: dict[str, dict], weights: dict[str, str], facts: str) -> None:
    """Write the models of these variants as one JSON file.

    variants  name to its `model`, `options` and `loss`
    weights   name to the weights file of `train` that has the first seed
    facts     the facts file of `tensorize`

    For colour images no model is written, since a reader of the page draws in grey. `left_out` names the models that
    would make the models together larger than LARGEST, and the models whose first seed failed. Raises LadderError for a
    layer that the page cannot run.
    """
    data = json.loads(Path(facts).read_text(encoding="utf-8"))
    exported = {"classes": data["classes"], "shape": data["shape"], "seed": SEED, "models": [], "left_out": []}
    exported["offset"] = tensors.metadata(next(iter(weights.values())))["offset"] if weights else 0
    room = LARGEST
    if len(data["shape"]) == 2:
        for name, settings in variants.items():
            model = _rebuilt(settings, data, weights[name])
            if model is None:
                print(f"{name}: left out, since its training with seed {SEED} failed")
                exported["left_out"].append(name)
                continue
            layers = [_encoded(layer) for layer in layers_of(model, name)]
            size = sum(len(layer[key]) for layer in layers for key in ("weight", "bias") if key in layer)
            if size > room:
                exported["left_out"].append(name)
                continue
            room -= size
            activation = getattr(losses, settings["loss"]).activation
            exported["models"].append({"name": name, "activation": activation, "layers": layers})
    write_json(output, exported)


def layers_of(model: nn.Module, variant: str) -> list[dict]:
    """Return the layers of a model as records whose `weight` and `bias` are float32 arrays.

    Raises LadderError, naming the layer and the variant, for a layer that has no record.
    """
    layers: list[dict] = []
    for place, module in _leaves(model):
        # The class itself, not a subclass: a subclass may compute something else.
        if type(module) is nn.BatchNorm2d and module.running_var is not None and _is_conv(layers):
            layers[-1] = _folded(layers[-1], module)
        elif records := _records(module, _is_flat(layers)):
            layers += records
        else:
            named = type(module).__name__ if list(module.children()) else str(module)
            raise LadderError(
                f"{variant}: the report's page cannot run {place}{named}; take {variant} out of `try_it`. It runs "
                "nn.Sequential of Flatten, Linear, ReLU, Conv2d and BatchNorm2d after Conv2d"
            )
    return layers


def _rebuilt(settings: dict, data: dict, path: str) -> nn.Module | None:
    """Return the model of the first seed; None where the file has no weights of this seed."""
    classes, prefix = len(data["classes"]), f"seed{SEED}."
    with safe_open(path, "pt") as file:
        names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118 - the file is no dict
        weights = {name.removeprefix(prefix): file.get_tensor(name) for name in names}
    if not weights:
        return None
    build = importlib.import_module(f"ladder.models.{settings['model']}").build
    model = build((1, *data["shape"]), 1 if classes == 2 else classes, **settings["options"])
    model.load_state_dict(weights)
    return model.eval()


def _leaves(module: nn.Module, place: str = "") -> Iterator[tuple[str, nn.Module]]:
    if type(module) is not nn.Sequential:
        layers = module.plain_layers() if hasattr(module, "plain_layers") else [module]
        yield from ((f"layer {place}, " if place else "", layer) for layer in layers)
        return
    for name, child in module.named_children():
        yield from _leaves(child, f"{place}.{name}" if place else name)


def _is_conv(layers: list[dict]) -> bool:
    return bool(layers) and layers[-1]["kind"] == "conv"


def _is_flat(layers: list[dict]) -> bool:
    return any(layer["kind"] in ("flatten", "linear") for layer in layers)


def _records(module: nn.Module, flat: bool) -> list[dict]:
    """Return the records of a layer, usually one; an empty list where the page cannot run the layer.

    flat  whether the layer's input is one vector per image
    """
    kind = type(module)
    if kind is nn.ReLU:
        return [{"kind": "relu"}]
    if kind is nn.Flatten and (module.start_dim, module.end_dim) == (1, -1):
        return [{"kind": "flatten"}]
    # On an input that is not flat, torch's Linear works along the last axis, which the page does not.
    if kind is nn.Linear and flat:
        return [{"kind": "linear", "shape": list(module.weight.shape), **_arrays(module.weight, module.bias)}]
    plain = kind is nn.Conv2d and (module.groups, module.dilation, module.padding_mode) == (1, (1, 1), "zeros")
    if plain and not isinstance(module.padding, str):
        sizes = {"stride": list(module.stride), "padding": list(module.padding)}
        return [{"kind": "conv", "shape": list(module.weight.shape), **sizes, **_arrays(module.weight, module.bias)}]
    return []


def _arrays(weight: Tensor, bias: Tensor | None) -> dict[str, np.ndarray]:
    bias = torch.zeros(len(weight)) if bias is None else bias
    return {"weight": weight.detach().float().numpy(), "bias": bias.detach().float().numpy()}


def _folded(conv: dict, norm: nn.BatchNorm2d) -> dict:
    """Return gamma (w x + b - mean) / sqrt(var + eps) + beta as one convolution, computed in float64."""
    mean, variance = (buffer.double().numpy() for buffer in (norm.running_mean, norm.running_var))
    gamma, beta = (1.0, 0.0) if not norm.affine else (p.detach().double().numpy() for p in (norm.weight, norm.bias))
    scale = gamma / np.sqrt(variance + norm.eps)
    weight = conv["weight"] * scale.reshape(-1, 1, 1, 1)
    bias = (conv["bias"] - mean) * scale + beta
    return conv | {"weight": weight.astype(np.float32), "bias": bias.astype(np.float32)}


def _encoded(layer: dict) -> dict:
    return {key: _base64(value) if isinstance(value, np.ndarray) else value for key, value in layer.items()}


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(array.astype("<f4").tobytes()).decode("ascii")
