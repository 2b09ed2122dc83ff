import { describe, expect, it } from 'vitest';

import { synsetsOfMeta } from '../../../../src/data/images/imagenet/meta-mat.ts';
import { metaMat } from './mat-writer.ts';

const synsets = [
  { id: 1, name: 'n02119789', children: 0 },
  { id: 2, name: 'n02100735', children: 0 },
  { id: 1001, name: 'n00001740', children: 2 },
];

describe('synsetsOfMeta', () => {
  it('gives the classes of the ids, and not the synsets above them', () => {
    for (const deflate of [true, false]) {
      expect([...synsetsOfMeta(metaMat(synsets, { deflate }), 'meta.mat')]).toEqual([
        [1, 'n02119789'],
        [2, 'n02100735'],
      ]);
    }
  });

  it('refuses every file cut short, and other files, by name', () => {
    const whole = metaMat(synsets, { deflate: false });
    for (let length = 0; length < whole.length; length += 61) {
      expect(() => synsetsOfMeta(whole.subarray(0, length), 'kit/meta.mat')).toThrow(
        "kit/meta.mat is not the development kit's meta.mat",
      );
    }
    expect(() => synsetsOfMeta(metaMat(synsets).subarray(0, 300), 'a.mat')).toThrow('a.mat is not');
    expect(() => synsetsOfMeta(metaMat([]), 'a.mat')).toThrow('it lists no classes');
    expect(() => synsetsOfMeta(Buffer.alloc(500), 'a.mat')).toThrow('it has another format');
  });
});
