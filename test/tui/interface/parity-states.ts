/** The comparison of runtimes in every state, live. */

import { hostname } from 'node:os';

import type { PairFigures } from '../../../src/run/artefacts/results.ts';
import type { LoggedEvent, RunEvent } from '../../../src/run/artefacts/events.ts';
import type { Watched } from '../../../src/run/watch.ts';
import type { TaskName } from '../../../src/tasks/task.ts';
import { beginning, told } from '../../../src/tui/interface/interface.ts';
import type { InterfaceState } from '../../../src/tui/interface/interface.ts';
import { parityScreen, parityState } from '../../../src/tui/interface/parity/parity.ts';
import type { ParityFigures } from '../../../src/tui/interface/parity/parity.ts';
import { screenOf } from '../../../src/tui/interface/screen.ts';
import { begun, watchedRun } from '../../support/watched.ts';
import { after, evil, path } from './states.ts';

const unread = beginning(screenOf(parityScreen, parityState(path)));

const columns = ['seeded inputs', 'real inputs', 'nearest to allowed'] as const;
type Outcome = Extract<LoggedEvent, { readonly kind: 'check' }>['outcome'];
const check = (row: string, column: string, outcome: Outcome, text = ''): RunEvent => ({
  kind: 'check',
  row,
  column,
  outcome,
  text,
});

const took: RunEvent = { kind: 'begun', stage: 'parity', pid: 4242, host: 'a-machine' };
const reading: readonly RunEvent[] = [took, { kind: 'stage', stage: 'read', title: 'Reading the model' }];
const [pair, slow] = ['tfjs-node-gpu-cpu', 'reference'];
const waiting = (...rows: readonly string[]): readonly RunEvent[] => [
  ...reading,
  ...rows.flatMap((row) => columns.map((column) => check(row, column, 'waiting'))),
  check('onnxruntime-cuda', columns[0], 'skipped', 'not ready: libcudart.so.12 cannot be opened'),
  { kind: 'stage', stage: 'parity', title: `${rows[0] ?? 'nothing'} against onnxruntime-cpu` },
];
const passed = (row: string): readonly RunEvent[] => [
  check(row, columns[0], 'passed', '1 % used on 12'),
  check(row, columns[1], 'passed', '256/256 same class'),
  check(row, columns[2], 'passed', '1.2e-6 of 1e-4'),
];
const failed = (row: string): readonly RunEvent[] => [
  check(row, columns[0], 'failed', '3e4 % used on 12'),
  check(row, columns[1], 'failed', '250/256 same class'),
  check(
    row,
    columns[2],
    'failed',
    '3.1e-2 of 1e-4: off by 3.1e-2 and 1e-4 allowed: logits[3] of seed 1 is 2.310000 against 2.341000',
  ),
];
const crashed = (row: string): readonly RunEvent[] => [
  check(row, columns[0], 'failed', 'it could not run'),
  check(row, columns[1], 'skipped', 'not reached'),
  check(row, columns[2], 'failed', 'NaN of 1e-4: its process was killed by SIGSEGV'),
];
/** The last check of a runtime, with what is known of it. */
const compared = (row: string): readonly RunEvent[] =>
  passed(row).map((event, i) =>
    i < 2 || event.kind !== 'check' ? event : { ...event, figures: figuresOf(row) },
  );
const figuresOf = (name: string): PairFigures => ({
  name,
  version: '4.22.0',
  elements: 2_680,
  largestAbsolute: 1.2e-6,
  gate: { absolute: 1e-4 },
  used: 0.012,
  seededInputs: 12,
  seededOf: 12,
  seconds: 3.5,
  failures: [],
});
const over: RunEvent = { kind: 'result', job: 'parity', value: null };

/** A training that is done, and whose model is compared. */
function of(
  events: readonly RunEvent[],
  { isOver = false, task = 'images' }: { readonly isOver?: boolean; readonly task?: TaskName } = {},
): InterfaceState {
  const run = watchedRun({ path, kind: 'train', status: 'done', task });
  const isEnded = events.some(({ kind }) => kind === 'failed' || kind === 'stopped');
  const all = [...run.events, ...events, ...(isOver && !isEnded && events.length > 0 ? [over] : [])];
  // It is done ten minutes after it began.
  const compared = begun + 10 * 60_000;
  const watched: Watched = {
    ...run,
    holder: isOver ? undefined : { pid: 4242, host: hostname(), token: 'a token' },
    events: all.map((event, seq) => ({
      v: 1,
      at: new Date(compared + 1_000 * (seq - run.events.length)).toISOString(),
      ...event,
      seq,
    })),
  };
  return told(unread, { kind: 'watched', watched });
}

