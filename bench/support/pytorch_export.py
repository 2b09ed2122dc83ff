"""Writes the oracle's PyTorch network, with weights of ours, as ONNX files by both exporters of PyTorch.

usage: pytorch_export.py weights genotype channels layers classes opset script-file dynamo-file

One line of JSON: of each exporter, why it wrote nothing, or null.
"""

import contextlib
import io
import json
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "test" / "oracle" / "pytorch"))

import torch

from exchange import read_tensors
from networks import EvaluationNetwork

warnings.simplefilter("ignore")
weights, genotype, channels, layers, classes, opset, script_file, dynamo_file = sys.argv[1:9]


class Logits(torch.nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, image):
        return self.network(image)[0]


network = EvaluationNetwork(int(channels), int(layers), int(classes), json.loads(genotype), "cifar10", False)
state = read_tensors(weights)
wanted = {name for name in network.state_dict() if not name.endswith("num_batches_tracked")}
if wanted != set(state):
    raise ValueError(f"the two sides differ in {sorted(wanted ^ set(state))[:4]}")
with torch.no_grad():
    for name, tensor in network.state_dict().items():
        if name in state:
            tensor.copy_(state[name])
model = Logits(network.eval()).eval()
# Two images: a batch of one would be taken for a constant.
image = torch.zeros(2, 3, 32, 32)


def script():
    torch.onnx.export(
        model, (image,), script_file, dynamo=False, opset_version=int(opset),
        input_names=["image"], output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
    )


def dynamo():
    torch.onnx.export(
        model, (image,), dynamo_file, dynamo=True, external_data=False,
        input_names=["image"], output_names=["logits"],
        dynamic_shapes={"image": {0: torch.export.Dim("batch")}},
    )


def tried(action):
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            action()
    except Exception as error:
        return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
    return None


print(json.dumps({"script": tried(script), "dynamo": tried(dynamo)}))
