import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { NascentError } from '../../../src/errors.ts';
import { applySettings } from '../../../src/cli/input/settings.ts';

const schema = z
  .object({
    epochs: z.int().min(1).max(600).default(50),
    warmup: z.int().nonnegative(),
    learningRate: z.number().positive(),
    dropPath: z.number().min(0).max(1),
    unrolled: z.boolean(),
    engine: z.enum(['auto', 'tfjs', 'onnxruntime']),
    tag: z.string().nullable(),
    widths: z.array(z.int().positive()),
    limit: z.union([z.literal('all'), z.int().positive()]),
    even: z.int().refine((value) => value % 2 === 0, 'an even number'),
    optimizer: z.object({ momentum: z.number().min(0).lt(1), nesterov: z.boolean().optional() }),
  })
  .refine((config) => config.warmup < config.epochs, 'warmup must be shorter than epochs');

const base = {
  epochs: 50,
  warmup: 5,
  learningRate: 0.025,
  dropPath: 0.2,
  unrolled: false,
  engine: 'auto',
  tag: null,
  widths: [16, 32],
  limit: 'all',
  even: 2,
  optimizer: { momentum: 0.9 },
} as const satisfies object;

function set(...pairs: string[]) {
  return applySettings(schema, { ...base, widths: [...base.widths] }, pairs);
}

function message(...pairs: string[]): string {
  try {
    set(...pairs);
  } catch (error) {
    if (error instanceof NascentError) return `${error.code}: ${error.message}\n${error.help}`;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('nothing set is the base', () => {
  expect(set()).toEqual(base);
});

test.each([
  ['epochs=20', { epochs: 20 }],
  ['learningRate=1e-3', { learningRate: 0.001 }],
  ['learningRate = .5', { learningRate: 0.5 }],
  ['unrolled=true', { unrolled: true }],
  ['engine=tfjs', { engine: 'tfjs' }],
  ['tag=a=b, c', { tag: 'a=b, c' }],
  ['widths=8, 16,32', { widths: [8, 16, 32] }],
  ['widths=', { widths: [] }],
  ['limit=all', { limit: 'all' }],
  ['limit=100', { limit: 100 }],
  ['optimizer.momentum=0.5', { optimizer: { momentum: 0.5 } }],
  ['optimizer.nesterov=true', { optimizer: { momentum: 0.9, nesterov: true } }],
])('%s', (pair, change) => {
  expect(set(pair)).toEqual({ ...base, ...change });
});

test('of two values for a key the later holds', () => {
  expect(set('epochs=20', 'epochs=30').epochs).toBe(30);
});

describe('messages', () => {
  test('an unknown key', () => {
    expect(message('epcohs=3')).toMatchInlineSnapshot(`
      "input/unknown: unknown setting "epcohs"
      Did you mean epochs? Settings: epochs, warmup, learningRate, dropPath, unrolled, engine, tag, widths, limit, even, optimizer.momentum, optimizer.nesterov."
    `);
    expect(message('optimizer=sgd')).toMatch(/^input\/unknown: unknown setting "optimizer"\n/);
  });
  test('no value', () => {
    expect(message('epochs')).toMatchInlineSnapshot(`
      "input/invalid: "epochs" is not a setting
      Write it as key=value, such as --set epochs=20."
    `);
    expect(message('=3')).toMatch(/^input\/invalid: "=3" is not a setting/);
  });
  test('a value of the wrong kind or out of range', () => {
    const pairs = [
      'epochs=ten',
      'epochs=1.5',
      'epochs=',
      'epochs=601',
      'warmup=-1',
      'learningRate=0',
      'learningRate=0x10',
      'dropPath=1.5',
      'unrolled=yes',
      'engine=torch',
      'widths=8,0',
      'widths=8,,16',
      'limit=none',
      'even=3',
      'optimizer.momentum=1',
    ];
    expect(pairs.map((pair) => message(pair).split('\n')[0])).toMatchInlineSnapshot(`
      [
        "input/invalid: setting epochs=ten: expected a whole number from 1 to 600",
        "input/invalid: setting epochs=1.5: expected a whole number from 1 to 600",
        "input/invalid: setting epochs=: expected a whole number from 1 to 600",
        "input/invalid: setting epochs=601: expected a whole number from 1 to 600",
        "input/invalid: setting warmup=-1: expected a whole number at least 0",
        "input/invalid: setting learningRate=0: expected a number greater than 0",
        "input/invalid: setting learningRate=0x10: expected a number greater than 0",
        "input/invalid: setting dropPath=1.5: expected a number from 0 to 1",
        "input/invalid: setting unrolled=yes: expected true or false",
        "input/invalid: setting engine=torch: expected one of auto, tfjs, onnxruntime",
        "input/invalid: setting widths=8,0: expected a list with commas between, each a whole number greater than 0",
        "input/invalid: setting widths=8,,16: expected a list with commas between, each a whole number greater than 0",
        "input/invalid: setting limit=none: expected all or a whole number greater than 0",
        "input/invalid: setting even=3: expected an even number",
        "input/invalid: setting optimizer.momentum=1: expected a number at least 0 and less than 1",
      ]
    `);
  });
  test('settings that do not go together', () => {
    expect(message('epochs=10', 'warmup=10')).toMatchInlineSnapshot(`
      "input/invalid: the settings epochs=10 warmup=10 do not go together: warmup must be shorter than epochs
      Change or leave out one of them."
    `);
  });
});
