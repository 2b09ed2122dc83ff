/**
 * The process of one runtime: opens a model when it is told to, runs it as often as it is asked, and ends with its parent,
 * at its word, or when it holds more memory than it may.
 */
import { writeFileSync } from 'node:fs';
import { internal, NascentError } from '../../errors.ts';
import { failureOf } from '../../run/failure.ts';
import { watchOver } from '../../watchdog.ts';
import { openWay, type OpenModel } from '../ways.ts';
import type { Answer, Ask, Said } from './messages.ts';

let opened: OpenModel | undefined;
/** One thing at a time, whatever comes in the meantime. */
let last: Promise<void> = Promise.resolve();

process.on('message', (ask: Ask) => {
  last = last.then(async () =>
    send({ ...(await answered(ask)), peak: 1024 * process.resourceUsage().maxRSS }),
  );
});
process.on('disconnect', () => process.exit());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

async function answered(ask: Ask): Promise<Said> {
  try {
    if (ask.kind !== 'open') {
      if (opened === undefined) throw internal('a model is run before it is opened');
      const said: Said =
        ask.kind === 'measure' && opened.measure !== undefined
          ? { kind: 'measured', measured: await opened.measure(ask.feeds) }
          : { kind: 'ran', outputs: await opened.run(ask.feeds) };
      requireSendable(bytesIn(said));
      return said;
    }
    offerItself();
    watchOver({ graceMs: 0, memory: ask.memory });
    opened = await openWay(ask.way, ask.model);
    return { kind: 'opened', note: opened.note };
  } catch (error) {
    return { kind: 'failed', failure: failureOf(error) };
  }
}

/** The length of a message between processes is a number of 32 bits, and what is around its arrays counts, too. */
const largestAnswer = 2 ** 31;

function requireSendable(bytes: number): void {
  if (bytes <= largestAnswer) return;
  const size = (bytes / 2 ** 30).toPrecision(2);
  throw new NascentError('runtime/failed', `it gives ${size} GB at once, and 2 GB can be compared`, {
    help: 'Give it smaller inputs (--extent, --inputs).',
  });
}

/** Of the arrays within. */
function bytesIn(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 0;
  const parts: unknown[] = value instanceof Map ? [...value.values()] : Object.values(value);
  return parts.reduce<number>((sum, part) => sum + bytesIn(part), 0);
}

/** Where the machine runs out of memory all the same, Linux is to end this process and not another. */
function offerItself(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Another system, or one that does not let it.
  }
}

function send(answer: Answer): void {
  if (process.connected) process.send?.(answer);
}
