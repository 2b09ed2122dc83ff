/** tfjs-node-gpu with a counter of the kernels it launches. */
import { loadTensorFlow, type TensorFlowBinding } from '../../src/runtime/tfjs/load.ts';
import { createTfjsRuntime, type TfjsRuntime } from '../../src/runtime/tfjs/runtime.ts';

export interface CountingRuntime {
  readonly runtime: TfjsRuntime;
  /** Whether ops of our own are in use. */
  readonly nativeOps: boolean;
  /** Kernels launched since the last call. */
  readonly launched: () => number;
}

export async function countingRuntime(): Promise<CountingRuntime> {
  const tensorflow = await loadTensorFlow();
  const { binding } = tensorflow;
  let launches = 0;
  const executeOp: TensorFlowBinding['executeOp'] = (...call) => {
    launches++;
    return binding.executeOp(...call);
  };
  // The addon's own properties cannot be written.
  const counting = Object.create(binding, { executeOp: { value: executeOp } }) as TensorFlowBinding;
  // The runtime is made of what was loaded, once a process.
  Object.assign(tensorflow, { binding: counting });
  return {
    runtime: await createTfjsRuntime('tensorflow'),
    nativeOps: tensorflow.nativeOps,
    launched: () => {
      const count = launches;
      launches = 0;
      return count;
    },
  };
}
