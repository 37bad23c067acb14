"""A net with one hidden layer: the chapter's simple_net."""

import math

import torch
from torch import Tensor, nn


def build(in_shape: tuple[int, int, int], n_outputs: int, hidden: int = 30) -> nn.Module:
    """pixels - hidden - outputs, with a ReLU between."""
    first = OneDnnLinear(math.prod(in_shape), hidden)
    return nn.Sequential(nn.Flatten(), first, nn.ReLU(), nn.Linear(hidden, n_outputs))


class OneDnnLinear(nn.Linear):
    """`nn.Linear` for x [b, in]; on a CPU in float32 its products are oneDNN's, as those of convolutions are.

    PyTorch takes MKL's there, which uses half of what an AMD processor with AVX-512 has, and is slow where a product's
    inner side is no multiple of 16. Of 256 images and 784 x 30 weights a step takes half the time.
    """

    def forward(self, x: Tensor) -> Tensor:
        in_float32 = x.dtype == torch.float32 and not torch.is_autocast_enabled(x.device.type)
        if x.is_cpu and in_float32 and torch.backends.mkldnn.is_available():
            return _Product.apply(x, self.weight, self.bias)
        return super().forward(x)

    def plain_layers(self) -> list[nn.Module]:
        """The layer of PyTorch that computes the same (export.py)."""
        linear = nn.Linear(self.in_features, self.out_features)
        linear.load_state_dict(self.state_dict())
        return [linear]


class _Product(torch.autograd.Function):
    """x [b, in] times the transposed weight [out, in], plus the bias [out]."""

    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _times_transposed(x, weight, bias)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        of_x = _times_transposed(gradient, weight.t()) if ctx.needs_input_grad[0] else None
        return of_x, _times_transposed(gradient.t(), x.t()), gradient.sum(0)


def _times_transposed(a: Tensor, b: Tensor, bias: Tensor | None = None) -> Tensor:
    return torch.ops.mkldnn._linear_pointwise(a, b, bias, "none", [], "")
