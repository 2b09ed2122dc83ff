/** TensorFlow's own kernels, as where there is no compiler: the conformance suite without ops of ours. */
import { describe, vi } from 'vitest';

vi.stubEnv('NASCENT_NATIVE', '0');

import { NascentError } from '../../../src/errors.ts';
import { loadTensorFlow } from '../../../src/runtime/tfjs/load.ts';
import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';
import { conformance } from '../conformance/conformance.ts';

const loaded = await loadTensorFlow().catch((error: unknown) => {
  if (error instanceof NascentError && error.code === 'runtime/unavailable') return undefined;
  throw error;
});
if (loaded?.nativeOps === true) throw new Error('NASCENT_NATIVE=0 did not turn our own ops off');

describe.skipIf(loaded === undefined)('tfjs-node-gpu without ops of ours', () => {
  conformance(async () => createTfjsRuntime('tensorflow'));
});
