"""The operations of the DARTS CNN space, as the paper and its supplement define them.

Written for this test alone, in the plainest form: nothing is shared between edges, nothing is fused or reordered.
"""

import torch
from torch import nn


def batch_norm(channels, affine):
    return nn.BatchNorm2d(channels, eps=1e-5, momentum=0.1, affine=affine)


class Zero(nn.Module):
    def __init__(self, stride):
        super().__init__()
        self.stride = stride

    def forward(self, x):
        return 0.0 * x[:, :, :: self.stride, :: self.stride]


class Pool(nn.Module):
    """3x3 with padding 1. Padding never counts: it is -inf under a maximum, and left out of a mean.

    Only in a search is a pool followed by batch norm.
    """

    def __init__(self, kind, channels, stride, search):
        super().__init__()
        if kind == "max":
            self.pool = nn.MaxPool2d(3, stride, padding=1)
        else:
            self.pool = nn.AvgPool2d(3, stride, padding=1, count_include_pad=False)
        self.bn = batch_norm(channels, affine=False) if search else nn.Identity()

    def forward(self, x):
        return self.bn(self.pool(x))


class ReluConvBn(nn.Module):
    """1x1, used to bring a cell's inputs to its number of channels."""

    def __init__(self, inputs, outputs, affine):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.bn = batch_norm(outputs, affine)

    def forward(self, x):
        return self.bn(self.conv(torch.relu(x)))


class FactorizedReduce(nn.Module):
    """Halves the image: one half of the channels from the even pixels, the other from the odd ones."""

    def __init__(self, inputs, outputs, affine):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs // 2, 1, stride=2, bias=False)
        self.conv2 = nn.Conv2d(inputs, outputs // 2, 1, stride=2, bias=False)
        self.bn = batch_norm(outputs, affine)

    def forward(self, x):
        x = torch.relu(x)
        return self.bn(torch.cat([self.conv1(x), self.conv2(x[:, :, 1:, 1:])], dim=1))


class DepthwiseSeparable(nn.Module):
    """ReLU, a convolution of each channel by itself, one across channels, batch norm."""

    def __init__(self, channels, kernel, stride, dilation, affine):
        super().__init__()
        padding = dilation * (kernel - 1) // 2
        self.depthwise = nn.Conv2d(
            channels, channels, kernel, stride, padding, dilation, groups=channels, bias=False
        )
        self.pointwise = nn.Conv2d(channels, channels, 1, bias=False)
        self.bn = batch_norm(channels, affine)

    def forward(self, x):
        return self.bn(self.pointwise(self.depthwise(torch.relu(x))))


class Factorised7x7(nn.Module):
    """1x7 across and 7x1 down, over all channels together."""

    def __init__(self, channels, stride, affine):
        super().__init__()
        self.across = nn.Conv2d(channels, channels, (1, 7), (1, stride), (0, 3), bias=False)
        self.down = nn.Conv2d(channels, channels, (7, 1), (stride, 1), (3, 0), bias=False)
        self.bn = batch_norm(channels, affine)

    def forward(self, x):
        return self.bn(self.down(self.across(torch.relu(x))))


def operation(name, channels, stride, search):
    """An operation by its published name. In a search batch norm is not trained."""
    affine = not search

    def separable(kernel):
        return nn.Sequential(
            DepthwiseSeparable(channels, kernel, stride, 1, affine),
            DepthwiseSeparable(channels, kernel, 1, 1, affine),
        )

    if name == "none":
        return Zero(stride)
    if name == "max_pool_3x3":
        return Pool("max", channels, stride, search)
    if name == "avg_pool_3x3":
        return Pool("mean", channels, stride, search)
    if name == "skip_connect":
        return nn.Identity() if stride == 1 else FactorizedReduce(channels, channels, affine)
    if name == "sep_conv_3x3":
        return separable(3)
    if name == "sep_conv_5x5":
        return separable(5)
    if name == "sep_conv_7x7":
        return separable(7)
    if name == "dil_conv_3x3":
        return DepthwiseSeparable(channels, 3, stride, 2, affine)
    if name == "dil_conv_5x5":
        return DepthwiseSeparable(channels, 5, stride, 2, affine)
    if name == "conv_7x1_1x7":
        return Factorised7x7(channels, stride, affine)
    raise ValueError(f"no operation {name}")
