/** The softmax of logits, in double precision: probabilities that add up to 1. */
export function probabilities(logits: readonly number[]): readonly number[] {
  const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
