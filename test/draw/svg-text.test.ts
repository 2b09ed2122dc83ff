import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coordinate, escapeXml, fitText, textWidth } from '../../src/draw/svg-text.ts';

describe('svg text', () => {
  it('escapes what XML would read as markup, and drops what it forbids', () => {
    expect(escapeXml(`a<b>&"c"`)).toBe('a&lt;b&gt;&amp;&quot;c&quot;');
    expect(escapeXml('a\u0000b\u001bc\ud800d\te')).toBe('a\ufffdb\ufffdc\ufffdd\te');
    expect(escapeXml('über 😀 漢字')).toBe('über 😀 漢字');
  });

  it('writes coordinates short, and never as -0', () => {
    expect([1, 1.005, 1 / 3, -0.001, -2.5].map(coordinate)).toEqual(['1', '1', '0.33', '0', '-2.5']);
  });

  it('cuts text to the width it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 20, max: 200 }), (text, width) => {
        const fitted = fitText(text, 12, width);
        expect(textWidth(fitted, 12)).toBeLessThanOrEqual(width);
        if (textWidth(text, 12) <= width) expect(fitted).toBe(text);
      }),
    );
    expect(fitText('separable convolution', 12, 80)).toBe('separable…');
  });
});
