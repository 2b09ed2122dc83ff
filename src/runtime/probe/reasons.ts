/**
 * Why a provider of onnxruntime is not to be had, in words that a person can act on.
 *
 * onnxruntime's errors name its own source lines; the cause stands, if anywhere, in what a library below it wrote to
 * stderr. Here one becomes the other. What is not recognised is passed on as it came.
 */
import type { NvidiaDriver } from './nvidia.ts';

export interface Explanation {
  readonly reason: string;
  readonly fix: string;
}

/** What is known about a provider's failure. */
export interface ProviderFailure {
  readonly reason: string;
  readonly stderr: string;
}

export interface CudaSurroundings {
  readonly platform: string;
  readonly arch: string;
  readonly driver: NvidiaDriver | undefined;
  /** Whether `libonnxruntime_providers_cuda.so` is where onnxruntime looks for it. */
  readonly providerInstalled: boolean;
}

/** Why CUDA cannot work here, known before trying; undefined where trying is worth it. */
export function whyNoCuda(where: CudaSurroundings): Explanation | undefined {
  if (where.platform !== 'linux' || where.arch !== 'x64') {
    return {
      reason: `onnxruntime has a CUDA provider for Linux on x64 only, and this is ${where.platform} on ${where.arch}`,
      fix: 'Use onnxruntime-cpu or onnxruntime-webgpu.',
    };
  }
  if (where.providerInstalled) return undefined;
  if (where.driver === undefined) {
    return {
      reason: 'the CUDA provider library is not installed, and no NVIDIA driver was found',
      fix: "With an NVIDIA card: install its driver, then run `nascent setup --cuda`. Without one, this provider can't be used.",
    };
  }
  return {
    reason: 'the CUDA provider library is not installed',
    fix: 'Run `nascent setup --cuda`.',
  };
}

/** What TensorFlow's failure means. A process that was ended by a signal has loaded a library that is not whole. */
export function explainTensorFlow({ reason }: Pick<ProviderFailure, 'reason'>): Explanation {
  const text = oneLine(reason).replace(/^tfjs-node-gpu cannot be used: /, '');
  const signal = /^the process ended by (SIG\w+)/.exec(text)?.[1];
  return signal !== undefined && signal !== 'SIGKILL'
    ? {
        reason: `loading it crashes (${signal})`,
        fix: 'Its files are damaged, or are not for this processor. Run `nascent setup --force`, which makes them anew.',
      }
    : { reason: text, fix: 'Run `nascent setup`.' };
}

/** What CUDA's failure means. */
export function explainCuda(failure: ProviderFailure, driver: NvidiaDriver | undefined): Explanation {
  const text = `${failure.reason}\n${failure.stderr}`;
  const missing = /\b(lib(?:cu|nv|nccl)[\w.-]*\.so[\w.]*): cannot open shared object file/.exec(text)?.[1];
  if (missing !== undefined) {
    return {
      reason: `the CUDA library ${missing} was not found`,
      fix: 'Run `nascent setup --force --cuda`, or install CUDA 12 and cuDNN 9 and name their folder in LD_LIBRARY_PATH.',
    };
  }
  if (/no CUDA-capable device|CUDA_ERROR_NO_DEVICE/i.test(text)) {
    return {
      reason: 'CUDA found no graphics card',
      fix: 'Check that `nvidia-smi` lists one, and that CUDA_VISIBLE_DEVICES does not hide it.',
    };
  }
  if (/driver version is insufficient|CUDA_ERROR_(SYSTEM_DRIVER_MISMATCH|COMPAT_NOT_SUPPORTED)/i.test(text)) {
    const version = driver?.version === undefined ? '' : ` ${driver.version}`;
    return {
      reason: `the NVIDIA driver${version} is too old for CUDA 12`,
      fix: 'Install a newer NVIDIA driver (525 or later).',
    };
  }
  return {
    reason: oneLine(failure.reason),
    fix: 'Check with `nvidia-smi` that the driver works, then run `nascent setup --force --cuda`.',
  };
}

/** What WebGPU's failure means. onnxruntime reaches the graphics card through Vulkan on Linux. */
export function explainWebGpu(failure: ProviderFailure): Explanation {
  const { reason, stderr } = failure;
  if (/Couldn't load Vulkan/.test(stderr)) {
    return {
      reason: 'no WebGPU adapter was found: the Vulkan loader is not installed',
      fix: "Install the Vulkan loader (Debian, Ubuntu: `sudo apt-get install libvulkan1`; Fedora: `sudo dnf install vulkan-loader`) and the graphics card's driver.",
    };
  }
  if (/Found no drivers/.test(stderr)) {
    return {
      reason: 'no WebGPU adapter was found: Vulkan has no driver on this machine',
      fix: "Install the graphics card's driver with its Vulkan part; `vulkaninfo --summary` then lists the card.",
    };
  }
  const lacking = /Warning: (Vulkan .*) required/.exec(stderr)?.[1];
  if (lacking !== undefined) {
    return {
      reason: `no WebGPU adapter was found: the Vulkan driver lacks ${lacking.replace(/^Vulkan /, '')}`,
      fix: "Update the graphics card's driver.",
    };
  }
  if (/Failed to get a WebGPU adapter/.test(reason)) {
    return {
      reason: 'no WebGPU adapter was found',
      fix: "Install or update the graphics card's driver; `vulkaninfo --summary` should list the card.",
    };
  }
  return {
    reason: oneLine(reason),
    fix: 'Use onnxruntime-cpu, and report this with `nascent doctor --json`.',
  };
}

/** As onnxruntime names the place in its own code: the whole signature of a function. */
const signature =
  /(?:\b(?:virtual|static|void|bool) )*(?:\b(?:onnxruntime|std)::[\w:<>*&]+ )?\bonnxruntime::[\w:~]+\([^()]*\)(?: const)?\s*/g;

/** A native error without its source lines, signatures and colours, on one line. */
export function oneLine(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex -- terminal colours are control characters
      .replaceAll(/\u001B\[[\d;]*m/g, '')
      .replaceAll(/\S*\/onnxruntime_src\/\S+\s*/g, '')
      .replaceAll(signature, '')
      .replaceAll(/\s+/g, ' ')
      .trim()
  );
}
