/**
 * The law of what is fitted into a time: the run is bit for bit that of a job that was told the chosen settings, on whatever
 * runtime, search or training, images or text.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compiledOnce } from '../../src/estimate/compiled-once.ts';
import { fittedSearchJob, fittedTrainJob } from '../../src/estimate/fit.ts';
import { openRun } from '../../src/run/directory.ts';
import { interrupted } from '../../src/run/failure.ts';
import { silentReporter, type Reporter } from '../../src/run/reporter.ts';
import { createReferenceRuntime } from '../../src/runtime/reference/runtime.ts';
import { searchJob } from '../../src/search/job.ts';
import { trainJob } from '../../src/train/job.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { remainsOf } from '../support/runs.ts';
import { digestsBelow } from '../support/texts.ts';
import { smallOrders, weightStepOf } from './small.ts';

const never = new AbortController().signal;
const jobs = { search: [searchJob, fittedSearchJob], train: [trainJob, fittedTrainJob] } as const;

const cases = smallOrders.flatMap((each) =>
  (['reference', 'onnxruntime'] as const).map((engine) => ({ ...each, engine })),
);

describe.each(cases)('$job of $config.data on $engine', ({ job, config, amounts, engine }) => {
  const [plain, fitted] = jobs[job];
  // Each configuration is of its job.
  const orderOf = (out: string, of: object = config) => ({ kind: 'new', out, config: of, engine }) as never;

  it.each([
    ['timed', 1e6, /^it: small of full, about \d+s on this machine$/],
    ['no time at all', 0, /^it: small of full, the smallest amount; getting ready alone took all the time$/],
  ])('is what it is with the settings that were chosen: %s', async (_, seconds, says) => {
    const folder = await temporaryFolder();
    const [out, told] = [join(folder, 'fitted'), join(folder, 'told')];
    const notes: string[] = [];
    const reporter: Reporter = { ...silentReporter, note: (text) => notes.push(text) };
    const fit = { what: 'it', amounts, seconds };
    const outcome = await fitted({ order: orderOf(out), fit }, reporter, never);
    const [, smallest] = amounts;
    const settings = { ...config.settings, ...smallest.settings };
    const expected = await plain(orderOf(told, { ...config, settings }), silentReporter, never);
    expect({ ...outcome, seconds: 0, run: '' }).toEqual({
      ...expected,
      seconds: 0,
      run: '',
    });
    expect(remainsOf(openRun(out))).toEqual(remainsOf(openRun(told)));
    expect(openRun(out).record().config).toEqual(openRun(told).record().config);
    expect(notes.at(-1)).toMatch(says);
  });
});

describe.each(smallOrders)('$job of $config.data', ({ job, config, amounts }) => {
  it('leaves nothing where it is stopped before it has chosen', async () => {
    const folder = await temporaryFolder();
    const [, fitted] = jobs[job];
    const stopping = new AbortController();
    const reporter: Reporter = {
      ...silentReporter,
      stage: (id) => id === 'speed' && stopping.abort(interrupted()),
    };
    const order = { kind: 'new', out: join(folder, 'run'), config, engine: 'reference' } as never;
    const fit = { what: 'it', amounts, seconds: 1e6 };
    await expect(fitted({ order, fit }, reporter, stopping.signal)).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(digestsBelow(folder)).toEqual({});
  });
});

it('a graph is compiled once, and another one, or one with other updates, is not taken for it', async () => {
  let compiled = 0;
  const inner = createReferenceRuntime();
  const counting = {
    ...inner,
    compile: async (...given: Parameters<typeof inner.compile>) => {
      compiled++;
      return inner.compile(...given);
    },
  };
  const once = compiledOnce(counting);
  const { runtime } = once;
  const store = runtime.createStore();
  const [one, again, other] = [weightStepOf(2), weightStepOf(2), weightStepOf(3)];
  store.write(one.state);
  const first = await runtime.compile(one.graph, { store, updates: one.updates });
  expect(await runtime.compile(again.graph, { store, updates: again.updates })).toBe(first);
  expect(await runtime.compile(one.graph, { store })).not.toBe(first);
  expect(await runtime.compile(other.graph, { store, updates: other.updates })).not.toBe(first);
  expect(compiled).toBe(3);
  once.dispose();
});
