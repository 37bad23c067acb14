"""Convolutions of small maps as matrix products: equal to nn.Conv2d up to rounding, in less time.

Both classes have the interface of nn.Conv2d, and call nn.Conv2d for inputs that have no product. A model gets its
layers from `convolution`, and calls `order_weights` after the weights are initialised.
"""

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# For each output pixel, the weight of the 3x3 kernel that multiplies each input pixel, by (row, column): its tap.
Taps = tuple[tuple[tuple[int, int], ...], ...]


def convolution(channels: int, out: int, kernel: int, stride: int = 1, *, side: int) -> nn.Conv2d:
    """Return the fastest convolution for maps whose longer side has `side` pixels.

    The convolution has no bias. Its padding is such that a stride of 1 keeps the size; `kernel` is odd.
    """
    kind = nn.Conv2d
    if kernel == 3 and side <= 2:
        kind = ProductConvolution
    elif stride == 2 and side <= 4:
        kind = PatchConvolution
    return kind(channels, out, kernel, stride, padding=kernel // 2, bias=False)


def order_weights(model: nn.Module) -> None:
    """Store the weights of the products in `model` in the order in which they are read; shapes and values stay.

    Call this function after the weights are initialised, since random weights are drawn in the order of memory.
    """
    for module in model.modules():
        if isinstance(module, ProductConvolution | PatchConvolution):
            module.order_weight()


class ProductConvolution(nn.Conv2d):
    """A 3x3 convolution of maps of at most 2x2 pixels as one matrix product.

    On a map this small, every output pixel depends on every input pixel by one weight of the kernel, a tap. So the
    convolution is a full matrix from all input pixels and channels to all output pixels and channels. A tap that
    multiplies only padding is not in the matrix, and its gradient is zero. With images of 28x28 a ResNet-18 has such
    maps in its last two stages.
    """

    def order_weight(self) -> None:
        """Store the weights of one tap side by side in memory."""
        taps = self.weight.detach().permute(2, 3, 0, 1).contiguous()
        self.weight = nn.Parameter(taps.permute(2, 3, 0, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map x [b, channels, height, width] to [b, out, height / stride, width / stride], rounded up."""
        if not (_is_plain(self, x) and (self.kernel_size, self.padding) == ((3, 3), (1, 1)) and max(x.shape[2:]) <= 2):
            return super().forward(x)
        height, width = x.shape[2:]
        stride = self.stride[0]
        matrix = _Matrix.apply(self.weight, _taps(height, width, stride), x.dtype)
        outputs = F.linear(x.permute(0, 2, 3, 1).flatten(1), matrix)
        return _maps(outputs.view(-1, self.out_channels), -(-height // stride), -(-width // stride))


class PatchConvolution(nn.Conv2d):
    """A convolution as one matrix product with the patches of its input (im2col); on a GPU it is nn.Conv2d.

    The outputs of both classes have their channels innermost in memory. With this order, batch normalisation of such
    small maps takes a tenth of the time.
    """

    def order_weight(self) -> None:
        """Store the weights of one output channel in the order of a patch."""
        self.weight = nn.Parameter(self.weight.detach().contiguous(memory_format=torch.channels_last))

    def forward(self, x: Tensor) -> Tensor:
        """Map x [b, channels, height, width] to [b, out, ...], with the sides that nn.Conv2d documents."""
        (kernel, *_), (stride, _), (padding, *_) = self.kernel_size, self.stride, self.padding
        if not (x.is_cpu and _is_plain(self, x)):
            return super().forward(x)
        x = F.pad(x.permute(0, 2, 3, 1), (0, 0, padding, padding, padding, padding))
        pixels, (height, width) = _pixels(*x.shape[1:3], kernel, stride)
        patches = x.flatten(1, 2).index_select(1, pixels).view(-1, kernel * kernel * self.in_channels)
        outputs = F.linear(patches, self.weight.permute(0, 2, 3, 1).flatten(1))
        return _maps(outputs, height, width)


def _is_plain(layer: nn.Conv2d, x: Tensor) -> bool:
    """Return whether x is a batch, and the layer has no bias, the same settings along both sides, and zero padding."""
    settings = layer.groups, layer.dilation, layer.padding_mode, layer.bias, type(layer.padding)
    same = all(len(set(sides)) == 1 for sides in (layer.kernel_size, layer.stride, layer.padding))
    return x.dim() == 4 and settings == (1, (1, 1), "zeros", None, tuple) and same


def _maps(pixels: Tensor, height: int, width: int) -> Tensor:
    """Return [b * height * width, channels] as [b, channels, height, width]; channels stay innermost in memory."""
    if height == width == 1:
        # These are the usual strides. Batch normalisation takes five times as long if a gradient's strides differ from
        # the strides of its map.
        return pixels[..., None, None]
    return pixels.view(-1, height, width, pixels.shape[-1]).permute(0, 3, 1, 2)


@cache
def _taps(height: int, width: int, stride: int) -> Taps:
    """Return the taps of a 3x3 convolution with a padding of 1, for maps of at most 2x2 pixels."""
    return tuple(
        tuple((y - top + 1, x - left + 1) for y in range(height) for x in range(width))
        for top in range(0, height, stride)
        for left in range(0, width, stride)
    )


class _Matrix(torch.autograd.Function):
    """The matrix of a `ProductConvolution`: a block of the kernel's weights for each output and input pixel."""

    @staticmethod
    def forward(ctx, weight: Tensor, taps: Taps, dtype: torch.dtype) -> Tensor:
        """Map weight [out, channels, 3, 3] to [output pixels * out, input pixels * channels] in `dtype`."""
        ctx.save_for_backward(weight)
        ctx.taps = taps
        blocks = {tap: weight[:, :, *tap].to(dtype) for row in taps for tap in row}
        matrix = weight.new_empty(len(taps), len(weight), len(taps[0]), weight.shape[1], dtype=dtype)
        for rows, row in zip(matrix, taps):
            for number, tap in enumerate(row):
                rows[:, number] = blocks[tap]
        return matrix.flatten(2).flatten(0, 1)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, None]:
        """Return the sum of the blocks of each tap, added in the order of the pixels."""
        (weight,), summed = ctx.saved_tensors, set()
        total = torch.zeros_like(weight)
        blocks = gradient.unflatten(1, (-1, weight.shape[1])).unflatten(0, (-1, len(weight)))
        for rows, row in zip(blocks, ctx.taps):
            for number, tap in enumerate(row):
                part = total[:, :, *tap]
                if tap in summed:
                    part += rows[:, number]
                else:
                    part.copy_(rows[:, number])
                    summed.add(tap)
        return total, None, None


@cache
def _pixels(height: int, width: int, kernel: int, stride: int) -> tuple[Tensor, tuple[int, int]]:
    """Return the numbers of the pixels in each patch of a map, patch by patch, and the patches along both sides."""
    patches = torch.arange(height * width).view(height, width).unfold(0, kernel, stride).unfold(1, kernel, stride)
    return patches.flatten(), tuple(patches.shape[:2])
