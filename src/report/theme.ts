/**
 * The colours of every drawing, in one place, as a style sheet.
 *
 * A drawing paints its own background, so it can be read on any page. With the theme `auto` it is light and follows a
 * viewer that prefers dark; `light` and `dark` are fixed. Classes sit under `.nascent`, so that a drawing put inside an
 * HTML page neither changes the page nor takes its styles.
 */
import type { OpFamily } from '../space/images/primitives.ts';

export const themes = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export interface Palette {
  readonly background: string;
  readonly panel: string;
  readonly border: string;
  readonly ink: string;
  readonly muted: string;
  readonly wire: string;
  readonly node: string;
  readonly nodeInk: string;
  /** A heat map's highest value; ink is read on it, and on every shade from the panel's colour to it. */
  readonly heat: string;
  readonly good: string;
  readonly bad: string;
  /** Fill, line and text of a chip. */
  readonly families: { readonly [F in OpFamily]: readonly [fill: string, line: string, text: string] };
  /** Lines of a chart, in order. */
  readonly series: readonly string[];
}

export const light: Palette = {
  background: '#ffffff',
  panel: '#f8fafc',
  border: '#e2e8f0',
  ink: '#0f172a',
  muted: '#5b6879',
  wire: '#7c8ba1',
  node: '#1e293b',
  nodeInk: '#ffffff',
  heat: '#7db0ff',
  good: '#0b6b48',
  bad: '#b3264f',
  families: {
    sep: ['#e6effe', '#2f6fe4', '#1c4596'],
    dil: ['#f1e9fe', '#8b5cf6', '#5b2aae'],
    pool: ['#fef1d9', '#c57a05', '#80500a'],
    skip: ['#dcf5ea', '#17a06c', '#0b5d41'],
    other: ['#fde8ef', '#e0457b', '#98194b'],
  },
  series: ['#2f6fe4', '#d9730b', '#17a06c', '#8b5cf6', '#e0457b', '#0e8ea8', '#7a8699', '#8a6d1d'],
};

export const dark: Palette = {
  background: '#0d1117',
  panel: '#131a23',
  border: '#273140',
  ink: '#e8eef6',
  muted: '#97a5b7',
  wire: '#64748b',
  node: '#dbe4ee',
  nodeInk: '#0d1117',
  heat: '#1f4f9e',
  good: '#4fd6a3',
  bad: '#ff8fae',
  families: {
    sep: ['#16284a', '#6aa1ff', '#c4dafe'],
    dil: ['#2a1f4d', '#a685fa', '#ddd0fe'],
    pool: ['#3a2a0c', '#e9a83a', '#fbdfa6'],
    skip: ['#0f3328', '#37c48f', '#b3f0d6'],
    other: ['#421a2a', '#f0729c', '#fcc9da'],
  },
  series: ['#6aa1ff', '#f0963c', '#37c48f', '#a685fa', '#f0729c', '#3cc3dd', '#9aa7b8', '#d3b55a'],
};

/** Colours a chart can tell apart; more series than this repeat them. */
export const seriesColours = light.series.length;

/** The content of a drawing's `<style>`. */
export function styleSheet(theme: Theme): string {
  const base = rules(theme === 'dark' ? dark : light);
  const lines =
    theme === 'auto' ? [...base, '@media (prefers-color-scheme: dark) {', ...rules(dark), '}'] : base;
  return lines.join('\n');
}

/** The rules of one palette: for a page that says itself where they hold. */
export function rules(palette: Palette): readonly string[] {
  const families = Object.entries(palette.families).flatMap(([family, [fill, line, text]]) => [
    `.nascent .${family}-chip { fill: ${fill}; stroke: ${line}; }`,
    `.nascent .${family}-wire { stroke: ${line}; }`,
    `.nascent .${family}-text { fill: ${text}; }`,
  ]);
  const series = palette.series.flatMap((colour, i) => [
    `.nascent .series-${i} { stroke: ${colour}; }`,
    `.nascent .dot-${i} { fill: ${colour}; }`,
  ]);
  return [
    `.nascent .background { fill: ${palette.background}; }`,
    `.nascent .panel { fill: ${palette.panel}; stroke: ${palette.border}; }`,
    `.nascent .grid { stroke: ${palette.border}; }`,
    `.nascent .ink { fill: ${palette.ink}; }`,
    `.nascent .muted { fill: ${palette.muted}; }`,
    `.nascent .wire { stroke: ${palette.wire}; }`,
    `.nascent .node { fill: ${palette.node}; }`,
    `.nascent .node-ink { fill: ${palette.nodeInk}; }`,
    `.nascent .terminal { fill: ${palette.background}; stroke: ${palette.wire}; }`,
    ...families,
    ...series,
  ];
}
