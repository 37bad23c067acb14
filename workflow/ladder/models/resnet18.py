"""ResNet-18, untrained: torchvision's, with the names of its weights, without the second that its import takes."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CHANNELS = (64, 128, 256, 512)


def build(in_shape: tuple[int, int, int], n_outputs: int) -> nn.Module:
    """ResNet-18 with `n_outputs`; for grey images its first convolution takes one channel, not three equal ones."""
    return ResNet18(in_shape[0], n_outputs)


class ResNet18(nn.Module):
    """x [b, channels, height, width] to [b, n_outputs].

    The network of table 1 of https://arxiv.org/abs/1512.03385, initialised as torchvision.models.resnet18 does.
    """

    def __init__(self, channels: int, n_outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        before = 64
        for number, out in enumerate(CHANNELS, start=1):
            blocks = Block(before, out, stride=1 if number == 1 else 2), Block(out, out)
            self.add_module(f"layer{number}", nn.Sequential(*blocks))
            before = out
        self.fc = nn.Linear(before, n_outputs)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, stride=2, padding=1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


class Block(nn.Module):
    """Two 3x3 convolutions, added to their input, which a 1x1 convolution brings to their size where it differs."""

    def __init__(self, channels: int, out: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.bn1 = Convolution3x3(channels, out, stride), nn.BatchNorm2d(out)
        self.conv2, self.bn2 = Convolution3x3(out, out), nn.BatchNorm2d(out)
        self.downsample = None
        if channels != out:
            self.downsample = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        kept = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(x)) + kept)


class Convolution3x3(nn.Conv2d):
    """A 3x3 convolution that is a single matrix product where its output is one pixel large.

    Small images end there (28x28 ones in layer4). All other weights of its kernels meet padding only, and their
    gradient is zero. A step of the whole network takes three quarters of the time; elsewhere this is `nn.Conv2d`.
    """

    def __init__(self, channels: int, out: int, stride: int = 1) -> None:
        super().__init__(channels, out, 3, stride, padding=1, bias=False)

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
