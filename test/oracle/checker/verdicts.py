"""The models that the checker is held to, with the verdict of ONNX's own: `python verdicts.py FOLDER [COUNT]`.

Writes FOLDER/N.onnx, and FOLDER/verdicts.jsonl with a line each: which model, how it was changed, and what
onnx.checker.check_model says of it (null where it says nothing). The models are the conformance models of the package,
as they are and each with some of the changes below, drawn by a fixed seed.
"""
import json
import os
import random
import sys
import warnings

warnings.filterwarnings("ignore")
import onnx
from onnx import TensorProto, checker, helper
from onnx.backend.test.case import node as node_cases


def first_node(model):
    return model.graph.node[0] if model.graph.node else None


def drop_input(model, rng):
    node = rng.choice(model.graph.node)
    if not node.input:
        return False
    del node.input[-1]


def empty_input(model, rng):
    node = rng.choice(model.graph.node)
    if not node.input:
        return False
    node.input[rng.randrange(len(node.input))] = ""


def more_inputs(model, rng):
    node = rng.choice(model.graph.node)
    node.input.extend([model.graph.input[0].name] * rng.randint(1, 3) if model.graph.input else [""])


def unknown_input(model, rng):
    node = rng.choice(model.graph.node)
    if not node.input:
        return False
    node.input[0] = "nobody_makes_this"


def more_outputs(model, rng):
    rng.choice(model.graph.node).output.append("one_more")


def same_output(model, rng):
    node = rng.choice(model.graph.node)
    made = [name for node in model.graph.node for name in node.output if name]
    if not made:
        return False
    node.output.append(rng.choice(made))


def output_is_input(model, rng):
    if not model.graph.input:
        return False
    rng.choice(model.graph.node).output[0] = model.graph.input[0].name


def unknown_attribute(model, rng):
    rng.choice(model.graph.node).attribute.append(helper.make_attribute("unheard_of", 1))


def internal_attribute(model, rng):
    rng.choice(model.graph.node).attribute.append(helper.make_attribute("__internal", 1))


def wrong_kind(model, rng):
    node = rng.choice(model.graph.node)
    if not node.attribute:
        return False
    attribute = rng.choice(node.attribute)
    name = attribute.name
    attribute.CopyFrom(helper.make_attribute(name, b"text" if attribute.type == 2 else 3))


def drop_attribute(model, rng):
    node = rng.choice(model.graph.node)
    if not node.attribute:
        return False
    del node.attribute[rng.randrange(len(node.attribute))]


def twice_attribute(model, rng):
    node = rng.choice(model.graph.node)
    if not node.attribute:
        return False
    node.attribute.append(node.attribute[0])


def rename_op(model, rng):
    rng.choice(model.graph.node).op_type = rng.choice(["Relu", "Conv", "NoSuchOp", "Gelu", "Upsample", "Scatter", "LSTM"])


def other_domain(model, rng):
    rng.choice(model.graph.node).domain = rng.choice(["com.example", "ai.onnx", "ai.onnx.ml"])


def lower_opset(model, rng):
    for opset in model.opset_import:
        if opset.domain == "":
            opset.version = rng.randint(1, 28)


def future_opset(model, rng):
    for opset in model.opset_import:
        if opset.domain == "":
            opset.version = 99


def no_opset(model, rng):
    del model.opset_import[:]


def both_spellings(model, rng):
    version = model.opset_import[0].version
    model.opset_import.append(helper.make_opsetid("ai.onnx", version))


def lower_ir(model, rng):
    model.ir_version = rng.randint(3, 13)


def future_ir(model, rng):
    model.ir_version = 99


def no_graph_name(model, rng):
    model.graph.name = ""


def same_node_names(model, rng):
    if len(model.graph.node) < 2:
        return False
    for node in model.graph.node:
        node.name = "same"


def reversed_nodes(model, rng):
    if len(model.graph.node) < 2:
        return False
    nodes = list(model.graph.node)[::-1]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def double_input(model, rng):
    if not model.graph.input:
        return False
    model.graph.input.append(model.graph.input[0])


