import torch
import torch.nn.functional as F
from torch import nn


class GcnConv(nn.Module):
    """As gcn.ts. A product with a sparse matrix is faster here than index_select and index_add."""

    def __init__(self, inputs, outputs, matrix, scale):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.matrix, self.scale = matrix, scale

    def forward(self, x):
        return (self.matrix @ ((x @ self.weight) * self.scale)) * self.scale + self.bias


class Gcn(nn.Module):
    def __init__(self, edges, nodes):
        super().__init__()
        own = torch.arange(nodes)
        sources, targets = torch.cat([edges[0], own]), torch.cat([edges[1], own])
        ones = torch.ones(len(targets))
        matrix = torch.sparse_coo_tensor(torch.stack([targets, sources]), ones, (nodes, nodes)).to_sparse_csr()
        scale = torch.zeros(nodes).index_add(0, targets, ones).rsqrt().unsqueeze(1)
        self.layers = nn.ModuleList(GcnConv(i, o, matrix, scale) for i, o in [(64, 64), (64, 64), (64, 7)])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


def build(extras):
    return Gcn(extras["edges"], 1000)