/** parity.json, as far as it is read. */
const report: ParityFigures = {
  model: { sha256: 'ab', bytes: 12_345 },
  baseline: { name: 'onnxruntime-cpu', version: '1.2.3' },
  outcome: 'failed',
  pairs: [
    {
      name: slow,
      version: '1.0.0',
      elements: 2_680,
      largestAbsolute: 0.0312,
      gate: { absolute: 1e-4 },
      p99: 0.002,
      notFinite: 1,
      runs: 'the graph read from it',
      seededInputs: 12,
      seededOf: 12,
      realImages: 64,
      realOf: 256,
      top1Seeded: { agreed: 11, total: 12 },
      top1Real: { agreed: 60, total: 64 },
      seconds: 75,
      note: 'slow: 64 of 256 real images',
      failures: [
        'off by 3.1e-2 and 1e-4 allowed: logits[3] of seed 1 is 2.310000 against 2.341000',
        'another class on 4 of 64 test images, first 7',
      ],
    },
  ],
  unavailable: [{ runtime: 'onnxruntime-cuda', reason: 'libcudart.so.12 cannot be opened' }],
};
const value = (name: string, used: number | null, notFinite = 0) => ({
  value: name,
  op: 'Conv',
  largestAbsolute: used === null ? null : used * 1e-4,
  used,
  notFinite,
});
const layers = [
  { name: slow, layers: [value('stem', 0.25), value('cell.1', 310), value('logits', null, 3)], error: null },
  { name: pair, layers: [value('stem', 0.5)], error: null },
];
const comparing = of([...waiting(pair, slow), ...compared(pair), check(slow, columns[0], 'running')]);
const bothCompared = of([...waiting(pair, slow), ...passed(pair), ...failed(slow)], { isOver: true });
const openedLayers = (given: unknown, ...keys: readonly string[]) =>
  told(after(bothCompared, ...keys, 'l'), {
    kind: 'worked',
    what: `the figures of ${path}`,
    value: given,
  });
const opened = (...keys: readonly string[]) =>
  told(after(bothCompared, ...keys, 'return'), {
    kind: 'worked',
    what: `the figures of ${path}`,
    value: report,
  });

export const parityStates: Readonly<Record<string, InterfaceState>> = {
  'parity, not read yet': unread,
  'parity, never compared': of([], { isOver: true }),
  'parity, the model is read': of(reading),
  'parity, running': of([...waiting(pair, slow), check(pair, columns[0], 'running')]),
  'parity, running on text': of(
    [...waiting(pair, slow), ...passed(pair), check(slow, columns[0], 'running')],
    {
      task: 'text',
    },
  ),
  'parity, figures while others run': after(comparing, 'return'),
  'parity, figures of what runs still': after(comparing, 'return', 'down'),
  'parity, passed': of([...waiting(pair, slow), ...passed(pair), ...passed(slow)], { isOver: true }),
  'parity, failed': after(bothCompared, 'down'),
  'parity, figures': opened('down'),
  'parity, figures of what is not ready': opened('down', 'down'),
  'parity, layers': openedLayers({ ...report, layers }, 'down'),
  'parity, layers that were not compared': openedLayers(report, 'down'),
  'parity, figures that are not there': after(bothCompared, 'return'),
  'parity, a runtime that crashed': of([...waiting(pair, slow), ...crashed(pair), ...passed(slow)], {
    isOver: true,
  }),
  'parity, no runtimes': of(
    [...waiting(), { kind: 'failed', error: { message: 'no other runtime is ready' } }],
    { isOver: true },
  ),
  'parity, stopped': of([...waiting(pair), { kind: 'stopped', reason: 'interrupted' }], { isOver: true }),
  'parity, many runtimes': after(
    of(waiting(...Array.from({ length: 30 }, (_, i) => `runtime-${i}`))),
    ...Array.from({ length: 20 }, () => 'down'),
  ),
  'parity, help': after(of(reading), '?'),
  'parity, texts that act on terminals': of([
    ...waiting(evil),
    check(evil, columns[0], 'failed', evil),
    check(evil, evil, 'running', evil),
    { kind: 'note', text: evil },
  ]),
};
