from functools import partial
from importlib import import_module

import pytest
import torch
import torchvision
from torch import nn

from ladder.models import _products

LAYER4 = ["layer4.0.conv1", "layer4.0.conv2", "layer4.1.conv1", "layer4.1.conv2"]
MODELS = ("linear", "linear_by_hand", "mlp", "cnn", "resnet18")
SHAPES = ((1, 28, 28), (1, 8, 8), (3, 32, 32))


def build(name, shape=(1, 28, 28), outputs=1, **options):
    return import_module(f"ladder.models.{name}").build(shape, outputs, **options)


def parameters(model):
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("outputs", [1, 10])
def test_a_model_gives_its_outputs_for_every_image(name, shape, outputs):
    torch.manual_seed(0)
    model = build(name, shape, outputs)
    assert all(module.training for module in model.modules())
    images = torch.rand(3, *shape)
    given = model(images)
    assert given.shape == (3, outputs)
    assert given.isfinite().all()
    given.sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    alone = model.eval()(images[1:2])
    torch.testing.assert_close(alone, model(images)[1:2], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "shape", "outputs", "expected"),
    [
        ("linear", (1, 28, 28), 1, 785),
        ("linear", (3, 32, 32), 10, 30_730),
        ("linear_by_hand", (1, 28, 28), 1, 785),
        ("mlp", (1, 28, 28), 1, 23_581),
        ("mlp", (1, 8, 8), 10, 64 * 30 + 30 + 30 * 10 + 10),
        ("cnn", (1, 28, 28), 1, 16 * (25 + 16 * 9) + 32 * 16 * 9 + 16 + 2 * 48 + 32 * 4 * 4 + 1),
        ("resnet18", (3, 32, 32), 10, 11_181_642),  # torchvision's 11,689,512, less 990 classes
        ("resnet18", (1, 28, 28), 10, 11_181_642 - 2 * 64 * 49),
    ],
)
def test_a_model_has_so_many_parameters(name, shape, outputs, expected):
    assert parameters(build(name, shape, outputs)) == expected


def test_the_mlp_has_a_relu_between_its_layers():
    torch.manual_seed(0)
    model, images = build("mlp"), torch.rand(5, 1, 28, 28)
    first, second = (layer for layer in model if isinstance(layer, nn.Linear))
    torch.testing.assert_close(model(images), second(first(images.flatten(1)).clamp(min=0)))


def test_the_mlps_width_is_an_option():
    assert parameters(build("mlp", hidden=7)) == 784 * 7 + 7 + 7 + 1


def test_the_cnns_layers_are_an_option():
    model = build("cnn", (1, 8, 8), 2, layers=[[5, 3, 2]])
    assert parameters(model) == 5 * 9 + 5 + (5 * 3 * 3) * 2 + 2


def test_the_cnn_pads_only_sides_that_are_shorter_than_a_kernel():
    assert [layer.padding for layer in build("cnn") if isinstance(layer, nn.Conv2d)] == [(0, 0)] * 3
    model = build("cnn", (1, 2, 9), layers=[[4, 3, 1], [4, 5, 2], [4, 4, 3]])
    assert [layer.padding for layer in model if isinstance(layer, nn.Conv2d)] == [(1, 0), (2, 0), (2, 2)]
    assert model(torch.rand(3, 1, 2, 9)).shape == (3, 1)


def test_a_line_by_hand_is_nn_linear():
    torch.manual_seed(0)
    library, ours, images = build("linear", outputs=3), build("linear_by_hand", outputs=3), torch.rand(5, 1, 28, 28)
    assert ours(images).tolist() == [[0, 0, 0]] * 5
    ours.load_state_dict({"weights": library[1].weight.T, "bias": library[1].bias})
    torch.testing.assert_close(ours(images), library(images))


@pytest.mark.parametrize("name", MODELS)
def test_the_seed_decides_the_start(name):
    starts = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        starts.append(torch.cat([parameter.flatten() for parameter in build(name).parameters()]))
    assert torch.equal(starts[0], starts[1])
    assert name == "linear_by_hand" or not torch.equal(starts[0], starts[2])


