import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { setUpFolders } from '../../src/runtime/native-preload.ts';
import type { SetupContext } from '../../src/setup/context.ts';
import {
  cudaRequirements,
  parseCudaRequirements,
  unpackCudaLibraries,
  unpackTensorFlow,
} from '../../src/setup/unpack.ts';

const scratch = mkdtempSync(join(tmpdir(), 'nascent-unpack-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const context: SetupContext = {
  cache: scratch,
  folders: setUpFolders(scratch),
  driver: undefined,
  env: process.env,
  log: () => {},
  onProgress: () => {},
  signal: undefined,
};
const tools = {
  python: 'python3',
  compiler: 'c++',
  nodeGyp: [],
  nodeHeaders: undefined,
  strip: undefined,
};

function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version']);
    return true;
  } catch {
    return false;
  }
}

/** A wheel whose files are named, each with its own name as its content. */
function wheelOf(name: string, files: readonly string[], metadata = ''): string {
  const path = join(scratch, name);
  const script = `
import json, sys, zipfile
path, files, metadata = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
with zipfile.ZipFile(path, 'w') as archive:
    for file in files: archive.writestr(file, file)
    archive.writestr('x-1.dist-info/METADATA', metadata)
`;
  execFileSync('python3', ['-c', script, path, JSON.stringify(files), metadata]);
  return path;
}

const metadata = [
  'Name: tensorflow',
  'Requires-Dist: numpy>=1.26',
  'Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"',
  'Requires-Dist: nvidia-cuda-nvcc-cu12<13.0,>=12.5.82; extra == "and-cuda"',
  'Requires-Dist: nvidia-cudnn-cu12<10.0,>=9.3.0.75; extra == "and-cuda"',
  '',
].join('\n');
const requirements = ['nvidia-cublas-cu12<13.0,>=12.5.3.2', 'nvidia-cudnn-cu12<10.0,>=9.3.0.75'];

describe('parseCudaRequirements', () => {
  it('takes what the CUDA extra asks for, less the compiler', () => {
    expect(parseCudaRequirements(metadata)).toEqual(requirements);
    expect(parseCudaRequirements('Requires-Dist: numpy')).toEqual([]);
  });
});

describe.runIf(hasPython())('unpacking', () => {
  it("takes TensorFlow's libraries and the headers of its C interface, and nothing else", async () => {
    const wheel = wheelOf(
      'tensorflow-1.whl',
      [
        'tensorflow/libtensorflow_cc.so.2',
        'tensorflow/libtensorflow_framework.so.2',
        'tensorflow/python/other.so',
        'tensorflow/include/tensorflow/c/c_api.h',
        'tensorflow/include/tensorflow/c/../../../../escaped.h',
        'tensorflow/include/external/llvm/big.h',
      ],
      metadata,
    );
    const deps = join(scratch, 'deps');
    await unpackTensorFlow(wheel, deps, tools, context);
    expect(readdirSync(join(deps, 'lib')).toSorted()).toEqual([
      'libtensorflow.so',
      'libtensorflow_cc.so.2',
      'libtensorflow_framework.so',
      'libtensorflow_framework.so.2',
    ]);
    expect(readFileSync(join(deps, 'lib', 'libtensorflow.so'), 'utf8')).toBe(
      'tensorflow/libtensorflow_cc.so.2',
    );
    expect(readdirSync(join(deps, 'include'), { recursive: true }).map(String).toSorted()).toEqual([
      'tensorflow',
      'tensorflow/c',
      'tensorflow/c/c_api.h',
    ]);
    expect(existsSync(join(scratch, 'escaped.h'))).toBe(false);
    expect(await cudaRequirements(wheel, 'python3', context)).toEqual(requirements);
  });

  it('puts the CUDA libraries of all wheels into one folder', async () => {
    const wheels = [
      wheelOf('nvidia_a.whl', ['nvidia/a/lib/liba.so.12', 'nvidia/a/lib/liba.a', 'nvidia/a/include/a.h']),
      wheelOf('nvidia_b.whl', ['nvidia/b/lib/libb.so.9.1', 'nvidia/b/lib/libnvblas.so.12']),
    ];
    const deps = join(scratch, 'deps-cuda');
    await unpackCudaLibraries(wheels, deps, 'python3', context);
    expect(readdirSync(join(deps, 'cuda')).toSorted()).toEqual(['liba.so.12', 'libb.so.9.1']);
  });

  it('refuses a wheel that is damaged, and one that is something else', async () => {
    const damaged = join(scratch, 'damaged.whl');
    writeFileSync(damaged, 'PK');
    const deps = join(scratch, 'deps-damaged');
    await expect(unpackTensorFlow(damaged, deps, tools, context)).rejects.toThrow(
      /damaged\.whl cannot be unpacked: .*zip/,
    );
    const other = wheelOf('other.whl', ['other/file.py']);
    await expect(unpackTensorFlow(other, deps, tools, context)).rejects.toThrow(
      'holds nothing of what is expected',
    );
  });
});
