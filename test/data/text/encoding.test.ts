import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { notUtf8, withoutUtf16 } from '../../../src/data/text/encoding.ts';
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

const utf16 = (text: string, bigEndian: boolean) => {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
  return Uint8Array.from(bigEndian ? bytes.swap16() : bytes);
};

test('text in UTF-16 that says so is made UTF-8, in both orders; other bytes are left as they are', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '字', '😀', '\r\n', '\n', '\ufffd') });
  fc.assert(
    fc.property(text, fc.boolean(), (content, bigEndian) => {
      expect(new TextDecoder().decode(withoutUtf16(utf16(content, bigEndian)))).toBe(content);
      const plain = Buffer.from(content);
      expect(withoutUtf16(plain)).toBe(plain);
    }),
  );
  // Characters lie across the pieces that are read at once.
  const long = `${'a'.repeat(2 ** 19 - 2)}${'😀'.repeat(9)}`;
  expect(Buffer.from(withoutUtf16(utf16(long, true))).toString()).toBe(long);
});

test('UTF-16 that is cut off is said by its line, and UTF-32 by its mark', () => {
  const cut = utf16('a\nb\nc', false).subarray(0, -1);
  expect(withoutUtf16(cut)).toBe(cut);
  expect(notUtf8(cut)).toEqual({
    why: 'begins with the mark of UTF-16, and has what is none in line 3',
    likely: 'UTF-16',
  });
  const half = utf16('a\n\ud83d b', true);
  expect(notUtf8(withoutUtf16(half))?.why).toContain('in line 2');
  expect(notUtf8(Uint8Array.of(0xff, 0xfe, 0, 0, 97, 0, 0, 0))).toEqual({
    why: 'begins with the mark of UTF-32',
    likely: 'UTF-32',
  });
});

test('a byte far into a long line is said by its place, wherever pieces of the line end', () => {
  for (const length of [1000, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 3 * 2 ** 20 + 7]) {
    const line = Buffer.concat([Buffer.from('é'.repeat(length >> 1)), Buffer.alloc(length & 1, 97)]);
    const bytes = Buffer.concat([line, latin1('éx')]);
    expect(notUtf8(bytes)?.why).toBe(
      `has a byte in line 1 that is not UTF-8: 0xe9 after "${'é'.repeat(length & 1 ? 19 : 20)}${length & 1 ? 'a' : ''}"` +
        ` (byte ${(length + 1).toLocaleString('en-US')} of the line)`,
    );
  }
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
