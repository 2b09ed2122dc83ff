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

    def forward(self, before_last, last, masks):
        def run(each, state):
            y = each(state)
            return y if masks is None or isinstance(each, nn.Identity) else y * next(masks)

        states = [self.preprocess0(before_last), self.preprocess1(last)]
        for operations, sources in zip(self.nodes, self.sources):
            states.append(sum(run(each, states[source]) for each, source in zip(operations, sources)))
        return torch.cat([states[index] for index in self.concat], dim=1)


def conv3x3(inputs, outputs, stride):
    return nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)


class CifarStem(nn.Sequential):
    """One convolution at full size, which is both sources of the first cell."""

    def __init__(self, channels):
        width = 3 * channels
        super().__init__(conv3x3(3, width, 1), batch_norm(width, affine=True))
        self.width = width

    def forward(self, images):
        y = super().forward(images)
        return y, y


class ImageNetStem(nn.Module):
    """Three convolutions of stride 2. The sources of the first cell are the outputs of the last two."""

    def __init__(self, channels):
        super().__init__()
        self.width = channels
        self.first = nn.Sequential(
            conv3x3(3, channels // 2, 2),
            batch_norm(channels // 2, affine=True),
            nn.ReLU(),
            conv3x3(channels // 2, channels, 2),
            batch_norm(channels, affine=True),
        )
        self.second = nn.Sequential(
            nn.ReLU(), conv3x3(channels, channels, 2), batch_norm(channels, affine=True)
        )

    def forward(self, images):
        first = self.first(images)
        return first, self.second(first)


class AuxiliaryHead(nn.Module):
    """The ImageNet head pools with another stride, and has no batch norm after its second convolution."""

    def __init__(self, inputs, classes, imagenet):
        super().__init__()
        self.pool = nn.AvgPool2d(5, stride=2 if imagenet else 3)
        self.conv0 = nn.Conv2d(inputs, 128, 1, bias=False)
        self.bn0 = batch_norm(128, affine=True)
        self.conv1 = nn.Conv2d(128, 768, 2, bias=False)
        self.bn1 = nn.Identity() if imagenet else batch_norm(768, affine=True)
        self.classifier = nn.Linear(768, classes)

    def forward(self, x):
        x = torch.relu(self.bn0(self.conv0(self.pool(torch.relu(x)))))
        x = torch.relu(self.bn1(self.conv1(x)))
        return self.classifier(x.flatten(1))


class Network(nn.Module):
    """`make_cell(before_last, last, channels, reduction, reduced_before)` gives each cell."""

    def __init__(self, channels, layers, classes, make_cell, stem="cifar10"):
        super().__init__()
        imagenet = stem == "imagenet"
        self.stem = ImageNetStem(channels) if imagenet else CifarStem(channels)
        self.cells = nn.ModuleList()
        before_last = last = self.stem.width
        # The last convolution of the ImageNet stem halves the image, as a reduction cell would.
        reduced_before = imagenet
        for layer in range(layers):
            reduction = layer in (layers // 3, 2 * layers // 3)
            if reduction:
                channels *= 2
            cell = make_cell(before_last, last, channels, reduction, reduced_before)
            self.cells.append(cell)
            before_last, last, reduced_before = last, cell.width, reduction
        self.classifier = nn.Linear(last, classes)

    def cell_outputs(self, images, run_cell):
        before_last, last = self.stem(images)
        for cell in self.cells:
            before_last, last = last, run_cell(cell, before_last, last)
            yield last

    def classify(self, features):
        return self.classifier(features.mean(dim=(2, 3)))


class Supernet(Network):
    def __init__(self, channels, layers, classes, nodes, primitives):
        super().__init__(
            channels, layers, classes, lambda *plan: SearchCell(*plan, nodes=nodes, primitives=primitives)
        )

    def forward(self, images, alphas):
        """`alphas` = [normal, reduce], each [edges, primitives]."""
        normal, reduce = (alpha.softmax(dim=-1) for alpha in alphas)
        *_, last = self.cell_outputs(
            images,
            lambda cell, before_last, last: cell(before_last, last, reduce if cell.reduction else normal),
        )
        return self.classify(last)


class EvaluationNetwork(Network):
    def __init__(self, channels, layers, classes, genotype, stem, auxiliary):
        super().__init__(
            channels,
            layers,
            classes,
            lambda *plan: EvaluationCell(*plan, genotype=genotype["reduce" if plan[3] else "normal"]),
            stem,
        )
        self.auxiliary_layer = 2 * layers // 3
        if auxiliary:
            width = self.cells[self.auxiliary_layer].width
            self.auxiliary = AuxiliaryHead(width, classes, stem == "imagenet")

    def forward(self, images, masks=None):
        """Logits, and those of the auxiliary head: None where there is none, and outside of training.

        `masks`, of drop path, are an iterator over [N, 1, 1, 1], one for each operation that is not an identity.
        """
        outputs = list(
            self.cell_outputs(images, lambda cell, before_last, last: cell(before_last, last, masks))
        )
        has_head = self.training and hasattr(self, "auxiliary")
        auxiliary = self.auxiliary(outputs[self.auxiliary_layer]) if has_head else None
        return self.classify(outputs[-1]), auxiliary
