"""
Writes small networks as ONNX files by the exporters that people use, with inputs and what PyTorch gives for them.

    python export.py FOLDER [PATTERN]

A folder for each file: model.onnx, input_N.pb, and, for what PyTorch itself computed, float64_N.pb and float32_N.pb.
made.jsonl has a line for each: its name and what is to be held against what, or why it was left out.
"""
import contextlib
import copy
import io
import json
import logging
import os
import re
import sys
import time
import warnings

import numpy
import onnx
import torch

from networks import families, shaken

# By network: which exporter, at which opset, and whether batch and length are open. (When it is traced, torch's
# TransformerEncoder takes the length for a number of its own.)
plan = [
    ('resnet', 'script', 13, False), ('resnet', 'dynamo', 18, True),
    ('mobilenet_v2', 'script', 14, True), ('mobilenet_v2', 'dynamo', 20, False),
    ('mobilenet_v3', 'script', 15, True), ('mobilenet_v3', 'dynamo', 19, True),
    ('efficientnet', 'script', 16, True), ('efficientnet', 'dynamo', 18, False),
    ('convnext', 'script', 17, True), ('convnext', 'dynamo', 20, True),
    ('vit', 'script', 17, True), ('vit', 'dynamo', 18, True),
    ('timm_vit', 'script', 18, False), ('timm_vit', 'dynamo', 19, True),
    ('unet', 'script', 13, True), ('unet', 'dynamo', 18, True),
    ('lstm', 'script', 14, True), ('lstm', 'script', 19, False), ('lstm', 'dynamo', 18, False),
    ('gru', 'script', 15, True), ('gru', 'dynamo', 20, False),
    ('gpt', 'script', 17, True), ('gpt', 'dynamo', 18, True),
    ('encoder', 'script', 16, False), ('encoder', 'dynamo', 19, True),
    ('bert', 'script', 17, True), ('bert', 'dynamo', 18, True),
    ('llama', 'script', 17, True), ('llama', 'dynamo', 20, True),
]
# What onnxruntime's own tools make of some of them.
tools = [
    ('resnet', 'qdq'), ('resnet', 'qoperator'), ('mobilenet_v2', 'qoperator'), ('vit', 'qdq'), ('gpt', 'dynamic'),
    ('lstm', 'dynamic'), ('resnet', 'fp16'), ('gpt', 'fp16'), ('vit', 'fp16'),
    ('encoder', 'optimised'), ('vit', 'optimised'), ('gpt', 'transformer'), ('bert', 'transformer'),
]


def quietly(action):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return action()


def save(folder, kind, values):
    for i, value in enumerate(values):
        array = value.numpy() if isinstance(value, torch.Tensor) else value
        with open(f'{folder}/{kind}_{i}.pb', 'wb') as file:
            file.write(onnx.numpy_helper.from_array(numpy.ascontiguousarray(array)).SerializeToString())


def listed(answer):
    return list(answer) if isinstance(answer, (tuple, list)) else [answer]


def build(family):
    """The network, its inputs, and what it gives in double and in single precision."""
    make, given, *_ = families[family]
    torch.manual_seed(0)
    network = shaken(make())
    inputs = given()
    with torch.no_grad():
        double = copy.deepcopy(network).double()
        wide = [x.double() if x.is_floating_point() else x for x in inputs]
        wide_answer, answer = listed(double(*wide)), listed(network(*inputs))
    # Its own fast path is one op that no exporter knows.
    torch.backends.mha.set_fastpath_enabled(False)
    return network, inputs, wide_answer, answer


def export(family, exporter, opset, open_axes, built, path):
    network, inputs, *_ = built
    _, _, names, axes, outputs = families[family]
    options = {'opset_version': opset, 'input_names': names, 'output_names': outputs, 'dynamo': exporter == 'dynamo'}
    if open_axes and exporter == 'script':
        options['dynamic_axes'] = dict(zip(names, axes))
    if open_axes and exporter == 'dynamo':
        dims = {}
        spec = tuple({a: dims.setdefault(n, torch.export.Dim(n)) for a, n in each.items()} for each in axes)
        takes_list = family in ('lstm', 'gru')
        options['dynamic_shapes'] = (spec[0], spec[1:]) if takes_list else spec
    if exporter == 'dynamo':
        options['external_data'] = False
    with torch.no_grad():
        quietly(lambda: torch.onnx.export(network, tuple(inputs), path, **options))


