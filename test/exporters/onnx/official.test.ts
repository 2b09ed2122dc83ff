/**
 * ONNX's own checker, where Python has the package (`pip install onnx`): it accepts what is exported, and its table of
 * ops is the one in `signatures.ts`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { exportOnnx, opsets } from '../../../exporters/onnx/export.ts';
import { signatures } from '../../../exporters/onnx/signatures.ts';
import { opNames } from '../../../src/graph/ops.ts';
import { opGraph } from '../../support/case.ts';
import { writableCases } from './cases.ts';
import { build, layerKinds } from './networks.ts';

const hasOnnx = spawnSync('python3', ['-c', 'import onnx']).status === 0;
const skipped = hasOnnx ? '' : ' (skipped: python3 has no package onnx)';

/** Runs a Python program on a folder; its standard output. */
function python(program: string, folder: string): string {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

function inFolder<T>(body: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'nascent-official-'));
  try {
    return body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const checkAll = `
import glob, os, sys
import onnx
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.onnx"))):
    try:
        onnx.checker.check_model(onnx.load(path), full_check=True)
    except Exception as error:
        print(os.path.basename(path), error)
`;

it.skipIf(!hasOnnx)(`the official checker accepts every op and a network${skipped}`, () => {
  const network = build({ layers: [...layerKinds], channels: 2, size: 6, classes: 3, seed: 11 });
  const complaints = inFolder((folder) => {
    for (const opset of opsets) {
      const bytes = exportOnnx(network.graph, { weights: network.weights, opset });
      writeFileSync(join(folder, `network-${opset}.onnx`), bytes);
    }
    for (const op of opNames) {
      fc.sample(writableCases(op), { numRuns: 8 }).forEach((opCase, i) => {
        const opset = ([16, 17, 18, 21] as const)[i % 4] ?? 17;
        writeFileSync(join(folder, `${op}-${i}-${opset}.onnx`), exportOnnx(opGraph(opCase).graph, { opset }));
      });
    }
    return python(checkAll, folder);
  });
  expect(complaints).toBe('');
});

const listSignatures = `
import json, sys
import onnx.defs as defs
kinds = {"SPARSE_TENSOR": "sparse-tensor"}
found = {}
for op in json.load(open(sys.argv[1] + "/ops.json")):
    schemas = [defs.get_schema(op, version, "") for version in range(13, 22)]
    arity = lambda least, most: [min(map(least, schemas)), max(map(most, schemas))]
    attributes = {a.name: a for schema in schemas for a in schema.attributes.values()}
    found[op] = {
        "inputs": arity(lambda s: s.min_input, lambda s: s.max_input),
        "outputs": arity(lambda s: s.min_output, lambda s: s.max_output),
        "attributes": {name: kinds.get(a.type.name, a.type.name.lower()) for name, a in sorted(attributes.items())},
        "required": sorted(name for name, a in attributes.items() if a.required),
    }
print(json.dumps(found))
`;

it.skipIf(!hasOnnx)(`signatures are those of the official schemas${skipped}`, () => {
  const found: unknown = inFolder((folder) => {
    writeFileSync(join(folder, 'ops.json'), JSON.stringify(Object.keys(signatures)));
    return JSON.parse(python(listSignatures, folder));
  });
  const many = (count: number): number => (count === Infinity ? 2 ** 31 - 1 : count);
  const ours = Object.entries(signatures).map(([op, { inputs, outputs, attributes, required = [] }]) => {
    const sorted = Object.fromEntries(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    return [
      op,
      { inputs: inputs.map(many), outputs: outputs.map(many), attributes: sorted, required: [...required] },
    ];
  });
  expect(Object.fromEntries(ours)).toEqual(found);
});
