"""ResNet-18, untrained, with the layers and weight names of torchvision, whose import would take a second."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ladder.models._products import convolution, order_weights

IDEA = "convolution"


def build(in_shape: tuple[int, int, int], n_outputs: int) -> nn.Module:
    """Return a ResNet-18 with `n_outputs`. For grey images its first convolution has one input channel, not three."""
    return ResNet18(in_shape, n_outputs)


class ResNet18(nn.Module):
    """Maps x [b, channels, height, width] to [b, n_outputs].

    This is the 18-layer network of table 1 of https://arxiv.org/abs/1512.03385, initialised as
    torchvision.models.resnet18 is.
    """

    def __init__(self, in_shape: tuple[int, int, int], n_outputs: int) -> None:
        super().__init__()
        channels, *sides = in_shape
        quarter, eighth, sixteenth = (-(-max(sides) // part) for part in (4, 8, 16))
        self.conv1 = nn.Conv2d(channels, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(Block(64, 64, quarter), Block(64, 64, quarter))
        self.layer2 = nn.Sequential(Block(64, 128, quarter, stride=2), Block(128, 128, eighth))
        self.layer3 = nn.Sequential(Block(128, 256, eighth, stride=2), Block(256, 256, sixteenth))
        self.layer4 = nn.Sequential(Block(256, 512, sixteenth, stride=2), Block(512, 512, -(-sixteenth // 2)))
        self.fc = nn.Linear(512, n_outputs)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        order_weights(self)

    def forward(self, x: Tensor) -> Tensor:
        # Pooling takes a tenth of the time if channels are innermost in memory.
        x = self.bn1(self.conv1(x).contiguous(memory_format=torch.channels_last))
        x = F.relu(F.max_pool2d(x, 3, stride=2, padding=1)).contiguous()
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


class Block(nn.Module):
    """Two 3x3 convolutions, whose result is added to the input; a 1x1 convolution fits the input's shape if necessary.

    side  longer side of the input maps, in pixels
    """

    def __init__(self, channels: int, out: int, side: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = convolution(channels, out, 3, stride, side=side)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = convolution(out, out, 3, side=-(-side // stride))
        self.bn2 = nn.BatchNorm2d(out)
        self.downsample = None
        if channels != out:
            self.downsample = nn.Sequential(convolution(channels, out, 1, stride, side=side), nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        kept = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(x)) + kept)
