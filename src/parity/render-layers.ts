/** Values in between as a table for a terminal, and what of two files has no counterpart. */
import { mostOf } from '../extremes.ts';
import { isOff, type Layer } from './layers.ts';
import type { Unmatched } from './matching.ts';

/** Columns with two spaces between: names from the left, numbers from the right. */
export function columnsOf(rows: readonly (readonly string[])[], names: number): readonly string[] {
  const widths = (rows[0] ?? []).map((_, i) => mostOf(rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i < names ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

const headings = ['', 'op', 'value', 'largest', 'relative', 'cosine', 'SNR', 'used'];
const longestName = 34;

/** In the order of the file. */
export function layerTable(layers: readonly Layer[]): readonly string[] {
  const rows = layers.map((layer) => [
    layer.rewritten === true ? 'other' : isOff(layer) ? 'FAIL' : 'pass',
    layer.op,
    shortened(layer.value),
    small(layer.largestAbsolute),
    small(layer.largestRelative),
    cosineText(layer.cosine),
    decibelsText(layer.signalToNoise),
    usedText(layer.used),
  ]);
  return columnsOf([headings, ...rows], 3);
}

/** Those with the least signal to noise, in the order of the file. */
export function noisiest(layers: readonly Layer[], most: number): readonly Layer[] {
  const chosen = new Set(
    layers
      .filter(({ signalToNoise }) => signalToNoise !== null)
      .toSorted((a, b) => (a.signalToNoise ?? 0) - (b.signalToNoise ?? 0))
      .slice(0, most),
  );
  return layers.filter((layer) => chosen.has(layer));
}

const mostNamed = 6;

/** `Conv "conv1", Relu "relu1"`; of many, how many of each op. */
export function unmatchedText(values: readonly Unmatched[]): string {
  if (values.length <= mostNamed) return values.map(({ op, node }) => `${op} "${node}"`).join(', ');
  const counts = new Map<string, number>();
  for (const { op } of values) counts.set(op, (counts.get(op) ?? 0) + 1);
  return [...counts].map(([op, count]) => (count === 1 ? op : `${op} (${count})`)).join(', ');
}

/** A name that says most at its end. */
function shortened(given: string): string {
  const name = nameOnOneLine(given);
  return name.length <= longestName ? name : `…${name.slice(1 - longestName)}`;
}

/** A name may hold what ends a line, and columns may not. */
export function nameOnOneLine(name: string): string {
  return name.replaceAll(/[\r\n\t]/g, (character) => JSON.stringify(character).slice(1, -1));
}

/** `0`, `1.2e-7`. */
export function small(value: number): string {
  return value === 0 ? '0' : value.toExponential(1);
}

/** How far from 1, where that is little: six digits do not say. */
export function cosineText(cosine: number | null): string {
  if (cosine === null) return '-';
  const rest = 1 - cosine;
  if (rest <= 0) return '1';
  return rest < 1e-5 ? `1-${rest.toExponential(0)}` : cosine.toFixed(5);
}

export function decibelsText(decibels: number | null): string {
  return decibels === null ? '-' : `${Math.round(decibels)} dB`;
}

export function usedText(used: number): string {
  return used === Infinity ? '∞' : `${percent(used)} %`;
}

/** `0`, `3`, `0.02`, `4e3`: of what is allowed. */
function percent(share: number): string {
  const value = 100 * Math.max(0, share);
  return value === 0 || (value >= 1 && value < 1e4) ? value.toFixed(0) : value.toPrecision(1);
}
