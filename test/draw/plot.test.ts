import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { ChartPoint } from '../../src/draw/chart-scale.ts';
import { plot, plotText, type PlotLine, type PlotOptions } from '../../src/draw/plot.ts';

const curve = (of: (x: number) => number, count = 20): readonly ChartPoint[] =>
  Array.from({ length: count }, (_, i) => [i + 1, of(i + 1)]);
const shown = (lines: readonly PlotLine[]) => `\n${plotText(lines).join('\n')}\n`;

test('two curves over each other, each with its mark', () => {
  const series = [
    { mark: 'A', points: curve((x) => 1 - 0.8 / x) },
    { mark: 'B', points: curve((x) => (x > 9 && x < 13 ? Number.NaN : 0.5 + 0.02 * x)) },
  ];
  expect(shown(plot(series, { width: 50, height: 10, yUnit: 'percent', xLabel: 'epoch' })))
    .toMatchInlineSnapshot(`
    "
    100 % ┤               ⣀⣀A⣀⡠⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤A⠤⠤⠤⠒⠒⠒⠒⠒⠒⠒⣒
          │     ⢀⡠⠤⠒⠒⠊⠉⠉⠉⠉            ⣀⣀⣀⡠⠤⠤⠤⠤⠒⠒⠊B⠉⠉⠉
          │  ⢀A⠊⠁      ⢀⣀⣀⣀⣀⠤⠄
          │⣀⣠⠧⠤⠤⠤⠒⠒⠉⠉B⠉⠁
     50 % ┤ ⡎
          │⢰⠁
          │⠃
      0 % ┤
          └─────────┬──────────┬──────────┬──────────┬
                    5         10         15      epoch
    "
  `);
  expect(shown(plot(series, { width: 50, height: 10, glyphs: 'ascii', cursor: 11 }))).toMatchInlineSnapshot(`
    "
    1.0 +                       : AAAAAAAAAAAAAAAAAAAA
        |       AAAAAAAAAAAAAAAAAA       BBBBBBBBBBBBB
        |    AAA         BBBB   :    BBBB
        |BB**BBBBBBBBBBBB       :
    0.5 + A                     :
        | A                     :
        |A                      :
    0.0 +                       :
        +---------+-----------+----------+-----------+
                  5          10         15          20
    "
  `);
});

test('a logarithmic axis', () => {
  const series = [{ mark: '', points: curve((x) => 10 ** (x / 4 - 1)) }];
  expect(shown(plot(series, { width: 40, height: 10, log: true, glyphs: 'ascii' }))).toMatchInlineSnapshot(`
    "
    10000 +                              ***
          |                         *****
          |                      ***
      100 +                 *****
          |            *****
          |        ****
        1 +   *****
          |***
          +---------------+----------------+
                         10               20
    "
  `);
  // It has no place for 0, which is a gap.
  const holed = [{ mark: '', points: [...series[0]!.points, [21, 0] as const] }];
  expect(plot(holed, { width: 40, height: 10, log: true })).toEqual(
    plot(series, { width: 40, height: 10, log: true }),
  );
});

test('without points there are axes alone; a point alone is seen', () => {
  expect(shown(plot([], { width: 12, height: 5, glyphs: 'ascii' }))).toBe(
    ['', ' |', ' |', ' |', ' +----------', '', ''].join('\n'),
  );
  const [dot] = plot([{ mark: 'A', points: [[3, 0.5]] }], { width: 20, height: 1 });
  expect(dot?.filter(({ kind }) => kind === 'curve')).toEqual([{ kind: 'curve', text: 'A', series: 0 }]);
});

test('curves that lie on each other show the marks of all', () => {
  const points = curve((x) => x);
  const text = plotText(
    plot(
      ['A', 'B', 'C'].map((mark) => ({ mark, points })),
      { width: 60, height: 12 },
    ),
  );
  for (const mark of ['A', 'B', 'C']) expect(text.join('\n')).toContain(mark);
});

test('a part of the x axis can be looked at, and a cursor outside it is not shown', () => {
  const series = [{ mark: 'A', points: curve((x) => x) }];
  const options = { width: 40, height: 8, x: [5, 8], cursor: 7 } as const;
  const lines = plot(series, options);
  expect(lines.at(-1)?.[0]?.text.trim().split(/ +/)).toEqual(['5', '6', '7', '8']);
  expect(lines.flat().some(({ kind }) => kind === 'cursor')).toBe(true);
  expect(
    plot(series, { ...options, cursor: 9 })
      .flat()
      .some(({ kind }) => kind === 'cursor'),
  ).toBe(false);
});

const value = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -1e9, max: 1e9, noNaN: true }) },
  fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, 1e-300, -0),
);
const series = fc.array(
  fc.record({
    mark: fc.constantFrom('', 'A', 'B', 'C'),
    points: fc
      .array(value, { maxLength: 40 })
      .map((ys): readonly ChartPoint[] => ys.map((y, i): ChartPoint => [i, y])),
  }),
  { maxLength: 6 },
);
const options: fc.Arbitrary<PlotOptions> = fc.record({
  width: fc.integer({ min: 0, max: 100 }),
  height: fc.integer({ min: 0, max: 30 }),
  log: fc.boolean(),
  glyphs: fc.constantFrom('braille', 'ascii'),
  xLabel: fc.constantFrom('', 'epoch'),
  cursor: fc.option(fc.integer({ min: -2, max: 42 }), { nil: undefined }),
});

test('whatever the data and the size, it is as large as asked for, and of one character a cell', () => {
  fc.assert(
    fc.property(series, options, (of, asked) => {
      const lines = plot(of, asked);
      expect(lines.length).toBe(asked.width < 1 ? 0 : Math.max(0, asked.height));
      const allowed =
        asked.glyphs === 'ascii' ? /^[\x20-\x7E]*$/ : /^[\x20-\x7E\u2500-\u257F\u2800-\u28FF]*$/;
      for (const line of lines) {
        const text = line.map((span) => span.text).join('');
        expect(text).toMatch(allowed);
        expect(text.length).toBeLessThanOrEqual(asked.width);
        expect(text).not.toMatch(/NaN|Infinity|undefined/);
      }
    }),
  );
});

test('a curve of finite values is seen from its first column to its last, without a hole', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2, maxLength: 60 }),
      fc.integer({ min: 20, max: 90 }),
      fc.constantFrom('braille' as const, 'ascii' as const),
      (ys, width, glyphs) => {
        const points = ys.map((y, i): ChartPoint => [i, y]);
        const lines = plot([{ mark: 'A', points }], { width, height: 3, glyphs });
        const columns = new Set(
          lines.flatMap((line) => {
            let at = 0;
            return line.flatMap(({ kind, text }) => {
              const from = at;
              at += text.length;
              return kind === 'curve' ? Array.from(text, (_, i) => from + i) : [];
            });
          }),
        );
        const drawn = [...columns].sort((a, b) => a - b);
        expect(drawn.at(-1)).toBe(width - 1);
        expect(drawn.length).toBe((drawn.at(-1) ?? 0) - (drawn[0] ?? 0) + 1);
      },
    ),
  );
});