class Samples:
    def __init__(self, feeds):
        self.left = iter(feeds)

    def get_next(self):
        return next(self.left, None)


def convert(tool, source, names, inputs, path):
    """What a tool of onnxruntime makes of a file."""
    from onnxruntime import quantization as q

    feeds = {name: x.numpy() for name, x in zip(names, inputs)}
    if tool in ('qdq', 'qoperator'):
        form = q.QuantFormat.QDQ if tool == 'qdq' else q.QuantFormat.QOperator
        q.quantize_static(source, path, Samples([feeds]), quant_format=form, per_channel=tool == 'qdq')
    elif tool == 'dynamic':
        q.quantize_dynamic(source, path)
    elif tool == 'fp16':
        from onnxruntime.transformers.float16 import convert_float_to_float16

        onnx.save(convert_float_to_float16(onnx.load(source), keep_io_types=True), path)
    elif tool == 'optimised':
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        options.optimized_model_filepath = path
        onnxruntime.InferenceSession(source, options, providers=['CPUExecutionProvider'])
    else:
        from onnxruntime.transformers import optimizer

        kind = {'gpt': 'gpt2', 'bert': 'bert'}[tool_family]
        made = optimizer.optimize_model(source, model_type=kind, num_heads=4, hidden_size=32, opt_level=0)
        made.save_model_to_file(path)


root = sys.argv[1]
wanted = re.compile(sys.argv[2] if len(sys.argv) > 2 else '')
logging.disable(logging.CRITICAL)
warnings.filterwarnings('ignore')
told = open(f'{root}/made.jsonl', 'w')


def tell(**line):
    print(json.dumps(line), file=told, flush=True)


networks, sources = {}, {}


def folder_of(name):
    os.makedirs(f'{root}/{name}', exist_ok=True)
    return f'{root}/{name}'


def make(name, family, opset, action):
    """One file, or a line that says why there is none."""
    started = time.time()
    try:
        if family not in networks:
            networks[family] = build(family)
        folder = folder_of(name)
        action(networks[family], f'{folder}/model.onnx')
        save(folder, 'input', networks[family][1])
        return folder, time.time() - started
    except Exception as error:
        package = error.name if isinstance(error, ImportError) else None
        reason = f'there is no package {package}' if package else f'{type(error).__name__}: {error}'
        tell(kind='skipped' if package else 'failed', name=name, reason=reason[:600])
        return None, 0


for family, exporter, opset, open_axes in plan:
    name = f'{family}-{exporter}-{opset}{"-open" if open_axes else ""}'
    needed = any(f == family and exporter == 'script' for f, _ in tools)
    if not wanted.search(name) and not (needed and any(wanted.search(f'{f}-{t}') for f, t in tools if f == family)):
        continue
    folder, seconds = make(
        name, family, opset, lambda built, path: export(family, exporter, opset, open_axes, built, path)
    )
    if folder is None:
        continue
    if exporter == 'script':
        sources.setdefault(family, f'{folder}/model.onnx')
    save(folder, 'float64', networks[family][2])
    save(folder, 'float32', networks[family][3])
    if wanted.search(name):
        tell(kind='file', name=name, precision='float32', outputs=len(networks[family][2]), seconds=round(seconds, 2))

for family, tool in tools:
    name = f'{family}-{tool}'
    if not wanted.search(name) or family not in sources:
        continue
    tool_family = family
    folder, seconds = make(
        name, family, None, lambda built, path: quietly(
            lambda: convert(tool, sources[family], families[family][2], built[1], path)
        ),
    )
    if folder is None:
        continue
    exact = tool in ('optimised', 'transformer')
    save(folder, 'float64', networks[family][2])
    save(folder, 'float32', networks[family][3])
    tell(kind='file', name=name, precision='float32' if exact else 'coarse', outputs=len(networks[family][2]), seconds=round(seconds, 2))
