/** A run as lines or as JSON, until it ends: what happens to it, and what its epochs come to. */

import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import type { LoggedEvent } from '../../run/artefacts/events.ts';
import { measures, ofCharacters, readsCharacters } from '../../run/artefacts/metrics.ts';
import type { ReadEpoch } from '../../run/artefacts/metrics.ts';
import { goneWhile } from '../../run/gone.ts';
import type { RunStatus } from '../../run/record.ts';
import { isUnderWay } from '../../report/under-way.ts';
import type { Watched } from '../../run/watch.ts';
import { asciiOf } from '../../tui/glyphs.ts';
import { noteLine } from '../../tui/marked.ts';
import { saidOf } from '../../tui/interface/panes/log.ts';
import { shownRun } from '../../tui/interface/shown-run.ts';
import { standingInWords } from '../../tui/interface/watch/header.ts';
import { writeOut } from '../../tui/terminal.ts';
import { interruptible } from '../shell/interrupt.ts';
import { print, say } from '../shell/output.ts';

const over: ReadonlySet<RunStatus> = new Set(['done', 'stopped', 'failed', 'crashed']);
const lookEveryMs = 250;
/** How long nobody works on a run that is done before it is over: between the parts of a demo there are moments. */
const doubtMs = 2_000;

/**
 * Says what happens to a run until it ends, and what is done with it then, a line an event, and a line an epoch that was
 * measured.
 */
export async function follow(look: () => Watched, json: boolean): Promise<void> {
  await interruptible(async ({ stop }) => {
    let nextEvent = 0;
    let nextEpoch = 0;
    let workedAt = -Infinity;
    const told = new Set<string>();
    const tell = (epochs: readonly ReadEpoch[], before: number, byCharacters: boolean) => {
      for (const record of epochs.filter(({ epoch }) => epoch >= nextEpoch && epoch < before)) {
        nextEpoch = record.epoch + 1;
        writeOut([noteLine(epochText(record, byCharacters)), '\n']);
      }
    };
    if (!json) {
      // Who hears it need not hear all that happened before to know how the run stands.
      for (const line of standingInWords(shownRun(look()), Date.now())) writeOut([line, '\n']);
    }
    for (;;) {
      const watched = look();
      if (!existsSync(watched.path)) throw goneWhile(watched.path, 'watched');
      const { events, metrics, status, damage, record } = watched;
      const byCharacters = readsCharacters(record?.config);
      for (const text of damage.filter((each) => !told.has(each))) {
        told.add(text);
        say(asciiOf(text));
      }
      const epochs = metrics.flatMap((record) => (record.kind === 'epoch' ? [record] : []));
      for (const event of events.filter(({ seq }) => seq >= nextEvent)) {
        nextEvent = event.seq + 1;
        if (json) print(JSON.stringify(event));
        else {
          tell(epochs, epochsBefore(event), byCharacters);
          const said = saidOf(event);
          if (said !== undefined) writeOut([said, '\n']);
        }
      }
      if (!json) tell(epochs, Infinity, byCharacters);
      const isOver = status !== undefined && over.has(status) && !isUnderWay(watched);
      if (!isOver) workedAt = performance.now();
      else if (status !== 'done' || performance.now() - workedAt >= doubtMs) return;
      if (stop.aborted) throw stop.reason;
      await sleep(lookEveryMs, undefined, { signal: stop }).catch(() => {});
    }
  });
}

/** How many epochs had ended, where an event says so: measurements have no time of their own. */
function epochsBefore(event: LoggedEvent): number {
  if (event.kind === 'result') return Infinity;
  const name = event.kind === 'checkpoint' ? /^epoch-(\d+)$/.exec(event.name)?.[1] : undefined;
  return name === undefined ? 0 : Number(name);
}

/** What was measured after an epoch, the most telling first. */
function epochText(record: ReadEpoch, byCharacters: boolean): string {
  const figures = measures.flatMap((measure) => {
    const { key, title, format } = byCharacters ? ofCharacters(measure) : measure;
    const value = record[key];
    return typeof value === 'number' ? [`${title} ${format(value)}`] : [];
  });
  return [`epoch ${record.epoch + 1}`, figures.join(', ')].filter((text) => text !== '').join(': ');
}
