/**
 * What a recurrent search feeds its steps: which text, at which learning rate, from which hidden state. The rules are
 * those of the official code, and no number that comes out of a small search would show that one of them is broken.
 */
import { describe, expect, it } from 'vitest';
import { batchify, slice } from '../../../src/data/text/batches.ts';
import { Random } from '../../../src/random.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import { createReferenceRuntime } from '../../../src/runtime/reference/runtime.ts';
import { textBilevel } from '../../support/text-bilevel.ts';
import { rnnSearchPresets, type RnnSearchConfig } from '../../../src/tasks/text/search-settings.ts';
import { searchText } from '../../support/tasks.ts';
import { numberedCorpus, numberedRows } from '../../support/numbered.ts';
import { newRun } from '../../support/runs.ts';
import { numbersIn, spyRuntime, type SpiedRun } from '../../support/spy.ts';

const batch = 3;
const training = { rows: 24, batch };
const valid = { rows: 14, batch };
const corpus = numberedCorpus({ train: 24 * batch, valid: 14 * batch, test: 4 });
const firstValidWord = corpus.train.length;

/** Some five slices an epoch. The validation text, the shorter one, is used up within an epoch. */
const config: RnnSearchConfig = {
  ...rnnSearchPresets['darts-rnn'],
  units: 3,
  nodes: 1,
  epochs: 3,
  batch_size: batch,
  bptt: 6,
  eval_batch_size: 2,
  rate: 0.5,
  // Of three units, three quarters may well be all, and the state zero.
  dropout_x: 0,
  seed: 3,
};

const isZero = (values: readonly number[]) => values.every((value) => value === 0);

/** A weight step, with the passes of the alpha step before it. */
interface Step {
  /** Of the training text, the first that the slice holds. */
  readonly row: number;
  readonly length: number;
  readonly weight: SpiedRun;
  readonly onValid: SpiedRun;
  /** Of the second order: the look ahead, and to either side. */
  readonly onTraining: readonly SpiedRun[];
}

async function searchedSteps(order: 1 | 2): Promise<readonly Step[]> {
  const { runtime, runs } = spyRuntime();
  const run = await newRun('search');
  await searchText(run, { ...config, order }, corpus, runtime, silentReporter, new AbortController().signal);
  run.close();
  const steps: Step[] = [];
  let passes: SpiedRun[] = [];
  for (const each of runs) {
    if (each.graph !== 'weight_step') {
      passes.push(each);
      continue;
    }
    const onValid = passes.find(({ graph }) => graph === 'alpha_step' || graph === 'unrolled_gradient');
    if (onValid === undefined) throw new Error('a weight step without an alpha step before it');
    const onTraining = passes.filter(({ graph }) => graph === 'virtual_step' || graph === 'shifted_gradient');
    const tokens = numbersIn(each, 'tokens');
    const row = tokens[0] ?? Number.NaN;
    steps.push({ row, length: tokens.length / batch, weight: each, onValid, onTraining });
    passes = [];
  }
  return steps;
}

