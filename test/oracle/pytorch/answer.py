"""Answers a list of questions: builds each network, gives it the state that came with it, and writes what it makes of it.

usage: answer.py questions.json
"""

import copy
import json
import sys

import torch
from torch.nn import functional

from answer_recurrent import answer_search, answer_training
from exchange import read_tensors, write_tensors
from networks import EvaluationNetwork, Supernet
from steps import first_order, gradients, loss_of, second_order, weight_step

ALPHAS = ("alpha.normal", "alpha.reduce")


def build(question, given, dtype):
    spec = dict(question["network"])
    kind = spec.pop("kind")
    network = {"supernet": Supernet, "evaluation": EvaluationNetwork}[kind](**spec).to(dtype)
    state = {name[6:]: tensor for name, tensor in given.items() if name.startswith("state/")}
    wanted = {name for name in network.state_dict() if not name.endswith("num_batches_tracked")}
    if wanted != set(state):
        raise ValueError(f"the two sides differ in {sorted(wanted ^ set(state))[:4]}")
    for name, tensor in network.state_dict().items():
        if name in state:
            if tensor.shape != state[name].shape:
                raise ValueError(f"{name} is {list(tensor.shape)} here and {list(state[name].shape)} there")
            tensor.copy_(state[name])
    return network


def batch_of(given, name, dtype):
    return given[f"{name}/image"].to(dtype), given[f"{name}/labels"]


def statistics(network, prefix):
    return {
        f"{prefix}/{name}": buffer.clone()
        for name, buffer in network.named_buffers()
        if not name.endswith("num_batches_tracked")
    }


def sgd(network, settings):
    return torch.optim.SGD(
        network.parameters(),
        lr=settings["rate"],
        momentum=settings["momentum"],
        weight_decay=settings["weight_decay"],
    )


def after_steps(network, optimizer, prefix):
    results = statistics(network, f"{prefix}/statistics")
    for name, weight in network.named_parameters():
        results[f"{prefix}/weights/{name}"] = weight
        results[f"{prefix}/velocity/{name}"] = optimizer.state[weight]["momentum_buffer"]
    return results


def bilevel_steps(network, alphas, given, settings, order, dtype, prefix):
    optimizer = sgd(network, settings)
    architect = torch.optim.Adam(
        alphas,
        lr=settings["alpha_rate"],
        betas=(settings["alpha_beta1"], settings["alpha_beta2"]),
        weight_decay=settings["alpha_weight_decay"],
    )
    results = {}
    for step in range(settings["steps"]):
        train, valid = (batch_of(given, f"{split}.{step}", dtype) for split in ("train", "valid"))
        if order == 1:
            valid_loss, slopes = first_order(network, alphas, valid)
        else:
            valid_loss, slopes = second_order(network, alphas, train, valid, optimizer)
        for alpha, slope in zip(alphas, slopes):
            alpha.grad = slope.detach()
        architect.step()
        loss = loss_of(network, alphas, train)
        norm = weight_step(network, loss, optimizer, settings["clip"])
        results[f"{prefix}/losses/{step}.valid"] = valid_loss
        results[f"{prefix}/losses/{step}.train"] = loss
        results[f"{prefix}/losses/{step}.norm"] = norm
    for name, alpha in zip(ALPHAS, alphas):
        results[f"{prefix}/alphas/{name}"] = alpha
        results[f"{prefix}/adam/mean.{name}"] = architect.state[alpha]["exp_avg"]
        results[f"{prefix}/adam/square.{name}"] = architect.state[alpha]["exp_avg_sq"]
    return {**results, **after_steps(network, optimizer, prefix)}


def answer_supernet(question, given, dtype):
    start = build(question, given, dtype)
    settings = question["settings"]

    def fresh():
        return copy.deepcopy(start), [given[name].to(dtype, copy=True).requires_grad_() for name in ALPHAS]

    network, alphas = fresh()
    images, labels = batch_of(given, "train.0", dtype)
    logits = network(images, alphas)
    loss = functional.cross_entropy(logits, labels)
    slopes = gradients(loss, [*alphas, *network.parameters()])
    results = {"pass/logits": logits, "pass/loss": loss, **statistics(network, "pass/statistics")}
    results.update({f"pass/alphas/{name}": slope for name, slope in zip(ALPHAS, slopes)})
    names = [name for name, _ in network.named_parameters()]
    results.update({f"pass/weights/{name}": slope for name, slope in zip(names, slopes[2:])})

    network, alphas = fresh()
    results["evaluation/logits"] = network.eval()(images, alphas)

    network, alphas = fresh()
    optimizer = sgd(network, settings)
    for name, weight in network.named_parameters():
        optimizer.state[weight]["momentum_buffer"] = given[f"velocity/{name}"].to(dtype)
    train, valid = (batch_of(given, f"{split}.0", dtype) for split in ("train", "valid"))
    loss, slopes = second_order(network, alphas, train, valid, optimizer)
    results["unrolled/loss"] = loss
    results.update({f"unrolled/alphas/{name}": slope for name, slope in zip(ALPHAS, slopes)})
    results.update(statistics(network, "unrolled/statistics"))

    for order in (1, 2):
        network, alphas = fresh()
        results.update(bilevel_steps(network, alphas, given, settings, order, dtype, f"order{order}"))
    return results


def training_loss(network, given, step, settings, dtype):
    """The loss, logits, and logits of the auxiliary head."""
    images, labels = batch_of(given, f"train.{step}", dtype)
    masks = given.get(f"train.{step}/drop_path")
    if masks is not None:
        masks = iter(masks.to(dtype).split(len(images)))
    logits, auxiliary = network(images, masks)
    smoothing = settings["label_smoothing"]
    loss = functional.cross_entropy(logits, labels, label_smoothing=smoothing)
    if auxiliary is not None:
        loss = loss + settings["auxiliary"] * functional.cross_entropy(
            auxiliary, labels, label_smoothing=smoothing
        )
    return loss, logits, auxiliary


def answer_evaluation(question, given, dtype):
    start = build(question, given, dtype)
    settings = question["settings"]
    network = copy.deepcopy(start)
    loss, logits, auxiliary = training_loss(network, given, 0, settings, dtype)
    results = {"pass/logits": logits, "pass/loss": loss, **statistics(network, "pass/statistics")}
    if auxiliary is not None:
        results["pass/auxiliary"] = auxiliary
    slopes = gradients(loss, network.parameters())
    for (name, _), slope in zip(network.named_parameters(), slopes):
        results[f"pass/weights/{name}"] = slope

    images, _ = batch_of(given, "train.0", dtype)
    results["evaluation/logits"], _ = copy.deepcopy(start).eval()(images)

    network = copy.deepcopy(start)
    optimizer = sgd(network, settings)
    for step in range(settings["steps"]):
        loss, *_ = training_loss(network, given, step, settings, dtype)
        results[f"training/losses/{step}.norm"] = weight_step(network, loss, optimizer, settings["clip"])
        results[f"training/losses/{step}.train"] = loss
    return {**results, **after_steps(network, optimizer, "training")}


def main():
    # The tensors are tiny: more threads would only wait for each other.
    torch.set_num_threads(1)
    answers = {
        "supernet": answer_supernet,
        "evaluation": answer_evaluation,
        "recurrent search": answer_search,
        "recurrent": answer_training,
    }
    with open(sys.argv[1], encoding="utf-8") as file:
        questions = json.load(file)
    for question in questions:
        given = read_tensors(question["given"])
        for precision, path in question["answers"].items():
            answer = answers[question["network"]["kind"]]
            write_tensors(path, answer(question, given, getattr(torch, precision)))


main()
