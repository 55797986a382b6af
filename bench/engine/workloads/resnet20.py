import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    """Basic block; the shortcut of a first block takes every other pixel and pads channels with zeros."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.more = outputs - inputs if stride > 1 else 0

    def forward(self, x):
        y = F.relu(self.norm1(self.first(x)))
        y = self.norm2(self.second(y))
        if self.more:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.more))
        return F.relu(x + y)


def build(extras):
    layers, width = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for channels in [16, 32, 64]:
        for n in range(3):
            layers.append(Block(width, channels, 2 if channels > 16 and n == 0 else 1))
            width = channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
