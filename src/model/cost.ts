/** What fewer bits cost: the accuracy, or the perplexity, before and after. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeModel, type OnnxModel } from '../../proto/onnx.ts';
import type { AnyValidateOrder } from '../evaluate/order.ts';
import { validateJob, type AnyValidation } from '../evaluate/validate.ts';
import { NascentError } from '../errors.ts';
import { silentReporter, type Reporter } from '../run/reporter.ts';
import { taskOf } from '../tasks/tasks.ts';
import type { AnyValidateData, Beside } from './model.ts';

/** Plain data: how a model does before and after. */
export interface Cost {
  /** `accuracy` from 0 to 1, or `perplexity`. */
  readonly metric: 'accuracy' | 'perplexity';
  readonly before: number;
  readonly after: number;
  /** In points of accuracy, or in percent of the perplexity; below 0 where it does better. */
  readonly drop: number;
  readonly allowed: number;
  /** What it was measured on, for people. */
  readonly on: string;
}

/** Enough to tell a point of accuracy from chance, and a minute at most. */
const usualAmount = { images: 1000, tokens: 5000 };

/**
 * Measures both files on the test images, or on the validation text.
 *
 * @throws NascentError 'gate/failed' where more is lost than is allowed; 'data/missing' where there is nothing to measure
 *   on; the signal's reason when stopped
 */
export async function costOf(
  models: { readonly before: OnnxModel; readonly after: OnnxModel; readonly beside: Beside | undefined },
  { data, from }: AnyValidateData,
  allowed: number,
  reporter: Reporter,
  signal: AbortSignal,
  { images, tokens }: { readonly images: number; readonly tokens: number } = usualAmount,
): Promise<Cost> {
  const isText = taskOf(data).name === 'text';
  const folder = await mkdtemp(join(tmpdir(), 'nascent-export-'));
  try {
    const measured = async (name: string, model: OnnxModel): Promise<AnyValidation> => {
      const file = join(folder, name);
      await writeFile(file, encodeModel(model));
      const amount = isText ? { split: 'valid', tokens, trainTokens: tokens } : { images };
      const order = { model: file, data, ...(from !== undefined && { from }), ...amount } as AnyValidateOrder;
      return validateJob(order, silentReporter, signal);
    };
    if (models.beside !== undefined) await models.beside.write(join(folder, models.beside.name), true);
    const [before, after] = [
      await measured('before.onnx', models.before),
      await measured('after.onnx', models.after),
    ];
    const cost = costBetween(before, after, allowed);
    reporter.note(costLine(cost));
    if (cost.drop <= allowed) return cost;
    throw new NascentError('gate/failed', `too much is lost: ${costLine(cost)}`, {
      help: 'Nothing was written. Allow more with --max-drop, or export without fewer bits.',
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function costBetween(before: AnyValidation, after: AnyValidation, allowed: number): Cost {
  if (before.task === 'images' && after.task === 'images') {
    const drop = 100 * (before.accuracy - after.accuracy);
    const on = `${before.images} test images`;
    return { metric: 'accuracy', before: before.accuracy, after: after.accuracy, drop, allowed, on };
  }
  const perplexityOf = (report: AnyValidation) =>
    report.task === 'text' ? (report.perplexity ?? Infinity) : Infinity;
  const [was, is] = [perplexityOf(before), perplexityOf(after)];
  const words = before.task === 'text' ? before.words : 0;
  return {
    metric: 'perplexity',
    before: was,
    after: is,
    // Of what is not a number nothing can be said that would pass.
    drop: Number.isFinite(was) && Number.isFinite(is) ? 100 * (is / was - 1) : Infinity,
    allowed,
    on: `${words} words of the validation text`,
  };
}

/** `accuracy 48.65 % → 48.60 %, 0.05 points lost of 1 allowed (1000 test images)`. */
export function costLine({ metric, before, after, drop, allowed, on }: Cost): string {
  const shown = (value: number) =>
    metric === 'accuracy' ? `${(100 * value).toFixed(2)} %` : value.toFixed(3);
  const unit = metric === 'accuracy' ? 'points' : '%';
  const change = drop > 0 ? `${drop.toFixed(2)} ${unit} lost` : 'nothing lost';
  return `${metric} ${shown(before)} → ${shown(after)}: ${change}, ${allowed} allowed (${on})`;
}
