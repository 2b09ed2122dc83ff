/** A small file may ask for more numbers than any memory holds: it is refused before one of them is made. */
import { describe, expect, it } from 'vitest';
import { importOnnx } from '../../../exporters/onnx/import.ts';
import type { UnreadableModel } from '../../../exporters/onnx/problems.ts';
import type { OnnxModel, OnnxNode, OnnxTensor } from '../../../proto/onnx.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { refusal } from '../../proto/refusal.ts';
import { floatInfo, floats, ints, modelOf, node } from './models.ts';

/** A value joined to itself, over and over. */
function doubled(first: string, times: number): readonly OnnxNode[] {
  const axis = { kind: 'int', name: 'axis', value: 0 } as const;
  const name = (i: number) => (i === 0 ? first : `v${i}`);
  return Array.from({ length: times }, (_, i) => node('Concat', [name(i), name(i)], [name(i + 1)], [axis]));
}

function modelWith(
  nodes: readonly OnnxNode[],
  made: string,
  initializers: readonly OnnxTensor[] = [],
  shape: readonly (number | string)[] = [4],
): OnnxModel {
  return modelOf({
    inputs: [floatInfo('x', shape)],
    initializers,
    nodes: [
      ...nodes,
      node('Cast', [made], ['f'], [{ kind: 'int', name: 'to', value: 1 }]),
      node('ReduceMax', ['f'], ['m'], [{ kind: 'int', name: 'keepdims', value: 0 }]),
      node('Add', ['x', 'm'], ['y']),
    ],
    outputs: [{ name: 'y', type: { kind: 'unknown' } }],
  });
}

const scalar = (name: string, value: number): OnnxTensor => ({ ...ints(name, [value]), dims: [] });

describe('is refused', () => {
  const huge = 2 ** 40;
  it.each<[string, OnnxModel, string]>([
    [
      'a constant that doubles',
      modelWith(doubled('c', 40), 'v40', [ints('c', [1, 2, 3, 4])]),
      'int64[2147483648]',
    ],
    ['an input that doubles', modelWith(doubled('x', 40), 'v40'), 'float32[2147483648]'],
    [
      'a depth',
      modelWith([node('OneHot', ['i', 'n', 'v'], ['z'])], 'z', [
        ints('i', [1]),
        scalar('n', huge),
        floats('v', [2], [0, 1]),
      ]),
      `float32[1, ${huge}]`,
    ],
    ...(['Expand', 'Tile'] as const).map((op): [string, OnnxModel, string] => [
      op,
      modelWith([node(op, ['x', 'n'], ['z'])], 'z', [ints('n', [huge])], [1]),
      `float32[${huge}${op === 'Tile' ? ', 1' : ''}]`,
    ]),
    ['Pad', modelWith([node('Pad', ['x', 'n'], ['z'])], 'z', [ints('n', [0, huge])]), `float32[${huge + 4}]`],
    [
      'ConstantOfShape',
      modelWith([node('ConstantOfShape', ['n'], ['z'])], 'z', [ints('n', [huge])]),
      `[${huge}]`,
    ],
  ])('%s', (_, model, shown) => {
    const refused = refusal(() => importOnnx(model, 'a.onnx'));
    expect(refused.message).toContain(`${shown}: too many numbers to hold`);
    expect((refused.cause as UnreadableModel).problems.map(({ code }) => code)).toEqual(['wide']);
  });

  it('Range, by the number of its values', () => {
    const bounds = [scalar('a', 0), scalar('n', huge), scalar('s', 1)];
    const model = modelWith([node('Range', ['a', 'n', 's'], ['z'])], 'z', bounds);
    expect(refusal(() => importOnnx(model)).message).toContain(
      `asks for ${huge} values; 67108864 are supported`,
    );
  });

  it('what is too wide for what is fed, before anything is computed', async () => {
    const model = modelWith(doubled('x', 29), 'v29', [], ['n']);
    const program = await createReferenceRuntime().compile(importOnnx(model).graph);
    const x = { dtype: 'float32', shape: [8], data: new Float32Array(8) } as const;
    await expect(program.run(new Map([['x', x]]))).rejects.toThrow('2147483648 numbers: too many to hold');
  });
});

it('lists that are joined are known up to a limit, and computed beyond it', async () => {
  for (const times of [14, 15]) {
    const model = modelWith(doubled('c', times), `v${times}`, [ints('c', [1, 2, 7, 4])]);
    const { graph, weights } = importOnnx(model);
    const x = { dtype: 'float32', shape: [4], data: new Float32Array(4) } as const;
    const given = await (await createReferenceRuntime().compile(graph)).run(new Map([...weights, ['x', x]]));
    expect([...(given.get('y')?.data ?? [])]).toEqual([7, 7, 7, 7]);
  }
});
