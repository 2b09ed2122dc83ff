/** Two files against each other: what was made of a file, and what went wrong while it was made. */
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { OnnxModel, OnnxNode } from '../../proto/onnx.ts';
import { toOnnxModel } from '../../exporters/onnx/export.ts';
import { decodeModelFile } from '../../src/evaluate/model-file.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { exportGenotype } from '../../src/model/export.ts';
import { compareSubject, otherFile } from '../../src/parity/parity.ts';
import type { Subject } from '../../src/parity/compare-all.ts';
import { requireParity, type ParityReport } from '../../src/parity/parity-report.ts';
import { renderParity } from '../../src/parity/render-parity.ts';
import { parityHtml } from '../../src/report/parity-page.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { publishedGenotypes } from '../../src/space/images/published.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { network, subject, withTensor, written } from './models.ts';

const { model } = network(16);
const order = { model: 'a.onnx', data: null, seeds: [1], batches: [1, 3], climb: 0 } as const;
const signal = new AbortController().signal;

async function compared(
  first: OnnxModel,
  other: OnnxModel,
  more: Readonly<Record<string, unknown>> = {},
): Promise<ParityReport> {
  const given = await subject(first);
  const both: Subject = { ...given, other: await otherFile(given.file, await written(other)) };
  return compareSubject(both, { ...order, ...more }, silentReporter, signal);
}

function shown(report: ParityReport): string {
  return renderParity(report).replaceAll(/\s+/g, ' ');
}

/** Every name of a value but inputs and outputs, changed. */
function renamed(of: OnnxModel, name: (value: string) => string): OnnxModel {
  const made = new Set(of.graph.nodes.flatMap(({ outputs }) => outputs));
  for (const { name: output } of of.graph.outputs) made.delete(output);
  const as = (value: string) => (made.has(value) ? name(value) : value);
  const nodes = of.graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(as),
    outputs: node.outputs.map(as),
  }));
  return { ...of, graph: { ...of.graph, nodes, valueInfo: [] } };
}

describe('a file and what was made of it', () => {
  it('agree where they are the same', async () => {
    const report = await compared(model, model);
    expect(report.outcome).toBe('passed');
    expect(report.pairs.map(({ name }) => name)).toEqual(['onnxruntime-cpu']);
    expect(report.other).toMatchObject({ unmatched: [], otherUnmatched: [], coarse: false });
    expect(report.layers?.[0]?.first).toBeNull();
    expect(report.gate).toContain('16 times what float32 costs');
    expect(shown(report)).toContain('does what');
    expect(() => requireParity(report)).not.toThrow();
  });

  it('are told apart, at the node', async () => {
    const relu = model.graph.nodes.filter(({ opType }) => opType === 'Relu')[3];
    const nodes = model.graph.nodes.map((node) =>
      node === relu ? { ...node, opType: 'Identity', attributes: [] } : node,
    );
    const report = await compared(model, { ...model, graph: { ...model.graph, nodes } });
    expect(report.outcome).toBe('failed');
    expect(report.layers?.[0]?.first?.node).toBe(relu?.name);
    expect(() => requireParity(report)).toThrow(/does not do what .* does/);
  });

  it('are matched by their nodes where values are called otherwise', async () => {
    const report = await compared(
      model,
      renamed(model, (value) => `${value}_v2`),
    );
    expect(report.other).toMatchObject({ unmatched: [], otherUnmatched: [] });
    expect(report.layers?.[0]?.layers.length).toBeGreaterThan(20);
    expect(report.outcome).toBe('passed');
  });

  it('are held to as much noise as was said, and to nothing else', async () => {
    const noisy = withTensor(model, 'classifier.weight', (values) =>
      values.map((value, i) => value * (1 + (i % 2 === 0 ? 0.02 : -0.02))),
    );
    const report = await compared(model, noisy, { minSnr: 20 });
    expect(report.outcome).toBe('passed');
    // Extremes would clip whatever has few bits.
    expect(report.seeded.kinds).toEqual([]);
    const decibels = report.pairs[0]?.signalToNoise ?? 0;
    expect(decibels).toBeGreaterThan(20);
    const strict = await compared(model, noisy, { minSnr: decibels + 1 });
    expect(strict.outcome).toBe('failed');
    expect(strict.pairs[0]?.failures[0]).toContain('dB above the noise');
    const exact = await compared(model, noisy, { minSnr: decibels - 1e-9 });
    expect(exact.outcome).toBe('passed');
  });
});

const plain = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 } as const;

