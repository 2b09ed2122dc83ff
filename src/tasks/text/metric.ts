/** A language model is judged by perplexity: the exponential of the mean of −log p(next token), in nats. */
import type { Level } from '../../data/text/tokens.ts';
import type { Metric } from '../task.ts';

const format = (value: number) => `perplexity ${Number.isFinite(value) ? value.toFixed(2) : 'unknown'}`;
const formatSpread = (mean: number, deviation: number) => `${format(mean)} ± ${deviation.toFixed(2)}`;

export const perplexity: Metric = {
  name: 'perplexity',
  better: 'lower',
  of: (meter) => Math.exp(meter.loss),
  note: (meter) => `perplexity ${Math.exp(meter.loss).toFixed(1)}`,
  format,
  formatSpread,
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
  format: (value) => `${bits(value, 3)} bits per character (${format(value)})`,
  formatSpread: (mean, deviation) => `${bits(mean, 3)} bits per character (${formatSpread(mean, deviation)})`,
};

export function perplexityBy(level: Level): Metric {
  return level === 'character' ? perplexityOfCharacters : perplexity;
}
