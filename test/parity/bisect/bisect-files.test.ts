/** Where two files part: in files whose values are called otherwise, folded files, and those that have nothing in common. */
import { describe, expect, it } from 'vitest';

import type { OnnxModel, OnnxNode } from '../../../proto/onnx.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import type { FilesBisectReport } from '../../../src/parity/bisect/bisect-files.ts';
import { compareSubject, otherFile } from '../../../src/parity/parity.ts';
import type { Subject } from '../../../src/parity/compare-all.ts';
import { requireParity } from '../../../src/parity/parity-report.ts';
import { renderParity } from '../../../src/parity/render-parity.ts';
import { network, subject, withTensor, written } from '../models.ts';

const { model } = network(16);
const order = { model: 'a.onnx', data: null, seeds: [1], batches: [1], climb: 0, bisect: true } as const;
const signal = new AbortController().signal;

async function compared(other: OnnxModel, more: Readonly<Record<string, unknown>> = {}) {
  const given = await subject(model);
  const both: Subject = { ...given, other: await otherFile(given.file, await written(other)) };
  return compareSubject(both, { ...order, ...more }, silentReporter, signal);
}

async function placeIn(other: OnnxModel): Promise<NonNullable<FilesBisectReport['place']>> {
  const { bisectFiles } = await compared(other);
  expect(bisectFiles?.place).not.toBeNull();
  return bisectFiles?.place as NonNullable<FilesBisectReport['place']>;
}

/** No node and no value but inputs and outputs is called as before. */
function unnamed(of: OnnxModel): OnnxModel {
  const outputs = new Set(of.graph.outputs.map(({ name }) => name));
  const made = of.graph.nodes.flatMap((node) => node.outputs).filter((name) => !outputs.has(name));
  const names = new Map(made.map((name, i) => [name, `v${i}`]));
  const as = (value: string) => names.get(value) ?? value;
  const nodes = of.graph.nodes.map((node, i) => ({
    ...node,
    name: `n${i}`,
    inputs: node.inputs.map(as),
    outputs: node.outputs.map(as),
  }));
  return { ...of, graph: { ...of.graph, nodes, valueInfo: [] } };
}

function withNode(change: (node: OnnxNode) => OnnxNode | undefined, which: number): OnnxModel {
  let count = 0;
  const nodes = model.graph.nodes.map((node) => {
    const changed = change(node);
    return changed !== undefined && count++ === which ? changed : node;
  });
  return { ...model, graph: { ...model.graph, nodes } };
}

const isRelu = (node: OnnxNode) =>
  node.opType === 'Relu' ? { ...node, opType: 'Identity', attributes: [] } : undefined;

