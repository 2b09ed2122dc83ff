import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { NascentError } from '../../src/errors.ts';
import { createRun, openRun } from '../../src/run/directory.ts';
import type { Run } from '../../src/run/directory.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nascent-run-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const options = {
  kind: 'search',
  config: { cells: 4, preset: 'quick', layers: [1, 2] },
  seed: 7,
  engine: 'reference',
  versions: { tensorflow: '2.9.1' },
} as const;

function newRun(): Promise<Run> {
  return createRun(join(root, 'a'), options);
}

function failure(action: () => unknown): NascentError {
  try {
    action();
  } catch (error) {
    if (error instanceof NascentError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('what was created is what is opened', async () => {
  await newRun();
  const record = openRun(join(root, 'a')).record();
  expect(record).toMatchObject({
    kind: 'search',
    status: 'created',
    stage: null,
    config: options.config,
    seed: 7,
    engine: 'reference',
  });
  expect(Object.keys(record.versions).sort()).toEqual(['nascent', 'node', 'platform', 'tensorflow']);
  expect(readdirSync(join(root, 'a'))).toEqual(['run.json']);
});

test('an update changes what it names; a reason lasts until the status changes', async () => {
  const run = await newRun();
  await run.update({ status: 'running', stage: 'search' });
  await run.update({ status: 'failed', reason: 'the loss is not a number' });
  await run.update({ stage: 'derive' });
  expect(run.record()).toMatchObject({
    status: 'failed',
    stage: 'derive',
    reason: 'the loss is not a number',
  });
  await run.update({ status: 'running' });
  expect(run.record().reason).toBeUndefined();
});

test('an existing run or a used folder is not overwritten', async () => {
  await newRun();
  await expect(newRun()).rejects.toMatchObject({ code: 'run/exists' });
  mkdirSync(join(root, 'photos'));
  for (const name of ['1.jpg', '2.jpg', '3.jpg', '4.jpg', '5.jpg'])
    writeFileSync(join(root, 'photos', name), '');
  await expect(createRun(join(root, 'photos'), options)).rejects.toThrow(
    /is not empty: it holds 1\.jpg, 2\.jpg, 3\.jpg, 4\.jpg and 1 more$/,
  );
});

test('an empty folder, or one with a killed writer’s leftovers, is taken', async () => {
  mkdirSync(join(root, 'a'));
  writeFileSync(join(root, 'a', '.run.json.1-1.tmp'), '{');
  await expect(newRun()).resolves.toMatchObject({ path: join(root, 'a') });
});

test('a folder of something else is refused with what it holds', async () => {
  mkdirSync(join(root, 'src'));
  writeFileSync(join(root, 'src', 'index.ts'), '');
  writeFileSync(join(root, 'a.txt'), '');
  const reason = (path: string) => {
    const { code, message } = failure(() => openRun(join(root, path)));
    return `${code}: ${message.replaceAll(`${root}/`, '')}`;
  };
  expect(reason('src')).toMatchInlineSnapshot(
    `"run/not-a-run: src is not a run: it holds index.ts, and no run.json"`,
  );
  expect(reason('a.txt')).toMatchInlineSnapshot(`"run/not-a-run: a.txt is a file, not a run's folder"`);
  expect(reason('b')).toMatchInlineSnapshot(`"run/not-a-run: b does not exist"`);
  writeFileSync(join(root, 'src', 'run.json'), '{"name":"a job of another tool"}');
  expect(reason('src')).toMatchInlineSnapshot(
    `"run/not-a-run: src/run.json was not written by Nascent: it has no field "format""`,
  );
});

test('a run whose run.json is gone is damaged, not something else', async () => {
  const run = await newRun();
  for (const name of ['events.jsonl', 'metrics.jsonl']) writeFileSync(run.file(name), '');
  rmSync(run.file('run.json'));
  const { code, message } = failure(() => openRun(run.path));
  expect(code).toBe('run/damaged');
  expect(message.replaceAll(`${root}/`, '')).toBe(
    'a has lost its run.json: it holds events.jsonl, metrics.jsonl',
  );
});

test('a damaged run.json names the field', async () => {
  const run = await newRun();
  const text = readFileSync(run.file('run.json'), 'utf8');
  const reason = (edited: string) => {
    writeFileSync(run.file('run.json'), edited);
    const { code, message } = failure(() => openRun(run.path));
    return `${code}: ${message.replaceAll(`${root}/`, '')}`;
  };
  expect(reason(text.replace('"seed": 7', '"seed": "seven"'))).toMatchInlineSnapshot(
    `"run/damaged: a/run.json is damaged: field "seed": Invalid input: expected number, received string"`,
  );
  expect(reason(text.slice(0, 40))).toMatch(/^run\/damaged: a\/run\.json is not JSON: /);
});

test('metrics come back in order, and a torn last line is skipped, then repaired by the next writer', async () => {
  const run = await newRun();
  run.appendMetrics({ step: 1, loss: 2.5 });
  run.appendMetrics({ step: 2, loss: 2.25 });
  run.close();
  appendFileSync(run.file('metrics.jsonl'), '{"step":3,"lo');

  const resumed = openRun(run.path);
  expect(resumed.readMetrics()).toEqual([
    { step: 1, loss: 2.5 },
    { step: 2, loss: 2.25 },
  ]);
  expect(readFileSync(run.file('metrics.jsonl'), 'utf8')).toMatch(/"lo$/);
  resumed.appendMetrics({ step: 3, loss: 2 });
  expect(readFileSync(run.file('metrics.jsonl'), 'utf8')).toBe(
    '{"step":1,"loss":2.5}\n{"step":2,"loss":2.25}\n{"step":3,"loss":2}\n',
  );
  resumed.close();
});

test('a damaged line that is not the last is named', async () => {
  const run = await newRun();
  writeFileSync(run.file('alphas.jsonl'), '{"step":1}\n{"st\n{"step":3}\n');
  expect(failure(() => run.readAlphas()).message).toMatch(/alphas\.jsonl is damaged: line 2 is not JSON$/);
});

test('a run that is rewound to a checkpoint has the logs it had then', async () => {
  const run = await newRun();
  run.appendMetrics({ step: 1 });
  await run.writeCheckpoint('epoch-1', { meta: { step: 1 }, tensors: new Map() });
  run.appendMetrics({ step: 2 });
  run.appendAlphas({ step: 2 });
  run.close();

  const resumed = openRun(run.path);
  const checkpoint = resumed.latestCheckpoint();
  if (checkpoint === undefined) throw new Error('no checkpoint');
  resumed.rewindTo(checkpoint);
  resumed.appendMetrics({ step: 2, again: true });
  expect(resumed.readMetrics()).toEqual([{ step: 1 }, { step: 2, again: true }]);
  expect(resumed.readAlphas()).toEqual([]);
  resumed.close();
});

test('a folder that cannot be made is said in words', async () => {
  writeFileSync(join(root, 'file'), '');
  await expect(createRun(join(root, 'file', 'a'), options)).rejects.toMatchObject({ code: 'disk/failed' });
});

/** A run with two epochs logged, and a checkpoint after each. */
async function checkpointed(): Promise<Run> {
  const run = await newRun();
  for (const epoch of [1, 2]) {
    run.appendMetrics({ epoch });
    run.appendAlphas({ epoch });
    await run.writeCheckpoint(`epoch-${epoch}`, { meta: { epoch }, tensors: new Map() });
  }
  run.appendMetrics({ epoch: 3 });
  run.close();
  return run;
}

const line = '{"epoch":1}\n';

test.each([
  [
    'metrics.jsonl',
    line,
    'it has 12 bytes, and had 24',
    /or delete 000002-epoch-2\.checkpoint .* resume from epoch-1\.$/,
  ],
  ['alphas.jsonl', line, 'it has 12 bytes, and had 24', /resume from epoch-1\.$/],
  [
    'metrics.jsonl',
    `${line}{"epoch":9}\n`,
    'its first 24 bytes are not what they were',
    /resume from epoch-1\.$/,
  ],
  ['alphas.jsonl', line.repeat(5), 'its first 24 bytes are not what they were', /resume from epoch-1\.$/],
  [
    'alphas.jsonl',
    '',
    'it has 0 bytes, and had 24',
    /^Restore alphas\.jsonl from a copy, or start a new run\.$/,
  ],
  ['metrics.jsonl', undefined, 'it has 0 bytes, and had 24', /start a new run\.$/],
])('a log %s of %j is not continued: %s', async (name, content, how, help) => {
  const { path } = await checkpointed();
  const file = join(path, name);
  if (content === undefined) rmSync(file);
  else writeFileSync(file, content);
  const bytes = () =>
    ['metrics.jsonl', 'alphas.jsonl'].map((each) => {
      try {
        return readFileSync(join(path, each), 'utf8');
      } catch {
        return undefined;
      }
    });
  const before = bytes();
  const run = openRun(path);
  const error = failure(() => run.rewindTo(run.latestCheckpoint()));
  expect(error).toMatchObject({ code: 'run/damaged', exitCode: 2, help: expect.stringMatching(help) });
  expect(error.message).toBe(`${file} is not what it was when checkpoint epoch-2 was written: ${how}`);
  expect(bytes()).toEqual(before);
  run.close();
});

test('after the advice is followed, the run is resumed from the checkpoint before, and is whole', async () => {
  const { path } = await checkpointed();
  writeFileSync(join(path, 'metrics.jsonl'), line);
  rmSync(join(path, 'checkpoints', '000002-epoch-2.checkpoint'));
  const run = openRun(path);
  run.rewindTo(run.latestCheckpoint());
  run.appendMetrics({ epoch: 2, again: true });
  await run.writeCheckpoint('epoch-2', { meta: { epoch: 2 }, tensors: new Map() });
  run.close();
  // The hash goes on from what was cut back to.
  openRun(path).rewindTo(openRun(path).latestCheckpoint());
  expect(run.readMetrics()).toEqual([{ epoch: 1 }, { epoch: 2, again: true }]);
  expect(run.readAlphas()).toEqual([{ epoch: 1 }]);
});

test('a run whose folder was moved or deleted is not made anew, whatever is written', async () => {
  const run = await checkpointed();
  for (const away of [() => renameSync(run.path, join(root, 'b')), () => {}]) {
    away();
    const writes: readonly (() => unknown)[] = [
      () => run.appendMetrics({ epoch: 4 }),
      () => run.appendAlphas({ epoch: 4 }),
      () => run.appendEvent({ kind: 'paused' }),
      () => run.update({ status: 'stopped' }),
      () => run.writeFile('genotype.json', '{}'),
      () => run.writeCheckpoint('epoch-4', { meta: null, tensors: new Map() }),
    ];
    for (const write of writes) {
      await expect((async () => write())()).rejects.toMatchObject({ code: 'run/gone', exitCode: 1 });
    }
    expect(readdirSync(root)).toEqual(['b']);
  }
  expect(openRun(join(root, 'b')).readMetrics()).toHaveLength(3);
});

test('an empty name is neither a new run nor an old one', async () => {
  await expect(createRun('', options)).rejects.toMatchObject({ code: 'input/invalid', exitCode: 2 });
  expect(failure(() => openRun(''))).toMatchObject({ code: 'run/not-a-run' });
});
