"""What Python says of the files that Nascent writes: `python judge.py FOLDER`.

FOLDER/files.json lists them: a name, the file, how far answers may be apart, and where the weights lie beside the file the
one that holds them. Prints a line of JSON for each check of each file: which, and what is wrong (null where nothing is) or
how far apart.

checker    ONNX's own, with types and shapes of all values
inference  of shapes, strict, with what is known of small tensors
runtime    onnxruntime opens it and answers; with weights beside it to the bit what it answers with them inside
evaluator  ONNX's reference evaluator answers the same
"""
import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")
import numpy
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

DTYPES = {1: numpy.float32, 2: numpy.uint8, 7: numpy.int64}


def feeds_for(model):
    rng = numpy.random.default_rng(7)
    words = {entry.key: entry.value for entry in model.metadata_props}.get("words", "2")
    feeds = {}
    for value in model.graph.input:
        tensor = value.type.tensor_type
        shape = [dim.dim_value or 3 for dim in tensor.shape.dim]
        dtype = DTYPES[tensor.elem_type]
        if dtype == numpy.float32:
            feeds[value.name] = rng.standard_normal(shape).astype(dtype)
        else:
            feeds[value.name] = rng.integers(0, 256 if dtype == numpy.uint8 else int(words), shape).astype(dtype)
    return feeds


def answers(path, feeds):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, feeds)))


def distance(given, wanted):
    if given.shape != wanted.shape:
        return float("inf")
    given, wanted = given.astype(numpy.float64), wanted.astype(numpy.float64)
    return float(numpy.max(numpy.abs(given - wanted)) / (numpy.max(numpy.abs(wanted)) or 1))


def judge(folder, entry):
    path = os.path.join(folder, entry["file"])

    def checker():
        onnx.checker.check_model(path, full_check=True)

    def inference():
        inferred = path + ".inferred"
        onnx.shape_inference.infer_shapes_path(path, inferred, check_type=True, strict_mode=True, data_prop=True)
        graph = onnx.load(inferred, load_external_data=False).graph
        known = {value.name for value in [*graph.value_info, *graph.output]}
        missing = [name for node in graph.node for name in node.output if name and name not in known]
        if missing:
            raise ValueError(f"nothing is inferred of {missing[0]}")

    model = onnx.load(path)
    feeds = feeds_for(model)
    found = {}

    def runtime():
        found.update(answers(path, feeds))
        if "inside" in entry:
            tensors = onnx.load(path, load_external_data=False).graph.initializer
            if not any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in tensors):
                raise ValueError("no weights are beside it")
            for name, wanted in answers(os.path.join(folder, entry["inside"]), feeds).items():
                if not numpy.array_equal(found[name], wanted):
                    raise ValueError(f"{name} is not what it is with the weights inside")

    def evaluator():
        evaluated = ReferenceEvaluator(model)
        given = dict(zip(evaluated.output_names, evaluated.run(None, feeds)))
        # Python's own max loses NaN.
        apart = float(numpy.max([distance(found[name], wanted) for name, wanted in given.items() if name != "classes"]))
        if not apart <= entry["allowed"]:
            raise ValueError(f"onnxruntime and the evaluator are {apart:.1e} of the largest apart")
        return apart

    for check in (checker, inference, runtime, evaluator):
        wrong, apart = None, None
        try:
            apart = check()
        except Exception as error:
            wrong = f"{type(error).__name__}: {error}".strip().split("\n")[0][:300]
        print(json.dumps({"name": entry["name"], "check": check.__name__, "wrong": wrong, "apart": apart}), flush=True)


def main(folder):
    with open(os.path.join(folder, "files.json")) as file:
        for entry in json.load(file):
            judge(folder, entry)


main(sys.argv[1])
