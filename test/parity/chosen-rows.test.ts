/** Rows that are chosen by numbers: float32 may choose otherwise, and nothing else may. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asChosen, matchedRows, openRows } from '../../src/parity/chosen-rows.ts';
import { readModelFile } from '../../src/evaluate/model-file.ts';
import { NascentError } from '../../src/errors.ts';
import { compareSubject } from '../../src/parity/parity.ts';
import { openWay, type Open } from '../../src/parity/ways.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import type { AnyTensor, AnyTensors } from '../../src/runtime/any-tensor.ts';
import { floatInfo, floats, ints, modelOf, node } from '../exporters/onnx/models.ts';
import { tries } from '../support/properties.ts';
import { ready, written } from './models.ts';

const tensor = (shape: readonly number[], values: readonly number[]): AnyTensor => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});
/** A score and a box of two numbers for each id, with something beside them that is no row. */
const found = (ids: readonly number[], beside = 1): AnyTensors =>
  new Map([
    [
      'scores',
      tensor(
        [ids.length],
        ids.map((id) => 1 / (1 + id)),
      ),
    ],
    [
      'boxes',
      tensor(
        [1, ids.length, 2],
        ids.flatMap((id) => [id, 2 * id]),
      ),
    ],
    ['beside', tensor([3, 2], [beside, 2, 3, 4, 5, 6])],
  ]);
const names = new Set(['scores', 'boxes']);
const allowed = () => ({ absolute: 1e-4, relative: 0 });
const idsOf = (all: AnyTensors | undefined) =>
  Array.from(all?.get('boxes')?.data ?? []).filter((_, i) => i % 2 === 0);

describe('rows', () => {
  it('that both chose are paired, in the order of what is wanted', () => {
    const ids = fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(ids, ids, (given, wanted) => {
        // One row and another are as well compared as they come.
        fc.pre(given.length + wanted.length > 2);
        const matched = matchedRows(found(given), found(wanted), allowed, names);
        const isRanked = (ids: readonly number[]) => ids.every((id, i) => id >= (ids[i - 1] ?? 0));
        if (isRanked(wanted) && !isRanked(given)) {
          expect(matched).toBeUndefined();
          return;
        }
        const both = wanted.filter((id) => given.includes(id));
        const isSame = given.length === wanted.length && given.every((id, i) => id === wanted[i]);
        const most = Math.max(given.length, wanted.length);
        expect(matched).toMatchObject(
          isSame ? { otherwise: 0 } : { rows: most, otherwise: most - both.length },
        );
        expect(idsOf(matched?.given)).toEqual(both);
        expect(idsOf(matched?.wanted)).toEqual(both);
      }),
      { numRuns: tries(100) },
    );
  });

  it('are none where what differs is not of them', () => {
    const all = new Set([...names, 'beside']);
    const matched = (among: ReadonlySet<string>) =>
      matchedRows(found([1, 2, 4]), found([1, 2, 4], 7), allowed, among);
    expect(matched(all)).toMatchObject({ otherwise: 1 });
    expect(matchedRows(found([1, 2, 4]), found([1, 2, 5]), allowed, names)).toMatchObject({
      otherwise: 1,
      picked: names,
    });
    // What comes after no choice.
    expect(matched(names)).toBeUndefined();
    expect(matchedRows(found([1, 2]), found([1, 3], 7), allowed, all)).toBeUndefined();
  });

  it('may be as float32 chooses, and one in ten otherwise', () => {
    const ids = Array.from({ length: 40 }, (_, i) => i);
    const other = ids.map((id) => (id < 20 ? id : id + 100));
    const truth = { outputs: found(ids), spreads: new Map() };
    const answer = { ...truth, chosen: [found(other), found(ids)] };
    const without = (list: readonly number[], ...gone: readonly number[]) =>
      found(list.filter((id) => !gone.includes(id)));
    const rowsAlone = answer.chosen.map((one) => new Map([...one].filter(([name]) => names.has(name))));
    expect(openRows({ ...answer, chosen: rowsAlone }, allowed)).toBe(20);
    const held = (given: AnyTensors, to = answer, open = 20) => {
      const rows = asChosen(given, to, open, allowed, names);
      return rows !== undefined && rows.otherwise <= rows.most ? rows.otherwise : undefined;
    };
    expect(held(found(other))).toBe(0);
    expect(held(found(other), { ...answer, chosen: [found(ids)] })).toBeUndefined();
    expect(held(without(other, 1, 2, 3, 4))).toBe(4);
    expect(held(without(other, 1, 2, 3, 4, 5))).toBeUndefined();
    // Where float32 leaves nothing open, a few rows.
    expect(held(without([...ids, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60], 1), answer, 0)).toBeUndefined();
    expect(held(without(ids, 1, 2, 3), answer, 0)).toBe(3);
  });
});

