/** Nodes in the order of their making: any order of a network's nodes is read as the network. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findingsIn, readable } from '../../../exporters/onnx/check/check.ts';
import { toOnnxModel } from '../../../exporters/onnx/export.ts';
import { sortedModel } from '../../../exporters/onnx/sorted.ts';
import type { OnnxModel, OnnxNode } from '../../../proto/onnx.ts';
import { floatInfo, modelOf, node } from './models.ts';
import { build, networks } from './networks.ts';

function withNodes(model: OnnxModel, nodes: readonly OnnxNode[]): OnnxModel {
  return { ...model, graph: { ...model.graph, nodes } };
}

describe('sortedModel', () => {
  it('leaves what is in order, and orders what is not', () => {
    fc.assert(
      fc.property(networks, fc.infiniteStream(fc.nat()), (spec, random) => {
        const { graph, weights } = build(spec);
        const model = toOnnxModel(graph, { weights });
        expect(sortedModel(model)).toBe(model);
        const nodes = [...model.graph.nodes]
          .map((one) => [random.next().value as number, one] as const)
          .toSorted(([a], [b]) => a - b)
          .map(([, one]) => one);
        const sorted = sortedModel(withNodes(model, nodes));
        expect(findingsIn(sorted).faults).toEqual([]);
        expect(new Set(sorted.graph.nodes)).toEqual(new Set(nodes));
      }),
    );
  });

  it('knows what a body takes from the graph around it, and sorts the body', () => {
    const body = {
      name: 'body',
      nodes: [node('Relu', ['inner'], ['last']), node('Neg', ['outer'], ['inner'])],
      initializers: [],
      inputs: [],
      outputs: [floatInfo('last', [2])],
      valueInfo: [],
    };
    const branches = (['then_branch', 'else_branch'] as const).map((name) => ({
      name,
      kind: 'graph' as const,
      value: body,
    }));
    const model = modelOf({
      inputs: [floatInfo('x', [2]), { name: 'c', type: { kind: 'tensor', dtype: 'bool', shape: [] } }],
      nodes: [node('If', ['c'], ['y'], branches), node('Abs', ['x'], ['outer'])],
      outputs: [floatInfo('y', [2])],
    });
    expect(findingsIn(model).faults.join('\n')).toMatch(/made only later|nothing makes/);
    expect(findingsIn(sortedModel(model)).faults).toEqual([]);
  });

  it('leaves nodes that need each other in a circle, which cannot be read', () => {
    const model = modelOf({
      inputs: [floatInfo('x', [2])],
      nodes: [node('Add', ['x', 'b'], ['a']), node('Neg', ['a'], ['b'])],
      outputs: [floatInfo('b', [2])],
    });
    expect(sortedModel(model)).toBe(model);
    expect(() => readable(model, 'it')).toThrow('made only later');
  });

  it('takes a long chain the wrong way round', () => {
    const nodes = Array.from({ length: 50_000 }, (_, i) => node('Neg', [`v${i}`], [`v${i + 1}`]));
    const model = modelOf({ inputs: [floatInfo('v0', [2])], nodes: nodes.toReversed() });
    expect(sortedModel(model).graph.nodes).toEqual(nodes);
  });
});

it('an op that only onnxruntime has at this opset is a fault that leaves nothing open', () => {
  const model = modelOf(
    {
      inputs: [floatInfo('x', [2, 4]), floatInfo('s', [4])],
      nodes: [node('LayerNormalization', ['x', 's'], ['y'])],
      outputs: [floatInfo('y', [2, 4])],
    },
    { opsets: [{ domain: '', version: 14 }] },
  );
  const { faults, grave } = findingsIn(model);
  expect(faults).toEqual([
    'LayerNormalization that makes "y": only onnxruntime has the op LayerNormalization before opset 17; the model is of opset 14',
  ]);
  expect(grave).toEqual([]);
});
