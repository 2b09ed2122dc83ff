/** Runs and genotypes as they are read to be compared, as plain data. */

import { genotypeSide } from '../../src/compare/read-side.ts';
import type { ReadSide, ReadStage } from '../../src/compare/read-side.ts';
import type { ReadMetrics } from '../../src/run/artefacts/metrics.ts';
import { publishedGenotypes } from '../../src/space/images/published.ts';
import { publishedRnnGenotypes } from '../../src/space/text/published.ts';
import { searchPresets } from '../../src/tasks/images/search-settings.ts';

export const metricsOf = (
  task: 'images' | 'text',
  values: readonly (number | null)[],
): readonly ReadMetrics[] =>
  values.map((value, epoch) => ({
    kind: 'epoch',
    epoch,
    [task === 'images' ? 'valid_accuracy' : 'valid_perplexity']: value,
    train_loss: 1,
    skips: epoch,
    seconds: 10 * epoch,
  }));

export function stageOf(changed: Partial<ReadStage> = {}): ReadStage {
  return {
    stage: 'search',
    path: 'runs/a',
    task: 'images',
    dataset: 'cifar10',
    from: undefined,
    preset: 'quick',
    status: 'done',
    reason: undefined,
    seed: 1,
    runtime: 'reference',
    settings: { ...searchPresets.quick, primitives: [...searchPresets.quick.primitives] },
    metrics: metricsOf('images', [0.5, 0.75, 0.625]),
    images: { height: 32, width: 32, classes: ['a', 'b'], count: 10, sha256: 'f'.repeat(64) },
    corpus: undefined,
    validation: undefined,
    ...changed,
  };
}

export function runOf(
  changed: Partial<ReadStage> = {},
  name: keyof typeof publishedGenotypes = 'DARTS_V2',
): ReadSide {
  const stage = stageOf(changed);
  return {
    given: stage.path,
    kind: stage.stage === 'search' ? 'search' : 'training',
    task: stage.task,
    stages: [stage],
    genotype: { value: publishedGenotypes[name], from: 'genotype.json' },
    files: [],
    notes: [],
  };
}

export const genotype = (name: keyof typeof publishedGenotypes) =>
  genotypeSide(name, 'images', publishedGenotypes[name]);
export const recurrent = (name: keyof typeof publishedRnnGenotypes) =>
  genotypeSide(name, 'text', publishedRnnGenotypes[name]);
