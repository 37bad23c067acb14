"""A small convolutional network: convolution, batch normalisation, ReLU, a few times over; the first one without."""

from torch import nn

# (channels, kernel, stride); 28x28 becomes 8, 6, 4. Chosen among 104 pairs of a net (of 46) and a way to train it, by
# accuracy, log-loss and time: means of the seeds 0 to 4 on 3,000 training images of MNIST_SAMPLE that were held out,
# for the finalists on each of four such parts. The validation images had no say (benchmarks/choose_cnn.py).
LAYERS = ((16, 5, 3), (16, 3, 1), (32, 3, 1))


def build(in_shape: tuple[int, int, int], n_outputs: int, layers: list | tuple = ()) -> nn.Module:
    """Layers of (channels, kernel, stride), then one linear layer on all that is left of the image.

    No layers means those that fit the image (`layers_for`).

    A convolution is padded only along a side that is shorter than its kernel, so that something is left. The first one
    has a bias instead of the normalisation, which on its large maps takes a tenth of a step and gains nothing.
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
    """LAYERS, fitted to images of another shorter side.

    Below 20 pixels the first layer is a small one that leaves out none. On large images layers with a stride of 2 come
    in between, until at most 12 of the pixels are left.
    """
    first = LAYERS[0] if side >= 20 else (LAYERS[0][0], 3, 1)
    side, between = (side - first[1]) // first[2] + 1, []
    while side > 12:
        between.append((32, 3, 2))
        side = (side - 3) // 2 + 1
    return first, *between, *LAYERS[1:]
