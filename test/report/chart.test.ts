import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { lineChart } from '../../src/report/chart.ts';
import type { ChartPoint } from '../../src/draw/chart-scale.ts';

const points: readonly ChartPoint[] = [
  [0, 0.2],
  [1, 0.4],
  [2, 0.55],
];

function texts(svg: string): readonly string[] {
  return [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map((match) => match[1] ?? '');
}

/** The points of each line, in pixels. */
function drawn(svg: string, series: number): readonly (readonly number[])[] {
  const paths = [...svg.matchAll(new RegExp(`class="series-${series}"[^>]* d="(M[^"]*L[^"]*)"`, 'g'))];
  return paths.flatMap((match) =>
    (match[1] ?? '')
      .split(/[ML]/)
      .slice(1)
      .map((pair) => pair.split(' ').map(Number)),
  );
}

describe('lineChart', () => {
  it('puts points where the ticks say', () => {
    const svg = lineChart([{ name: 'accuracy', points }], {
      title: 'Accuracy',
      yUnit: 'percent',
      yInclude: [0],
    });
    const ticks = [...svg.matchAll(/y="([\d.]+)" font-size="11.5" text-anchor="end">(\d+) %</g)];
    const height = new Map(ticks.map(([, y, label]) => [Number(label), Number(y) - 4]));
    const [first, middle, last] = drawn(svg, 0);
    expect(first?.[1]).toBeCloseTo(height.get(20) ?? NaN, 1);
    expect(middle?.[1]).toBeCloseTo(height.get(40) ?? NaN, 1);
    expect((first?.[0] ?? 0) + (last?.[0] ?? 0)).toBeCloseTo(2 * (middle?.[0] ?? 0), 1);
    expect(texts(svg)).toEqual(expect.arrayContaining(['Accuracy', 'accuracy', '0 %', '60 %']));
  });

  it('leaves a gap where a value is missing, and shows a value alone as a dot', () => {
    const gap: readonly ChartPoint[] = [...points, [3, NaN], [4, 0.6]];
    const svg = lineChart([{ name: 'loss', points: gap }], { title: 'Loss' });
    expect(drawn(svg, 0)).toHaveLength(3);
    expect(svg.match(/<circle class="dot-0"/g)).toHaveLength(1);
  });

  it('keeps a long run small, spike included', () => {
    const long = Array.from({ length: 30_000 }, (_, i): ChartPoint => [
      i,
      i === 12_345 ? 9 : Math.sin(i / 900),
    ]);
    const svg = lineChart([{ name: 'loss', points: long }], { title: 'Loss' });
    expect(svg.length).toBeLessThan(20_000);
    const ys = drawn(svg, 0).map(([, y]) => y ?? NaN);
    expect(Math.max(...ys) - Math.min(...ys)).toBeGreaterThan(150);
  });

  it('draws the mean in front of the points when asked to smooth', () => {
    const noisy = Array.from({ length: 100 }, (_, i): ChartPoint => [i, i % 2]);
    const svg = lineChart([{ name: 'loss', points: noisy }], { title: 'Loss', smooth: 10 });
    const [raw, mean] = [...svg.matchAll(/class="series-0"[^>]* d="M[^"]*L[^"]*"/g)].map(([path]) => path);
    expect(raw).toContain('stroke-opacity="0.25"');
    expect(mean).not.toContain('stroke-opacity');
  });

  it.each([
    ['nothing', [], 'nothing recorded yet'],
    ['a series without points', [{ name: 'loss', points: [] }], 'nothing recorded yet'],
    ['one point', [{ name: 'loss', points: [[3, 2]] as const }], 'loss'],
    [
      'a constant',
      [
        {
          name: 'loss',
          points: [
            [0, 2],
            [1, 2],
          ] as const,
        },
      ],
      'loss',
    ],
    ['a hostile name', [{ name: '<b>&', points }], '&lt;b&gt;&amp;'],
  ])('draws %s', async (_, series, text) => {
    const svg = lineChart(series, { title: 'Loss', subtitle: 'run a', xLabel: 'step', yLabel: 'nats' });
    expect(texts(svg)).toContain(text);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const { width, height } = await sharp(Buffer.from(svg)).metadata();
    expect([width, height]).toEqual([720, 340]);
  });

  it('is the same text for the same data', () => {
    const draw = (): string => lineChart([{ name: 'loss', points }], { title: 'Loss' });
    expect(draw()).toBe(draw());
  });
});
