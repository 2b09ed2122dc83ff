"""Answers to questions about recurrent networks."""

import copy

import torch

from recurrent import (
    LanguageModel,
    architecture_optimizer,
    losses,
    plain_sgd,
    second_order,
    slopes_of,
    weight_step,
)


class Given:
    """The tensors that came with a question, in one precision."""

    def __init__(self, tensors, dtype):
        self.tensors, self.dtype = tensors, dtype

    def floats(self, name):
        return self.tensors[name].to(self.dtype, copy=True)

    def text(self, name):
        return self.tensors[f"{name}/tokens"], self.tensors[f"{name}/targets"]

    def masks(self, name):
        start = f"{name}/mask."
        return {key[len(start) :]: self.floats(key) for key in self.tensors if key.startswith(start)}


def build(question, given):
    spec = {key: value for key, value in question["network"].items() if key != "kind"}
    network = LanguageModel(**spec).to(given.dtype)
    state = {name[6:]: given.floats(name) for name in given.tensors if name.startswith("state/")}
    wanted = {name: tensor for name, tensor in network.state_dict().items() if "num_batches" not in name}
    if wanted.keys() != state.keys():
        raise ValueError(f"the two sides differ in {sorted(wanted.keys() ^ state.keys())[:4]}")
    for name, tensor in wanted.items():
        if tensor.shape != state[name].shape:
            raise ValueError(f"{name} is {list(tensor.shape)} here and {list(state[name].shape)} there")
        tensor.copy_(state[name])
    return network


def weights(network, group):
    return {f"{group}/weights/{name}": weight for name, weight in network.named_parameters()}


def statistics(network, group):
    return {
        f"{group}/statistics/{name}": buffer.clone()
        for name, buffer in network.named_buffers()
        if "num_batches" not in name
    }


def one_pass(network, alpha, given, settings):
    penalties = {name: settings[name] for name in ("activation", "slowness")}
    masks, hidden = given.masks("masks.pass"), given.floats("hidden.training")
    loss, nll, after = losses(network, given.text("train.0"), hidden, masks, alpha, **penalties)
    names = [name for name, _ in network.named_parameters()]
    inputs = [*network.parameters(), *([] if alpha is None else [alpha])]
    slopes = slopes_of(loss, inputs)
    results = {"pass/loss": loss, "pass/nll": nll, "pass/hidden": after}
    results.update({f"pass/weights/{name}": slope for name, slope in zip(names, slopes)})
    if alpha is not None:
        results["pass/alphas/alpha"] = slopes[-1]
        results.update(statistics(network, "pass"))
    return results


def evaluation(network, alpha, given):
    hidden = given.floats("hidden.training")
    _, nll, after = losses(network.eval(), given.text("train.0"), hidden, {}, alpha)
    return {"evaluation/nll": nll, "evaluation/hidden": after}


def bilevel_steps(network, alpha, given, settings, order):
    group = f"order{order}"
    weight_optimizer, alpha_optimizer = plain_sgd(network, settings), architecture_optimizer(alpha, settings)
    trained, held_back = given.floats("hidden.training"), given.floats("hidden.valid")
    results = {}
    for step in range(settings["steps"]):
        train, valid = given.text(f"train.{step}"), given.text(f"valid.{step}")

        def masks(name):
            return given.masks(f"masks.{order}.{step}.{name}")

        if order == 1:
            loss, _, held_back = losses(network, valid, held_back, masks("valid"), alpha)
            (slope,) = slopes_of(loss, [alpha])
        else:
            three = [masks(name) for name in ("training", "plus", "minus")]
            looked = (valid, held_back, masks("valid"))
            _, slope, held_back = second_order(network, alpha, (train, trained, three), looked, settings)
        alpha.grad = slope.detach()
        alpha_optimizer.step()
        penalties = {name: settings[name] for name in ("activation", "slowness")}
        loss, nll, trained = losses(network, train, trained, masks("weight"), alpha, **penalties)
        results[f"{group}/losses/{step}.train"] = loss
        results[f"{group}/losses/{step}.nll"] = nll
        results[f"{group}/losses/{step}.norm"] = weight_step(
            network, loss, weight_optimizer, settings["clip"]
        )
    results[f"{group}/alphas/alpha"] = alpha
    results[f"{group}/adam/mean.alpha"] = alpha_optimizer.state[alpha]["exp_avg"]
    results[f"{group}/adam/square.alpha"] = alpha_optimizer.state[alpha]["exp_avg_sq"]
    results[f"{group}/hidden/training"] = trained
    results[f"{group}/hidden/valid"] = held_back
    return {**results, **weights(network, group), **statistics(network, group)}


def answer_search(question, tensors, dtype):
    given, settings = Given(tensors, dtype), question["settings"]
    start = build(question, given)

    def fresh():
        return copy.deepcopy(start), given.floats("alpha").requires_grad_()

    results = {**one_pass(*fresh(), given, settings), **evaluation(*fresh(), given)}
    network, alpha = fresh()
    same = [given.masks("masks.pass")] * 3
    train = (given.text("train.0"), given.floats("hidden.training"), same)
    valid = (given.text("valid.0"), given.floats("hidden.valid"), same[0])
    loss, slope, after = second_order(network, alpha, train, valid, settings)
    results.update({"unrolled/loss": loss, "unrolled/alphas/alpha": slope, "unrolled/hidden": after})
    results.update(statistics(network, "unrolled"))
    for order in (1, 2):
        results.update(bilevel_steps(*fresh(), given, settings, order))
    return results


def answer_training(question, tensors, dtype):
    """One step of SGD, then of averaged SGD, each with a learning rate of its own."""
    # ASGD keeps its learning rate and the share of the average as tensors of the default precision.
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        given, settings = Given(tensors, dtype), question["settings"]
        start = build(question, given)
        results = one_pass(copy.deepcopy(start), None, given, settings)
        network = copy.deepcopy(start)
        optimizer = plain_sgd(network, settings)
        hidden = given.floats("hidden.training")
        penalties = {name: settings[name] for name in ("activation", "slowness")}
        for step, rate in enumerate(settings["rates"]):
            if step == 1:
                decay = settings["weight_decay"]
                optimizer = torch.optim.ASGD(
                    network.parameters(), lr=rate, t0=0, lambd=0.0, weight_decay=decay
                )
            optimizer.param_groups[0]["lr"] = rate
            text, masks = given.text(f"train.{step}"), given.masks(f"masks.{step}")
            loss, nll, hidden = losses(network, text, hidden, masks, **penalties)
            results[f"training/losses/{step}.train"] = loss
            results[f"training/losses/{step}.nll"] = nll
            results[f"training/losses/{step}.norm"] = weight_step(
                network, loss, optimizer, settings["clip"]
            )
            if step == 0:
                results.update({key: value.clone() for key, value in weights(network, "first").items()})
        results["training/hidden"] = hidden
        results.update(weights(network, "training"))
        averaged = copy.deepcopy(network)
        with torch.no_grad():
            for target, weight in zip(averaged.parameters(), network.parameters()):
                target.copy_(optimizer.state[weight]["ax"])
        results.update(weights(averaged, "averages"))
        return {**results, **evaluation(averaged, None, given)}
    finally:
        torch.set_default_dtype(before)
