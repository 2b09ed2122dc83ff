"""The recurrent half of DARTS: cells, language model, search step and training step.

Written for this test alone, op by op as the paper defines them; only the edges into a node share a product, as they
share a weight. Masks and hidden states are given. The optimizers are PyTorch's own.
"""

import copy

import torch
from torch import nn
from torch.nn import functional

ACTIVATIONS = {
    "tanh": torch.tanh,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "identity": lambda x: x,
}


def masked(value, masks, name):
    return value * masks[name] if name in masks else value


def highway(state, gate, candidate):
    return state + torch.sigmoid(gate) * (candidate - state)


class LanguageModel(nn.Module):
    """Embedding and decoder are one weight. `genotype` makes it a network of one cell, `primitives` one of a search."""

    def __init__(self, words, units, nodes, primitives=None, genotype=None):
        super().__init__()
        self.primitives, self.genotype = primitives, genotype
        self.embedding = nn.Parameter(torch.empty(words, units).uniform_(-0.04, 0.04))
        self.bias = nn.Parameter(torch.zeros(words))
        self.first = nn.Parameter(torch.empty(2 * units, 2 * units).uniform_(-0.04, 0.04))
        self.nodes = nn.ParameterList(
            torch.empty(units, 2 * units).uniform_(-0.04, 0.04) for _ in range(nodes)
        )
        if primitives is not None:
            self.norm = nn.BatchNorm1d(units, eps=1e-5, momentum=0.1, affine=False)

    def first_state(self, x, before, masks):
        both = torch.cat([masked(x, masks, "x"), masked(before, masks, "hidden")], dim=1)
        gate, candidate = (both @ self.first).chunk(2, dim=-1)
        return highway(before, gate, torch.tanh(candidate))

    def search_step(self, x, before, masks, weights):
        states = self.norm(self.first_state(x, before, masks)).unsqueeze(0)
        row = 0
        for weight in self.nodes:
            gates, candidates = (masked(states, masks, "hidden") @ weight).chunk(2, dim=-1)
            p = weights[row : row + len(states)]
            row += len(states)
            total = 0
            for column, name in enumerate(self.primitives):
                if name != "none":
                    each = highway(states, gates, ACTIVATIONS[name](candidates))
                    total = total + (p[:, column, None, None] * each).sum(dim=0)
            states = torch.cat([states, self.norm(total).unsqueeze(0)])
        return states[1:].mean(dim=0)

    def genotype_step(self, x, before, masks):
        states = [self.first_state(x, before, masks)]
        for node, weight in zip(self.genotype["nodes"], self.nodes):
            state = states[node["source"]]
            gate, candidate = (masked(state, masks, "hidden") @ weight).chunk(2, dim=-1)
            states.append(highway(state, gate, ACTIVATIONS[node["op"]](candidate)))
        return sum(states[index] for index in self.genotype["concat"]) / len(self.genotype["concat"])

    def forward(self, tokens, hidden, masks, alpha=None):
        """Outputs of the cell, the same after dropout, logits, each [steps, batch, …]; the last hidden state."""
        table = self.embedding
        if "embedding" in masks:
            table = table * masks["embedding"].unsqueeze(1)
        embedded = masked(functional.embedding(tokens, table), masks, "input")
        weights = None if alpha is None else alpha.softmax(dim=-1)
        raw = []
        for x in embedded:
            if weights is None:
                hidden = self.genotype_step(x, hidden, masks)
            else:
                hidden = self.search_step(x, hidden, masks, weights)
            raw.append(hidden)
        raw = torch.stack(raw)
        outputs = masked(raw, masks, "output")
        return raw, outputs, outputs @ self.embedding.T + self.bias, hidden


def losses(network, text, hidden, masks, alpha=None, activation=0, slowness=0):
    """The loss with its penalties, the mean of −log p (nll) without, and the hidden state to go on from."""
    tokens, targets = text
    raw, outputs, logits, hidden = network(tokens, hidden, masks, alpha)
    nll = functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
    change = raw[1:] - raw[:-1]
    loss = nll + activation * outputs.square().mean() + slowness * change.square().mean()
    return loss, nll, hidden.detach()


def slopes_of(loss, inputs):
    return torch.autograd.grad(loss, list(inputs), allow_unused=True, materialize_grads=True)


def joint_norm(tensors):
    return torch.cat([tensor.flatten() for tensor in tensors]).norm()


def loaded_as_tied(new, old):
    """The weight of a tied encoder and decoder, once a state with a new encoder and an old decoder has been loaded."""
    encoder = nn.Embedding(*new.shape, dtype=new.dtype)
    decoder = nn.Linear(new.shape[1], new.shape[0], bias=False, dtype=new.dtype)
    decoder.weight = encoder.weight
    model = nn.ModuleDict({"encoder": encoder, "decoder": decoder})
    model.load_state_dict({"encoder.weight": new, "decoder.weight": old})
    return encoder.weight


def second_order(network, alpha, train, valid, settings, radius=1e-2):
    """`train` is (text, hidden, three sets of masks), `valid` (text, hidden, masks).

    The step ahead is along the clipped gradient, and decays after the clip. Where the embedding is held,
    the copy that is stepped ahead gets it as the official code's copy does. The second term has the clip's coefficient
    as a factor even where nothing was clipped and it is above 1.
    """
    text, hidden, (at_weights, at_plus, at_minus) = train
    rate, clip = settings["rate"], settings["clip"]
    weights = list(network.parameters())
    gradient = slopes_of(losses(network, text, hidden, at_weights, alpha)[0], weights)
    coefficient = clip / (joint_norm(gradient) + 1e-6)

    ahead = copy.deepcopy(network)
    with torch.no_grad():
        for (name, target), weight, g in zip(ahead.named_parameters(), weights, gradient):
            step = coefficient.clamp(max=1) * g + settings["weight_decay"] * weight
            new = weight - rate * step
            held = name == "embedding" and settings["virtual_embedding"] == "held"
            target.copy_(loaded_as_tied(new, weight) if held else new)
    loss, _, hidden_out = losses(ahead, *valid, alpha)
    explicit, *direction = slopes_of(loss, [alpha, *ahead.parameters()])
    shrink = (clip / (joint_norm(direction) + 1e-6)).clamp(max=1)
    direction = [shrink * v for v in direction]

    epsilon = radius / joint_norm(direction)
    here = [weight.detach().clone() for weight in weights]

    def at(shift, masks):
        with torch.no_grad():
            for weight, start, v in zip(weights, here, direction):
                weight.copy_(start + shift * v)
        return slopes_of(losses(network, text, hidden, masks, alpha)[0], [alpha])[0]

    positive, negative = at(epsilon, at_plus), at(-epsilon, at_minus)
    with torch.no_grad():
        for weight, start in zip(weights, here):
            weight.copy_(start)
    implicit = (positive - negative) / (2 * epsilon)
    return loss, explicit - rate * coefficient * implicit, hidden_out


def weight_step(network, loss, optimizer, clip):
    """Returns the norm of the gradient before clipping."""
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(network.parameters(), clip)
    optimizer.step()
    return norm


def architecture_optimizer(alpha, settings):
    betas = (settings["alpha_beta1"], settings["alpha_beta2"])
    return torch.optim.Adam(
        [alpha], lr=settings["alpha_rate"], betas=betas, weight_decay=settings["alpha_weight_decay"]
    )


def plain_sgd(network, settings):
    return torch.optim.SGD(network.parameters(), lr=settings["rate"], weight_decay=settings["weight_decay"])
