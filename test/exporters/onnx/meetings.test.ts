/** Open extents that must be one for a file to mean anything. */
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../../exporters/onnx/import.ts';
import { Meetings } from '../../../exporters/onnx/meetings.ts';
import type { OnnxModel } from '../../../proto/onnx.ts';
import { floatInfo, modelOf, node } from './models.ts';

/** Sums of inputs each of which has a name of its own for its extent; counts how often the file is read. */
function sums(count: number, kind: 'chain' | 'pairs') {
  const model = modelOf({
    inputs: Array.from({ length: count + 1 }, (_, i) => floatInfo(`x${i}`, [`n${i}`, 3])),
    nodes: Array.from({ length: count }, (_, i) =>
      node('Add', [i === 0 || kind === 'pairs' ? `x${i}` : `y${i - 1}`, `x${i + 1}`], [`y${i}`]),
    ),
    outputs: Array.from({ length: count }, (_, i) => ({ name: `y${i}`, type: { kind: 'unknown' } })),
  });
  let readings = 0;
  const last = model.graph.inputs.at(-1);
  const type = last?.type;
  Object.defineProperty(last, 'type', {
    get: () => {
      readings++;
      return type;
    },
  });
  return { model, readings: () => readings };
}

describe('names that meet', () => {
  it.each(['chain', 'pairs'] as const)(
    'are one, and the file is read no more often for many: a %s',
    (kind) => {
      const read = (count: number) => {
        const { model, readings } = sums(count, kind);
        const { graph } = importOnnx(model);
        return {
          readings: readings(),
          shapes: new Set(graph.outputs.map(({ value }) => value.type.shape.join())),
        };
      };
      const few = read(2);
      const many = read(200);
      expect(few.shapes).toEqual(new Set(['n0,3']));
      expect(many.shapes).toEqual(new Set(['n0,3']));
      expect(many.readings).toBe(few.readings);
    },
  );

  it('are what they meet: a number, an expression, also one that has met another since', () => {
    // a+b joined is c; c meets 2*n; then b is a.
    const model: OnnxModel = modelOf({
      inputs: [floatInfo('a', ['a']), floatInfo('b', ['b']), floatInfo('c', ['c']), floatInfo('d', [7])],
      nodes: [
        node('Concat', ['a', 'b'], ['ab'], [{ kind: 'int', name: 'axis', value: 0 }]),
        node('Add', ['ab', 'c'], ['s']),
        node('Add', ['a', 'b'], ['t']),
        node('Concat', ['t', 't'], ['tt'], [{ kind: 'int', name: 'axis', value: 0 }]),
        node('Add', ['tt', 's'], ['y']),
        node('Add', ['b', 'd'], ['z']),
      ],
      outputs: [
        { name: 'y', type: { kind: 'unknown' } },
        { name: 'z', type: { kind: 'unknown' } },
      ],
    });
    const shapes = (given: OnnxModel) => importOnnx(given).graph.outputs.map(({ value }) => value.type.shape);
    expect(shapes(model)).toEqual([[14], [7]]);
    const open = {
      ...model,
      graph: {
        ...model.graph,
        nodes: model.graph.nodes.slice(0, -1),
        outputs: model.graph.outputs.slice(0, 1),
      },
    };
    expect(shapes(open)).toEqual([['2*a']]);
  });

  it('are told apart from what can never be one', () => {
    const meetings = new Meetings({ k: 4 });
    expect(meetings.note(['n', 'm'])).toBe(true);
    expect(meetings.note(['m', 'n'])).toBe(false);
    expect(meetings.note(['n+1', 'n'])).toBe(false);
    expect(meetings.note(['2*m', 'k'])).toBe(true);
    expect(meetings.extentOf('m')).toBe(2);
    expect(meetings.extentOf('floor((n+m)/2)')).toBe(2);
    expect(meetings.count).toBe(2);
  });
});

it('an extent that is computed without end is not read, and a run may still tell it', () => {
  const model = modelOf({
    inputs: [floatInfo('x', ['n', 'm'])],
    nodes: [
      node('Shape', ['x'], ['s0']),
      ...Array.from({ length: 40 }, (_, i) => node('Mul', [`s${i}`, `s${i}`], [`s${i + 1}`])),
      node('ConstantOfShape', ['s40'], ['y']),
    ],
    outputs: [{ name: 'y', type: { kind: 'unknown' } }],
  });
  expect(() => importOnnx(model)).toThrow(
    /ConstantOfShape .* computes its shape \("s40"\), which must be constant/,
  );
  expect(importOnnx(model, 'it', { extents: { n: 1, m: 1 } }).graph.outputs[0]?.value.type.shape).toEqual([
    1, 1,
  ]);
});
