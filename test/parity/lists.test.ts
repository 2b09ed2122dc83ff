/** Values that are no tensors: what a loop hands on may be a list, as TorchScript writes it. */
import { describe, expect, it } from 'vitest';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxType, OnnxValueInfo } from '../../proto/onnx.ts';
import { listsIn } from '../../src/parity/lists.ts';
import { compareSubject } from '../../src/parity/parity.ts';
import { valuesOf } from '../../src/parity/values.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { floatInfo, modelOf, node } from '../exporters/onnx/models.ts';
import { subject } from './models.ts';

const unknown: OnnxType = { kind: 'unknown' };
const info = (name: string, type: OnnxType = unknown): OnnxValueInfo => ({ name, type });
const number = (name: string, dtype: 'int64' | 'bool'): OnnxValueInfo =>
  info(name, { kind: 'tensor', dtype, shape: [] });
const graphOf = (parts: Partial<OnnxGraph>): OnnxGraph => ({
  name: 'body',
  nodes: [],
  initializers: [],
  inputs: [],
  outputs: [],
  valueInfo: [],
  ...parts,
});
const body = (name: string, value: OnnxGraph): OnnxAttribute => ({ name, kind: 'graph', value });

/** Twice what was before, three times over, each put into a list. */
function loop(listType: OnnxType = unknown): OnnxModel {
  const round = graphOf({
    nodes: [
      node('Add', ['h', 'h'], ['next']),
      node('SequenceInsert', ['list', 'next'], ['longer']),
      node('Identity', ['go'], ['on']),
    ],
    inputs: [number('i', 'int64'), number('go', 'bool'), floatInfo('h', [2, 3]), info('list', listType)],
    outputs: [number('on', 'bool'), floatInfo('next', [2, 3]), info('longer', listType)],
  });
  return modelOf({
    inputs: [floatInfo('x', [2, 3])],
    initializers: [{ name: 'three', dims: [], dtype: 'int64', data: BigInt64Array.of(3n) }],
    nodes: [
      node('SequenceEmpty', [], ['empty']),
      node('Loop', ['three', '', 'x', 'empty'], ['last', 'all'], [body('body', round)]),
      node('Identity', ['all'], ['again']),
      node('ConcatFromSequence', ['again'], ['whole'], [{ name: 'axis', kind: 'int', value: 0 }]),
      node('SequenceLength', ['again'], ['count']),
      node('Neg', ['whole'], ['y']),
    ],
    outputs: [floatInfo('y', [6, 3])],
  });
}

describe('values that are no tensors', () => {
  it('are what sequences are made by, and what loops and names hand on of them', () => {
    const floats: OnnxType = { kind: 'tensor', dtype: 'float32' };
    for (const type of [unknown, { kind: 'sequence', element: floats } as const]) {
      expect([...listsIn(loop(type))].toSorted()).toEqual(['again', 'all', 'empty']);
      expect(valuesOf(loop(type)).map(([name]) => name)).toEqual(['last', 'whole', 'count', 'y']);
    }
  });

  it('are what a branch gives', () => {
    const branch = graphOf({
      nodes: [node('SequenceConstruct', ['x'], ['one']), node('Relu', ['x'], ['two'])],
      outputs: [info('one'), info('two')],
    });
    const model = modelOf({
      inputs: [floatInfo('x', [2]), number('is', 'bool')],
      nodes: [
        node('If', ['is'], ['list', 'tensor'], [body('then_branch', branch), body('else_branch', branch)]),
      ],
      outputs: [floatInfo('tensor', [2])],
    });
    expect([...listsIn(model)]).toEqual(['list']);
  });

  it('are passed over where every value in between is asked for', async () => {
    const order = { model: 'm', data: null, seeds: [1], batches: [1], layers: true, climb: 0 } as const;
    const { signal } = new AbortController();
    const list: OnnxType = {
      kind: 'sequence',
      element: { kind: 'tensor', dtype: 'float32', shape: [2, 3] },
    };
    const report = await compareSubject(await subject(loop(list)), order, silentReporter, signal);
    expect(report.layers?.length).toBeGreaterThan(0);
    for (const { layers, error } of report.layers ?? []) {
      expect(error).toBeNull();
      expect(layers.map(({ value }) => value)).toEqual(expect.arrayContaining(['last', 'whole', 'y']));
    }
  });
});
