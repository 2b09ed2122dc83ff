import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { temporaryBeside } from '../../src/files/files.ts';
import { NascentError } from '../../src/errors.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/run/checkpoint-file.ts';
import type { CheckpointContent } from '../../src/run/checkpoint-file.ts';
import {
  listCheckpoints,
  readBestCheckpoint,
  readLatestCheckpoint,
  writeCheckpointFile,
} from '../../src/run/checkpoints.ts';
import { tries } from '../support/properties.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nascent-checkpoints-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function content(step: number): CheckpointContent {
  return {
    meta: { step, random: [7, step] },
    tensors: new Map([
      ['alpha', { dtype: 'float32', shape: [2, 2], data: new Float32Array([1, -0, Number.NaN, step]) }],
      ['steps', { dtype: 'int32', shape: [], data: new Int32Array([step]) }],
      ['nothing', { dtype: 'float32', shape: [0, 3], data: new Float32Array() }],
    ]),
  };
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  const index = at < 0 ? bytes.length + at : at;
  bytes[index] = (bytes[index] ?? 0) ^ 0x10;
  writeFileSync(file, bytes);
}

test('what was written is what is read', async () => {
  const file = await writeCheckpointFile(folder, 'epoch-1', content(3), {
    'metrics.jsonl': { length: 12, sha256: 'abc' },
  });
  expect(readLatestCheckpoint(folder)).toEqual({
    ...content(3),
    name: 'epoch-1',
    best: false,
    file,
    logs: { 'metrics.jsonl': { length: 12, sha256: 'abc' } },
    damaged: [],
  });
  expect(readLatestCheckpoint(join(folder, 'none'))).toBeUndefined();
});

test('any flipped bit and any cut is found', () => {
  const bytes = encodeCheckpoint(content(3), {});
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      expect(() => decodeCheckpoint(flipped, 'x')).toThrow(NascentError);
      expect(() => decodeCheckpoint(bytes.subarray(0, at), 'x')).toThrow(NascentError);
    }),
  );
  expect(() => decodeCheckpoint(Buffer.concat([bytes, Buffer.from('!')]), 'x')).toThrow('1 bytes follow');
});

test('a damaged tensor is named, and the checkpoint before it is used', async () => {
  await writeCheckpointFile(folder, 'epoch-1', content(1), {});
  flip(await writeCheckpointFile(folder, 'epoch-2', content(2), {}), -1);
  const latest = readLatestCheckpoint(folder);
  expect(latest?.meta).toEqual({ step: 1, random: [7, 1] });
  expect(latest?.damaged.map(({ code, message }) => `${code}: ${message.replace(folder, '…')}`))
    .toMatchInlineSnapshot(`
    [
      "run/damaged: checkpoint …/000002-epoch-2.checkpoint is damaged: tensor "steps" does not have the hash that was written with it",
    ]
  `);
  // The number goes on after a damaged one, so the next is the latest.
  await writeCheckpointFile(folder, 'epoch-2', content(5), {});
  expect(readLatestCheckpoint(folder)).toMatchObject({ meta: { step: 5 }, damaged: [] });
});

test('when every checkpoint is damaged, that is an error and not a fresh start', async () => {
  flip(await writeCheckpointFile(folder, 'epoch-1', content(1), {}), 20);
  expect(() => readLatestCheckpoint(folder)).toThrow(/none of the 1 checkpoints is whole/);
});

test('the last three are kept, and leftovers of a killed writer go', async () => {
  const { pid: dead } = spawnSync(process.execPath, ['--version']);
  const leftover = temporaryBeside(join(folder, '000001-epoch-1.checkpoint'));
  writeFileSync(leftover.replace(`.${process.pid}-`, `.${dead}-`), 'half');
  for (let step = 1; step <= 5; step++) await writeCheckpointFile(folder, `epoch-${step}`, content(step), {});
  expect(readdirSync(folder).sort()).toEqual([
    '000003-epoch-3.checkpoint',
    '000004-epoch-4.checkpoint',
    '000005-epoch-5.checkpoint',
  ]);
});

test('the best is kept beside the last three, and named in the list', async () => {
  const best = new Set([1, 2, 6]);
  const names = () => readdirSync(folder).sort();
  for (let step = 1; step <= 5; step++) {
    await writeCheckpointFile(folder, `epoch-${step}`, content(step), {}, best.has(step));
  }
  expect(names()).toEqual([
    '000002-epoch-2-best.checkpoint',
    '000003-epoch-3.checkpoint',
    '000004-epoch-4.checkpoint',
    '000005-epoch-5.checkpoint',
  ]);
  expect(listCheckpoints(folder).map(({ name, best }) => [name, best])).toEqual([
    ['epoch-2', true],
    ['epoch-3', false],
    ['epoch-4', false],
    ['epoch-5', false],
  ]);
  expect(readBestCheckpoint(folder)).toMatchObject({ name: 'epoch-2', best: true, meta: { step: 2 } });
  expect(readLatestCheckpoint(folder)).toMatchObject({ name: 'epoch-5', best: false });
  // A better one takes its place.
  await writeCheckpointFile(folder, 'epoch-6', content(6), {}, true);
  expect(names()).toEqual([
    '000004-epoch-4.checkpoint',
    '000005-epoch-5.checkpoint',
    '000006-epoch-6-best.checkpoint',
  ]);
  expect(readBestCheckpoint(folder)).toMatchObject({ name: 'epoch-6' });
});

test('whatever is written, the last three stay and the last that was best', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }), async (marks) => {
      const own = mkdtempSync(join(folder, 'any-'));
      for (const [step, best] of marks.entries()) {
        await writeCheckpointFile(own, `epoch-${step}`, content(step), {}, best);
      }
      const kept = marks.flatMap((_, step) =>
        step >= marks.length - 3 || step === marks.lastIndexOf(true) ? [`epoch-${step}`] : [],
      );
      expect(listCheckpoints(own).map(({ name }) => name)).toEqual(kept);
      expect(readBestCheckpoint(own)?.name).toBe(
        marks.includes(true) ? `epoch-${marks.lastIndexOf(true)}` : undefined,
      );
    }),
    { numRuns: tries(15) },
  );
});

test('a tensor that does not fill its shape is a bug of ours', () => {
  const wrong: CheckpointContent = {
    meta: null,
    tensors: new Map([['w', { dtype: 'float32', shape: [2], data: new Float32Array(3) }]]),
  };
  expect(() => encodeCheckpoint(wrong, {})).toThrow(/^internal: checkpoint tensor "w" has shape \[2\]/);
});

test('checkpoints from before the logs had a hash are read: of their logs the length is known', () => {
  // The header as it was written then.
  const header = Buffer.from('{"meta":{"step":1},"logs":{"metrics.jsonl":12},"tensors":[]}');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const hash = createHash('sha256').update(header).digest();
  const file = Buffer.concat([Buffer.from('NASCENT1'), length, hash, header]);
  expect(decodeCheckpoint(file, 'x')).toEqual({
    content: { meta: { step: 1 }, tensors: new Map() },
    logs: { 'metrics.jsonl': { length: 12 } },
  });
});
