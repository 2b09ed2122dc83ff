import { describe, expect, it } from 'vitest';

import { NascentError } from '../../src/errors.ts';
import { GraphBuilder } from '../../src/graph/builder.ts';
import { floats, integers, type Tensor } from '../../src/graph/tensor.ts';
import { checkFeeds, resolveShape } from '../../src/runtime/feeds.ts';

const b = new GraphBuilder();
const [images, labels, weight] = [
  b.input('images', ['batch', 2]),
  b.input('labels', ['batch'], { dtype: 'int64' }),
  b.input('weight', [2], { role: 'weight' }),
];
const graph = b.finish('toy', {
  product: b.op('Mul', [images, weight]),
  hot: b.op('OneHot', [labels], { depth: 2 }),
});
const isState = (name: string) => name === 'weight';

const right: readonly [string, Tensor][] = [
  ['images', floats([3, 2], [1, 2, 3, 4, 5, 6])],
  ['labels', integers([3], [0, 1, 0])],
];

/** The message and the help of what is wrong when feeds are added to, or replaced in, the right ones. */
function refusal(...changes: readonly [string, Tensor | undefined][]): string {
  const feeds = new Map(right);
  for (const [name, tensor] of changes) {
    if (tensor === undefined) feeds.delete(name);
    else feeds.set(name, tensor);
  }
  try {
    checkFeeds(graph, feeds, isState);
  } catch (error) {
    if (error instanceof NascentError) return `${error.code}: ${error.message}. ${error.help}`;
    throw error;
  }
  throw new Error('the feeds passed');
}

describe('feeds', () => {
  it('settle the named extents', () => {
    const binding = checkFeeds(graph, new Map(right), isState);
    expect([...binding]).toEqual([['batch', 3]]);
    expect(resolveShape(['batch', 4], binding)).toEqual([3, 4]);
    expect(() => resolveShape(['time'], binding)).toThrow(
      'internal: no input of the graph settles the extent "time"',
    );
  });

  it('that are missing are named', () => {
    expect(refusal(['labels', undefined])).toMatchInlineSnapshot(
      `"input/invalid: graph "toy" needs the input "labels", int64[batch], and was fed images. Feed "labels" too."`,
    );
  });

  it('that nobody asked for are named, with the closest that is', () => {
    expect(refusal(['image', floats([1], [0])])).toMatchInlineSnapshot(
      `"input/invalid: "image" was fed, and graph "toy" has no such input. Did you mean "images"?"`,
    );
    expect(refusal(['temperature', floats([1], [0])])).toMatchInlineSnapshot(
      `"input/invalid: "temperature" was fed, and graph "toy" has no such input. Feed images, labels."`,
    );
  });

  it('that are state are refused', () => {
    expect(refusal(['weight', floats([2], [0, 0])])).toMatchInlineSnapshot(
      `"input/invalid: "weight" was fed, and the store has it. Write it to the store, or leave it out."`,
    );
  });

  it('of another shape, rank or type are refused', () => {
    expect(refusal(['images', floats([2, 3], [1, 2, 3, 4, 5, 6])])).toMatchInlineSnapshot(
      `"input/invalid: input "images" is float32[batch, 2], and was given float32[2, 3]. Axis 1 must be 2."`,
    );
    expect(refusal(['images', floats([6], [1, 2, 3, 4, 5, 6])])).toMatchInlineSnapshot(
      `"input/invalid: input "images" is float32[batch, 2], and was given float32[6]. Reshape it to rank 2."`,
    );
    expect(refusal(['labels', floats([3], [0, 1, 0])])).toMatchInlineSnapshot(
      `"input/invalid: input "labels" is int64[batch], and was given float32[3]. Convert it to int64."`,
    );
  });

  it('that disagree about a named extent are refused', () => {
    expect(refusal(['labels', integers([2], [0, 1])])).toMatchInlineSnapshot(
      `"input/invalid: input "labels" is int64[batch], and was given int64[2]. Axis 0 must be 3, the batch of the inputs before it."`,
    );
  });

  it('whose values do not fill the shape, or are held in another kind of array, are refused', () => {
    const short: Tensor = { dtype: 'float32', shape: [3, 2], data: new Float32Array(5) };
    expect(refusal(['images', short])).toMatchInlineSnapshot(
      `"input/invalid: input "images" was given 5 values for [3, 2]. Give 6 values."`,
    );
    const bytes: Tensor = { dtype: 'int64', shape: [3], data: new Uint8Array(3) };
    expect(refusal(['labels', bytes])).toMatchInlineSnapshot(
      `"input/invalid: input "labels" is int64, and its values came in a Uint8Array. Hold float32 in a Float32Array or a Float64Array, int64 in an Int32Array, bool in a Uint8Array."`,
    );
  });

  it('of no batch at all are refused', () => {
    expect(refusal(['images', floats([0, 2], [])])).toMatchInlineSnapshot(
      `"input/invalid: input "images" is float32[batch, 2], and was given float32[0, 2]. Axis 0 is 0, and open extents are 1 or more here; onnxruntime, which takes the file itself, may take 0."`,
    );
  });
});
