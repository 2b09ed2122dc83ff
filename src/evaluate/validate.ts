/** How a model file does on held-back data, by the metric of its task: `nascent validate` as a job. */
import { isTextName } from '../data/registry.ts';
import type { Reporter } from '../run/reporter.ts';
import { validateModel, validateOrder, type ValidateOrder, type Validation } from './accuracy.ts';
import {
  perplexityOrder,
  validatePerplexity,
  type PerplexityOrder,
  type PerplexityReport,
} from './perplexity.ts';

export type AnyValidateOrder = ValidateOrder | PerplexityOrder;
export type AnyValidation = Validation | PerplexityReport;

/** @throws what `validateModel` and `validatePerplexity` throw */
export async function validateJob(
  order: unknown,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<AnyValidation> {
  const { data } = order as AnyValidateOrder;
  return isTextName(data)
    ? validatePerplexity(perplexityOrder.parse(order), reporter, signal)
    : validateModel(validateOrder.parse(order), reporter, signal);
}
