/** What the metadata of a trained model says of its weights: the checkpoint they are from, and how good they were found. */
import { createHash } from 'node:crypto';
import type { Tensors } from '../graph/tensor.ts';
import { attempt } from '../errors.ts';
import { readMetrics, type ReadMetrics } from '../run/artefacts/metrics.ts';
import type { Trained } from './model.ts';

/**
 * - `checkpoint`: its name, and why this one;
 * - `weights_sha256`: of the weights as they were trained, whatever is made of them here. That of the checkpoint's file would
 *   differ between two equal runs, since it holds times;
 * - `accuracy`, from 0 to 1, or `perplexity`, and `accuracy_on` or `perplexity_on`: what the training measured with these
 *   weights, where it did and its log can be read; on test data rather than on validation data.
 *
 * @param bestOn what the best checkpoint is the best on; asked where it is that one
 */
export function factsOfWeights(
  { run, checkpoint, which }: Pick<Trained, 'run' | 'checkpoint' | 'which'>,
  weights: Tensors,
  bestOn: () => string,
): Readonly<Record<string, string>> {
  return {
    checkpoint: `${checkpoint.name}, ${which === 'best' ? `best on ${bestOn()}` : 'the last'}`,
    weights_sha256: digestOf(weights),
    // The weights are whole where the log of what was measured is damaged.
    ...measuredWith(checkpoint.name, attempt(() => readMetrics(run))[0] ?? []),
  };
}

/** Of all tensors in the order of their names: name, type and shape in a line, then the numbers as they lie in memory. */
function digestOf(weights: Tensors): string {
  const hash = createHash('sha256');
  for (const [name, { dtype, shape, data }] of [...weights].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name} ${dtype} ${shape.join('x')}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/** Test before validation: by the latter a best checkpoint was chosen, and it flatters. */
const kept = [
  ['test_accuracy', 'accuracy', 'test images', 'test_images'],
  ['valid_accuracy', 'accuracy', 'validation images', 'valid_images'],
  ['test_perplexity', 'perplexity', 'test text', 'test_tokens'],
  ['valid_perplexity', 'perplexity', 'validation text', 'valid_tokens'],
] as const;

function measuredWith(name: string, metrics: readonly ReadMetrics[]): Readonly<Record<string, string>> {
  const [, after] = /^epoch-(\d+)(?:-best)?$/.exec(name) ?? [];
  if (after === undefined) return {};
  // Checkpoints are named after epochs that are counted from 1. Of an epoch that was done again, the last counts.
  const epoch = Number(after) - 1;
  const records = metrics.filter((each) => each.kind !== 'rollback' && each.epoch === epoch).toReversed();
  for (const [column, key, on, count] of kept) {
    for (const record of records) {
      const value = column in record ? record[column as keyof typeof record] : undefined;
      if (typeof value !== 'number') continue;
      const of = count in record ? record[count as keyof typeof record] : undefined;
      return { [key]: String(value), [`${key}_on`]: typeof of === 'number' ? `${on}, ${of}` : on };
    }
  }
  return {};
}
