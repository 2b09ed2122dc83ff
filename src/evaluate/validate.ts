/** How a model file does on held-back data, by the metric of its task: `nascent validate` as a job. */
import type { Reporter } from '../run/reporter.ts';
import { validateModel, type Validation } from './accuracy.ts';
import { isTextOrder, type AnyValidateOrder } from './order.ts';
import { validatePerplexity, type PerplexityReport } from './perplexity.ts';

export type AnyValidation = Validation | PerplexityReport;

/** @throws what `validateModel` and `validatePerplexity` throw */
export async function validateJob(
  order: AnyValidateOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<AnyValidation> {
  return isTextOrder(order)
    ? validatePerplexity(order, reporter, signal)
    : validateModel(order, reporter, signal);
}
