import { createTfjsRuntime } from '../../../src/runtime/tfjs/runtime.ts';
import { conformance } from '../conformance/conformance.ts';

conformance(async () => createTfjsRuntime('cpu'));
