/** tfjs-node-gpu with something between it and the kernels it launches, such as a counter. */
import { loadTensorFlow, type TensorFlowBinding } from '../../src/runtime/tfjs/load.ts';
import { createTfjsRuntime, type TfjsRuntime } from '../../src/runtime/tfjs/runtime.ts';

type Launch = TensorFlowBinding['executeOp'];

export interface CountingRuntime {
  readonly runtime: TfjsRuntime;
  /** Whether ops of our own are in use. */
  readonly nativeOps: boolean;
  /** Kernels launched since the last call. */
  readonly launched: () => number;
}

/** @param between what launches a kernel, given what does it for good */
export async function runtimeThrough(
  between: (launch: Launch, binding: TensorFlowBinding) => Launch,
): Promise<Pick<CountingRuntime, 'runtime' | 'nativeOps'>> {
  const tensorflow = await loadTensorFlow();
  const { binding } = tensorflow;
  const executeOp = between((...call) => binding.executeOp(...call), binding);
  // The addon's own properties cannot be written.
  const through = Object.create(binding, { executeOp: { value: executeOp } }) as TensorFlowBinding;
  // The runtime is made of what was loaded, once a process.
  Object.assign(tensorflow, { binding: through });
  return { runtime: await createTfjsRuntime('tensorflow'), nativeOps: tensorflow.nativeOps };
}

export async function countingRuntime(): Promise<CountingRuntime> {
  let launches = 0;
  const made = await runtimeThrough((launch) => (...call) => {
    launches++;
    return launch(...call);
  });
  return {
    ...made,
    launched: () => {
      const count = launches;
      launches = 0;
      return count;
    },
  };
}
