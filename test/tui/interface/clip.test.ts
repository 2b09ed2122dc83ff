import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { clipped, mostTop } from '../../../src/tui/interface/clip.ts';
import { render } from '../../../src/tui/theme.ts';
import { tries } from '../../support/properties.ts';

const look = { colour: false, ascii: false };

test('every line is seen or counted, and what is shown fills the room', () => {
  const size = fc.nat(40);
  fc.assert(
    fc.property(size, fc.integer({ min: 1, max: 40 }), fc.nat(60), (count, height, top) => {
      const lines = Array.from({ length: count }, (_, i) => `line ${i}`);
      const shown = clipped(lines, height, { top }).map((line) => render(line, look));
      expect(shown).toHaveLength(Math.min(count, height));
      const above = Number(/^… (\d+) lines above$/.exec(shown[0] ?? '')?.[1] ?? 0);
      const below = Number(/^… (\d+) more lines$/.exec(shown.at(-1) ?? '')?.[1] ?? 0);
      const seen = shown.filter((line) => line.startsWith('line'));
      const first = Math.min(top, mostTop(count, height));
      // A room of one or two lines has none to spare for what is above.
      const isAboveSaid = first === 0 || height > 2;
      expect(seen.length + above + below).toBe(isAboveSaid ? count : count - first);
      expect(seen).toEqual(lines.slice(first + (above > 0 ? 1 : 0)).slice(0, seen.length));
    }),
    { numRuns: tries(200) },
  );
});