def test_a_colour_image_leaves_the_resnet_as_it_is():
    assert build("resnet18", (3, 32, 32)).conv1.weight.shape == (64, 3, 7, 7)
    assert build("resnet18", (1, 28, 28)).conv1.weight.shape == (64, 1, 7, 7)


def plain_and_ours(shape):
    """torchvision's ResNet-18 for grey images, and ours with its weights."""
    plain, ours = torchvision.models.resnet18(num_classes=1), build("resnet18", (1, *shape))
    plain.conv1 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
    ours.load_state_dict(plain.state_dict())
    return plain.double(), ours.double()


def gradients(model, images, backwards=1):
    for _ in range(backwards):
        model(images).square().mean().backward()
    return {name: parameter.grad for name, parameter in model.named_parameters()}


# With 28x28 the maps of layer3 are 2x2 large and the maps of layer4 1x1; with 33x17 they are 3x2 and 2x1.
@pytest.mark.parametrize("shape", [(28, 28), (33, 17), (8, 8), (72, 72)])
@pytest.mark.parametrize("backwards", [1, 2])
def test_the_resnet_is_torchvisions_up_to_rounding(shape, backwards):
    plain, ours = plain_and_ours(shape)
    images = torch.rand(4, 1, *shape, dtype=torch.float64)
    torch.testing.assert_close(ours(images), plain(images))
    our_gradients = gradients(ours, images, backwards)
    for name, gradient in gradients(plain, images, backwards).items():
        torch.testing.assert_close(our_gradients[name], gradient)


def test_small_maps_are_products_and_weights_that_meet_padding_only_have_no_gradient():
    _, ours = plain_and_ours((28, 28))
    kinds = {name: type(module) for name, module in ours.named_modules() if name.endswith(("conv1", "conv2"))}
    products = [name for name, kind in kinds.items() if kind is _products.ProductConvolution]
    assert products == ["layer3.0.conv2", "layer3.1.conv1", "layer3.1.conv2", *LAYER4]
    our_gradients = gradients(ours, torch.rand(4, 1, 28, 28, dtype=torch.float64))
    patches = [name for name, module in ours.named_modules() if isinstance(module, _products.PatchConvolution)]
    assert patches == ["layer3.0.conv1", "layer3.0.downsample.0", "layer4.0.downsample.0"]
    met = {name: our_gradients[f"{name}.weight"].count_nonzero((0, 1)).bool().sum().item() for name in products}
    assert met == dict.fromkeys(products[:3], 9) | {"layer4.0.conv1": 4} | dict.fromkeys(LAYER4[1:], 1)


def test_gradients_lie_in_memory_as_the_maps_they_belong_to():
    model, seen = build("resnet18"), {}
    for name, module in model.named_modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_hook(partial(_note_strides, seen, name))
    model(torch.rand(4, 1, 28, 28)).sum().backward()
    assert len(seen) == 20
    assert {name: strides for name, strides in seen.items() if len(set(strides)) > 1} == {}


def _note_strides(seen, name, _, inputs, outputs):
    seen[name] = [inputs[0].stride()]
    outputs.register_hook(lambda gradient: seen[name].append(gradient.stride()))


def test_the_order_of_weights_in_memory_is_no_part_of_the_start():
    torch.manual_seed(0)
    small = build("resnet18", (1, 28, 28)).state_dict()
    torch.manual_seed(0)
    large = build("resnet18", (1, 224, 224)).state_dict()
    assert not small["layer4.1.conv2.weight"].is_contiguous()
    assert large["layer4.1.conv2.weight"].is_contiguous()
    assert all(torch.equal(small[name], large[name]) for name in large)


def test_the_gradient_of_a_step_is_not_left_over_from_the_last():
    model = build("resnet18")
    weight = model.layer4[0].conv2.weight
    seen = []
    for seed in (1, 2, 1):
        torch.manual_seed(seed)
        model.zero_grad()
        model(torch.rand(4, 1, 28, 28)).sum().backward()
        seen.append(weight.grad.clone())
    assert torch.equal(seen[0], seen[2])
    assert not torch.equal(seen[0], seen[1])


def test_a_resnets_weights_are_torchvisions():
    assert build("resnet18", (3, 28, 28), 10).state_dict().keys() == torchvision.models.resnet18().state_dict().keys()
