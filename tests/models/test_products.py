"""The products that replace small convolutions, against nn.Conv2d."""

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from ladder.models._products import PatchConvolution, ProductConvolution, convolution, order_weights

SMALL = ((2, 2), (2, 1), (1, 2), (1, 1))


def pair(kind, *arguments, **options):
    """A layer of `kind` whose weights are ordered, and nn.Conv2d with the same weights."""
    torch.manual_seed(0)
    ours, plain = (made(*arguments, **options) for made in (kind, nn.Conv2d))
    order_weights(ours)
    plain.load_state_dict(ours.state_dict())
    return ours, plain


def outputs_and_gradients(layer, images):
    """The outputs of a layer for images, and the gradients of their squares by the images and the weights."""
    entering = images.clone().requires_grad_()
    outputs = layer(entering)
    outputs.square().sum().backward()
    return [outputs.detach(), entering.grad, *(parameter.grad for parameter in layer.parameters())]


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("sides", SMALL)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_product_is_the_convolution_up_to_rounding(sides, stride, dtype):
    ours, plain = (layer.to(dtype) for layer in pair(ProductConvolution, 3, 5, 3, stride, padding=1, bias=False))
    images = torch.rand(4, 3, *sides, dtype=dtype)
    torch.testing.assert_close(outputs_and_gradients(ours, images), outputs_and_gradients(plain, images))


@pytest.mark.parametrize(("kernel", "stride"), [(3, 2), (1, 2), (3, 1), (5, 3)])
@pytest.mark.parametrize("sides", [(4, 4), (3, 7), *SMALL])
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_a_product_of_patches_is_the_convolution_up_to_rounding(kernel, stride, sides, device):
    layers = pair(PatchConvolution, 3, 5, kernel, stride, padding=kernel // 2, bias=False)
    images = torch.rand(2, 3, *sides, device=device)
    ours, plain = (outputs_and_gradients(layer.to(device), images) for layer in layers)
    assert [tensor.shape for tensor in ours] == [tensor.shape for tensor in plain]
    if device == "cpu":
        torch.testing.assert_close(ours, plain)


@pytest.mark.parametrize(("kind", "sides"), [(ProductConvolution, (2, 2)), (PatchConvolution, (4, 3))])
def test_a_product_in_bfloat16_is_the_convolution_up_to_its_rounding(kind, sides):
    ours, plain = pair(kind, 3, 5, 3, 2, padding=1, bias=False)
    images = torch.rand(4, 3, *sides)
    with torch.autocast("cpu", torch.bfloat16):
        ours, plain = (outputs_and_gradients(layer, images) for layer in (ours, plain))
    assert [tensor.dtype for tensor in ours] == [torch.bfloat16, torch.float32, torch.float32]
    for value, expected in zip(ours, plain):
        torch.testing.assert_close(value, expected, rtol=0.05, atol=0.05)


@pytest.mark.parametrize("kind", [ProductConvolution, PatchConvolution])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"bias": True},
        {"stride": (1, 2)},
        {"groups": 2},
        {"dilation": 2, "padding": 2},
        {"padding": "same"},
        {"padding": (1, 0), "kernel_size": (3, 1)},
        {"padding_mode": "circular"},
        {"padding_mode": "replicate"},
    ],
    ids=lambda options: ", ".join(options) or "3x3",
)
@pytest.mark.parametrize("shape", [(3, 4, 2, 2), (4, 2, 2), (3, 4, 7, 4)], ids=["batch", "one image", "large"])
def test_every_other_layer_and_input_is_left_to_nn_conv2d(kind, options, shape):
    ours, plain = pair(kind, 4, 6, **{"kernel_size": 3, "padding": 1, "bias": False} | options)
    images = torch.rand(shape)
    torch.testing.assert_close(outputs_and_gradients(ours, images), outputs_and_gradients(plain, images))


