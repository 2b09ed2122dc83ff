import { describe, expect, it } from 'vitest';

import type { OnnxValueInfo } from '../../proto/onnx.ts';
import { importOnnx } from '../../exporters/onnx/import.ts';
import { asFed } from '../../src/parity/graph-feeds.ts';
import { floatInfo, modelOf, node } from '../exporters/onnx/models.ts';

describe('whole numbers that are fed', () => {
  const cast = (dtype: 'int64' | 'uint32') => {
    const x: OnnxValueInfo = { name: 'x', type: { kind: 'tensor', dtype, shape: [2] } };
    return modelOf({
      inputs: [x],
      nodes: [node('Cast', ['x'], ['y'], [{ kind: 'int', name: 'to', value: 1 }])],
      outputs: [floatInfo('y', [2])],
    });
  };

  it.each([
    ['int64', 2 ** 31],
    ['int64', -(2 ** 31) - 1],
    ['uint32', 4_000_000_000],
  ] as const)('%s %d is refused, not another number', (dtype, value) => {
    const { graph } = importOnnx(cast(dtype));
    const feeds = new Map([['x', { dtype, shape: [2], data: Float64Array.of(7, value) }]]);
    expect(() => asFed(graph, feeds)).toThrow(
      `input "x" is given ${value}, and a graph keeps integers in 32 bits`,
    );
  });

  it('the least and the greatest of 32 bits are kept', () => {
    const { graph } = importOnnx(cast('int64'));
    const data = Float64Array.of(-(2 ** 31), 2 ** 31 - 1);
    const fed = asFed(graph, new Map([['x', { dtype: 'int64', shape: [2], data }]]));
    expect(fed.get('x')?.data).toEqual(Int32Array.of(-(2 ** 31), 2 ** 31 - 1));
  });
});
