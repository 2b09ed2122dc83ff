"""The bilevel step: architecture gradients of first and second order, and the step of the weights.

The optimizers are PyTorch's own.
"""

import copy

import torch
from torch.nn import functional


def loss_of(network, alphas, batch):
    images, labels = batch
    return functional.cross_entropy(network(images, alphas), labels)


def gradients(loss, inputs):
    return torch.autograd.grad(loss, list(inputs), allow_unused=True, materialize_grads=True)


def first_order(network, alphas, valid):
    loss = loss_of(network, alphas, valid)
    return loss, gradients(loss, alphas)


def second_order(network, alphas, train, valid, optimizer, radius=1e-2):
    """Looks one step of `optimizer` ahead along the training loss, without clipping.

    The training passes, at the weights and to both sides of them, are made by the network itself, whose running
    statistics follow; the validation pass is made by a copy that is thrown away.
    """
    weights = list(network.parameters())
    rate, momentum, decay = (optimizer.param_groups[0][key] for key in ("lr", "momentum", "weight_decay"))
    gradient = gradients(loss_of(network, alphas, train), weights)

    ahead = copy.deepcopy(network)
    with torch.no_grad():
        for target, weight, g in zip(ahead.parameters(), weights, gradient):
            velocity = optimizer.state[weight].get("momentum_buffer", torch.zeros_like(weight))
            target.copy_(weight - rate * (momentum * velocity + g + decay * weight))
    loss = loss_of(ahead, alphas, valid)
    both = gradients(loss, [*alphas, *ahead.parameters()])
    explicit, direction = both[: len(alphas)], both[len(alphas) :]

    epsilon = radius / torch.cat([v.flatten() for v in direction]).norm()
    here = [weight.detach().clone() for weight in weights]

    def at(shift):
        with torch.no_grad():
            for weight, start, v in zip(weights, here, direction):
                weight.copy_(start + shift * v)
        return gradients(loss_of(network, alphas, train), alphas)

    positive, negative = at(epsilon), at(-epsilon)
    with torch.no_grad():
        for weight, start in zip(weights, here):
            weight.copy_(start)
    return loss, [d - rate * (p - n) / (2 * epsilon) for d, p, n in zip(explicit, positive, negative)]


def weight_step(network, loss, optimizer, clip):
    """Returns the norm of the gradient before clipping."""
    optimizer.zero_grad()
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(network.parameters(), clip)
    optimizer.step()
    return norm
