import { expect, test } from 'vitest';

import { stateLines } from '../../../../src/tui/interface/panes/state-of-run.ts';
import { shownRun } from '../../../../src/tui/interface/shown-run.ts';
import { render } from '../../../../src/tui/theme.ts';
import { begun, watchedRun } from '../../../support/watched.ts';
import { plain, use } from '../states.ts';

test('sparklines begin at the same column, whatever the figures before them', () => {
  for (const cores of [0.1, 9.9, 31.5]) {
    const uses = [use, { ...use, cores: 64, process: { cores, bytes: 1e9 } }];
    const room = { width: 60, height: 20, look: plain, now: begun };
    const lines = stateLines(shownRun(watchedRun({})), room, uses).map((talk) => render(talk, plain));
    const columns = lines.map((line) => line.search(/[▁▂▃▄▅▆▇█]/)).filter((column) => column >= 0);
    expect(columns).toHaveLength(4);
    expect(new Set(columns).size).toBe(1);
  }
});
