/** The smallest part that differs is found, written, and shows it by itself. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { decodeModel, encodeModel, type OnnxModel, type OnnxNode } from '../../../proto/onnx.ts';
import { NascentError } from '../../../src/errors.ts';
import { checkModel } from '../../../src/onnx/check-model.ts';
import { requireExpected, runModel } from '../../../src/onnx/run-model.ts';
import { compareSubject } from '../../../src/parity/parity.ts';
import type { ParityReport } from '../../../src/parity/parity-report.ts';
import { renderParity } from '../../../src/parity/render-parity.ts';
import { openWay, type Open } from '../../../src/parity/ways.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { temporaryFolder } from '../../data/temporary.ts';
import { network, subject } from '../models.ts';

const { model } = network(8);
const order = { model: 'm', data: null, seeds: [1], batches: [1], climb: 0 } as const;
const signal = new AbortController().signal;

/** onnxruntime with a fault: what it is given is changed first. The truth and the stand-in for values are without it. */
function faulty(change: (model: OnnxModel) => OnnxModel): Open {
  return async (name, way, { path }) => {
    if (way.what === 'truth' || name !== 'onnxruntime-cpu') return openWay(way, { path });
    const changed = join(dirname(path), 'changed.onnx');
    await writeFile(changed, encodeModel(change(decodeModel(await readFile(path)))));
    return openWay(way, { path: changed });
  };
}

function withNodes(of: OnnxModel, change: (node: OnnxNode, all: readonly OnnxNode[]) => OnnxNode): OnnxModel {
  const { nodes } = of.graph;
  return { ...of, graph: { ...of.graph, nodes: nodes.map((node) => change(node, nodes)) } };
}

async function bisected(
  change: (model: OnnxModel) => OnnxModel,
  of: OnnxModel = model,
): Promise<{ report: ParityReport; folder: string }> {
  const folder = join(await temporaryFolder(), 'repro');
  const given = { ...(await subject(of)), open: faulty(change) };
  const report = await compareSubject(given, { ...order, bisect: folder }, silentReporter, signal);
  return { report, folder };
}

const named = (op: string) => model.graph.nodes.filter(({ opType }) => opType === op);

describe('one node that is wrong', () => {
  it.each([
    ['a Relu left out', named('Relu')[3]?.name, { opType: 'Identity', attributes: [] }],
    [
      'a batch norm with another epsilon',
      named('BatchNormalization')[2]?.name,
      {
        attributes: [{ name: 'epsilon', kind: 'float', value: 1e-2 }],
      },
    ],
  ] as const)('is found alone: %s', async (_, name, fault) => {
    const { report, folder } = await bisected((of) =>
      withNodes(of, (node) => (node.name === name ? { ...node, ...fault } : node)),
    );
    expect(report.outcome).toBe('failed');
    expect(report.bisect?.found).toMatchObject({ nodes: [{ name }], minimal: true });
    const written = decodeModel(await readFile(join(folder, 'model.onnx')));
    expect(written.graph.nodes.map((node) => node.name)).toEqual([name]);
    expect(await checkModel(join(folder, 'model.onnx'))).toMatchObject({ faults: [] });
    expect(renderParity(report).replaceAll(/\s+/g, ' ')).toContain('the smallest part that fails has 1 of');
    expect(await readFile(join(folder, 'README.md'), 'utf8')).toContain(report.bisect?.found?.command);
  });

  it('shows it by `nascent run`, and not with a runtime that is right', async () => {
    const name = named('Relu')[1]?.name;
    const change = (of: OnnxModel) =>
      withNodes(of, (node) => (node.name === name ? { ...node, opType: 'Neg', attributes: [] } : node));
    const { report, folder } = await bisected(change);
    const atol = Number(/--atol (\S+)/.exec(report.bisect?.found?.command ?? '')?.[1]);
    expect(atol).toBeGreaterThan(0);
    const right = { model: join(folder, 'model.onnx'), dataset: 'test_data_set_0', rtol: 0, atol };
    expect(await runModel(right, silentReporter)).toMatchObject({ comparison: { passed: true } });
    const wrong = join(folder, 'wrong.onnx');
    await writeFile(wrong, encodeModel(change(decodeModel(await readFile(right.model)))));
    const ran = await runModel({ ...right, model: wrong }, silentReporter);
    expect(() => requireExpected(ran)).toThrow(/are not what/);
  });
});

it('nodes that are wrong only together are found together', async () => {
  // As a wrong fusion: a batch norm behind a convolution is left out.
  const norm = named('BatchNormalization')[4];
  const conv = model.graph.nodes.find(({ outputs }) => outputs.includes(norm?.inputs[0] ?? ''));
  expect(conv?.opType).toBe('Conv');
  const { report } = await bisected((of) =>
    withNodes(of, (node, all) => {
      const isFused = node.name === norm?.name && all.some(({ name }) => name === conv?.name);
      const isRead = of.graph.outputs.some(({ name }) => name === conv?.outputs[0]);
      if (!isFused || isRead) return node;
      return { ...node, opType: 'Identity', inputs: node.inputs.slice(0, 1), attributes: [] };
    }),
  );
  expect(report.bisect?.found?.nodes.map(({ name }) => name)).toEqual([conv?.name, norm?.name]);
});

it('what a runtime refuses is found, too', async () => {
  const { report, folder } = await bisected((of) => {
    if (of.graph.nodes.some(({ opType }) => opType === 'AveragePool')) {
      throw new NascentError('onnx/unsupported', 'no kernel for AveragePool', { help: '' });
    }
    return of;
  });
  expect(report.bisect?.found?.nodes.map(({ op }) => op)).toEqual(['AveragePool']);
  expect(report.bisect?.found?.fails).toBe('no kernel for AveragePool');
  expect(decodeModel(await readFile(join(folder, 'model.onnx'))).graph.nodes).toHaveLength(1);
});

it('nothing is written where nothing differs, or the folder holds something', async () => {
  const right = await bisected((of) => of);
  expect(right.report).toMatchObject({ outcome: 'passed' });
  expect(right.report.bisect).toBeUndefined();
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'mine.txt'), 'x');
  const given = await subject(model);
  await expect(compareSubject(given, { ...order, bisect: folder }, silentReporter, signal)).rejects.toThrow(
    /is there already, and is no empty folder/,
  );
});
