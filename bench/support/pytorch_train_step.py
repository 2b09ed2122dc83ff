"""Contestant: the same training step by the oracle's PyTorch network in channels_last. Drawing the masks is part of it.

usage: pytorch_train_step.py eager|compiled channels layers batch threads genotype, the last being JSON
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "test" / "oracle" / "pytorch"))

import torch
from torch.nn import functional

from contestant import answer
from networks import EvaluationNetwork
from steps import weight_step

compiled = sys.argv[1] == "compiled"
channels, layers, batch, threads = map(int, sys.argv[2:6])
genotype = json.loads(sys.argv[6])
classes = 10
# The official evaluation on CIFAR-10 (DARTS, appendix A.2).
rate, momentum, decay, clip, auxiliary, drop = 0.025, 0.9, 3e-4, 5, 0.4, 0.2

torch.set_num_threads(threads)
torch.manual_seed(2)
network = EvaluationNetwork(channels, layers, classes, genotype, "cifar10", True)
network = network.to(memory_format=torch.channels_last).train()
optimizer = torch.optim.SGD(network.parameters(), lr=rate, momentum=momentum, weight_decay=decay)
images = torch.randn(batch, 3, 32, 32).to(memory_format=torch.channels_last)
labels = torch.randint(classes, (batch,))


nodes = [node for cell in network.cells for node in cell.nodes]
paths = sum(not isinstance(each, torch.nn.Identity) for node in nodes for each in node)


def forward(images, masks):
    return network(images, iter(masks.unbind()))


if compiled:
    forward = torch.compile(forward)


def run():
    masks = torch.empty(paths, batch, 1, 1, 1).bernoulli_(1 - drop) / (1 - drop)
    logits, head = forward(images, masks)
    loss = functional.cross_entropy(logits, labels) + auxiliary * functional.cross_entropy(head, labels)
    weight_step(network, loss, optimizer, clip)
    loss.item()


answer(run)
