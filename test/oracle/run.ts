/**
 * The oracle: what Nascent computes, against a PyTorch implementation written for this purpose alone.
 *
 * Both sides get the same weights, alphas and batches. The yardstick is PyTorch in double precision. The reference
 * runtime computes in double precision too and must agree with it to 1e-9: that is equality of the mathematics. The
 * fast runtimes compute in single precision and must agree with it to 1e-4; how far PyTorch's own single precision is
 * from it is printed beside them. Differences are relative to the largest number of each tensor. See README.md beside
 * this file.
 *
 * After that, Python's own tools for ONNX judge files that `nascent export` writes (`written/judged.ts`).
 *
 * Where PyTorch cannot be installed, everything counts as skipped. Ends with one line: N passed, N failed, N skipped.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodes, internal } from '../../src/errors.ts';
import { notHere } from './exit-code.ts';
import type { EngineName } from '../../src/runtime/engine.ts';
import { checksOf, compare, unchecked } from './compare.ts';
import { execute, lastLine, prepareEnvironment, pythonWithOnnx } from './environment.ts';
import { readTensors, writeTensors } from './exchange.ts';
import { allQuestions, anyForTorch, type AnyQuestion } from './all-questions.ts';
import { judgeExports } from './written/judged.ts';

interface Side {
  readonly engine: EngineName;
  /** Of a difference to PyTorch in double precision: the engine's own precision asks for it. */
  readonly tolerance: number;
}

const sides: readonly Side[] = [
  { engine: 'reference', tolerance: 1e-9 },
  { engine: 'tfjs-node-gpu', tolerance: 1e-4 },
  { engine: 'onnxruntime', tolerance: 1e-4 },
];

const say = (line: string) => console.log(line);
const counts = { passed: 0, failed: 0, skipped: 0 };
const remarks: string[] = [];

const list = allQuestions();
const environment = await prepareEnvironment(say);
if (environment.kind === 'missing') {
  for (const question of list) counts.skipped += sides.length * checksOf(question).length;
  remarks.push(`PyTorch cannot be had here, so nothing was compared: ${environment.reason}`);
} else {
  say(`PyTorch ${environment.version}. Differences are relative to the largest number of each tensor.`);
  const folder = mkdtempSync(join(tmpdir(), 'nascent-oracle-'));
  try {
    // Side by side: together they take as long as the slowest where there are cores enough.
    const [missing] = await Promise.all([
      Promise.all(sides.map(async (side) => ((await askOurs(side, folder)) ? [] : [side.engine]))),
      askTorch(environment.python, folder),
    ]);
    list.forEach((question, i) => report(question, i, folder, new Set(missing.flat())));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const judged = await judgeExports(await pythonWithOnnx(environment, say), say);
for (const what of ['passed', 'failed', 'skipped'] as const) counts[what] += judged[what];
for (const remark of remarks) say(remark);
say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? exitCodes.done : exitCodes.failed;

/** Writes PyTorch's answer to question i to `<i>.float64` and `<i>.float32`. */
async function askTorch(python: string, folder: string): Promise<void> {
  const entries = list.map((question, i) => {
    const { spec, given } = anyForTorch(question);
    const path = (what: string) => join(folder, `${i}.${what}`);
    writeTensors(path('given'), given);
    return {
      ...spec,
      given: path('given'),
      answers: { float64: path('float64'), float32: path('float32') },
    };
  });
  const file = join(folder, 'questions.json');
  writeFileSync(file, JSON.stringify(entries));
  const script = join(import.meta.dirname, 'pytorch', 'answer.py');
  const { code, output } = await execute(python, ['-W', 'ignore', '-B', script, file]);
  if (code !== 0) throw internal(`the PyTorch side of the oracle failed\n${output}`);
}

/** Writes our answer to question i to `<i>.<engine>`. False where the engine does not work here. */
async function askOurs({ engine }: Side, folder: string): Promise<boolean> {
  const script = join(import.meta.dirname, 'ours', 'main.ts');
  const { code, output } = await execute(process.execPath, [...process.execArgv, script, engine, folder]);
  if (code === notHere) {
    remarks.push(`${engine} was skipped: ${lastLine(output)}`);
    return false;
  }
  // A crash of a native library is told by its exit code alone; what was answered before it is compared all the same.
  if (code !== 0) remarks.push(`${engine} ended with ${code ?? 'a signal'}: ${output.trim()}`);
  return true;
}

/** Prints a table of one question: a line for each check, a column for each engine, one for PyTorch's rounding. */
function report(
  question: AnyQuestion,
  index: number,
  folder: string,
  missing: ReadonlySet<EngineName>,
): void {
  const list = checksOf(question);
  const theirs = readTensors(join(folder, `${index}.float64`));
  const rounded = readTensors(join(folder, `${index}.float32`));
  const columns = sides.map((side) => {
    const file = join(folder, `${index}.${side.engine}`);
    return { ...side, ours: existsSync(file) ? readTensors(file) : undefined };
  });
  const failures: string[] = [];
  const fail = (text: string) => {
    counts.failed++;
    failures.push(`  FAILED  ${text}`);
  };
  const engines = columns.map(({ engine }) => engine);
  say(`\n${question.title}`);
  say(row('', [...engines, 'PyTorch float32']));
  for (const check of list) {
    const cells = columns.map(({ engine, tolerance, ours }) => {
      if (ours === undefined) {
        const skipped = missing.has(engine);
        counts[skipped ? 'skipped' : 'failed']++;
        return skipped ? 'skipped' : '! no answer';
      }
      const { ok, worst, where } = compare(ours, theirs, check, tolerance);
      const shown = worst.toExponential(1);
      if (ok) counts.passed++;
      else fail(`${check.title} on ${engine}: ${shown}, more than ${tolerance}; ${where}`);
      return `${ok ? '' : '! '}${shown}`;
    });
    const theirRounding = compare(rounded, theirs, check, Infinity).worst.toExponential(1);
    say(row(`  ${check.title}`, [...cells, theirRounding]));
  }
  for (const { engine, ours } of columns) {
    const [forgotten] = [...unchecked(theirs, list), ...unchecked(ours ?? new Map(), list)];
    if (forgotten !== undefined) fail(`no check on ${engine} is about ${forgotten}`);
  }
  failures.forEach(say);
}

function row(title: string, cells: readonly string[]): string {
  return title.padEnd(66) + cells.map((cell) => cell.padStart(17)).join('');
}
