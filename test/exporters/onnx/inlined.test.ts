/** Functions that call functions are counted before they are read in place of their calls. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { importOnnx } from '../../../exporters/onnx/import.ts';
import { inlinedCounter } from '../../../exporters/onnx/inlined.ts';
import {
  encodeModel,
  type OnnxAttribute,
  type OnnxFunction,
  type OnnxModel,
  type OnnxNode,
} from '../../../proto/onnx.ts';
import { decodeModelFile, readModelFile } from '../../../src/evaluate/model-file.ts';
import { checkModel } from '../../../src/onnx/check-model.ts';
import { chosenValues } from '../../../src/parity/chosen-values.ts';
import { openStored } from '../../../src/runtime/onnxruntime/stored.ts';
import { written } from '../../parity/models.ts';
import { tries } from '../../support/properties.ts';
import { floatInfo, modelOf, node } from './models.ts';

const opsets = [
  { domain: '', version: 17 },
  { domain: 'my', version: 1 },
];

function call(level: number, from: string, to: string, attributes: readonly OnnxAttribute[] = []): OnnxNode {
  return node(`F${level}`, [from], [to], attributes, { domain: 'my' });
}

function functionOf(
  level: number,
  nodes: readonly OnnxNode[],
  attributes: readonly string[] = [],
): OnnxFunction {
  return { name: `F${level}`, domain: 'my', inputs: ['a'], outputs: ['b'], attributes, nodes, opsets };
}

/** F0 calls F1 as `wrap` puts it, twice, and so on to the last, which is the one node. */
function laughs(
  levels: number,
  last: readonly OnnxNode[] = [node('Sin', ['a'], ['b'])],
  wrap: (called: OnnxNode) => OnnxNode = (called) => called,
): OnnxModel {
  const functions = Array.from({ length: levels }, (_, i) =>
    functionOf(i, [wrap(call(i + 1, 'a', 'c')), wrap(call(i + 1, 'c', 'b'))]),
  );
  return modelOf(
    { inputs: [floatInfo('x', [3])], nodes: [call(0, 'x', 'y')], outputs: [floatInfo('y', [3])] },
    { opsets, functions: [...functions, functionOf(levels, last)] },
  );
}

const graphOf = (name: string, nodes: readonly OnnxNode[], output: string): OnnxAttribute => ({
  name,
  kind: 'graph',
  value: modelOf({ name, nodes, outputs: [floatInfo(output, [3])] }).graph,
});

/** The call in both branches. */
function inBranches(called: OnnxNode): OnnxNode {
  const [from = '', to = ''] = [called.inputs[0], called.outputs[0]];
  const branch = (name: string) =>
    graphOf(name, [{ ...called, outputs: [`${to} ${name}`] }], `${to} ${name}`);
  return node('If', [from], [to], [branch('then_branch'), branch('else_branch')]);
}

function inLoop(called: OnnxNode): OnnxNode {
  return node('Loop', ['', '', called.inputs[0] ?? ''], called.outputs, [
    graphOf('body', [called], called.outputs[0] ?? ''),
  ]);
}

/** What it says itself: nodes in place of calls, one after the other. */
function counted(model: OnnxModel, nodes: readonly OnnxNode[]): number {
  return nodes.reduce((sum, { opType, attributes }) => {
    const bodies = attributes.map((each) => (each.kind === 'graph' ? counted(model, each.value.nodes) : 0));
    const called = model.functions.find(({ name }) => name === opType);
    const inside = called === undefined ? 0 : counted(model, called.nodes);
    return sum + 1 + inside + bodies.reduce((all, one) => all + one, 0);
  }, 0);
}

