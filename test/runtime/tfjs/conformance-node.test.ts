import { describe } from 'vitest';

import { NascentError } from '../../../src/errors.ts';
import { loadTensorFlow } from '../../../src/runtime/tfjs/load.ts';
import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';
import { conformance } from '../conformance/conformance.ts';

const missing = await loadTensorFlow().then(
  () => undefined,
  (error: unknown) => {
    if (error instanceof NascentError && error.code === 'runtime/unavailable') return error.message;
    throw error;
  },
);
if (missing !== undefined) console.warn(`tests of tfjs-node-gpu are skipped: ${missing}`);

describe.skipIf(missing !== undefined)('tfjs-node-gpu', () => {
  conformance(async () => createTfjsRuntime('tensorflow'));
});