describe.each([
  [1, []],
  [2, ['virtual_step', 'shifted_gradient', 'shifted_gradient']],
] as const)('a recurrent search of order %i', (order, lookingAhead) => {
  let searched: ReturnType<typeof searchedSteps> | undefined;
  const searchedOnce = () => (searched ??= searchedSteps(order));

  it('takes its weight steps down the training text, three times', async () => {
    const steps = await searchedOnce();
    expect(steps.filter(({ row }) => row === 0)).toHaveLength(config.epochs);
    for (const { row, length, weight } of steps) {
      expect(numbersIn(weight, 'tokens')).toEqual(numberedRows(0, training, row, length));
      expect(numbersIn(weight, 'targets')).toEqual(numberedRows(0, training, row + 1, length));
    }
  });

  it('has for each slice a learning rate in proportion to the length that was drawn: bptt, or its half', async () => {
    const steps = await searchedOnce();
    const drawn = steps.map(({ row, length, weight }, i) => {
      const rows = ((numbersIn(weight, 'rate')[0] ?? Number.NaN) * config.bptt) / config.rate;
      const next = steps[i + 1]?.row ?? 0;
      // The last slice of an epoch is as short as the text is; its rate is that of the whole length all the same.
      if (next === 0) expect(length).toBeLessThanOrEqual(rows);
      else expect([rows, rows]).toEqual([length, next - row]);
      return rows;
    });
    expect(new Set(drawn)).toEqual(new Set([3, 6]));
    expect(steps.some(({ length }) => length !== 3 && length !== 6)).toBe(true);
  });

  it('learns its alphas on the validation text, at the row where the weights are, and round again', async () => {
    const steps = await searchedOnce();
    const starts = steps.map(({ row, onValid }) => {
      const start = row % (valid.rows - 1);
      const length = Math.min(config.bptt, valid.rows - 1 - start);
      expect(numbersIn(onValid, 'tokens')).toEqual(numberedRows(firstValidWord, valid, start, length));
      expect(numbersIn(onValid, 'targets')).toEqual(numberedRows(firstValidWord, valid, start + 1, length));
      return start;
    });
    expect(new Set(starts).size).toBeGreaterThan(4);
    expect(starts.some((start, i) => start !== steps[i]?.row)).toBe(true);
  });

  it('looks ahead, if it does, along the weight step that comes next: the same text and learning rate', async () => {
    const steps = await searchedOnce();
    for (const { weight, onTraining } of steps) {
      expect(onTraining.map(({ graph }) => graph)).toEqual(lookingAhead);
      for (const pass of onTraining) {
        for (const name of ['tokens', 'targets', 'hidden.training']) {
          expect(numbersIn(pass, name)).toEqual(numbersIn(weight, name));
        }
        if (pass.graph === 'virtual_step') expect(numbersIn(pass, 'rate')).toEqual(numbersIn(weight, 'rate'));
      }
    }
  });

  it('carries both hidden states from slice to slice, and begins every epoch without', async () => {
    const steps = await searchedOnce();
    for (const { row, weight, onValid } of steps) {
      const states = [numbersIn(weight, 'hidden.training'), numbersIn(onValid, 'hidden.valid')];
      expect(states.map(isZero), `at row ${row}`).toEqual([row === 0, row === 0]);
    }
  });
});

describe.each([1, 2] as const)('the penalties of a recurrent search of order %i', (order) => {
  const table = batchify(
    Int32Array.from({ length: 60 }, (_, i) => (i * i) % 5),
    batch,
  );
  const slices = { training: slice(table, 0, 4), valid: slice(table, 8, 4) };
  const small: RnnSearchConfig = { ...config, bptt: 4, order };

  /** What the first alpha step gathers of its gradient, and the loss of the weight step after it. */
  const firstStep = async (penalties: Partial<RnnSearchConfig>) => {
    const runtime = createReferenceRuntime();
    const store = runtime.createStore();
    const shape = { words: 5, units: small.units, nodes: small.nodes, primitives: small.primitives };
    const settings = { ...small, ...penalties };
    const programs = await textBilevel(runtime, store, shape, settings, new Random(1));
    const masks = new Random(7);
    await programs.alpha(slices, 1, 20, masks);
    const gradient = (await store.read(['adam.mean.alpha'])).get('adam.mean.alpha')?.data;
    const outputs = await programs.weight(slices.training, 20, masks);
    return { gradient, loss: outputs.get('loss')?.data[0], nll: outputs.get('nll')?.data[0] };
  };

  it.each(['slowness', 'activation'])(
    '%s is in the loss of the weights, and not in the alphas’',
    async (name) => {
      const without = await firstStep({ activation: 0, slowness: 0 });
      const penalised = await firstStep({ activation: 0, slowness: 0, [name]: 10 });
      expect(without.loss).toBe(without.nll);
      expect(penalised.loss).toBeGreaterThan(penalised.nll ?? Number.NaN);
      // Bit for bit, in second order too: neither the look ahead nor the passes to either side are penalised.
      expect(penalised.gradient).toEqual(without.gradient);
    },
  );
});
