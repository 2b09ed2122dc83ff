/**
 * Mutated models, many: `npm run fuzz [-- COUNT [FIRST_SEED [FOLDER]]]`, 10,000 from seed 1, of our own sound models, or of
 * the .onnx files below a folder. Each is decoded, checked and read within 5 s and 1 GB, in a process that may be lost.
 * What fails is said with its seed, and the file is kept. Ends with one line: N passed, N failed.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodes } from '../../src/errors.ts';
import { decodeModel, encodeModel, writableIrVersion, type OnnxModel } from '../../proto/onnx.ts';
import { look } from './look.ts';
import { soundModels } from './models.ts';
import { mutated } from './mutate.ts';

const secondsToBegin = 60;
const secondsEach = 5;
const bytesEach = 2 ** 30;
/** Files that are larger are not begun from: they say no more, and take long to write. */
const mostBytes = 200_000;

const [count = 10_000, first = 1] = process.argv.slice(2, 4).map(Number);
const folder = process.argv[4];
const models = folder === undefined ? soundModels() : filesBelow(folder);

if (process.send === undefined) await watch();
else work();

function filesBelow(path: string): readonly (OnnxModel | Uint8Array)[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.onnx') && statSync(join(path, name)).size < mostBytes)
    .toSorted()
    .map((name) => asData(readFileSync(join(path, name))));
}

/** As data, so that its parts can be changed; as bytes, where we could not write it again. */
function asData(bytes: Uint8Array): OnnxModel | Uint8Array {
  try {
    const model = { ...decodeModel(bytes), irVersion: writableIrVersion };
    encodeModel(model);
    return model;
  } catch {
    return bytes;
  }
}

type Message = { readonly seed: number; readonly came?: string; readonly thrown?: string };

/** The child: says each seed before and after. */
function work(): void {
  const last = first + count;
  const next = (seed: number): void => {
    if (seed >= last) {
      process.disconnect();
      return;
    }
    tell({ seed });
    try {
      tell({ seed, came: look(mutated(models, seed)) });
    } catch (error) {
      tell({ seed, thrown: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
    // So that what was said goes out.
    setImmediate(next, seed + 1);
  };
  next(first);
}

function tell(message: Message): void {
  process.send?.(message);
}

/** The parent: begins again after the seed that a child was lost with. */
async function watch(): Promise<void> {
  const kept = mkdtempSync(join(tmpdir(), 'nascent-fuzz-'));
  const counts = new Map<string, number>();
  let failed = 0;
  const fail = (seed: number, why: string) => {
    failed++;
    const file = join(kept, `${seed}.onnx`);
    writeFileSync(file, mutated(models, seed));
    console.log(`seed ${seed}: ${why}\n  kept as ${file}`);
  };
  let slowest = { seed: 0, ms: 0 };
  let from = first;
  while (from < first + count) {
    from = await new Promise<number>((resolve) => {
      let current = from;
      // A busy machine takes its time until the child has begun; that is of no file.
      let since = performance.now() + secondsToBegin * 1000;
      let why: string | undefined;
      const child = fork(
        fileURLToPath(import.meta.url),
        [String(first + count - from), String(from), ...(folder === undefined ? [] : [folder])],
        {
          execArgv: ['--import', 'tsx', '--max-old-space-size=768'],
          stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
        },
      );
      const timer = setInterval(() => {
        const over = memoryOf(child) > bytesEach;
        if (performance.now() - since < secondsEach * 1000 && !over) return;
        why ??= over ? 'it took more than 1 GB' : `it took more than ${secondsEach} s`;
        child.kill('SIGKILL');
      }, 100);
      child.on('message', ({ seed, came, thrown }: Message) => {
        if (came === undefined && thrown === undefined) since = performance.now();
        else if (performance.now() - since > slowest.ms) slowest = { seed, ms: performance.now() - since };
        current = came === undefined && thrown === undefined ? seed : seed + 1;
        if (came !== undefined) counts.set(came, (counts.get(came) ?? 0) + 1);
        if (thrown !== undefined) fail(seed, thrown);
      });
      child.on('exit', (code, signal) => {
        clearInterval(timer);
        if (current < first + count) {
          fail(current, why ?? `its process died (${signal ?? code})`);
          current++;
        }
        resolve(current);
      });
    });
  }
  for (const [what, number] of counts) console.log(`${number} ${what}`);
  console.log(`the slowest: seed ${slowest.seed}, ${slowest.ms.toFixed(0)} ms`);
  console.log(`seeds ${first} to ${first + count - 1}: ${count - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? exitCodes.done : exitCodes.failed;
}

/** Resident memory, where the system says it in /proc; elsewhere only that of JavaScript is bounded. */
function memoryOf({ pid }: ChildProcess): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return pages * 4096;
  } catch {
    return 0;
  }
}
