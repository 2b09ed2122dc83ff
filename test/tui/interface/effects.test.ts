import { expect, test, vi } from 'vitest';

import { openEffects } from '../../../src/tui/interface/effects.ts';
import { NascentError } from '../../../src/errors.ts';
import type { News } from '../../../src/tui/interface/screen.ts';
import { screenOf } from '../../../src/tui/interface/screen.ts';

const needing = (...work: readonly string[]) =>
  screenOf(
    { name: 'page', title: () => '', keys: () => [], needs: () => ({ work }), told: (state) => state },
    {},
  );

function opened() {
  const heard: News[] = [];
  const effects = openEffects(
    () => Promise.resolve(''),
    (news) => heard.push(news),
  );
  const ends: string[] = [];
  /** Goes on until it is ended. */
  const begin = (what: string, whileNeeded?: true) =>
    effects.carryOut({
      kind: 'work',
      what,
      ...(whileNeeded !== undefined && { whileNeeded }),
      work: (ended) =>
        new Promise((_, reject) => {
          ended.addEventListener('abort', () => {
            ends.push(what);
            reject(new Error('it was ended'));
          });
        }),
    });
  return { effects, heard, ends, begin };
}

test('work goes on while a screen needs it, also one below others, and is ended then', async () => {
  const { effects, heard, ends, begin } = opened();
  begin('estimate a', true);
  begin('estimate b', true);
  effects.keep([needing('estimate a'), needing('estimate b')]);
  expect(ends).toEqual([]);
  effects.keep([needing('estimate b'), needing()]);
  expect(ends).toEqual(['estimate a']);
  effects.endAll();
  expect(ends).toEqual(['estimate a', 'estimate b']);
  // Nobody is told of what nobody waits for.
  await vi.waitFor(() => Promise.resolve());
  expect(heard).toEqual([]);
});

test('what is of use without its screen goes on', () => {
  const { effects, ends, begin } = opened();
  begin('export');
  effects.keep([needing()]);
  effects.endAll();
  expect(ends).toEqual([]);
});

test('what comes of work is heard, and a name can be given again', async () => {
  const { effects, heard, ends, begin } = opened();
  effects.carryOut({ kind: 'work', what: 'a', whileNeeded: true, work: () => Promise.resolve(1) });
  await vi.waitUntil(() => heard.length === 1);
  expect(heard).toEqual([{ kind: 'worked', what: 'a', value: 1 }]);
  effects.keep([]);
  begin('a', true);
  effects.keep([needing('a')]);
  expect(ends).toEqual([]);
});

test('a command that was stopped, as somebody asked, did not fail', async () => {
  const heard: News[] = [];
  const effects = openEffects(
    () => Promise.reject(new NascentError('interrupted', 'stopped', { help: 'Resume it: nascent …' })),
    (news) => heard.push(news),
  );
  effects.carryOut({ kind: 'command', given: ['search'], saying: 'Done:' });
  await vi.waitFor(() => expect(heard).toHaveLength(1));
  expect(heard).toEqual([{ kind: 'worked', what: 'search', value: 'Stopped. Resume it: nascent …' }]);
});
