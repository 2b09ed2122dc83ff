/** A language model is judged by perplexity: the exponential of the mean of −log p(next token), in nats. */
import type { Level } from '../../data/text/tokens.ts';
import type { Metric } from '../task.ts';

export const perplexity: Metric = {
  name: 'perplexity',
  better: 'lower',
  of: (meter) => Math.exp(meter.loss),
  note: (meter) => `perplexity ${Math.exp(meter.loss).toFixed(1)}`,
  format: (value) => `perplexity ${Number.isFinite(value) ? value.toFixed(2) : 'unknown'}`,
};

/** Models that read by characters are told apart by the binary logarithm of it. */
export function bitsPerCharacter(perplexity: number): number {
  return Math.log2(perplexity);
}

const bits = (value: number, digits: number) =>
  Number.isFinite(value) ? bitsPerCharacter(value).toFixed(digits) : 'unknown';

/** The same of characters, said as this field says it. */
const perplexityOfCharacters: Metric = {
  ...perplexity,
  note: (meter) => `${bits(Math.exp(meter.loss), 2)} bits per character`,
  format: (value) => `${bits(value, 3)} bits per character (${perplexity.format(value)})`,
};

export function perplexityBy(level: Level): Metric {
  return level === 'character' ? perplexityOfCharacters : perplexity;
}
