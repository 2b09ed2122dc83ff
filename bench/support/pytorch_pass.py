"""Contestant: the same first-order pass by the oracle's PyTorch network.

usage: pytorch_pass.py contiguous|channels_last|compiled channels layers batch threads nodes primitives

`compiled` is torch.compile, in channels_last.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "test" / "oracle" / "pytorch"))

import torch

from contestant import answer
from networks import Supernet
from steps import gradients, loss_of

layout, *numbers = sys.argv[1:6]
channels, layers, batch, threads = map(int, numbers)
nodes, primitives = int(sys.argv[6]), sys.argv[7].split(",")
classes = 10

torch.set_num_threads(threads)
torch.manual_seed(2)
memory_format = torch.contiguous_format if layout == "contiguous" else torch.channels_last
network = Supernet(channels, layers, classes, nodes, primitives).to(memory_format=memory_format)
if layout == "compiled":
    network = torch.compile(network)
images = torch.randn(batch, 3, 32, 32).to(memory_format=memory_format)
labels = torch.randint(classes, (batch,))
edges = nodes * (nodes + 3) // 2
alphas = [(1e-3 * torch.randn(edges, len(primitives))).requires_grad_() for _ in range(2)]


def run():
    return gradients(loss_of(network, alphas, (images, labels)), [*alphas, *network.parameters()])


answer(run)
