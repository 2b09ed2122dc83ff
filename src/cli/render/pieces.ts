/** In how many pieces a run measured its text: each begins without a hidden state, so the figure is of that many. */
import type { Run } from '../../run/directory.ts';
import { formatInteger } from './format.ts';

const settingOf = { valid: 'eval_batch_size', test: 'test_batch_size' } as const;

/** ` in 10 pieces`; nothing where it was in one, or is of images. */
export function inPieces(run: Run, split: 'valid' | 'test'): string {
  const { settings } = run.record().config;
  const pieces =
    typeof settings === 'object' && settings !== null && !Array.isArray(settings)
      ? (settings as Readonly<Record<string, unknown>>)[settingOf[split]]
      : undefined;
  return typeof pieces === 'number' && pieces > 1 ? ` in ${formatInteger(pieces)} pieces` : '';
}
