import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { withPlainLineEnds } from '../../../src/data/text/check.ts';

test('the line ends of Windows become plain, and nothing else changes', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(10, 13, 65, 200)), (bytes) => {
      const expected = Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n');
      expect([...withPlainLineEnds(Uint8Array.from(bytes))]).toEqual([...Buffer.from(expected, 'latin1')]);
    }),
  );
});
