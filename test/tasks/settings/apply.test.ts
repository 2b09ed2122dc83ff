import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { NascentError } from '../../../src/errors.ts';
import { applySettings } from '../../../src/tasks/settings/apply.ts';
import { searchPresets, searchSchema } from '../../../src/tasks/images/search-settings.ts';
import { rnnTrainPresets, rnnTrainSchema } from '../../../src/tasks/text/train-settings.ts';

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
  return messageOf(() => set(...pairs));
}

function messageOf(refused: () => unknown): string {
  try {
    refused();
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

describe('of the settings there are', () => {
  const search = (pair: string) => messageOf(() => applySettings(searchSchema, searchPresets.quick, [pair]));
  const train = (pair: string) => messageOf(() => applySettings(rnnTrainSchema, rnnTrainPresets.ptb, [pair]));

  test('an unknown one, with the nearest', () => {
    expect(search('layer=3')).toMatchInlineSnapshot(`
      "input/unknown: unknown setting "layer"
      Did you mean layers? Settings: channels, layers, nodes, primitives, order, epochs, batch_size, image_size, image_channels, class_weights, train_images, valid_images, valid_augmented, initial_weights, rate, rate_min, momentum, weight_decay, clip, alpha_rate, alpha_beta1, alpha_beta2, alpha_weight_decay, warmup_epochs, cutout, max_skips, stop_on_skips, seed."
    `);
    expect(train('dropout=0.1').split('\n')[0]).toMatchInlineSnapshot(
      `"input/unknown: unknown setting "dropout""`,
    );
  });

  test('out of its range, which is said with its unit', () => {
    const pairs = [
      'layers=1e11',
      'layers=0',
      'channels=1e6',
      'nodes=33',
      'batch_size=1e9',
      'epochs=1e10',
      'train_images=1',
      'valid_images=1e11',
      'rate=0',
      'momentum=1',
      'weight_decay=-1',
      'clip=1e300',
      'stop_on_skips=0',
      'seed=4294967296',
    ];
    expect(pairs.map((pair) => search(pair).split('\n')[0])).toMatchInlineSnapshot(`
      [
        "input/invalid: setting layers=1e11: expected a whole number of cells from 1 to 1000",
        "input/invalid: setting layers=0: expected a whole number of cells from 1 to 1000",
        "input/invalid: setting channels=1e6: expected a whole number of channels from 2 to 4096",
        "input/invalid: setting nodes=33: expected a whole number of nodes from 1 to 32",
        "input/invalid: setting batch_size=1e9: expected a whole number of images from 1 to 100000",
        "input/invalid: setting epochs=1e10: expected a whole number of epochs from 1 to 1000000",
        "input/invalid: setting train_images=1: expected a whole number of images from 2 to 10000000000 or null",
        "input/invalid: setting valid_images=1e11: expected a whole number of images from 1 to 10000000000 or null",
        "input/invalid: setting rate=0: expected a number greater than 0 and at most 1000",
        "input/invalid: setting momentum=1: expected a number at least 0 and less than 1",
        "input/invalid: setting weight_decay=-1: expected a number from 0 to 10",
        "input/invalid: setting clip=1e300: expected a number greater than 0 and at most 1000000000",
        "input/invalid: setting stop_on_skips=0: expected a whole number of skip connections from 1 to 64 or null",
        "input/invalid: setting seed=4294967296: expected a whole number from 0 to 4294967295",
      ]
    `);
    expect(['units=1e9', 'bptt=1e5', 'nonmono=0'].map((pair) => train(pair).split('\n')[0]))
      .toMatchInlineSnapshot(`
      [
        "input/invalid: setting units=1e9: expected a whole number of units from 1 to 16384",
        "input/invalid: setting bptt=1e5: expected a whole number of tokens from 1 to 10000",
        "input/invalid: setting nonmono=0: expected a whole number of epochs from 1 to 1000000",
      ]
    `);
  });

  test('of another type', () => {
    const pairs = [
      'layers=eight',
      'layers=2.5',
      'order=3',
      'max_skips=none',
      'rate=fast',
      'primitives=none,skip',
    ];
    expect(pairs.map((pair) => search(pair))).toMatchInlineSnapshot(`
      [
        "input/invalid: setting layers=eight: expected a whole number of cells from 1 to 1000
      Give another value, or leave --set layers out.",
        "input/invalid: setting layers=2.5: expected a whole number of cells from 1 to 1000
      Give another value, or leave --set layers out.",
        "input/invalid: setting order=3: expected one of 1, 2
      Give another value, or leave --set order out.",
        "input/invalid: setting max_skips=none: expected a whole number of skip connections from 0 to 64 or null
      Give another value, or leave --set max_skips out.",
        "input/invalid: setting rate=fast: expected a number greater than 0 and at most 1000
      Give another value, or leave --set rate out.",
        "input/unknown: unknown primitive "skip"
      Primitives: none, max_pool_3x3, avg_pool_3x3, skip_connect, sep_conv_3x3, sep_conv_5x5, dil_conv_3x3, dil_conv_5x5, sep_conv_7x7, conv_7x1_1x7.",
      ]
    `);
    expect(train('vary_lengths=1').split('\n')[0]).toMatchInlineSnapshot(
      `"input/invalid: setting vary_lengths=1: expected true or false"`,
    );
  });
});
