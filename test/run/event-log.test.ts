import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { expect, test, vi } from 'vitest';

import { openEventWriter, readEvents } from '../../src/run/event-log.ts';
import type { RunEvent } from '../../src/run/artefacts/events.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { tries } from '../support/properties.ts';

const progress = (done: number): RunEvent => ({ kind: 'progress', stage: 'a', done, total: 9, unit: 'img' });
const note = (text: string): RunEvent => ({ kind: 'note', text });

test('events are numbered across writers; what cannot be read is passed over', async () => {
  const file = join(await temporaryFolder(), 'events.jsonl');
  expect(readEvents(file)).toEqual([]);
  const first = openEventWriter(file);
  first.append(note('a'));
  first.append({ kind: 'paused' });
  first.close();
  appendFileSync(
    file,
    '{"v":2,"seq":2,"at":"2030-01-01T00:00:00.000Z","kind":"dreamt"}\nnot JSON\n{"v":1,"to',
  );
  const second = openEventWriter(file);
  second.append(note('b'));
  second.close();
  expect(readEvents(file)).toMatchObject([
    { v: 1, seq: 0, kind: 'note', text: 'a' },
    { seq: 1, kind: 'paused' },
    { seq: 2, kind: 'note', text: 'b' },
  ]);
});

test('however much happens the file stays within its bound, keeps the last of it, and progress goes first', async () => {
  const folder = await temporaryFolder();
  const limit = 4_096;
  const event = fc.oneof(
    fc.nat(9).map(progress),
    fc.string({ maxLength: 200 }).map(note),
    fc.constant<RunEvent>({ kind: 'paused' }),
  );
  let files = 0;
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 200 }), (events) => {
      const file = join(folder, String(files++));
      const writer = openEventWriter(file, limit);
      const sizes = events.map((each) => {
        writer.append(each);
        return statSync(file).size;
      });
      writer.close();
      expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
      const read = readEvents(file);
      expect(read.at(-1)).toMatchObject({ ...events.at(-1), seq: events.length - 1 });
      const numbers = read.map(({ seq }) => seq);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(read).toMatchObject(numbers.map((seq) => ({ ...events[seq] })));
    }),
    { numRuns: tries(20) },
  );
});

test('thousands of steps do not push out what happened before them', async () => {
  const file = join(await temporaryFolder(), 'events.jsonl');
  const writer = openEventWriter(file, 8_192);
  writer.append(note('the engine and why'));
  for (let step = 0; step < 2_000; step++) writer.append(progress(step));
  writer.close();
  expect(readEvents(file)[0]).toMatchObject({ text: 'the engine and why' });
  expect(readEvents(file).at(-1)).toMatchObject({ done: 1_999, seq: 2_000 });
});

test('of a long run the progress that is kept is spread over all of it', async () => {
  const file = join(await temporaryFolder(), 'events.jsonl');
  vi.useFakeTimers({ now: 0 });
  try {
    const writer = openEventWriter(file, 16_384);
    for (let second = 0; second < 1_500; second++) {
      vi.setSystemTime(1_000 * second);
      writer.append(progress(second));
    }
    writer.close();
  } finally {
    vi.useRealTimers();
  }
  const done = readEvents(file).flatMap((event) => (event.kind === 'progress' ? [event.done] : []));
  for (const tenth of Array.from({ length: 10 }, (_, i) => i)) {
    expect(done.filter((each) => Math.floor(each / 150) === tenth).length).toBeGreaterThanOrEqual(3);
  }
});

test('a note or a result as long as a file is cut', async () => {
  const file = join(await temporaryFolder(), 'events.jsonl');
  const writer = openEventWriter(file);
  writer.append(note('x'.repeat(1 << 21)));
  writer.append({ kind: 'result', value: 'x'.repeat(1 << 21) });
  writer.close();
  expect(readFileSync(file).length).toBeLessThan(1 << 17);
  expect(readEvents(file).at(-1)).toMatchObject({ kind: 'result', value: null });
});
