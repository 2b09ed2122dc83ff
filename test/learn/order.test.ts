import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { openRun } from '../../src/run/directory.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { runOrder, takeOrder } from '../../src/learn/order.ts';
import { checkedOrder } from '../../src/run/jobs.ts';
import { temporaryFolder } from '../data/temporary.ts';

const schema = z.strictObject({
  from: z.string().optional(),
  settings: z.strictObject({ seed: z.int(), rate: z.number().default(1) }),
});
const config = { from: undefined, settings: { seed: 5, rate: 2 } };

it('makes a run only when it is opened, on the runtime that was asked for, and resumes it on the same', async () => {
  const out = join(await temporaryFolder(), 'a');
  const notes: string[] = [];
  const reporter = { ...silentReporter, note: (text: string) => void notes.push(text) };
  const order = takeOrder('search', schema, { kind: 'new', out, engine: 'reference', config });
  expect(existsSync(out)).toBe(false);
  const { run, engine } = await order.open(reporter);
  expect(notes).toEqual([`engine: ${engine.why}`]);
  expect(openRun(out).record()).toMatchObject({
    kind: 'search',
    seed: 5,
    engine: 'reference',
    config: { settings: config.settings },
  });
  const again = takeOrder('search', schema, { kind: 'resume', run: out });
  expect(again.config).toEqual({ settings: config.settings });
  const opened = await again.open(silentReporter);
  expect([opened.run.path, opened.engine.runtime.name]).toEqual([run.path, 'reference']);
});

it('refuses a configuration that is wrong, and a run of another kind', async () => {
  const out = join(await temporaryFolder(), 'a');
  const wrong = { kind: 'new', out, config: { settings: { seed: 0.5 } } };
  expect(() => checkedOrder('search', runOrder(schema), wrong)).toThrow(
    'the order for the job "search" is wrong: field "config.settings.seed": ',
  );
  await takeOrder('search', schema, { kind: 'new', out, engine: 'reference', config }).open(silentReporter);
  expect(() => takeOrder('train', schema, { kind: 'resume', run: out })).toThrow(
    expect.objectContaining({ code: 'run/not-a-run' }),
  );
});

it('a setting that a run does not know, because it is older, has the default', async () => {
  const out = join(await temporaryFolder(), 'a');
  const before = z.strictObject({ settings: z.strictObject({ seed: z.int() }) });
  const order = { kind: 'new', out, engine: 'reference', config: { settings: { seed: 5 } } } as const;
  await takeOrder('search', before, order).open(silentReporter);
  const { config: read } = takeOrder('search', schema, { kind: 'resume', run: out });
  expect(read).toEqual({ settings: { seed: 5, rate: 1 } });
});
