from torch import nn


def build(extras):
    layers, width = [], 3
    for i, channels in enumerate([32, 64, 128]):
        layers += [nn.Conv2d(width, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]
        if i < 2:
            layers.append(nn.MaxPool2d(2))
        width = channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))
