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
            if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3) and layer.stride == (1, 1):
                setattr(block, name, Convolution3x3.like(layer))
    return model


class Convolution3x3(nn.Conv2d):
    """A 3x3 convolution that multiplies by the middle of its kernels alone where maps are one pixel large.

    Small images end there (28x28 ones before layer4): the other eight weights of a kernel meet padding only, and their
    gradient is zero. A step of the whole network takes three quarters of the time; on larger maps this is `nn.Conv2d`.
    """

    @classmethod
    def like(cls, layer: nn.Conv2d) -> "Convolution3x3":
        """Take over the weights of a layer with stride and padding 1 and without a bias."""
        new = cls(layer.in_channels, layer.out_channels, 3, padding=1, bias=False, device="meta")
        new.weight = layer.weight
        return new

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-2:] != (1, 1):
            return super().forward(x)
        return F.linear(x.flatten(1), _Middle.apply(self.weight, self.__dict__))[:, :, None, None]


class _Middle(torch.autograd.Function):
    """The middle weight of each kernel, [out, in]. Its gradient reuses one tensor that is zero everywhere else."""

    @staticmethod
    def forward(ctx, weight: Tensor, kept: dict) -> Tensor:
        ctx.weight, ctx.kept = weight, kept
        return weight[:, :, 1, 1].contiguous()

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[None, None]:
        # Autograd would fill a tensor of zeros at each step, which costs more than the product itself.
        weight, kept = ctx.weight, ctx.kept
        if weight.grad is not None:
            weight.grad[:, :, 1, 1] += gradient
            return None, None
        if "zeros" not in kept:
            kept["zeros"] = torch.zeros_like(weight)
        weight.grad = kept["zeros"]
        weight.grad[:, :, 1, 1] = gradient
        return None, None
