"""torchvision's ResNet-18, untrained."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models import resnet18


def build(in_shape: tuple[int, int, int], n_outputs: int) -> nn.Module:
    """ResNet-18 with `n_outputs`; for grey images its first convolution takes one channel, not three equal ones."""
    model = resnet18(weights=None, num_classes=n_outputs)
    if in_shape[0] != 3:
        model.conv1 = nn.Conv2d(in_shape[0], 64, kernel_size=7, stride=2, padding=3, bias=False)
        nn.init.kaiming_normal_(model.conv1.weight, mode="fan_out", nonlinearity="relu")
    for block in model.layer4:
        for name, layer in block.named_children():
            if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3):
                setattr(block, name, Convolution3x3.like(layer))
    return model


class Convolution3x3(nn.Conv2d):
    """A 3x3 convolution that is a single matrix product where its output is one pixel large.

    Small images end there (28x28 ones in layer4). All other weights of its kernels meet padding only, and their
    gradient is zero. A step of the whole network takes three quarters of the time; elsewhere this is `nn.Conv2d`.
    """

    @classmethod
    def like(cls, layer: nn.Conv2d) -> "Convolution3x3":
        """Take over the weights and the stride of a layer with padding 1 and without a bias."""
        new = cls(layer.in_channels, layer.out_channels, 3, layer.stride, padding=1, bias=False, device="meta")
        new.weight = layer.weight
        return new

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        if max(height, width) > self.stride[0]:
            return super().forward(x)
        kernels = _Met.apply(self.weight, height, width, self.__dict__)
        return F.linear(x.flatten(1), kernels.flatten(1))[:, :, None, None]


class _Met(torch.autograd.Function):
    """The part of each kernel that meets a map of height x width pixels, when its middle is on the first of them.

    Its gradient reuses one tensor that is zero everywhere else.
    """

    @staticmethod
    def forward(ctx, weight: Tensor, height: int, width: int, kept: dict) -> Tensor:
        ctx.weight, ctx.part, ctx.kept = weight, (..., slice(1, 1 + height), slice(1, 1 + width)), kept
        return weight[ctx.part].contiguous()

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[None, None, None, None]:
        # Autograd would fill a tensor of zeros at each step, which costs more than the product itself.
        weight, kept = ctx.weight, ctx.kept
        if weight.grad is not None:
            weight.grad[ctx.part] += gradient
            return None, None, None, None
        if kept.get("met") != (ctx.part, weight.device):
            kept["met"], kept["zeros"] = (ctx.part, weight.device), torch.zeros_like(weight)
        weight.grad = kept["zeros"]
        weight.grad[ctx.part] = gradient
        return None, None, None, None