/** A detector of 40 boxes: scores are looked up by what is fed, and a margin is asked of those that are kept. */
const detector = (margin: number, shift = 0) =>
  modelOf({
    inputs: [floatInfo('x', [1, 8])],
    outputs: [floatInfo('kept', [undefined, 4]), floatInfo('best', [undefined])],
    initializers: [
      floats(
        'w',
        [8, 40],
        Array.from({ length: 320 }, (_, i) => Math.sin(7 * i * i)),
      ),
      floats(
        'corners',
        [40, 4],
        Array.from({ length: 40 }, (_, i) => [
          i % 8,
          Math.floor(i / 8),
          (i % 8) + 1.4,
          Math.floor(i / 8) + 1.6,
        ]).flat(),
      ),
      floats('shift', [], [shift]),
      ints('most', [30]),
      floats('iou', [1], [margin]),
      ints('at', [2]),
      { ...ints('none', [0]), dims: [1] },
      ints('two', [1, 1, 40]),
      ints('one', [1]),
      ints('flat', [-1]),
    ],
    nodes: [
      node('MatMul', ['x', 'w'], ['s']),
      node('Reshape', ['s', 'two'], ['scores']),
      node('Add', ['corners', 'shift'], ['moved']),
      node('Unsqueeze', ['moved', 'none'], ['boxes']),
      node('NonMaxSuppression', ['boxes', 'scores', 'most', 'iou'], ['chosen']),
      node('Gather', ['chosen', 'at'], ['index'], [{ kind: 'int', name: 'axis', value: 1n }]),
      node('Squeeze', ['index', 'one'], ['list']),
      node('Gather', ['moved', 'list'], ['kept']),
      node('Reshape', ['scores', 'flat'], ['line']),
      node('Gather', ['line', 'list'], ['best']),
    ],
  });

async function compared(margin: number, shift: number) {
  const file = await readModelFile(await written(detector(0.2)));
  const open: Open = async (_, way, model) => openWay(way, model);
  const subject = {
    file,
    graphPath: await written(detector(margin, shift)),
    refusal: new NascentError('onnx/unsupported', 'there is no graph for anything', { help: '' }),
    probed: [ready('onnxruntime-cpu'), ready('reference')],
    open,
  };
  const order = {
    model: file.path,
    layers: true,
    seeds: [1, 2],
    batches: [1],
    runtimes: ['onnxruntime-cpu' as const],
  };
  return compareSubject(subject, order, silentReporter, new AbortController().signal);
}

describe('a detector', () => {
  it('is held to the boxes that follow from what it is fed', async () => {
    const report = await compared(0.2, 0);
    expect(report).toMatchObject({ outcome: 'passed', unread: null, truth: { why: null } });
    expect(report.layers?.map(({ first, error }) => ({ first, error }))).toContainEqual({
      first: null,
      error: null,
    });
    const values = report.layers?.flatMap(({ layers }) => layers.map(({ value }) => value));
    expect(values).toEqual(expect.arrayContaining(['scores', 'chosen', 'kept', 'best']));
  });

  it.each([
    ['keeps boxes of another margin', 0.9, 0, /^\d+ of 30 rows of .* are chosen otherwise/],
    ['has all boxes moved by a hundredth', 0.2, 0.01, /^off by 1\.0e-2 and .* allowed: kept/],
  ])('that %s differs', async (_, margin, shift, why) => {
    const { outcome, pairs } = await compared(margin, shift);
    expect(outcome).toBe('failed');
    expect(pairs.flatMap(({ failures }) => failures)).toContainEqual(expect.stringMatching(why));
  });
});

it('the truth is told first where something is found', async () => {
  // Of numbers above 5, of which a normal draw, zeros and ones have none.
  const model = modelOf({
    inputs: [floatInfo('x', [8])],
    outputs: [floatInfo('y', [undefined])],
    initializers: [floats('five', [], [5])],
    nodes: [
      node('Greater', ['x', 'five'], ['large']),
      node('Compress', ['x', 'large'], ['kept']),
      node('Sqrt', ['kept'], ['y']),
    ],
  });
  const file = await readModelFile(await written(model));
  const subject = {
    file,
    refusal: new NascentError('onnx/unsupported', 'there is no graph for anything', { help: '' }),
    probed: [ready('onnxruntime-cpu'), ready('reference')],
    open: (async (_, way, under) => openWay(way, under)) satisfies Open,
  };
  const order = { model: file.path, seeds: [1], batches: [1], slowSeconds: 1e-6 };
  const report = await compareSubject(subject, order, silentReporter, new AbortController().signal);
  // One input, of eight rows, in the time that there is.
  expect(report).toMatchObject({ outcome: 'passed', truth: { inputs: 8 } });
  expect(report.gate).toContain('16 times what float32 costs');
});
