"""Writes table.ts, what ONNX says of its ops in every version, those of its other domains included: `python generate.py` (needs `pip install onnx`).

A version of an op is a line: `since | inputs | outputs | attributes | types`. A parameter is `name:type`, with `?` where it
may be left out and `*n` where it is n or more of one type, `~n` of any types. An attribute is `name:kind`, with `!` where
it must be given. `types` says what a type may be, `Tn` being entry n of the list of sets.
"""
import os
import re

import onnx
from onnx import defs

out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "table.ts")
ours = {"float": "float32", "double": "float64"}
kinds = {"SPARSE_TENSOR": "sparse-tensor", "TYPE_PROTO": "type", "TYPE_PROTOS": "types"}
sets = {}


def plain(name):
    """A type as ours: a tensor is its element type."""
    name = re.sub(r"\b(float|double)\b", lambda found: ours[found.group()], name)
    name = re.sub(r"map\((\w+), ?", r"map(\1:", name)
    return re.sub(r"tensor\((\w+)\)", r"\1", name)


def set_of(names):
    key = ",".join(sorted({plain(name) for name in names}))
    return sets.setdefault(key, len(sets))


def parameter(p):
    option = p.option.name
    mark = ""
    if option == "Optional":
        mark = "?"
    elif option == "Variadic":
        mark = f"{'*' if p.is_homogeneous else '~'}{p.min_arity}"
    return f"{p.name.replace(' ', '_')}{mark}:{plain(p.type_str)}"


def line(schema):
    if schema.deprecated:
        return f"{schema.since_version} | deprecated"
    attributes = [
        f"{name}{'!' if a.required else ''}:{kinds.get(a.type.name, a.type.name.lower())}"
        for name, a in sorted(schema.attributes.items())
    ]
    types = [f"{t.type_param_str}={set_of(t.allowed_type_strs)}" for t in schema.type_constraints]
    parts = [str(schema.since_version)]
    parts += [" ".join(part) for part in (map(parameter, schema.inputs), map(parameter, schema.outputs), attributes, types)]
    return " | ".join(parts)


def table_of(domain):
    """The lines of each op, and the newest version of the domain."""
    versions = {}
    for schema in defs.get_all_schemas_with_history():
        if schema.domain == domain:
            versions.setdefault(schema.name, []).append(schema)
    newest = max(schema.since_version for found in versions.values() for schema in found)
    lines = [
        (name, [line(schema) for schema in sorted(found, key=lambda schema: schema.since_version)])
        for name, found in sorted(versions.items())
    ]
    return newest, lines


def write_lines(file, lines, indent):
    for name, versions in lines:
        file.write(f"{indent}{name}: [\n")
        for text in versions:
            file.write(f"{indent}  '{text}',\n")
        file.write(f"{indent}],\n")


_, own = table_of("")
others = [
    (domain, *table_of(domain))
    for domain in sorted({schema.domain for schema in defs.get_all_schemas_with_history()} - {""})
]

with open(out, "w") as file:
    file.write(
        "/**\n"
        " * Every version of every op of ONNX: inputs, outputs, attributes and types, a line a version.\n"
        " *\n"
        f" * Facts of ONNX {onnx.__version__}, written by `generate.py`, which says how a line is read. Do not edit.\n"
        " */\n\n"
        "/** The newest operator set that the table knows. */\n"
        f"export const newestOpset = {defs.onnx_opset_version()};\n\n"
        "/** The types that a parameter may be of. */\n"
        "export const typeSets: readonly string[] = [\n"
    )
    for key in sets:
        file.write(f"  '{key}',\n")
    file.write("];\n\n/** The versions of an op of ONNX's own domain, the oldest first. */\n")
    file.write("export const table: Readonly<Record<string, readonly string[]>> = {\n")
    write_lines(file, own, "  ")
    file.write("};\n\n/** ONNX's other domains: the newest version of each that is known, and its ops. */\n")
    file.write(
        "export const otherDomains: Readonly<\n"
        "  Record<string, { readonly newest: number; readonly table: Readonly<Record<string, readonly string[]>> }>\n"
        "> = {\n"
    )
    for domain, newest, lines in others:
        file.write(f"  '{domain}': {{\n    newest: {newest},\n    table: {{\n")
        write_lines(file, lines, "      ")
        file.write("    },\n  },\n")
    file.write("};\n")
