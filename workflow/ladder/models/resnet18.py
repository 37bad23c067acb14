"""torchvision's ResNet-18, untrained."""

from torch import nn
from torchvision.models import resnet18


def build(in_shape: tuple[int, int, int], n_outputs: int) -> nn.Module:
    """ResNet-18 with `n_outputs`; for grey images its first convolution takes one channel, not three equal ones."""
    model = resnet18(weights=None, num_classes=n_outputs)
    if in_shape[0] != 3:
        model.conv1 = nn.Conv2d(in_shape[0], 64, kernel_size=7, stride=2, padding=3, bias=False)
        nn.init.kaiming_normal_(model.conv1.weight, mode="fan_out", nonlinearity="relu")
    return model
