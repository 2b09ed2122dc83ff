/** Classification is judged by accuracy. */
import type { Metric } from '../task.ts';

const format = (value: number) =>
  Number.isFinite(value) ? `${(100 * value).toFixed(2)} %` : 'an unknown share';

export const accuracy: Metric = {
  name: 'accuracy',
  better: 'higher',
  of: (meter) => meter.accuracy,
  note: (meter) => `loss ${meter.loss.toFixed(3)} · ${(100 * meter.accuracy).toFixed(1)} % right`,
  format,
  formatSpread: (mean, deviation) => `${format(mean)} ± ${format(deviation)}`,
};
