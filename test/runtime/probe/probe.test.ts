import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { runProbe } from '../../../src/runtime/probe/child.ts';
import { findNvidiaDriver } from '../../../src/runtime/probe/nvidia.ts';
import { explainCuda, explainWebGpu, oneLine, whyNoCuda } from '../../../src/runtime/probe/reasons.ts';
import { cudaProviderInstalled } from '../../../src/runtime/onnxruntime/package.ts';
import { runtimeNames } from '../../../src/runtime/registry.ts';
import { probeRuntimes } from '../../../src/runtime/probe/probe.ts';

const scratch = mkdtempSync(join(tmpdir(), 'nascent-probe-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A probe script whose whole text is `body`. */
function scriptOf(name: string, body: string): URL {
  writeFileSync(join(scratch, `${name}.ts`), body);
  return pathToFileURL(join(scratch, name));
}

const answerModule = new URL('../../../src/runtime/probe/answer.ts', import.meta.url).href;

const reports = await probeRuntimes();

describe('probeRuntimes', () => {
  it('tries every runtime and says of each that it is ready, or why not and what to do', () => {
    expect(reports.map(({ name }) => name)).toEqual(runtimeNames);
    const ready = reports.filter(({ status }) => status === 'ready').map(({ name }) => name);
    expect(ready).toEqual(expect.arrayContaining(['tfjs-cpu', 'reference', 'onnxruntime-cpu']));
    for (const report of reports) {
      expect(report.device).not.toBe('');
      if (report.status === 'ready') continue;
      expect(report.reason).toMatch(/^[^\n]{10,200}$/);
      expect(report.reason).not.toMatch(/onnxruntime_src|interrupted|seconds/);
      expect(report.fix).toMatch(/\.$/);
    }
  });

  it.runIf(process.platform === 'linux' && !cudaProviderInstalled())(
    'knows that CUDA is not there without trying it',
    () => {
      const cuda = reports.find(({ name }) => name === 'onnxruntime-cuda');
      expect(cuda).toMatchObject({
        status: 'unavailable',
        reason: expect.stringContaining('not installed') as unknown,
      });
    },
  );
});

describe('runProbe', () => {
  it('gives what the child answers', async () => {
    const script = scriptOf(
      'sum',
      `import { answer } from '${answerModule}'; answer(async () => process.argv.slice(2).map(Number));`,
    );
    expect(await runProbe(script, { args: ['1', '2'] })).toEqual({ ok: true, value: [1, 2] });
  });

  it('gives the reason and the fix of an error', async () => {
    const script = scriptOf(
      'refuses',
      `import { answer } from '${answerModule}';
       import { NascentError } from '${new URL('../../../src/errors.ts', import.meta.url).href}';
       answer(async () => { throw new NascentError('runtime/failed', 'no', { help: 'do' }); });`,
    );
    expect(await runProbe(script)).toEqual({ ok: false, reason: 'no', fix: 'do', stderr: '' });
  });

  it('survives a child that is killed by a signal', async () => {
    const script = scriptOf('crashes', `process.stderr.write('illegal step\\n', () => process.abort());`);
    const outcome = await runProbe(script);
    expect(outcome).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^the process ended/) as unknown,
    });
    expect(outcome).toMatchObject({ reason: expect.stringContaining('illegal step') as unknown });
  });

  it('does not wait for a child that hangs, nor after an abort', async () => {
    const script = scriptOf('hangs', `setInterval(() => {}, 1000);`);
    expect(await runProbe(script, { timeoutMs: 300 })).toMatchObject({
      reason: 'no answer within 0.3 seconds',
    });
    const signal = AbortSignal.timeout(50);
    expect(await runProbe(script, { signal })).toMatchObject({ reason: 'interrupted' });
  });
});

