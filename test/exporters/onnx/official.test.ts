/**
 * ONNX's own checker, where Python has the package (`pip install onnx`): it accepts what is exported, and its table of
 * ops is the one in `schemas/table.ts`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { exportOnnx, opsets } from '../../../exporters/onnx/export.ts';
import * as ourTable from '../../../exporters/onnx/schemas/table.ts';
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

async function inFolder<T>(body: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'nascent-official-'));
  try {
    return await body(folder);
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

it.skipIf(!hasOnnx)(`the official checker accepts every op and a network${skipped}`, async () => {
  const network = build({ layers: [...layerKinds], channels: 2, size: 6, classes: 3, seed: 11 });
  const complaints = await inFolder((folder) => {
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

/** Writes the table anew, to compare it with the one that is there. */
const generate = `
import runpy, shutil, sys
shutil.copy("${new URL('../../../exporters/onnx/schemas/generate.py', import.meta.url).pathname}", sys.argv[1])
runpy.run_path(sys.argv[1] + "/generate.py")
`;

it.skipIf(!hasOnnx)(`schemas are those of the installed package, as far as both go${skipped}`, async () => {
  const theirs = await inFolder(async (folder) => {
    python(generate, folder);
    return (await import(join(folder, 'table.ts'))) as typeof ourTable;
  });
  let compared = 0;
  const compare = (their: typeof ourTable.table, our: typeof ourTable.table, newest: number): void => {
    for (const [op, versions] of Object.entries(their)) {
      for (const line of versions) {
        const since = Number.parseInt(line, 10);
        if (since > newest) continue;
        const ours = our[op]?.find((each) => Number.parseInt(each, 10) === since);
        expect(spelledOut(ours ?? '', ourTable.typeSets), op).toBe(spelledOut(line, theirs.typeSets));
        compared++;
      }
    }
  };
  compare(theirs.table, ourTable.table, Math.min(theirs.newestOpset, ourTable.newestOpset));
  for (const [domain, their] of Object.entries(theirs.otherDomains)) {
    const our = ourTable.otherDomains[domain];
    compare(their.table, our?.table ?? {}, Math.min(their.newest, our?.newest ?? 0));
  }
  expect(compared).toBeGreaterThan(400);
});

/** A line with the sets themselves for their numbers. */
function spelledOut(line: string, typeSets: readonly string[]): string {
  return line.replaceAll(/=(\d+)/g, (_, set: string) => `=${typeSets[Number(set)]}`);
}
