/**
 * The process of one runtime: opens a model when it is told to, runs it as often as it is asked, and ends with its parent,
 * at its word, or when it holds more memory than it may.
 */
import { writeFileSync } from 'node:fs';
import { internal } from '../../errors.ts';
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
      if (ask.kind === 'measure' && opened.measure !== undefined) {
        return { kind: 'measured', measured: await opened.measure(ask.feeds) };
      }
      return { kind: 'ran', outputs: await opened.run(ask.feeds) };
    }
    offerItself();
    watchOver({ graceMs: 0, memory: ask.memory });
    opened = await openWay(ask.way, ask.model);
    return { kind: 'opened', note: opened.note };
  } catch (error) {
    return { kind: 'failed', failure: failureOf(error) };
  }
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
