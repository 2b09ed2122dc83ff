import { createOnnxRuntime } from '../../../src/runtime/onnxruntime/runtime.ts';
import { conformance } from '../conformance/conformance.ts';

conformance(async () => createOnnxRuntime('cpu'));