describe('two files', () => {
  it.each([0, 3, 7])('part at the node whose op is another, by name: Relu %i', async (which) => {
    const relu = model.graph.nodes.filter(({ opType }) => opType === 'Relu')[which];
    const place = await placeIn(withNode(isRelu, which));
    expect(place).toMatchObject({ node: relu?.name, op: 'Relu', by: 'name', other: { op: 'Identity' } });
    expect(place.differences).toEqual(['the op is Relu in the first file and Identity in the other']);
    expect(place.inputs).toEqual([{ value: relu?.inputs[0], used: expect.any(Number) as number }]);
    expect(place.used).toBeGreaterThan(1);
  });

  it('part at the node whose weights are others, though nothing is called the same', async () => {
    const convs = model.graph.nodes.filter(({ opType }) => opType === 'Conv');
    const conv = convs[Math.floor(convs.length / 2)];
    const faulty = withTensor(model, conv?.inputs[1] ?? '', (values) =>
      values.map((v, i) => (i === 1 ? v + 1 : v)),
    );
    const place = await placeIn(unnamed(faulty));
    expect(place).toMatchObject({ node: conv?.name, op: 'Conv', by: 'shape', other: { op: 'Conv' } });
    expect(place.other.node).toMatch(/^n\d+$/);
    expect(place.differences).toEqual([
      expect.stringMatching(/^the constant ".*" differs by up to 1\.0e\+0 in 1 of \d+ elements$/),
    ]);
  });

  it('are not said to part first where only the first value that is compared is off', async () => {
    const convs = model.graph.nodes.filter(({ opType }) => opType === 'Conv');
    const conv = convs[Math.floor(convs.length / 2)];
    const faulty = withTensor(model, conv?.inputs[1] ?? '', (values) => values.map((v) => v + 1));
    const told = async (other: OnnxModel) => {
      const report = await compared(other, { bisect: undefined });
      const [layer] = report.layers ?? [];
      const text = renderParity(report).replaceAll(/\s+/g, ' ');
      return { first: layer?.first, text, report };
    };
    const named = await told(faulty);
    expect(named.first).toMatchObject({ node: conv?.name });
    expect(named.first?.before).toBeUndefined();
    expect(named.text).toContain(`first at Conv "${conv?.name}"`);
    expect(() => requireParity(named.report)).toThrow(
      expect.objectContaining({
        help: expect.stringMatching(/^The first value that is further off .* --layers$/) as string,
      }),
    );
    const renamed = await told(unnamed(faulty));
    // The output alone is called as before.
    const makers = model.graph.nodes.filter(({ opType }) => opType !== 'Constant');
    const last = makers.at(-1);
    expect(renamed.first).toMatchObject({ node: last?.name, inputs: [] });
    expect(renamed.first?.before).toHaveLength(makers.length - 1);
    expect(renamed.first?.before).toContainEqual({ op: 'Conv', node: conv?.name });
    expect(renamed.text).toContain(`first seen at ${last?.opType} "${last?.name}"`);
    expect(renamed.text).toContain(
      `${makers.length - 1} nodes before it are not compared, so that it may be off from any of them on, back to inputs and weights`,
    );
    expect(renamed.text).not.toContain('made of inputs and weights');
    expect(() => requireParity(renamed.report)).toThrow(
      expect.objectContaining({
        help: expect.stringMatching(
          /^The first value that is compared and further off .* --bisect$/,
        ) as string,
      }),
    );
  });

  it('part at the node whose attribute is another', async () => {
    const place = await placeIn(
      unnamed(
        withNode((node) => {
          const attributes = node.attributes.map((one) =>
            one.name === 'pads' && one.kind === 'ints' && one.value.some((pad) => pad > 0)
              ? { ...one, value: [2, 2, 0, 0] }
              : one,
          );
          return node.opType === 'Conv' && JSON.stringify(attributes) !== JSON.stringify(node.attributes)
            ? { ...node, attributes }
            : undefined;
        }, 2),
      ),
    );
    expect(place.differences).toEqual([
      expect.stringMatching(/^pads is \[1,1,1,1\] in the first file and \[2,2,0,0\] in the other$/),
    ]);
  });

  it('part nowhere where they do the same', async () => {
    expect((await compared(unnamed(model))).bisectFiles).toBeUndefined();
  });

  it('are told in words, with the values that correspond', async () => {
    const report = await compared(unnamed(withNode(isRelu, 3)));
    const text = renderParity(report).replaceAll(/\s+/g, ' ');
    expect(text).toMatch(
      /parts first seen at \w+ "[^"]+", which is \w+ "n\d+" in the other file, in onnxruntime-cpu on/,
    );
    expect(text).toMatch(/values correspond: 1 by name, \d+ by value/);
  });

  it('are refused where nothing corresponds', async () => {
    const [input] = model.graph.inputs;
    const node = (opType: string, output: string): OnnxNode => ({
      name: output,
      opType,
      domain: '',
      inputs: [input?.name ?? ''],
      outputs: [output],
      attributes: [],
    });
    const type = { kind: 'tensor', dtype: 'float32' } as const;
    const alien: OnnxModel = {
      ...model,
      graph: {
        ...model.graph,
        nodes: [node('Neg', 'p'), node('Exp', 'q')],
        initializers: [],
        outputs: [
          { name: 'p', type },
          { name: 'q', type },
        ],
        valueInfo: [],
      },
    };
    await expect(compared(alien)).rejects.toMatchObject({
      code: 'input/invalid',
      message: expect.stringContaining('corresponds to anything in') as string,
    });
  });

  it('have nothing written of them', async () => {
    await expect(compared(model, { other: 'b.onnx', bisect: 'folder' })).rejects.toThrow(
      '--bisect of two files writes nothing, and takes no folder',
    );
  });
});
