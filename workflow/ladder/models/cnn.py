"""A small convolutional network: blocks of convolution, batch normalisation and ReLU; the first is not normalised."""

from torch import nn

IDEA = "convolution"

# (channels, kernel, stride); a side of 28 pixels becomes 8, 6, 4. The layers were chosen among 104 pairs of a net (one
# of 46) and a way to train it. Accuracy, log-loss and time decided: means over the seeds 0 to 4 on 3,000 training
# images of MNIST_SAMPLE that were held out, and for the finalists on four such held-out parts. No validation image was
# used (benchmarks/choose_cnn.py).
LAYERS = ((16, 5, 3), (16, 3, 1), (32, 3, 1))


def build(in_shape: tuple[int, int, int], n_outputs: int, layers: list | tuple = ()) -> nn.Module:
    """Return convolutional blocks for `layers` of (channels, kernel, stride), then one linear layer.

    Without `layers`, `layers_for` chooses layers that fit the image.

    A convolution is padded only along a side that is shorter than its kernel, so that at least one pixel is left. The
    first convolution has a bias instead of batch normalisation, which takes a tenth of a step on its large maps and
    gains nothing.
    """
    channels, *sides = in_shape
    blocks = []
    for out, kernel, stride in layers or layers_for(min(sides)):
        padding = tuple(kernel // 2 if side < kernel else 0 for side in sides)
        sides = [(side + 2 * pad - kernel) // stride + 1 for side, pad in zip(sides, padding, strict=True)]
        first = not blocks
        blocks.append(nn.Conv2d(channels, out, kernel, stride, padding, bias=first))
        blocks += [nn.ReLU()] if first else [nn.BatchNorm2d(out), nn.ReLU()]
        channels = out
    return nn.Sequential(*blocks, nn.Flatten(), nn.Linear(channels * sides[0] * sides[1], n_outputs))


def layers_for(side: int) -> tuple[tuple[int, int, int], ...]:
    """Return LAYERS fitted to images whose shorter side has `side` pixels.

    Below 20 pixels the first layer has a 3x3 kernel and a stride of 1, so that it skips no pixel. On large images
    layers with a stride of 2 follow the first layer, until at most 12 pixels are left.
    """
    first = LAYERS[0] if side >= 20 else (LAYERS[0][0], 3, 1)
    side, between = (side - first[1]) // first[2] + 1, []
    while side > 12:
        between.append((32, 3, 2))
        side = (side - 3) // 2 + 1
    return first, *between, *LAYERS[1:]