describe('findNvidiaDriver', () => {
  it('reads the version and the cards that the kernel shows', async () => {
    const folder = join(scratch, 'proc/driver/nvidia/gpus/0000:01:00.0');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'information'), 'Model: \t\t NVIDIA Test Card\nIRQ:   0\n');
    writeFileSync(
      join(scratch, 'proc/driver/nvidia/version'),
      'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5\nGCC version: 12\n',
    );
    expect(await findNvidiaDriver({ root: scratch })).toEqual({
      version: '550.54.15',
      cards: ['NVIDIA Test Card'],
    });
  });

  it('takes a library for a driver only where there is a device', async () => {
    const root = join(scratch, 'bare');
    mkdirSync(join(root, 'usr/lib64'), { recursive: true });
    writeFileSync(join(root, 'usr/lib64/libcuda.so.1'), '');
    const env = { PATH: join(root, 'bin') };
    expect(await findNvidiaDriver({ root, env })).toBeUndefined();
    mkdirSync(join(root, 'dev'));
    writeFileSync(join(root, 'dev/nvidiactl'), '');
    expect(await findNvidiaDriver({ root, env })).toEqual({ cards: [] });
  });
});

describe('reasons', () => {
  const driver = { version: '470.1', cards: [] };

  it('tells the ways that CUDA is missing apart', () => {
    const here = { platform: 'linux', arch: 'x64', driver, providerInstalled: false } as const;
    expect(whyNoCuda({ ...here, platform: 'darwin' })?.reason).toContain('Linux on x64 only');
    expect(whyNoCuda(here)?.reason).toBe('the CUDA provider library is not installed');
    expect(whyNoCuda({ ...here, driver: undefined })?.reason).toContain('no NVIDIA driver was found');
    expect(whyNoCuda({ ...here, providerInstalled: true })).toBeUndefined();

    const stderr =
      'Failed to load library with error: libcublasLt.so.12: cannot open shared object file: No such file';
    expect(explainCuda({ reason: 'Failed', stderr }, driver).reason).toBe(
      'the CUDA library libcublasLt.so.12 was not found',
    );
    const old = { reason: 'CUDA driver version is insufficient for CUDA runtime version', stderr: '' };
    expect(explainCuda(old, driver).reason).toBe('the NVIDIA driver 470.1 is too old for CUDA 12');
    const none = { reason: 'CUDA failure 100: no CUDA-capable device is detected', stderr: '' };
    expect(explainCuda(none, driver).reason).toBe('CUDA found no graphics card');
  });

  it("tells what WebGPU's failures mean, and leaves onnxruntime's source lines out", () => {
    const reason =
      '/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 Failed to get a WebGPU adapter: No supported adapters\n';
    const of = (stderr: string) => explainWebGpu({ reason, stderr }).reason;
    expect([
      of("Warning: Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file"),
      of('Warning: vkCreateInstance: Found no drivers!\n'),
      of('Warning: Vulkan shaderUniform*ArrayDynamicIndexing required.\n'),
      of(''),
      explainWebGpu({ reason: '/onnxruntime_src/a.cc:1 Something\n new', stderr: '' }).reason,
    ]).toEqual([
      'no WebGPU adapter was found: the Vulkan loader is not installed',
      'no WebGPU adapter was found: Vulkan has no driver on this machine',
      'no WebGPU adapter was found: the Vulkan driver lacks shaderUniform*ArrayDynamicIndexing',
      'no WebGPU adapter was found',
      'Something new',
    ]);
  });
});

it('a native error is told without signatures and lines of C++', () => {
  const status =
    'Status Message: virtual onnxruntime::common::Status onnxruntime::ConvInteger::Compute(onnxruntime::OpKernelContext*) const IsScalar(W) was false.';
  expect(oneLine(status)).toBe('Status Message: IsScalar(W) was false.');
  const load =
    'Load model from a.onnx void onnxruntime::model_load_utils::Check(const std::unordered_map<std::__cxx11::basic_string<char>, int>&, bool)\n Opset 27';
  expect(oneLine(load)).toBe('Load model from a.onnx Opset 27');
  expect(oneLine('from a.onnx onnxruntime::Model::Model(onnx::ModelProto&&, int) no such version')).toBe(
    'from a.onnx no such version',
  );
});
