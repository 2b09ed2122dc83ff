import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { searchPresets } from '../../../src/tasks/images/search-settings.ts';
import { rnnTrainPresets } from '../../../src/tasks/text/train-settings.ts';
import { call } from '../call.ts';

test('without a preset: those there are', async () => {
  const { exitCode, stdout, stderr } = await call('settings');
  expect(exitCode).toBe(0);
  expect(stdout.split('\n').slice(0, 3)).toMatchInlineSnapshot(`
    [
      "preset     for             what it is",
      "quick      search, images  Two minutes on two cores: real cells, and far from converged.",
      "darts      search, images  The official code's search on CIFAR-10 (DARTS, section 3.1.1 and appendix A.1).",
    ]
  `);
  expect(stderr).toMatch(/nascent settings <preset>/);
});

test('with one: each of its settings, in a table', async () => {
  const { exitCode, stdout } = await call('settings', 'darts');
  expect(exitCode).toBe(0);
  const lines = stdout.split('\n');
  expect(lines.slice(0, 5).join('\n')).toMatchInlineSnapshot(`
    "darts, to search on images. The official code's search on CIFAR-10 (DARTS, section 3.1.1 and appendix A.1).

    setting             value          range                unit              source                what it is
    channels            16             2 to 4096            channels          DARTS, appendix A     Channels of a node in the first cells, an even number; doubled at each reduction.
    layers              8              1 to 1000            cells             DARTS, appendix A     Cells of the network; those at one third and two thirds of the depth halve the image."
  `);
  for (const key of Object.keys(searchPresets.darts)) {
    expect(lines.filter((line) => line.startsWith(`${key} `))).toHaveLength(1);
  }
});

test('a name that a search and a training have: both', async () => {
  const { stdout } = await call('settings', 'quick');
  expect(stdout.split('\n').filter((line) => line.startsWith('quick, '))).toMatchInlineSnapshot(`
    [
      "quick, to search on images. Two minutes on two cores: real cells, and far from converged.",
      "quick, to train on images. Two minutes on two cores: a small network, trained for one epoch.",
    ]
  `);
});

test('--json has the values as they are', async () => {
  const { stdout } = await call('settings', 'ptb', '--json');
  const [listed, ...others] = JSON.parse(stdout) as readonly {
    readonly preset: string;
    readonly settings: readonly { readonly key: string; readonly value: unknown }[];
  }[];
  expect(others).toEqual([]);
  expect(listed).toMatchObject({ preset: 'ptb', job: 'train', task: 'text' });
  expect(Object.fromEntries(listed?.settings.map(({ key, value }) => [key, value]) ?? [])).toEqual(
    rnnTrainPresets.ptb,
  );
  expect(listed?.settings.at(1)).toMatchInlineSnapshot(`
    {
      "help": "How often the data is gone through.",
      "key": "epochs",
      "range": "1 to 1000000",
      "source": "DARTS, appendix A",
      "type": "integer",
      "unit": "epochs",
      "value": 8000,
    }
  `);
});

test('--json says of every setting what kind of value it has', async () => {
  const { stdout } = await call('settings', '--json');
  const presets = JSON.parse(stdout) as readonly {
    readonly settings: readonly { readonly type: string; readonly value: unknown }[];
  }[];
  for (const { type, value } of presets.flatMap(({ settings }) => settings)) {
    const kinds: Readonly<Record<string, (given: unknown) => boolean>> = {
      integer: Number.isInteger,
      number: (given) => typeof given === 'number',
      string: (given) => typeof given === 'string',
      boolean: (given) => typeof given === 'boolean',
      array: Array.isArray,
      null: (given) => given === null,
    };
    expect(
      type.split(' or ').some((kind) => kinds[kind]?.(value) === true),
      `${type}: ${String(value)}`,
    ).toBe(true);
  }
});

test('--schema gives a JSON Schema for each table that has the preset', async () => {
  const { stdout } = await call('settings', 'quick-rnn', '--schema');
  expect(JSON.parse(stdout)).toMatchObject([
    { title: 'Settings of a search on text', properties: { bptt: { presets: { 'quick-rnn': 16 } } } },
    { title: 'Settings of a training on text', properties: { bptt: { presets: { 'quick-rnn': 20 } } } },
  ]);
});

test('an unknown preset is refused with the nearest', async () => {
  const { exitCode, stderr } = await call('settings', 'quick-rn');
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/unknown preset "quick-rn"\s+Did you mean quick-rnn\?/);
});

test('docs/settings.md is what the tables say; npm run docs:settings makes it', async () => {
  const { stdout } = await call('settings', '--markdown');
  expect(readFileSync(new URL('../../../docs/settings.md', import.meta.url), 'utf8')).toBe(stdout);
});

test.each(['search', 'train'])('%s --help says how to see the settings', async (command) => {
  const { stdout } = await call(command, '--help');
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
    "change one of the preset's settings, which nascent settings lists",
  );
});