def double_output(model, rng):
    model.graph.output.append(model.graph.output[0])


def missing_output(model, rng):
    model.graph.output[0].name = "nobody_makes_this"


def unused_initializer(model, rng):
    model.graph.initializer.append(helper.make_tensor("unused", TensorProto.FLOAT, [2], [1, 2]))


def double_initializer(model, rng):
    for _ in range(2):
        model.graph.initializer.append(helper.make_tensor("twice", TensorProto.FLOAT, [2], [1, 2]))


def short_initializer(model, rng):
    tensor = helper.make_tensor("short", TensorProto.FLOAT, [2], [1, 2])
    tensor.dims[0] = 3
    model.graph.initializer.append(tensor)


def huge_initializer(model, rng):
    tensor = helper.make_tensor("huge", TensorProto.FLOAT, [2], [1, 2])
    tensor.dims.append(2**40)
    model.graph.initializer.append(tensor)


def twice_metadata(model, rng):
    for value in "12":
        model.metadata_props.add(key="k", value=value)


def double_value_info(model, rng):
    info = helper.make_tensor_value_info("nobody", TensorProto.FLOAT, [1])
    model.graph.value_info.extend([info, info])


def no_outputs_node(model, rng):
    model.graph.node.append(onnx.NodeProto(op_type="Relu"))


def nameless_input(model, rng):
    if not model.graph.input:
        return False
    model.graph.input.append(helper.make_tensor_value_info("", TensorProto.FLOAT, [1]))


def typeless_input(model, rng):
    model.graph.input.append(onnx.ValueInfoProto(name="typeless"))


def typeless_output(model, rng):
    model.graph.output[0].ClearField("type")


def conditional(then_graph, else_graph, model):
    """Adds an If that takes one branch or the other."""
    model.graph.initializer.append(helper.make_tensor("condition", TensorProto.BOOL, [], [True]))
    model.graph.node.append(helper.make_node("If", ["condition"], ["if_out"], then_branch=then_graph, else_branch=else_graph))
    if model.ir_version < 4:
        model.ir_version = 4


def branch(name, nodes, output="branch_out"):
    info = helper.make_tensor_value_info(output, TensorProto.FLOAT, None)
    return helper.make_graph(nodes, name, [], [info])


def constant(output, name="c"):
    return helper.make_node("Constant", [], [output], name=name, value=helper.make_tensor("v", TensorProto.FLOAT, [1], [1]))


def equal_branches(model, rng):
    one = branch("one", [constant("branch_out")])
    conditional(one, branch("two", [constant("branch_out")]), model)


def hiding_branch(model, rng):
    made = model.graph.node[0].output[0]
    if not made:
        return False
    conditional(branch("one", [constant(made)], made), branch("two", [constant("branch_out")]), model)


def outer_value(model, rng):
    made = model.graph.node[0].output[0]
    if not made:
        return False
    use = helper.make_node("Identity", [made], ["branch_out"])
    conditional(branch("one", [use]), branch("two", [constant("branch_out")]), model)


def empty_branch(model, rng):
    made = model.graph.node[0].output[0]
    if not made:
        return False
    conditional(branch("one", [], made), branch("two", [constant("branch_out")]), model)


def nameless_branch(model, rng):
    conditional(branch("", [constant("branch_out")]), branch("two", [constant("branch_out")]), model)


def missing_in_branch(model, rng):
    use = helper.make_node("Identity", ["nobody_makes_this"], ["branch_out"])
    conditional(branch("one", [use]), branch("two", [constant("branch_out")]), model)


def add_function(model, nodes, inputs=("a",), domain="own"):
    model.ir_version = max(model.ir_version, 8)
    model.functions.append(helper.make_function(domain, "F", list(inputs), ["b"], nodes, [helper.make_opsetid("", 17)]))
    model.opset_import.append(helper.make_opsetid(domain, 1))


def call(model, inputs):
    model.graph.node.append(helper.make_node("F", inputs, ["called"], domain="own"))


