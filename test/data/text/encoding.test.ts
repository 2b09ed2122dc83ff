import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { notUtf8 } from '../../../src/data/text/encoding.ts';
import { tries } from '../../support/properties.ts';

const latin1 = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

test('names the line, the byte and what stands before it, and the likely encoding', () => {
  expect(notUtf8(latin1('un\nau café noir\n'))).toEqual({
    why: 'has a byte in line 2 that is not UTF-8: 0xe9 after "au caf"',
    likely: 'ISO-8859-1',
  });
  expect(notUtf8(latin1('éa'))).toEqual({
    why: 'has a byte in line 1 that is not UTF-8: 0xe9 at its beginning',
    likely: 'ISO-8859-1',
  });
  // Quotes as Windows has them.
  expect(notUtf8(Uint8Array.of(97, 0x93, 98, 0x94))).toEqual({
    why: 'has a byte in line 1 that is not UTF-8: 0x93 after "a"',
    likely: 'WINDOWS-1252',
  });
  // The last character is not finished.
  expect(notUtf8(Uint8Array.of(97, 0xe2, 0x80))?.why).toContain('0xe2 after "a"');
});

test('knows UTF-16, with its mark and without', () => {
  const utf16 = Buffer.from('\ufeffa b\n', 'utf16le');
  expect(notUtf8(utf16)).toMatchObject({ likely: 'UTF-16' });
  expect(notUtf8(utf16.subarray(2))).toEqual({ why: 'has a zero byte in line 1', likely: 'UTF-16LE' });
  expect(notUtf8(Uint8Array.from(utf16.subarray(2)).reverse())).toMatchObject({ likely: 'UTF-16BE' });
});

test('finds nothing exactly where the bytes are UTF-8, a mark at the beginning or not', () => {
  const text = fc.tuple(fc.string({ unit: 'binary' }), fc.boolean()).map(([content, marked]) => {
    const bytes = Buffer.from((marked ? '\ufeff' : '') + content.replaceAll('\0', ' '));
    return Uint8Array.from(bytes);
  });
  const anyBytes = fc
    .uint8Array({ min: 1, maxLength: 12 })
    .filter(([first]) => first !== 0xff && first !== 0xfe);
  fc.assert(
    fc.property(fc.oneof(text, anyBytes), (bytes) => {
      let isText = true;
      try {
        new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      } catch {
        isText = false;
      }
      expect(notUtf8(bytes) === undefined).toBe(isText);
    }),
    { numRuns: tries(500) },
  );
});
