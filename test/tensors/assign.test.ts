/** Which file is which tensor of a model. */
import { describe, expect, it } from 'vitest';

import { assign } from '../../src/tensors/assign.ts';
import { refusal } from '../proto/refusal.ts';

const ports = [{ name: 'image' }, { name: 'ids' }, { name: 'mask' }];

describe('assign', () => {
  it('gives names first, and the others in order', () => {
    const files = [{ file: 'a.npy' }, { name: 'image', file: 'b.npy' }, { file: 'c.npy' }];
    expect([...assign('input', ports, files)]).toEqual([
      ['image', 'b.npy'],
      ['ids', 'a.npy'],
      ['mask', 'c.npy'],
    ]);
  });

  it('is of outputs, too', () => {
    expect([...assign('output', [{ name: 'y' }], [{ file: 'y.pb' }])]).toEqual([['y', 'y.pb']]);
    expect(refusal(() => assign('output', [], [{ name: 'y', file: 'a' }])).message).toBe(
      'the model has no output "y"',
    );
  });

  it('refuses what the model does not take', () => {
    expect(refusal(() => assign('input', ports, [{ name: 'imag', file: 'a' }]))).toMatchObject({
      code: 'input/unknown',
      message: 'the model has no input "imag"',
      help: 'Its inputs are image, ids, mask.',
    });
    const four = ['a', 'b', 'c', 'd'].map((file) => ({ file }));
    expect(refusal(() => assign('input', ports, four)).message).toBe(
      '4 inputs are given, and the model takes 3: image, ids, mask',
    );
    const twice = [
      { name: 'ids', file: 'a' },
      { name: 'ids', file: 'b' },
    ];
    expect(refusal(() => assign('input', ports, twice)).message).toBe('the input "ids" is given twice');
  });
});