def sound_function(model, rng):
    if not model.graph.input:
        return False
    add_function(model, [helper.make_node("Identity", ["a"], ["b"])])
    call(model, [model.graph.input[0].name])


def function_without_output(model, rng):
    add_function(model, [helper.make_node("Identity", ["a"], ["c"])])


def function_that_takes_from_outside(model, rng):
    made = model.graph.node[0].output[0]
    if not made:
        return False
    add_function(model, [helper.make_node("Identity", [made], ["b"])])


def function_of_another_set(model, rng):
    add_function(model, [helper.make_node("Identity", ["a"], ["b"], domain="ai.other")])


def function_with_two_equal_inputs(model, rng):
    add_function(model, [helper.make_node("Identity", ["a"], ["b"])], ["a", "a"])


def function_without_domain(model, rng):
    add_function(model, [helper.make_node("Identity", ["a"], ["b"])], domain="")
    del model.opset_import[-1]


def function_that_calls_itself(model, rng):
    add_function(model, [helper.make_node("F", ["a"], ["b"], domain="own")])
    model.functions[0].opset_import.append(helper.make_opsetid("own", 1))


def function_of_too_many_inputs(model, rng):
    if not model.graph.input:
        return False
    add_function(model, [helper.make_node("Identity", ["a"], ["b"])])
    call(model, [model.graph.input[0].name] * 2)


def reference_outside(model, rng):
    node = rng.choice(model.graph.node)
    if not node.attribute:
        return False
    node.attribute[0].ref_attr_name = "outside"


def sparse(positions, shape=(4,)):
    def change(model):
        values = helper.make_tensor("sparse", TensorProto.FLOAT, [2], [1, 2])
        indices = helper.make_tensor("i", TensorProto.INT64, [2], positions)
        model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, shape))

    return change


def sound_sparse(model, rng):
    sparse([0, 3])(model)


def sparse_out_of_order(model, rng):
    sparse([3, 0])(model)


def other_input_type(model, rng):
    if not model.graph.input:
        return False
    kind = rng.choice(model.graph.input).type
    if not kind.HasField("tensor_type"):
        return False
    kind.tensor_type.elem_type = rng.choice(
        [TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT32, TensorProto.INT64, TensorProto.BOOL, TensorProto.UINT8]
    )


def sparse_out_of_range(model, rng):
    sparse([0, 4])(model)


changes = [
    value for name, value in list(globals().items())
    if callable(value) and getattr(value, "__code__", None) and value.__code__.co_varnames[:2] == ("model", "rng")
]


wrong_types = [
    "has inconsistent type",
    "has unsupported type",
    "Inferred elem type differs",
    "Mismatched tensor element type",
    "type case mismatch",
]


def verdict(model):
    try:
        checker.check_model(model)
    except Exception as error:
        return str(error).strip().split("\n")[0][:300]
    # Of inference, only what it says of types: shapes are looked into elsewhere.
    for strict in (False, True):
        try:
            onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=strict)
        except Exception as error:
            said = str(error)
            if any(wrong in said for wrong in wrong_types):
                return said.strip().split("\n")[0][:300]
    return None


def main(folder, count):
    os.makedirs(folder, exist_ok=True)
    rng = random.Random(20261128)
    models = [(case.name, case.model) for case in node_cases.collect_testcases(None) if case.model is not None]
    number = 0
    with open(os.path.join(folder, "verdicts.jsonl"), "w") as out:

        def write(name, change, model):
            nonlocal number
            with open(os.path.join(folder, f"{number}.onnx"), "wb") as file:
                file.write(model.SerializeToString())
            out.write(json.dumps({"number": number, "model": name, "change": change, "verdict": verdict(model)}) + "\n")
            number += 1

        for name, model in models:
            write(name, None, model)
        for i in range(count):
            name, model = rng.choice(models)
            changed = onnx.ModelProto()
            changed.CopyFrom(model)
            change = changes[i % len(changes)]
            if not changed.graph.node or change(changed, rng) is False:
                continue
            write(name, change.__name__, changed)
    print(number)


main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 4000)
