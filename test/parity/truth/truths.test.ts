/** Processes of the truth: as many as there is room for, each opened when it is needed, and nothing asked twice. */
import { setTimeout as wait } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { NascentError } from '../../../src/errors.ts';
import { answersOf } from '../../../src/parity/answers.ts';
import type { SeededCase } from '../../../src/parity/seeded-inputs.ts';
import { remembered, truthsOf } from '../../../src/parity/truth/truths.ts';
import type { OpenModel } from '../../../src/parity/ways.ts';
import { silentReporter } from '../../../src/run/reporter.ts';
import type { AnyTensors } from '../../../src/runtime/any-tensor.ts';

const feeds: AnyTensors = new Map([['x', { dtype: 'float32', shape: [1], data: Float32Array.of(1) }]]);

function counted(): {
  open: () => Promise<OpenModel>;
  opened: () => number;
  most: () => number;
  left: () => number;
} {
  let [opened, busy, most, left] = [0, 0, 0, 0];
  const open = async (): Promise<OpenModel> => {
    opened += 1;
    left += 1;
    return {
      run: async () => feeds,
      note: undefined,
      dispose() {
        left -= 1;
      },
      async measure(given) {
        busy += 1;
        most = Math.max(most, busy);
        await wait(2);
        busy -= 1;
        return { outputs: given, spreads: new Map(), work: 1 };
      },
    };
  };
  return { open, opened: () => opened, most: () => most, left: () => left };
}

describe('processes of the truth', () => {
  it('are as many as asked for at most, and all end', async () => {
    const count = counted();
    const truths = truthsOf(count.open, 3);
    expect(count.opened()).toBe(0);
    await truths.measure(feeds);
    await truths.measure(feeds);
    expect(count.opened()).toBe(1);
    const all = await Promise.all(Array.from({ length: 20 }, async () => truths.measure(feeds)));
    expect(all).toHaveLength(20);
    expect([count.opened(), count.most()]).toEqual([3, 3]);
    truths.dispose();
    expect(count.left()).toBe(0);
  });

  it('tell everybody why none can be opened', async () => {
    const open = async (): Promise<OpenModel> => {
      throw new NascentError('runtime/failed', 'no process', { help: '' });
    };
    const { measure } = truthsOf(open, 1);
    const all = await Promise.allSettled([measure(feeds), measure(feeds), measure(feeds)]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  it('are not asked twice for an input of one name', async () => {
    let asked = 0;
    const measure = remembered(async (given) => {
      asked += 1;
      return { outputs: given, spreads: new Map(), work: 1 };
    });
    const [a, b] = await Promise.all([measure(feeds, 'one'), measure(feeds, 'one')]);
    expect(b).toBe(a);
    await measure(feeds, 'two');
    expect(asked).toBe(2);
  });
});

describe('which inputs have a truth', () => {
  const cases = [1, 1, 1, 3, 7].map((batch, i) => ({ label: `seed ${i}`, batch, feeds }));
  /** Which of them are told, where a row takes so much work and so many milliseconds, on one or more lanes. */
  async function toldWith(
    workARow: number,
    milliseconds: number,
    atOnce: number,
    seconds = 10,
    seeded: readonly SeededCase[] = cases,
  ) {
    const count = counted();
    const truths = {
      atOnce,
      dispose: () => undefined,
      measure: async (given: AnyTensors) => {
        await wait(milliseconds);
        return { outputs: given, spreads: new Map(), work: workARow };
      },
    };
    const signal = new AbortController().signal;
    const inputs = { seeded, real: undefined };
    const answers = await answersOf(truths, count.open, inputs, seconds, silentReporter, signal);
    const heldTo = seeded.flatMap(({ label }, i) => {
      const answer = answers.seeded[i];
      return answer === undefined ? [] : [`${label}${answer.spreads === undefined ? '' : ', told'}`];
    });
    return { truths: answers.truths, untold: answers.untold, heldTo };
  }

  it.each([1, 3])('goes by what is counted, not by the clock, %i at once', async (atOnce) => {
    // 2e9 in ten seconds: five rows, three cases and no more; then all thirteen.
    expect(await toldWith(4e8, 0, atOnce)).toMatchObject({
      truths: 3,
      untold: expect.stringMatching(/an input$/) as string,
    });
    expect(await toldWith(3e8, 0, atOnce)).toMatchObject({ truths: 6 });
    expect(await toldWith(1e8, 0, atOnce)).toMatchObject({ truths: 13, untold: null });
    // Slower than was counted on.
    expect(await toldWith(1e6, 250, atOnce, 1)).toMatchObject({ truths: 13, untold: null });
  });

  it('are first those that are usual and the largest, which are held to nothing else', async () => {
    const kinds = ['seed 1', 'zeros', 'extremes', 'denormals', 'seed 2'];
    const drawn = kinds.map((label) => ({ label, batch: 1, feeds }));
    const held = async (rows: number) => (await toldWith(2e9 / rows, 0, 1, 10, drawn)).heldTo;
    expect(await held(3)).toEqual(['seed 1, told', 'zeros', 'extremes, told', 'denormals, told', 'seed 2']);
    // What the others cost says nothing of numbers near the largest.
    expect(await held(1)).toEqual(['seed 1, told', 'zeros', 'seed 2']);
  });

  it('ends by the clock where a machine is far slower', async () => {
    const { truths } = await toldWith(1, 30, 1, 0.01);
    expect(truths).toBeLessThan(13);
  });
});
