/** A language model is judged by perplexity: the exponential of the mean of −log p(next token), in nats. */
import type { Metric } from '../task.ts';

export const perplexity: Metric = {
  name: 'perplexity',
  better: 'lower',
  of: (meter) => Math.exp(meter.loss),
  note: (meter) => `perplexity ${Math.exp(meter.loss).toFixed(1)}`,
  format: (value) => `perplexity ${Number.isFinite(value) ? value.toFixed(2) : 'unknown'}`,
};
