/** The contract of a runtime that is not about numbers: state, updates, named extents, and what it refuses. */
import { describe, expect, it } from 'vitest';

import { GraphBuilder } from '../../../src/graph/builder.ts';
import { floats, integers, scalar, type Tensor } from '../../../src/graph/tensor.ts';
import type { Graph } from '../../../src/graph/types.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';

/** count ← count + by, and what count was before. */
function counter(): Graph {
  const b = new GraphBuilder();
  const [count, by] = [b.input('count', [2], { role: 'buffer' }), b.input('by', [])];
  return b.finish('counter', { next: b.op('Add', [count, by]), before: b.op('Identity', [count]) });
}

/** A row of sums: the batch is open. */
function rowSums(): Graph {
  const b = new GraphBuilder();
  const [x, classes] = [b.input('x', ['batch', 3]), b.input('classes', ['batch'], { dtype: 'int64' })];
  return b.finish('rowSums', {
    sum: b.op('ReduceSum', [x], { axes: [1], keepdims: 0 }),
    hot: b.op('OneHot', [classes], { depth: 3 }),
  });
}

const all = (count: number, value: number) => Array.from({ length: count }, () => value);
const list = (tensor: Tensor | undefined) => [...(tensor?.data ?? [])];

export function contract(runtime: () => Promise<Runtime>): void {
  describe('state', () => {
    it('is read, updated by a run, and read back', async () => {
      const store = (await runtime()).createStore();
      store.write(new Map([['count', floats([2], [1, 2])]]));
      const updates = new Map([['next', 'count']]);
      const program = await (await runtime()).compile(counter(), { store, updates });
      const first = await program.run(new Map([['by', scalar(10)]]));
      expect([...first.keys()]).toEqual(['before']);
      expect(list(first.get('before'))).toEqual([1, 2]);
      const second = await program.run(new Map([['by', scalar(0.5)]]));
      expect(list(second.get('before'))).toEqual([11, 12]);
      const read = await store.read(['count']);
      expect(read.get('count')?.shape).toEqual([2]);
      expect(list(read.get('count'))).toEqual([11.5, 12.5]);
      program.dispose();
      store.dispose();
    });

    it('is shared by programs, and can be written between runs', async () => {
      const store = (await runtime()).createStore();
      store.write(new Map([['count', floats([2], [0, 0])]]));
      const updates = new Map([['next', 'count']]);
      const writer = await (await runtime()).compile(counter(), { store, updates });
      const reader = await (await runtime()).compile(counter(), { store });
      await writer.run(new Map([['by', scalar(3)]]));
      expect(list((await reader.run(new Map([['by', scalar(1)]]))).get('next'))).toEqual([4, 4]);
      store.write(new Map([['count', floats([2], [7, 8])]]));
      expect(list((await reader.run(new Map([['by', scalar(1)]]))).get('next'))).toEqual([8, 9]);
      writer.dispose();
      expect(list((await reader.run(new Map([['by', scalar(1)]]))).get('before'))).toEqual([7, 8]);
      reader.dispose();
      store.dispose();
    });

    it('keeps its own copy of what is written to it', async () => {
      const store = (await runtime()).createStore();
      const data = Float32Array.of(1, 2);
      store.write(new Map([['count', { dtype: 'float32', shape: [2], data }]]));
      data[0] = 99;
      expect(list((await store.read()).get('count'))).toEqual([1, 2]);
      store.dispose();
    });

    it('holds whole numbers, and knows what it has', async () => {
      const store = (await runtime()).createStore();
      store.write(new Map([['seen', integers([3], [1, -2, 70_000])]]));
      expect([store.has('seen'), store.has('count')]).toEqual([true, false]);
      expect(store.names()).toEqual(['seen']);
      const seen = (await store.read()).get('seen');
      expect([seen?.dtype, list(seen)]).toEqual(['int64', [1, -2, 70_000]]);
      await expect(store.read(['count'])).rejects.toThrow('count');
      store.dispose();
    });

    it('is not touched by a run that fails', async () => {
      const store = (await runtime()).createStore();
      store.write(new Map([['count', floats([2], [1, 2])]]));
      const updates = new Map([['next', 'count']]);
      const program = await (await runtime()).compile(counter(), { store, updates });
      await expect(program.run(new Map([['by', floats([3], [1, 2, 3])]]))).rejects.toThrow('by');
      expect(list((await store.read()).get('count'))).toEqual([1, 2]);
      program.dispose();
      store.dispose();
    });
  });

  describe('of nothing', () => {
    it('sums and products are 0, and the largest is −∞, whatever was in memory before', async () => {
      const used = new GraphBuilder();
      const large = await (
        await runtime()
      ).compile(used.finish('used', { y: used.op('Exp', [used.input('x', [8])]) }));
      await large.run(
        new Map([
          [
            'x',
            floats(
              [8],
              Array.from({ length: 8 }, (_, i) => 1 + i),
            ),
          ],
        ]),
      );
      const b = new GraphBuilder();
      const x = b.input('x', [2, 0, 4]);
      const flat = b.input('flat', [0, 4]);
      const turned = b.op('Transpose', [flat], { perm: [1, 0] });
      const graph = b.finish('nothing', {
        sum: b.op('ReduceSum', [x], { axes: [1], keepdims: 0 }),
        largest: b.op('ReduceMax', [x], { axes: [1], keepdims: 0 }),
        product: b.op('MatMul', [turned, flat]),
      });
      const program = await (await runtime()).compile(graph);
      const given = await program.run(
        new Map([
          ['x', floats([2, 0, 4], [])],
          ['flat', floats([0, 4], [])],
        ]),
      );
      const of = (name: string) => [given.get(name)?.shape, list(given.get(name))];
      expect(of('sum')).toEqual([[2, 4], all(8, 0)]);
      expect(of('largest')).toEqual([[2, 4], all(8, -Infinity)]);
      expect(of('product')).toEqual([[4, 4], all(16, 0)]);
      program.dispose();
      large.dispose();
    });
  });

  describe('runs', () => {
    it('take any batch where the batch is open', async () => {
      const program = await (await runtime()).compile(rowSums());
      for (const batch of [1, 4, 2]) {
        const x = floats([batch, 3], new Float32Array(3 * batch).fill(2));
        const classes = integers([batch], new Int32Array(batch).fill(1));
        const outputs = await program.run(
          new Map([
            ['x', x],
            ['classes', classes],
          ]),
        );
        expect(outputs.get('sum')?.shape).toEqual([batch]);
        expect(list(outputs.get('sum'))).toEqual(Array.from({ length: batch }, () => 6));
        expect(outputs.get('hot')?.shape).toEqual([batch, 3]);
      }
      program.dispose();
    });

    it('divide whole numbers as whole ones, also those that float32 does not have', async () => {
      const b = new GraphBuilder();
      const whole = { dtype: 'int64' } as const;
      const [over, under] = [b.input('over', [2, 3], whole), b.input('under', [3], whole)];
      const program = await (
        await runtime()
      ).compile(b.finish('quotients', { y: b.op('Div', [over, under]) }));
      const [least, most] = [-(2 ** 31), 2 ** 31 - 1];
      const feeds = [
        ['over', integers([2, 3], [most, most, least, -7, 16_777_217, most - 1])],
        ['under', integers([3], [1, -2, most])],
      ] as const;
      const outputs = await program.run(new Map(feeds));
      const expected = [most, -1_073_741_823, -1, -7, -8_388_608, 0];
      expect(list(outputs.get('y')).map((value) => value + 0)).toEqual(expected);
      program.dispose();
    });

    it('do not change what they were fed, and give arrays of their own', async () => {
      const b = new GraphBuilder();
      const x = b.input('x', [2]);
      const graph = b.finish('same', { copied: b.op('Identity', [x]), again: x });
      const program = await (await runtime()).compile(graph);
      const data = Float32Array.of(1, 2);
      const outputs = await program.run(new Map([['x', floats([2], data)]]));
      data[0] = 99;
      expect([list(outputs.get('copied')), list(outputs.get('again'))]).toEqual([
        [1, 2],
        [1, 2],
      ]);
      program.dispose();
    });

    it('read any of the float arrays, and give constants that nothing feeds', async () => {
      const b = new GraphBuilder();
      const graph = b.finish('sum', { y: b.op('Add', [b.input('x', [2]), b.constant([1, 2], [2])]) });
      const program = await (await runtime()).compile(graph);
      for (const data of [Float32Array.of(1, 1), Float64Array.of(1, 1)]) {
        expect(list((await program.run(new Map([['x', floats([2], data)]]))).get('y'))).toEqual([2, 3]);
      }
      program.dispose();
    });

    it('refuse feeds that are missing, unknown or of another shape, naming the input', async () => {
      const program = await (await runtime()).compile(rowSums());
      const x = floats([2, 3], [1, 2, 3, 4, 5, 6]);
      const classes = integers([2], [0, 1]);
      const refused = async (feeds: [string, Tensor][]) =>
        expect(program.run(new Map(feeds))).rejects.toMatchObject({ code: 'input/invalid' });
      await refused([['x', x]]);
      await refused([
        ['x', x],
        ['classes', classes],
        ['labels', classes],
      ]);
      await refused([
        ['x', floats([3, 2], x.data)],
        ['classes', classes],
      ]);
      await refused([
        ['x', x],
        ['classes', integers([3], [0, 1, 2])],
      ]);
      await refused([
        ['x', x],
        ['classes', floats([2], [0, 1])],
      ]);
      program.dispose();
    });
  });
}
