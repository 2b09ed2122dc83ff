/** Whom a function tells how it goes, and what ends it, are looked at before anything begins. */
import { describe, expect, it } from 'vitest';
import {
  benchModel,
  compareFiles,
  compareRuntimes,
  datasets,
  exportGenotype,
  exportRun,
  getCifar10,
  NascentError,
  parity,
  probeRuntimes,
  runModel,
  search,
  silentReporter,
  train,
  validateModel,
} from '../src/index.ts';

type Loose = (...given: readonly unknown[]) => Promise<unknown>;
const loose = (f: unknown): Loose => f as Loose;

const { signal } = new AbortController();
const model = 'nowhere.onnx';
const order = { kind: 'resume', run: 'nowhere' };

/** Of each function: the call, given whom it tells and what ends it. Undefined is where it takes none. */
const functions: readonly (readonly [
  name: string,
  withReporter: ((reporter: unknown) => Promise<unknown>) | undefined,
  withSignal: ((signal: unknown) => Promise<unknown>) | undefined,
])[] = [
  [
    'compareRuntimes',
    (reporter) => loose(compareRuntimes)(model, {}, { reporter }),
    (given) => loose(compareRuntimes)(model, {}, { signal: given }),
  ],
  [
    'compareFiles',
    (reporter) => loose(compareFiles)(model, model, {}, { reporter }),
    (given) => loose(compareFiles)(model, model, {}, { signal: given }),
  ],
  [
    'parity',
    (reporter) => loose(parity)({ model }, reporter, signal),
    (given) => loose(parity)({ model }, silentReporter, given),
  ],
  ['runModel', (reporter) => loose(runModel)({ model }, reporter), undefined],
  ['benchModel', (reporter) => loose(benchModel)({ model }, reporter), undefined],
  [
    'validateModel',
    (reporter) => loose(validateModel)({ model, data: 'synthetic' }, reporter, signal),
    (given) => loose(validateModel)({ model, data: 'synthetic' }, silentReporter, given),
  ],
  [
    'exportRun',
    (reporter) => loose(exportRun)({ run: 'nowhere' }, reporter, signal),
    (given) => loose(exportRun)({ run: 'nowhere' }, silentReporter, given),
  ],
  [
    'exportGenotype',
    (reporter) => loose(exportGenotype)({ task: 'images', out: model }, reporter, signal),
    (given) => loose(exportGenotype)({ task: 'images', out: model }, silentReporter, given),
  ],
  [
    'search',
    (reporter) => loose(search)(order, reporter, signal),
    (given) => loose(search)(order, silentReporter, given),
  ],
  [
    'train',
    (reporter) => loose(train)(order, reporter, signal),
    (given) => loose(train)(order, silentReporter, given),
  ],
  ['probeRuntimes', undefined, (given) => loose(probeRuntimes)({ signal: given, only: [] })],
  ['getting cifar10', undefined, (given) => loose(getCifar10)({ signal: given, from: 'nowhere' })],
  ...Object.values(datasets).flatMap(({ name, status, origin }) =>
    origin.kind === 'published' && name !== 'tiny-imagenet'
      ? [
          [`the status of ${name}`, undefined, (given: unknown) => loose(status)({ signal: given })] as const,
          [
            `getting ${name}`,
            undefined,
            (given: unknown) => loose(origin.get)({ signal: given, from: 'nowhere' }),
          ] as const,
        ]
      : [],
  ),
];

async function refusal(action: () => Promise<unknown>): Promise<NascentError> {
  const error: unknown = await action().catch((thrown: unknown) => thrown);
  if (error instanceof NascentError) return error;
  throw new Error(`no NascentError: ${String(error)}`);
}

const tell = functions.flatMap(([name, act]) => (act === undefined ? [] : [[name, act] as const]));
const end = functions.flatMap(([name, , act]) => (act === undefined ? [] : [[name, act] as const]));

describe.each(tell)('%s', (name, act) => {
  it.each([
    ['{}', {}, 'an object'],
    ['null', null, 'null'],
    ['a number', 5, 'a number'],
    ['one that checks nothing', { ...silentReporter, check: undefined }, 'an object'],
  ])('refuses for a reporter: %s', async (_, given, what) => {
    expect(await refusal(async () => act(given))).toMatchObject({
      code: 'input/invalid',
      message: `${name} was given ${what} as its reporter`,
      help: 'Give silentReporter, or what reporterTo makes.',
    });
  });
});

describe.each(end)('%s', (name, act) => {
  it.each([
    ['a number', 5, 'a number'],
    ['text', 'stop', 'text'],
    ['null', null, 'null'],
    ['what looks like one', { aborted: false }, 'an object'],
    ['the controller', new AbortController(), 'an AbortController'],
  ])('refuses for a signal: %s', async (_, given, what) => {
    expect(await refusal(async () => act(given))).toMatchObject({
      code: 'input/invalid',
      message: `${name} was given ${what} as its signal`,
      help: 'Give the signal of an AbortController: new AbortController().signal.',
    });
  });
});
