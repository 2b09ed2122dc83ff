/** The values in between of a runtime, as parity.json has them: those first that use most of what is allowed. */

import { formatCount } from '../../format.ts';
import { marks } from '../../glyphs.ts';
import { span } from '../../theme.ts';
import type { Talk } from '../../theme.ts';
import { fittingEnd, padded } from '../../width.ts';
import type { Room } from '../frame.ts';
import type { ParityFigures } from './parity.ts';

type Layer = NonNullable<ParityFigures['layers']>[number]['layers'][number];

const numberWidth = 9;

export function layerLines(
  report: ParityFigures | undefined,
  name: string | undefined,
  room: Pick<Room, 'width' | 'look'>,
): readonly Talk[] {
  const found = report?.layers?.find((each) => each.name === name);
  if (found === undefined)
    return [span('quiet', 'The values in between were not compared: L compares them.')];
  if (found.error !== null) return [span('failed', `${marks.failed} ${found.error}`)];
  const { layers } = found;
  const first = layers.find(isOff);
  const opWidth = Math.min(20, Math.max(2, ...layers.map(({ op }) => op.length)));
  const valueWidth = Math.max(8, room.width - 2 - opWidth - 2 - 2 * (numberWidth + 2));
  const row = (mark: Talk, op: string, value: string, off: string, used: string): Talk => [
    padded(mark, 2),
    padded(fittingEnd(op, opWidth, room.look), opWidth),
    '  ',
    padded(fittingEnd(value, valueWidth, room.look), valueWidth),
    ...[off, used].map((text) => `  ${text.padStart(numberWidth)}`),
  ];
  return [
    first === undefined
      ? [span('done', marks.done), ` ${nonePart(layers)}${unseenText(report, name)}`]
      : [span('failed', marks.failed), ` first further off than allowed: ${first.op} ${first.value}`],
    row('', 'op', 'value', 'off by', 'used'),
    ...layers
      .toSorted((a, b) => usedOf(b) - usedOf(a))
      .map((layer) => {
        const mark = isOff(layer) ? span('failed', marks.failed) : span('done', marks.done);
        return row(mark, layer.op, layer.value, offText(layer), usedText(layer));
      }),
  ];
}

function nonePart(layers: readonly Layer[]): string {
  const others = layers.filter(({ rewritten }) => rewritten === true).length;
  // Nobody can tell whether that is meant so.
  if (others > 0)
    return `${others} of ${layers.length} values further off than allowed, nothing made of them is`;
  return `none of ${formatCount(layers.length, 0, 'values')} is further off than allowed`;
}

/** Layers are of one input, and asking for them keeps a runtime from putting nodes together. */
function unseenText(report: ParityFigures | undefined, name: string | undefined): string {
  const pair = report?.pairs.find((each) => each.name === name);
  return pair !== undefined && pair.failures.length > 0 ? ', though outputs are: parity --bisect' : '';
}

/** A value that a runtime names after something else it computes is no fault of its own. */
function isOff({ used, notFinite = 0, rewritten }: Layer): boolean {
  return rewritten !== true && (notFinite > 0 || (used ?? Infinity) > 1);
}

/** What JSON has no number for is infinite. */
function usedOf({ used, notFinite = 0, rewritten }: Layer): number {
  if (rewritten === true) return -1;
  return notFinite > 0 ? Number.MAX_VALUE : (used ?? Number.MAX_VALUE);
}

function offText({ largestAbsolute, notFinite = 0 }: Layer): string {
  if (notFinite > 0) return 'NaN';
  return typeof largestAbsolute === 'number' ? largestAbsolute.toExponential(1) : '';
}

function usedText({ used, notFinite = 0, rewritten }: Layer): string {
  if (rewritten === true) return 'another';
  if (notFinite > 0 || typeof used !== 'number') return '';
  return used > 10 ? `${Math.round(used)} ×` : `${Math.round(100 * used)} %`;
}
