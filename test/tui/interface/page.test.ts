import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { beginning, pressed } from '../../../src/tui/interface/interface.ts';
import { otherRows, pageScreen } from '../../../src/tui/interface/page/page.ts';
import type { PageState } from '../../../src/tui/interface/page/page.ts';
import { screenOf } from '../../../src/tui/interface/screen.ts';
import { tries } from '../../support/properties.ts';

test('however one scrolls, the screen is full of the page, or has all of it', () => {
  const key = fc.constantFrom('up', 'down', 'pageup', 'pagedown', 'space', 'home', 'end');
  fc.assert(
    fc.property(fc.nat(60), fc.integer({ min: 12, max: 40 }), fc.array(key), (count, rows, keys) => {
      const text = () => Array.from({ length: count + 1 }, (_, i) => String(i)).join('\n');
      const at = { now: 0, columns: 80, rows, look: { colour: false, ascii: false } };
      let state = beginning(screenOf(pageScreen, { title: '', command: '', top: 0, text }));
      for (const each of keys) state = pressed(state, each, at).state;
      const { top } = state.screens[0].state as PageState;
      expect(top).toBeGreaterThanOrEqual(0);
      expect(top).toBeLessThanOrEqual(Math.max(0, count + 1 - (rows - otherRows)));
    }),
    { numRuns: tries(50) },
  );
});
