import torch
from torch import nn


class Classifier(nn.Module):
    """The two biases are one parameter, as in ONNX: it is split where the LSTM reads it."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(128, 128, batch_first=True)
        self.classifier = nn.Linear(128, 10)

    def forward(self, x):
        _, (hidden, _) = self.lstm(x)
        return self.classifier(hidden[0])


def build(extras):
    return Classifier()


def weights(declared):
    """From ONNX's order of gates (input, output, forget, cell) and one bias to PyTorch's (i, f, g, o) and two."""

    def gates(w):
        i, o, f, c = w.chunk(4)
        return torch.cat([i, f, c, o])

    w, r, b, *rest = declared
    return [gates(w), gates(r), *[gates(half) for half in b.chunk(2)], *rest]
