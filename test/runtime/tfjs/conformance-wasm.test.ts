import { describe } from 'vitest';

import { findExtra } from '../../../src/runtime/extra/packages.ts';
import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';
import { conformance } from '../conformance/conformance.ts';

const isThere = findExtra('@tensorflow/tfjs-backend-wasm') !== undefined;
if (!isThere) console.warn('tests of tfjs-wasm are skipped: nascent setup --runtimes fetches what they need');

describe.skipIf(!isThere)('tfjs-wasm', () => {
  conformance(async () => createTfjsRuntime('wasm'));
});
