"""The supernet and the evaluation network: stem, cells, classifier."""

import torch
from torch import nn

from layers import FactorizedReduce, ReluConvBn, batch_norm, operation


class Cell(nn.Module):
    """What both kinds of cell share: bringing the outputs of the two cells before to one size and width."""

    def __init__(self, before_last, last, channels, reduction, reduced_before, affine):
        super().__init__()
        self.reduction = reduction
        if reduced_before:
            self.preprocess0 = FactorizedReduce(before_last, channels, affine)
        else:
            self.preprocess0 = ReluConvBn(before_last, channels, affine)
        self.preprocess1 = ReluConvBn(last, channels, affine)

    def stride(self, source):
        return 2 if self.reduction and source < 2 else 1


class MixedOperation(nn.Module):
    def __init__(self, primitives, channels, stride):
        super().__init__()
        self.operations = nn.ModuleList(operation(name, channels, stride, search=True) for name in primitives)

    def forward(self, x, weights):
        return sum(weight * each(x) for weight, each in zip(weights, self.operations))


class SearchCell(Cell):
    def __init__(self, before_last, last, channels, reduction, reduced_before, nodes, primitives):
        super().__init__(before_last, last, channels, reduction, reduced_before, affine=False)
        self.nodes = nodes
        self.width = nodes * channels
        self.edges = nn.ModuleList(
            MixedOperation(primitives, channels, self.stride(source))
            for node in range(nodes)
            for source in range(node + 2)
        )

    def forward(self, before_last, last, weights):
        states = [self.preprocess0(before_last), self.preprocess1(last)]
        edge = 0
        for _ in range(self.nodes):
            total = 0
            for state in states:
                total = total + self.edges[edge](state, weights[edge])
                edge += 1
            states.append(total)
        return torch.cat(states[2:], dim=1)


class EvaluationCell(Cell):
    def __init__(self, before_last, last, channels, reduction, reduced_before, genotype):
        super().__init__(before_last, last, channels, reduction, reduced_before, affine=True)
        self.sources = [[edge["source"] for edge in node] for node in genotype["nodes"]]
        self.concat = genotype["concat"]
        self.width = len(self.concat) * channels
        self.nodes = nn.ModuleList(
            nn.ModuleList(
                operation(edge["op"], channels, self.stride(edge["source"]), search=False) for edge in node
            )
            for node in genotype["nodes"]
        )

    def forward(self, before_last, last):
        states = [self.preprocess0(before_last), self.preprocess1(last)]
        for operations, sources in zip(self.nodes, self.sources):
            states.append(sum(each(states[source]) for each, source in zip(operations, sources)))
        return torch.cat([states[index] for index in self.concat], dim=1)


class Network(nn.Module):
    """`make_cell(before_last, last, channels, reduction, reduced_before)` gives each cell."""

    def __init__(self, channels, layers, classes, make_cell):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 3 * channels, 3, padding=1, bias=False), batch_norm(3 * channels, affine=True)
        )
        self.cells = nn.ModuleList()
        before_last = last = 3 * channels
        reduced_before = False
        for layer in range(layers):
            reduction = layer in (layers // 3, 2 * layers // 3)
            if reduction:
                channels *= 2
            cell = make_cell(before_last, last, channels, reduction, reduced_before)
            self.cells.append(cell)
            before_last, last, reduced_before = last, cell.width, reduction
        self.classifier = nn.Linear(last, classes)

    def forward(self, images, run_cell=lambda cell, before_last, last: cell(before_last, last)):
        before_last = last = self.stem(images)
        for cell in self.cells:
            before_last, last = last, run_cell(cell, before_last, last)
        return self.classifier(last.mean(dim=(2, 3)))


class Supernet(Network):
    def __init__(self, channels, layers, classes, nodes, primitives):
        super().__init__(
            channels, layers, classes, lambda *plan: SearchCell(*plan, nodes=nodes, primitives=primitives)
        )

    def forward(self, images, alphas):
        """`alphas` = [normal, reduce], each [edges, primitives]."""
        normal, reduce = (alpha.softmax(dim=-1) for alpha in alphas)
        return super().forward(
            images,
            lambda cell, before_last, last: cell(before_last, last, reduce if cell.reduction else normal),
        )


class EvaluationNetwork(Network):
    def __init__(self, channels, layers, classes, genotype):
        super().__init__(
            channels,
            layers,
            classes,
            lambda *plan: EvaluationCell(*plan, genotype=genotype["reduce" if plan[3] else "normal"]),
        )
