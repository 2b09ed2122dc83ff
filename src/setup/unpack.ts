/**
 * From wheels, which are zip archives, to the `deps` folder that the addon is built against and loads from:
 *
 * - `deps/lib`      TensorFlow's two libraries, under their own names and under those that the package's build asks for
 * - `deps/include`  the headers of its C interface
 * - `deps/cuda`     CUDA's libraries, all in one folder, where there are any
 *
 * Of a gigabyte this is what is used. Python's zipfile does the unpacking: pip has brought Python along anyway, and some
 * of these files are too large for reading whole into memory.
 */
import { readdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { WayFailed } from './context.ts';
import type { SetupContext } from './context.ts';
import type { Tools } from './tools.ts';

/**
 * Arguments: a wheel, a folder, and pairs of a pattern and the folder that files matching it go to. A pattern's first
 * group is the path below that folder. Names that lead elsewhere do not match.
 */
const unpackScript = `
import os, re, shutil, sys, zipfile
wheel, target, *rules = sys.argv[1:]
count = 0
with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        for pattern, folder in zip(rules[::2], rules[1::2]):
            match = re.fullmatch(pattern, entry.filename)
            if match is None or '..' in match[1].split('/'):
                continue
            path = os.path.join(target, folder, match[1])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(entry) as source, open(path, 'wb') as file:
                shutil.copyfileobj(source, file, 1 << 20)
            count += 1
print(count)
`;

const tensorflowRules = [
  String.raw`tensorflow/(libtensorflow_(?:cc|framework)(?:\.so\.2|\.2\.dylib))`,
  'lib',
  String.raw`tensorflow/include/((?:tensorflow/c|tensorflow/core/platform|tsl/platform|xla/tsl/c)/.*\.h)`,
  'include',
];

/** Shared libraries only, and none of the variants and tools that TensorFlow has no use for. */
const cudaRules = [
  String.raw`nvidia/[^/]+/lib/((?!libnvblas|libcufftw|libcusolverMg|libnvperf|libpcsampling)[^/]+\.so(?:\.\d+)*)`,
  'cuda',
];

/**
 * Unpacks TensorFlow's wheel into the `deps` folder.
 *
 * @throws WayFailed where the wheel is damaged or is not what is expected
 */
export async function unpackTensorFlow(
  wheel: string,
  deps: string,
  tools: Tools,
  context: SetupContext,
): Promise<void> {
  await unpack(wheel, deps, tensorflowRules, tools.python, context);
  const libraries = (await readdir(join(deps, 'lib'))).toSorted();
  if (libraries.length !== 2) {
    throw new WayFailed(
      `TensorFlow's wheel has no libtensorflow_cc, only ${libraries.join(', ') || 'nothing'}`,
    );
  }
  for (const library of libraries) {
    const path = join(deps, 'lib', library);
    if (tools.strip !== undefined) await strip(path, tools.strip, context);
    await symlink(library, join(deps, 'lib', nameForBuild(library)));
  }
}

/** Unpacks CUDA's wheels beside TensorFlow. */
export async function unpackCudaLibraries(
  wheels: readonly string[],
  deps: string,
  python: string,
  context: SetupContext,
): Promise<void> {
  for (const wheel of wheels) await unpack(wheel, deps, cudaRules, python, context);
}

/** `libtensorflow_cc.so.2` is asked for as `libtensorflow.so`, its companion as `libtensorflow_framework.so`. */
function nameForBuild(library: string): string {
  const name = library.replace('_cc', '');
  return name.endsWith('.so.2') ? name.slice(0, -2) : name;
}

async function unpack(
  wheel: string,
  target: string,
  rules: readonly string[],
  python: string,
  { env, signal }: SetupContext,
): Promise<void> {
  const result = await runCommand(python, ['-c', unpackScript, wheel, target, ...rules], {
    env,
    timeoutMs: 30 * 60_000,
    signal,
  });
  if (!result.ok) throw new WayFailed(`${wheel} cannot be unpacked: ${result.reason}`);
  if (result.stdout.trim() === '0') throw new WayFailed(`${wheel} holds nothing of what is expected in it`);
}

/** Takes the symbols out, which only a debugger reads. What cannot be stripped stays as it is. */
async function strip(library: string, command: string, { env, signal }: SetupContext): Promise<void> {
  const stripped = `${library}.stripped`;
  const args = ['--strip-unneeded', '-o', stripped, library];
  const result = await runCommand(command, args, { env, timeoutMs: 10 * 60_000, signal });
  if (result.ok) await rename(stripped, library);
  else await rm(stripped, { force: true });
}

/**
 * What a TensorFlow wheel asks for as CUDA, as requirements that pip understands.
 *
 * @throws WayFailed where it asks for nothing
 */
export async function cudaRequirements(
  wheel: string,
  python: string,
  { env, signal }: SetupContext,
): Promise<string[]> {
  const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    name = next(name for name in archive.namelist() if name.endswith('.dist-info/METADATA'))
    sys.stdout.write(archive.read(name).decode('utf-8'))
`;
  const result = await runCommand(python, ['-c', script, wheel], { env, timeoutMs: 60_000, signal });
  if (!result.ok) throw new WayFailed(`${wheel} cannot be read: ${result.reason}`);
  const requirements = parseCudaRequirements(result.stdout);
  if (requirements.length === 0) throw new WayFailed(`${wheel} names no CUDA libraries`);
  return requirements;
}

/** The requirements of the extra `and-cuda`, less the CUDA compiler, which running networks does not take. */
export function parseCudaRequirements(metadata: string): string[] {
  return [...metadata.matchAll(/^Requires-Dist:\s*([^;\n]+?)\s*;\s*extra == "and-cuda"\s*$/gm)]
    .map((match) => match[1] ?? '')
    .filter((requirement) => requirement !== '' && !requirement.startsWith('nvidia-cuda-nvcc'));
}
