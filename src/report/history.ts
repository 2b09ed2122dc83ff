/** What happened to a run, as far as it is worth a line: who began it, what was said, how it ended. */
import type { LoggedEvent } from '../run/artefacts/events.ts';
import type { ReadMetrics } from '../run/artefacts/metrics.ts';
import { formatTime } from '../run/duration.ts';
import { escapeHtml } from './page-parts.ts';

/** The latest; a page is no log. */
const mostLines = 60;

/** A list, oldest first; undefined where nothing happened that is worth a line. */
export function historyPanel(events: readonly LoggedEvent[]): string | undefined {
  const lines = events.flatMap((event) => {
    const text = textOf(event);
    return text === undefined ? [] : [{ at: event.at, text }];
  });
  if (lines.length === 0) return undefined;
  const shown = lines.slice(-mostLines);
  const before = lines.length - shown.length;
  const items = shown.map(
    ({ at, text }) =>
      `<tr><th scope="row"><time>${escapeHtml(formatTime(at))}</time></th><td>${escapeHtml(text)}</td></tr>`,
  );
  return [
    ...(before === 0 ? [] : [`<p class="quiet">The latest ${shown.length} of ${lines.length}.</p>`]),
    `<table class="facts">\n${items.join('\n')}\n</table>`,
  ].join('\n');
}

/** The times that a training on text went back, and why. */
export function rollbacks(metrics: readonly ReadMetrics[]): readonly string[] {
  return metrics.flatMap((record) =>
    record.kind === 'rollback'
      ? [
          `In epoch ${record.epoch + 1} it went back to the weights of epoch ${record.to + 1}: ${record.reason}.`,
        ]
      : [],
  );
}

/** Undefined for what comes many times an hour. */
function textOf(event: LoggedEvent): string | undefined {
  switch (event.kind) {
    case 'begun':
      return `begun: ${event.stage}, process ${event.pid} on ${event.host}`;
    case 'stage':
      return event.title;
    case 'note':
      return event.text;
    case 'paused':
    case 'resumed':
      return event.kind;
    case 'answer':
      return event.command === 'checkpoint' || event.outcome !== 'done'
        ? `asked to ${wordOf[event.command]}: ${event.note ?? event.outcome}`
        : undefined;
    case 'stopped':
    case 'crashed':
      return `${event.kind}: ${event.reason}`;
    case 'failed':
      return `failed: ${event.error.message}`;
    case 'result':
      return event.job === undefined ? 'done' : `${event.job} done`;
    case 'check':
    case 'progress':
    case 'checkpoint':
      return undefined;
  }
}

const wordOf = {
  pause: 'pause',
  resume: 'resume',
  checkpoint: 'write a checkpoint',
  stop: 'stop',
} as const;