describe('functions of functions', () => {
  it('are counted as they are read, calls included', () => {
    const wraps = fc.constantFrom((called: OnnxNode) => called, inBranches, inLoop);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 3 }),
        wraps,
        (levels, last, wrap) => {
          const leaf = Array.from({ length: last }, (_, i) => node('Sin', ['a'], [`b${i}`]));
          const model = laughs(levels, leaf, wrap);
          expect(inlinedCounter(model)(model.graph.nodes)).toBe(counted(model, model.graph.nodes));
        },
      ),
      { numRuns: tries(100) },
    );
  });

  it('are as many as graphs that are given to them say', () => {
    const body: OnnxAttribute = { name: 'body', kind: 'reference', refersTo: 'body', refersToKind: 'graph' };
    const branches = ['then_branch', 'else_branch'].map((name) => ({ ...body, name }));
    const functions = [
      functionOf(0, [call(1, 'a', 'c', [body]), call(1, 'c', 'b', [body])], ['body']),
      functionOf(1, [call(2, 'a', 'c', [body]), call(2, 'c', 'b')], ['body']),
      {
        ...functionOf(2, [node('If', ['a'], ['b'], branches)], ['body']),
        defaults: [graphOf('body', [], 'a')],
      },
    ];
    const given = graphOf('body', [node('Sin', ['x'], ['s']), node('Sin', ['s'], ['t'])], 't');
    const nodes = [call(0, 'x', 'y', [given])];
    // A call, two of the next, four of the last with an If in each, and what is given twice in two of these.
    expect(inlinedCounter({ functions })(nodes)).toBe(1 + 2 + 4 + 4 + 2 * 2 * 2);
  });

  it('are counted where they call themselves, and where they are a chain as long as a file', () => {
    const circle = [functionOf(0, [call(1, 'a', 'b')]), functionOf(1, [call(0, 'a', 'b')])];
    expect(inlinedCounter({ functions: circle })([call(0, 'x', 'y')])).toBeGreaterThan(0);
    const chain = Array.from({ length: 20_000 }, (_, i) => functionOf(i, [call(i + 1, 'a', 'b')]));
    expect(inlinedCounter({ functions: chain })([call(0, 'x', 'y')])).toBe(20_001);
  });

  it('are refused with their number where they are more than can be read', async () => {
    const cases = [
      [laughs(40), '3,298,534,883,327'],
      [laughs(20, [node('Sin', ['a'], ['b'])], inBranches), '3,298,534,883,327'],
      [laughs(40, [node('Sin', ['a'], ['b'])], inLoop), '5,497,558,138,877'],
      [laughs(2000), 'over 10^15'],
    ] as const;
    for (const [model, count] of cases) {
      const problem = `its functions come to ${count} nodes when they are inlined, more than 500,000`;
      const refusal = { code: 'onnx/unsupported', message: expect.stringContaining(problem) as string };
      expect(() => importOnnx(model)).toThrow(expect.objectContaining(refusal) as Error);
      const path = await written(model);
      await expect(readModelFile(path)).rejects.toMatchObject(refusal);
      await expect(decodeModelFile(path)).rejects.toMatchObject(refusal);
      await expect(openStored(path, 'cpu')).rejects.toMatchObject(refusal);
      expect((await checkModel(encodeModel(model))).faults).toContain(problem);
      expect([...chosenValues(model)]).toEqual([]);
    }
  });

  it('are read where they are not', async () => {
    const { graph } = importOnnx(laughs(8));
    expect(graph.nodes).toHaveLength(256);
    expect(await checkModel(encodeModel(laughs(8)))).toMatchObject({ sound: true });
  });

  it('make a long loop a Scan, as nodes do', () => {
    const [on, go] = ['on', 'go'];
    const flag = (name: string) => ({ name, type: { kind: 'tensor', dtype: 'bool', shape: [] } }) as const;
    const body = modelOf({
      name: 'body',
      inputs: [
        { name: 'i', type: { kind: 'tensor', dtype: 'int64', shape: [] } },
        flag(go),
        floatInfo('h', [3]),
      ],
      nodes: [node('Identity', [go], [on]), call(0, 'h', 'next')],
      outputs: [flag(on), floatInfo('next', [3])],
    }).graph;
    const loopOver = (levels: number) =>
      modelOf(
        {
          inputs: [floatInfo('x', [3])],
          initializers: [{ name: 'count', dtype: 'int64', dims: [], data: BigInt64Array.of(100n) }],
          nodes: [node('Loop', ['count', '', 'x'], ['y'], [{ name: 'body', kind: 'graph', value: body }])],
          outputs: [floatInfo('y', [3])],
        },
        { opsets, functions: laughs(levels).functions },
      );
    const opsOf = (levels: number) => new Set(importOnnx(loopOver(levels)).graph.nodes.map(({ op }) => op));
    expect(opsOf(2).has('Scan')).toBe(false);
    expect(opsOf(7).has('Scan')).toBe(true);
  });
});
