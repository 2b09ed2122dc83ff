/** What the interface does to the world: tells processes, starts commands, works; and ends what nobody needs any more. */

import { messageOf, NascentError } from '../../errors.ts';
import { askRun } from '../../run/ask.ts';
import { openRun } from '../../run/directory.ts';
import type { AnyScreen, Effect, News } from './screen.ts';

/** Runs `nascent` with these arguments; resolves with the last line that it prints. */
export type RunCommand = (given: readonly string[]) => Promise<string>;

export interface Effects {
  /** What comes of it is heard. */
  readonly carryOut: (effect: Effect) => void;
  /** Ends the work that none of the screens needs. */
  readonly keep: (screens: readonly AnyScreen[]) => void;
  /** Ends all that is of use to a screen alone. */
  readonly endAll: () => void;
}

const answerSeconds = 600;

export function openEffects(command: RunCommand, hear: (news: News) => void): Effects {
  /** Work that is of use to a screen alone, by name. */
  const needed = new Map<string, AbortController>();
  const endWhere = (isOver: (what: string) => boolean) => {
    for (const [what, control] of needed) {
      if (!isOver(what)) continue;
      needed.delete(what);
      control.abort();
    }
  };
  return {
    carryOut(effect) {
      const what = nameOf(effect);
      const control = new AbortController();
      if (effect.kind === 'work' && effect.whileNeeded === true) needed.set(what, control);
      const told = (news: News) => {
        if (needed.get(what) === control) needed.delete(what);
        // Who asked for it is gone.
        if (!control.signal.aborted) hear(news);
      };
      const say = (text: string) => {
        if (!control.signal.aborted) hear({ kind: 'working', what, text });
      };
      perform(effect, command, control.signal, say).then(
        (value) => value !== undefined && told({ kind: 'worked', what, value }),
        (error: unknown) => told(isStop(error) ? stopped(what, error) : failed(what, error)),
      );
    },
    keep(screens) {
      const asked = new Set(screens.flatMap(({ needs: { work = [] } }) => work));
      endWhere((what) => !asked.has(what));
    },
    endAll: () => endWhere(() => true),
  };
}

const failed = (what: string, error: unknown): News => ({ kind: 'failed', what, message: messageOf(error) });
const isStop = (error: unknown): error is NascentError =>
  error instanceof NascentError && error.code === 'interrupted';
/** What was asked for is no failure. */
const stopped = (what: string, { help }: NascentError): News => ({
  kind: 'worked',
  what,
  value: `Stopped. ${help}`,
});

async function perform(
  effect: Effect,
  command: RunCommand,
  ended: AbortSignal,
  say: (text: string) => void,
): Promise<unknown> {
  switch (effect.kind) {
    case 'control': {
      const run = openRun(effect.run);
      const answer = await askRun(run, effect.command, { waitSeconds: answerSeconds });
      if (answer.outcome !== 'done') return `It could not: ${answer.note ?? 'the work had ended'}.`;
      // What is done with a run that has ended, such as parity, leaves nothing to resume.
      if (effect.command === 'stop' && run.record().status !== 'stopped') return 'Stopped.';
      return answered[effect.command];
    }
    case 'command': {
      const printed = await command(effect.given);
      return effect.saying === undefined ? printed : `${effect.saying} ${printed}`;
    }
    case 'work':
    default:
      return effect.work(ended, say);
  }
}

const answered = {
  pause: 'Paused, after a checkpoint.',
  resume: 'Resumed.',
  checkpoint: 'A checkpoint is written.',
  stop: 'Stopped, where it can be resumed.',
} as const;

function nameOf(effect: Effect): string {
  if (effect.kind === 'work') return effect.what;
  return effect.kind === 'control' ? effect.command : effect.given.join(' ');
}
