from torch import nn


def conv_bn(inputs, outputs, kernel, stride=1, groups=1, relu=True):
    layers = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, nn.ReLU()) if relu else nn.Sequential(*layers)


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, expansion, stride):
        super().__init__()
        inner = inputs * expansion
        self.expand = conv_bn(inputs, inner, 1)
        self.depthwise = conv_bn(inner, inner, 3, stride, inner)
        self.project = conv_bn(inner, outputs, 1, relu=False)
        self.shortcut = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.project(self.depthwise(self.expand(x)))
        return x + y if self.shortcut else y


def build(extras):
    layers, width = [conv_bn(3, 16, 3)], 16
    for channels, expansion, stride in [(24, 4, 2), (24, 4, 1), (40, 4, 2), (40, 4, 1), (80, 4, 2), (80, 4, 1)]:
        layers.append(InvertedResidual(width, channels, expansion, stride))
        width = channels
    return nn.Sequential(
        *layers, conv_bn(width, 160, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(160, 10)
    )
