"""ResNet-18, untrained: torchvision's, with the names of its weights, without the second that its import takes."""

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CHANNELS = (64, 128, 256, 512)


def build(in_shape: tuple[int, int, int], n_outputs: int) -> nn.Module:
    """ResNet-18 with `n_outputs`; for grey images its first convolution takes one channel, not three equal ones."""
    return ResNet18(in_shape, n_outputs)


class ResNet18(nn.Module):
    """x [b, channels, height, width] to [b, n_outputs].

    The network of table 1 of https://arxiv.org/abs/1512.03385, initialised as torchvision.models.resnet18 does.
    """

    def __init__(self, in_shape: tuple[int, int, int], n_outputs: int) -> None:
        super().__init__()
        channels, *sides = in_shape
        self.conv1 = nn.Conv2d(channels, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        before, side = 64, _halved(_halved(max(sides)))
        for number, out in enumerate(CHANNELS, start=1):
            stride = 1 if number == 1 else 2
            first, side = Block(before, out, side, stride), _halved(side) if stride == 2 else side
            self.add_module(f"layer{number}", nn.Sequential(first, Block(out, out, side)))
            before = out
        self.fc = nn.Linear(before, n_outputs)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        for module in self.modules():
            if isinstance(module, ProductConvolution | PatchConvolution):
                module.order_for_product()

    def forward(self, x: Tensor) -> Tensor:
        # Pooling takes a tenth of the time where channels lie innermost.
        x = self.bn1(self.conv1(x).contiguous(memory_format=torch.channels_last))
        x = F.relu(F.max_pool2d(x, 3, stride=2, padding=1)).contiguous()
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


class Block(nn.Module):
    """Two 3x3 convolutions, added to their input, which a 1x1 convolution brings to their size where it differs.

    side  of the maps that come in, in pixels
    """

    def __init__(self, channels: int, out: int, side: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.bn1 = _convolution(channels, out, 3, side, stride), nn.BatchNorm2d(out)
        self.conv2, self.bn2 = _convolution(out, out, 3, -(-side // stride)), nn.BatchNorm2d(out)
        self.downsample = None
        if channels != out:
            self.downsample = nn.Sequential(_convolution(channels, out, 1, side, stride), nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        kept = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(x)) + kept)


def _halved(side: int) -> int:
    return -(-side // 2)


def _convolution(channels: int, out: int, kernel: int, side: int, stride: int = 1) -> nn.Conv2d:
    kind = nn.Conv2d
    if kernel == 3 and side <= 2:
        kind = ProductConvolution
    elif stride == 2 and side <= 4:
        kind = PatchConvolution
    return kind(channels, out, kernel, stride, padding=kernel // 2, bias=False)


class ProductConvolution(nn.Conv2d):
    """A 3x3 convolution of maps of at most 2x2 pixels as one matrix product; larger ones it takes as `nn.Conv2d` does.

    On so small a map each output pixel meets each input pixel by some weight of the kernel, its tap: the convolution is
    a full matrix from all pixels and channels to all. Taps that only ever meet padding are left out; their gradient is
    zero. Images of 28x28 come to such maps in layer3, and a step of the whole network takes
    half the time that convolutions take.
    """

    def order_for_product(self) -> None:
        """Let the weights of one tap lie side by side in memory; the shape stays."""
        taps = self.weight.detach().permute(2, 3, 0, 1).contiguous()
        self.weight = nn.Parameter(taps.permute(2, 3, 0, 1))

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[-2:]
        if max(height, width) > 2:
            return super().forward(x)
        stride = self.stride[0]
        matrix = _Matrix.apply(self.weight, _taps(height, width, stride), x.dtype, self.__dict__)
        outputs = F.linear(x.permute(0, 2, 3, 1).flatten(1), matrix)
        return _maps(outputs.view(-1, self.out_channels), -(-height // stride), -(-width // stride))


def _maps(pixels: Tensor, height: int, width: int) -> Tensor:
    """[b, channels, height, width] of [b * height * width, channels]; in memory channels stay innermost."""
    if height == width == 1:
        # The usual strides: batch normalisation takes five times as long where a gradient has others than the map.
        return pixels[..., None, None]
    return pixels.view(-1, height, width, pixels.shape[-1]).permute(0, 3, 1, 2)


@cache
def _taps(height: int, width: int, stride: int) -> list[list[tuple[int, int]]]:
    """For each output pixel of a 3x3 convolution padded by 1, the tap by which it meets each input pixel."""
    return [
        [(y - top + 1, x - left + 1) for y in range(height) for x in range(width)]
        for top in range(0, height, stride)
        for left in range(0, width, stride)
    ]


class _Matrix(torch.autograd.Function):
    """The matrix of a `ProductConvolution`: a block of the kernel's weights for each output and input pixel."""

    @staticmethod
    def forward(ctx, weight: Tensor, taps: list[list[tuple[int, int]]], dtype: torch.dtype, kept: dict) -> Tensor:
        ctx.weight, ctx.taps, ctx.kept = weight, taps, kept
        of_tap = {tap: weight[:, :, *tap].to(dtype) for row in taps for tap in row}
        matrix = weight.new_empty(len(taps), len(weight), len(taps[0]), weight.shape[1], dtype=dtype)
        for of_output, row in zip(matrix, taps):
            for number, tap in enumerate(row):
                of_output[:, number] = of_tap[tap]
        return matrix.flatten(2).flatten(0, 1)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[None, None, None, None]:
        # Autograd would fill a tensor of zeros at each step, which costs more than the product itself: one is reused,
        # of which the taps that meet padding only are never written.
        weight, kept, met = ctx.weight, ctx.kept, {tap for row in ctx.taps for tap in row}
        fresh = set()
        if weight.grad is None:
            if kept.get("met") != (met, weight.device):
                kept["met"], kept["zeros"] = (met, weight.device), torch.zeros_like(weight)
            weight.grad, fresh = kept["zeros"], set(met)
        blocks = gradient.unflatten(1, (-1, weight.shape[1])).unflatten(0, (-1, len(weight)))
        for of_output, row in zip(blocks, ctx.taps):
            for number, tap in enumerate(row):
                part = weight.grad[:, :, *tap]
                if tap in fresh:
                    part.copy_(of_output[:, number])
                    fresh.remove(tap)
                else:
                    part += of_output[:, number]
        return None, None, None, None


class PatchConvolution(nn.Conv2d):
    """A convolution that leaves maps of at most 2x2 pixels as one matrix product, of the patches that its kernel meets.

    On a CPU it takes half of the time. In memory its maps have their channels innermost, as those of ProductConvolution
    have: batch normalisation of such small maps takes a tenth of the time then.
    """

    def order_for_product(self) -> None:
        """Let the weights of one output channel lie in the order of a patch; the shape stays."""
        self.weight = nn.Parameter(self.weight.detach().contiguous(memory_format=torch.channels_last))

    def forward(self, x: Tensor) -> Tensor:
        if not x.is_cpu:
            return super().forward(x)
        (kernel, _), (stride, _), (padding, _) = self.kernel_size, self.stride, self.padding
        x = F.pad(x.permute(0, 2, 3, 1), (0, 0, padding, padding, padding, padding))
        pixels, (height, width) = _pixels(*x.shape[1:3], kernel, stride)
        patches = x.flatten(1, 2).index_select(1, pixels).view(-1, kernel * kernel * self.in_channels)
        outputs = F.linear(patches, self.weight.permute(0, 2, 3, 1).flatten(1))
        return _maps(outputs, height, width)


@cache
def _pixels(height: int, width: int, kernel: int, stride: int) -> tuple[Tensor, tuple[int, int]]:
    """Numbers of the pixels in each of a map's patches, one after the other, and how many patches lie in its sides."""
    patches = torch.arange(height * width).view(height, width).unfold(0, kernel, stride).unfold(1, kernel, stride)
    return patches.flatten(), tuple(patches.shape[:2])
