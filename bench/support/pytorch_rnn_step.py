"""Contestant: the same step of a recurrent search by the oracle's PyTorch cell. Drawing the masks is part of it.

usage: pytorch_rnn_step.py batch bptt units words threads settings, the last being JSON
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "test" / "oracle" / "pytorch"))

import torch

from contestant import answer
from recurrent import LanguageModel, architecture_optimizer, losses, plain_sgd, slopes_of, weight_step

batch, bptt, units, words, threads = map(int, sys.argv[1:6])
settings = json.loads(sys.argv[6])

torch.set_num_threads(threads)
torch.manual_seed(2)
nodes, primitives = settings["nodes"], settings["primitives"]
network = LanguageModel(words, units, nodes, primitives=primitives)
alpha = (1e-3 * torch.randn(nodes * (nodes + 1) // 2, len(primitives))).requires_grad_()
weight_optimizer, alpha_optimizer = plain_sgd(network, settings), architecture_optimizer(alpha, settings)
train, valid = ([torch.randint(words, (bptt, batch)) for _ in range(2)] for _ in range(2))
hidden = {"train": torch.zeros(batch, units), "valid": torch.zeros(batch, units)}
penalties = {name: settings[name] for name in ("activation", "slowness")}


def masks():
    keep = {name: 1 - settings[f"dropout_{name}"] for name in ("input", "x", "hidden", "output")}
    return {name: torch.empty(batch, units).bernoulli_(share) / share for name, share in keep.items()}


def run():
    loss, _, hidden["valid"] = losses(network, valid, hidden["valid"], masks(), alpha)
    (alpha.grad,) = slopes_of(loss, [alpha])
    alpha_optimizer.step()
    alpha_given = alpha.detach()
    loss, _, hidden["train"] = losses(network, train, hidden["train"], masks(), alpha_given, **penalties)
    weight_step(network, loss, weight_optimizer, settings["clip"])
    loss.item()


answer(run)