/** x → y = Relu(Conv(x) · scale + shift) as three ops, or with the norm in the weights of the convolution. */
function normed(fused: boolean): OnnxModel {
  const b = new GraphBuilder();
  const x = b.input('x', ['batch', 1, 4, 4]);
  const weight = b.input('weight', [1, 1, 1, 1], {
    role: 'weight',
    initializer: { kind: 'uniform', bound: 1 },
  });
  const bias = b.input('bias', [1], { role: 'weight', initializer: { kind: 'uniform', bound: 1 } });
  const graph = b.finish('g', { y: b.op('Relu', [b.op('Conv', [x, weight, bias], plain)]) });
  const tensor = (shape: readonly number[], value: number) =>
    ({ dtype: 'float32', shape, data: Float32Array.of(value) }) as const;
  const weights = new Map([
    ['weight', tensor([1, 1, 1, 1], fused ? 6 : 3)],
    ['bias', tensor([1], fused ? 2.5 : 1)],
  ]);
  const made = toOnnxModel(graph, { weights });
  if (fused) return made;
  const conv = made.graph.nodes.find(({ opType }) => opType === 'Conv');
  const value = conv?.outputs[0] ?? '';
  const op = (opType: string, inputs: readonly string[], output: string): OnnxNode => ({
    name: output,
    opType,
    domain: '',
    inputs,
    outputs: [output],
    attributes: [],
  });
  const nodes = made.graph.nodes.flatMap((node) => {
    if (node === conv)
      return [node, op('Mul', [value, 'two'], 'scaled'), op('Add', ['scaled', 'half'], 'moved')];
    return [{ ...node, inputs: node.inputs.map((name) => (name === value ? 'moved' : name)) }];
  });
  const scalar = (name: string, number: number) =>
    ({ name, dtype: 'float32', dims: [1], data: Float32Array.of(number) }) as const;
  const initializers = [...made.graph.initializers, scalar('two', 2), scalar('half', 0.5)];
  return { ...made, graph: { ...made.graph, nodes, initializers } };
}

describe('nodes that were merged', () => {
  it('are no fault, though a value of the same name is another, and what is gone is said', async () => {
    const report = await compared(normed(false), normed(true));
    expect(report.outcome).toBe('passed');
    expect(report.other?.unmatched.map(({ op }) => op)).toEqual(['Mul', 'Add']);
    const [layers] = report.layers ?? [];
    expect(layers?.layers.find(({ op }) => op === 'Conv')).toMatchObject({ rewritten: true });
    expect(layers?.first).toBeNull();
    // Whether the last node hides it, a report cannot know: it says that there is one, and how far off.
    expect(shown(report)).toMatch(
      /of \d+ values 1 is further off than allowed, and nothing that is made of it is:/,
    );
    expect(shown(report)).toMatch(/other +Conv/);
    expect(shown(report)).toContain('2 values are in the first file only: Mul "scaled", Add "moved"');
  });

  it('are a fault where they were merged wrongly', async () => {
    const wrong = withTensor(normed(true), 'bias', () => Float32Array.of(2));
    const report = await compared(normed(false), wrong);
    expect(report.outcome).toBe('failed');
    expect(report.layers?.[0]?.first?.op).toBe('Conv');
  });
});

describe('a file in 8 bits whose depthwise convolutions are wider', () => {
  it('has every value of the same name compared, or said not to be', async () => {
    const folder = await temporaryFolder();
    const made = {
      task: 'images',
      shape: { channels: 12, layers: 3, classes: 10, image: [3, 16, 16] },
      genotype: publishedGenotypes.DARTS_V2,
      seed: 2,
    } as const;
    const [plainFile, eight] = [join(folder, 'plain.onnx'), join(folder, 'int8.onnx')];
    await exportGenotype({ ...made, out: plainFile }, silentReporter);
    await exportGenotype({ ...made, out: eight, passes: { int8: true } }, silentReporter);
    const [first, other] = [await decodeModelFile(plainFile), await decodeModelFile(eight)];
    const report = await compared(first.model, other.model, { minSnr: 1, batches: [1] });
    const [layers] = report.layers ?? [];
    const { otherSize = [], otherType = [] } = layers?.notCompared ?? {};
    expect(layers?.layers.length).toBeGreaterThan(10);
    expect(otherSize.length).toBeGreaterThan(10);
    expect((layers?.layers.length ?? 0) + otherSize.length + otherType.length).toBe(report.other?.matched);
    const said = `of these ${otherSize.length} are of another size in the other file`;
    expect(shown(report)).toContain(`${report.other?.matched} values that nodes make, by name; ${said}`);
    expect(parityHtml(report)).toContain(said);
    const same = await compared(first.model, first.model, { batches: [1] });
    expect(same.layers?.[0]).not.toHaveProperty('notCompared');
    expect(shown(same)).not.toContain('not compared');
  });
});

describe('files that do not fit', () => {
  it('are refused where they take something else', async () => {
    const { file } = await subject(model);
    await expect(otherFile(file, await written(network(8).model))).resolves.toBeDefined();
    const given = {
      ...(await subject(model)),
      other: await otherFile(file, await written(network(8).model)),
    };
    await expect(compareSubject(given, order, silentReporter, signal)).rejects.toMatchObject({
      code: 'input/invalid',
      message: expect.stringContaining('do not take the same') as string,
    });
  });

  it('fail where an output is missing, which is named', async () => {
    const [first] = model.graph.nodes;
    const aux = { name: first?.outputs[0] ?? '', type: { kind: 'tensor', dtype: 'float32' } } as const;
    const more = { ...model, graph: { ...model.graph, outputs: [...model.graph.outputs, aux] } };
    const report = await compared(more, model);
    expect(report.outcome).toBe('failed');
    expect(report.pairs[0]?.failures).toEqual([`the other file has no output "${aux.name}"`]);
    const other = await compared(model, more);
    expect(other.outcome).toBe('passed');
    expect(shown(other)).toContain(`the other file alone has the output "${aux.name}"`);
  });
});
