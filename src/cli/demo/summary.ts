/** What the demo ends with: its table, and whether its numbers are good enough. */

import { NascentError } from '../../errors.ts';
import { skipCount } from '../../space/images/derive.ts';
import { genotypeToNotation } from '../../space/images/genotype-notation.ts';
import { formatDuration } from '../../tui/format.ts';
import { table } from '../../tui/table.ts';
import { requireParity } from '../../parity/parity-report.ts';
import { formatBytes, formatInteger, formatMillions, formatShare } from '../render/format.ts';
import { commandLine, word } from '../render/next.ts';
import type { DemoResult } from './demo.ts';

export function demoTable(result: DemoResult): string {
  const { search, train, model, parity, seconds } = result;
  const { genotype } = search;
  const differences = parity.pairs.map(
    ({ name, elements, largestAbsolute, top1Real }) =>
      `${elements === 0 ? 'not compared' : largestAbsolute.toExponential(1)}  ${name} against ` +
      `${parity.baseline.name}, same class on ${formatInteger(top1Real.agreed)} of ${formatInteger(top1Real.total)} images`,
  );
  return table([
    ['engine', search.why],
    [
      'search time',
      `${formatDuration(1000 * search.seconds)}${search.steps === null ? '' : `, ${formatInteger(search.steps)} steps`}`,
    ],
    // A name for each cell, and still one expression that can be copied.
    ['genotype', genotypeToNotation(genotype).replace(', reduce=', ',\nreduce=')],
    [
      'skips',
      `${skipCount(genotype.normal)} in the normal cell, ${skipCount(genotype.reduce)} in the reduction cell`,
    ],
    ['training time', formatDuration(1000 * train.seconds)],
    ['parameters', formatMillions(model.parameters)],
    ['MACs', formatMillions(model.macs)],
    ['test accuracy', accuracies(result).join('\n')],
    ['largest difference', differences.length === 0 ? 'nothing was compared' : differences.join('\n')],
    ['model', model.file],
    ['file size', formatBytes(model.bytes)],
    ['sha256', model.sha256],
    [
      'total time',
      `${formatDuration(1000 * seconds.total)}, of which ${formatDuration(1000 * seconds.preparation)} for engine and data`,
    ],
  ]);
}

function accuracies({ validation, tested, train, parity }: DemoResult): readonly string[] {
  const line = (accuracy: number, images: number, runtime: string) =>
    `${formatShare(accuracy)} of ${formatInteger(images)} images, ${runtime}`;
  const exported = line(validation.accuracy, validation.images, `onnxruntime-${validation.provider}`);
  const trained =
    tested === undefined ? [] : [line(tested.accuracy, tested.images, `${train.engine}, as trained`)];
  const compared = parity.pairs
    .filter(({ realImages }) => realImages > 0)
    .map(({ realCorrect, realImages, name }) => line(realCorrect / realImages, realImages, name));
  return [exported, ...trained, ...compared];
}

/** Three things to go on with. */
export function demoNext({ run, data }: DemoResult): readonly string[] {
  return [
    `parity ${word(run)}`,
    `validate ${word(run)} --json`,
    `search --data ${data} --preset darts --out runs/darts`,
  ].map(commandLine);
}

/** @throws NascentError `gate/failed` where a runtime differs, or fewer than `least` of the test images are right */
export function requireGood({ parity, validation }: DemoResult, least: number): void {
  requireParity(parity);
  if (validation.accuracy >= least) return;
  throw new NascentError(
    'gate/failed',
    `the exported model gets ${formatShare(validation.accuracy)} of the test images right, and ${formatShare(least)} are the least`,
    { help: 'Run the demo again with another engine, or train longer: nascent train --help.' },
  );
}