@pytest.mark.parametrize(("kind", "side"), [(ProductConvolution, 2), (PatchConvolution, 3)])
def test_gradients_and_their_gradients_are_those_of_the_outputs(kind, side):
    layer, _ = pair(kind, 2, 2, 3, 2, padding=1, bias=False, dtype=torch.float64)
    images = torch.rand(2, 2, side, side, dtype=torch.float64, requires_grad=True)

    def outputs(images, weight):
        return torch.func.functional_call(layer, {"weight": weight}, (images,))

    assert torch.autograd.gradcheck(outputs, (images, layer.weight))
    assert torch.autograd.gradgradcheck(outputs, (images, layer.weight))


def test_a_gradient_is_returned_to_who_asks_for_it():
    ours, plain = pair(ProductConvolution, 3, 5, 3, padding=1, bias=False)
    images = torch.rand(4, 3, 1, 1)
    gradient, expected = (torch.autograd.grad(layer(images).square().sum(), layer.weight) for layer in (ours, plain))
    torch.testing.assert_close(gradient, expected)
    assert ours.weight.grad is None


def test_a_gradient_that_is_kept_is_not_that_of_the_next_step():
    layer, _ = pair(ProductConvolution, 3, 5, 3, padding=1, bias=False)
    kept = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        layer.zero_grad()
        layer(torch.rand(4, 3, 1, 1)).square().sum().backward()
        kept.append((layer.weight.grad, layer.weight.grad.clone()))
    for gradient, copy in kept:
        assert torch.equal(gradient, copy)
    assert not torch.equal(kept[0][0], kept[1][0])


def test_gradients_of_several_passes_are_added():
    ours, plain = pair(ProductConvolution, 3, 5, 3, padding=1, bias=False)
    for layer in (ours, plain):
        for seed in (1, 2):
            torch.manual_seed(seed)
            layer(torch.rand(4, 3, 2, 2)).square().sum().backward()
    torch.testing.assert_close(ours.weight.grad, plain.weight.grad)


class Shapes(TorchDispatchMode):
    """Records the name of each ATen operator, the gradients' too, that returns a tensor of one shape."""

    def __init__(self, shape):
        super().__init__()
        self.shape, self.called = shape, []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        outputs = func(*args, **(kwargs or {}))
        if isinstance(outputs, torch.Tensor) and outputs.shape == self.shape:
            self.called.append(str(func.overloadpacket))
        return outputs


def test_a_gradient_becomes_the_weights_without_a_copy():
    layer, _ = pair(ProductConvolution, 3, 5, 3, padding=1, bias=False)
    outputs = layer(torch.rand(4, 3, 1, 1)).square().sum()
    with Shapes(layer.weight.shape) as operators:
        outputs.backward()
    assert "aten.zeros_like" in operators.called
    assert not {"aten.clone", "aten.copy_", "aten.new_empty_strided"} & set(operators.called)


@pytest.mark.parametrize(("kind", "side"), [(ProductConvolution, 1), (PatchConvolution, 3)])
def test_a_gradient_lies_in_memory_as_its_weight(kind, side):
    layer, _ = pair(kind, 3, 5, 3, 2, padding=1, bias=False)
    layer(torch.rand(4, 3, side, side)).square().sum().backward()
    assert not layer.weight.is_contiguous()
    assert layer.weight.grad.stride() == layer.weight.stride()


@pytest.mark.parametrize(
    ("kernel", "stride", "side", "kind"),
    [
        *((3, 1, 3, nn.Conv2d), (3, 1, 2, ProductConvolution), (3, 2, 2, ProductConvolution)),
        *((3, 2, 5, nn.Conv2d), (3, 2, 4, PatchConvolution), (1, 2, 1, PatchConvolution), (1, 1, 1, nn.Conv2d)),
    ],
)
def test_the_size_of_the_maps_decides_the_kind(kernel, stride, side, kind):
    layer = convolution(3, 5, kernel, stride, side=side)
    assert type(layer) is kind
    assert layer(torch.rand(2, 3, side, side)).shape == (2, 5, -(-side // stride), -(-side // stride))
