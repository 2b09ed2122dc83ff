/** The screen of a comparison. */

import { compare } from '../../compare/compare.ts';
import type { ComparedSide, Comparison } from '../../compare/model.ts';
import { messageOf } from '../../errors.ts';
import { compareScreen, compareState } from '../../tui/interface/compare/compare.ts';
import type { Compared, ComparedChart } from '../../tui/interface/compare/compare.ts';
import { pageScreen } from '../../tui/interface/page/page.ts';
import { screenOf } from '../../tui/interface/screen.ts';
import type { AnyScreen } from '../../tui/interface/screen.ts';
import { comparedSides, networksFor } from '../input/compared.ts';
import { drawnCurves, isSteep, seriesOf } from '../render/comparison-curves.ts';
import { comparisonParts, renderComparison } from '../render/comparison.ts';
import { commandLine, word } from '../render/next.ts';

/**
 * @param network what `--network` says
 */
export function comparing(given: readonly string[], network?: string): AnyScreen {
  const options = network === undefined ? [] : ['--network', network];
  const command = commandLine(['compare', ...given.map(word), ...options].join(' '));
  try {
    const comparison = compare(comparedSides(given, network), networksFor(network));
    return screenOf(
      compareScreen,
      compareState(comparedOf(comparison, command, () => comparing(given, network))),
    );
  } catch (error) {
    // What cannot be compared says so on a page.
    const message = messageOf(error);
    return screenOf(pageScreen, { title: 'Comparison', command, top: 0, text: () => message });
  }
}

/** What the screen shows of a comparison. */
export function comparedOf(comparison: Comparison, command: string, again: Compared['again']): Compared {
  const curves = drawnCurves(comparison);
  const isOfBoth = new Set(curves.map(({ stage }) => stage)).size > 1;
  return {
    ...comparisonParts(comparison),
    sides: comparison.sides.map((side) => ({
      mark: side.mark,
      name: side.given,
      status: side.stages[0]?.status ?? undefined,
      facts: factsOf(side),
    })),
    charts: curves.map((curve): ComparedChart => {
      const { stage, title, key, apart } = curve;
      const of = isOfBoth ? ` of the ${stage === 'search' ? 'search' : 'training'}` : '';
      return {
        // Of different data they say nothing of each other.
        title: `${title}${of}${apart === null ? '' : ', of other data'}`,
        unit: key.endsWith('accuracy') ? 'percent' : 'number',
        log: isSteep(curve),
        curves: seriesOf(curve).map(({ mark, points }) => ({ mark, name: '', points })),
      };
    }),
    all: (look) => renderComparison(comparison, look).split('\n'),
    command,
    again,
  };
}

/** What a side is, in a line. */
function factsOf({ kind, task, stages: [stage] }: ComparedSide): string {
  if (stage === undefined) return [kind ?? '', task === null ? '' : `of ${task}`].filter(Boolean).join(' ');
  const { dataset, preset, strategy, epochs, seed } = stage;
  return [
    kind,
    dataset,
    preset,
    `${epochs.done}${epochs.of === null ? '' : ` of ${epochs.of}`} epochs`,
    seed === null ? null : `seed ${seed}`,
    strategy,
  ]
    .filter((fact) => fact !== null)
    .join(' · ');
}
