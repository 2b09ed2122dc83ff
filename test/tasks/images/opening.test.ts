import { expect, it } from 'vitest';

import { reporterTo } from '../../../src/run/reporter.ts';
import type { Said } from '../../../src/run/reporter.ts';
import { tellOpening } from '../../../src/tasks/images/opening.ts';

function toldOf(total: number): readonly string[] {
  const events: Said[] = [];
  const tell = tellOpening(reporterTo((event) => events.push(event)));
  tell('surveyed', 64, total);
  tell('surveyed', total, total);
  tell('decoded', total, total);
  return events.map((event) =>
    event.kind === 'stage'
      ? event.title
      : event.kind === 'progress'
        ? `${event.done}/${event.total}`
        : event.kind,
  );
}

it('says how far the opening of many images is, and nothing of a few', () => {
  expect(toldOf(5000)).toEqual([
    'Looking through image files',
    '64/5000',
    '5000/5000',
    'Decoding images',
    '5000/5000',
  ]);
  expect(toldOf(1999)).toEqual([]);
});
