/**
 * Files that PyTorch's exporters and onnxruntime's tools write, read here: `npm run test:oracle:exported [PATTERN]`.
 *
 * Small networks of the families that people deploy are exported by both of PyTorch's exporters at several operator
 * sets. Each file must be sound to `nascent check`, with the types of all values inferred; the reference runtime, TensorFlow
 * and onnxruntime must give what PyTorch gives in double precision. What they may be off is 16 times what PyTorch's own
 * single precision is off, as `nascent parity` allows; the reference is held to no less, because exporters fold
 * constants in single precision. Files of fewer bits are not what PyTorch computed: runtimes are held against the
 * reference, within two hundredths of the largest value, or a quarter of what fewer bits have cost.
 *
 * PYTHON says which Python has the packages (default: .oracle-venv, else python3). A package that is missing skips its
 * files. Ends with one line: N passed, N failed, N skipped.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCodes } from '../../../src/errors.ts';
import { checkModel } from '../../../src/onnx/check-model.ts';
import { numbersOf } from '../../../src/tensors/numbers.ts';
import { readTensorFile } from '../../../src/tensors/tensor-file.ts';
import { spreadMultiple } from '../../../src/parity/gates.ts';
import type { RuntimeName } from '../../../src/runtime/registry.ts';
import { execute, findEnvironment, lastLine } from '../environment.ts';
import { notHere } from '../exit-code.ts';
import { readMade, type Made } from './made.ts';

type File = Extract<Made, { kind: 'file' }>;

const columns: readonly RuntimeName[] = ['reference', 'tfjs-node-gpu', 'onnxruntime-cpu'];
/** Half a unit in the last place of a float32: agreement beyond it is luck. */
const halfUnit = 2 ** -24;
/** Eight bits, or eleven, of which a few steps are a hundredth. */
const coarseShare = 2e-2;
/** Or this share of what fewer bits have cost: kernels that do several ops at once leave out some of the roundings. */
const coarseCost = 0.25;

/** Rules that onnxruntime's tools break: the check must say so, and the files are read all the same. */
const brokenRules: readonly (readonly [name: RegExp, fault: RegExp])[] = [
  [/-fp16$/, /which is made only later$/],
  [/-optimised$/, /only onnxruntime has the op LayerNormalization before opset 17/],
];

/** Files that end onnxruntime's process, in Python as well, where it optimises them. */
const crashing: readonly (readonly [name: RegExp, runtime: RuntimeName])[] = [
  [/^vit-fp16$/, 'onnxruntime-cpu'],
];

const counts = { passed: 0, failed: 0, skipped: 0 };
const failures: string[] = [];
const say = (line: string) => console.log(line);
const row = (cells: readonly string[]) =>
  [(cells[0] ?? '').padEnd(30), ...cells.slice(1).map((cell) => cell.padEnd(16))].join('').trimEnd();

const found = await findEnvironment();
const python = process.env['PYTHON'] ?? (found.kind === 'ready' ? found.python : 'python3');
const root = mkdtempSync(join(tmpdir(), 'nascent-exported-'));
try {
  const script = join(import.meta.dirname, 'export.py');
  const wrote = await execute(python, ['-W', 'ignore', '-B', script, root, ...process.argv.slice(2, 3)]);
  if (wrote.code === 0) await judge(readMade(root));
  else {
    counts.skipped++;
    say(`${python} cannot export: ${lastLine(wrote.output)}`);
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}
for (const failure of failures) say(`FAILED  ${failure}`);
say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? exitCodes.done : exitCodes.failed;

async function judge(made: readonly Made[]): Promise<void> {
  const missing = await Promise.all(columns.map(async (runtime) => ((await ask(runtime)) ? [] : [runtime])));
  const absent = new Set(missing.flat());
  say(row(['', 'check', ...columns, 'PyTorch float32']));
  for (const one of made) {
    if (one.kind === 'file') await report(one, absent);
    else if (one.kind === 'skipped') {
      counts.skipped++;
      say(row([one.name, `skipped: ${one.reason}`]));
    } else fail(`${one.name}: the exporter failed: ${one.reason}`);
  }
}

/** False where the runtime does not work here. */
async function ask(runtime: RuntimeName): Promise<boolean> {
  const script = join(import.meta.dirname, 'answer.ts');
  // One that crashes is asked for the files after the one it crashed on.
  for (let crashes = 0; crashes < 5; crashes++) {
    const { code, output } = await execute(process.execPath, [...process.execArgv, script, runtime, root]);
    if (code === notHere) say(`${runtime} is skipped: ${lastLine(output)}`);
    if (code === 0 || code === notHere) return code === 0;
  }
  return true;
}

function fail(text: string): void {
  counts.failed++;
  failures.push(text);
}

/** A line of the table: the largest difference of each runtime as a share of the largest value. */
async function report(file: File, absent: ReadonlySet<RuntimeName>): Promise<void> {
  const folder = join(root, file.name);
  const checked = await checkModel(join(folder, 'model.onnx'));
  const rule = brokenRules.find(([name]) => name.test(file.name))?.[1];
  const problems = [
    ...checked.faults.filter((fault) => rule?.test(fault) !== true),
    ...checked.notes.filter((note) => note.includes('not inferred')),
  ];
  if (problems.length === 0) counts.passed++;
  else fail(`${file.name}: check: ${problems.join('; ')}`);

  const truth = await outputsOf(folder, file.precision === 'coarse' ? 'reference' : 'float64', file.outputs);
  const single = await outputsOf(folder, 'float32', file.outputs);
  const torch = await outputsOf(folder, 'float64', file.outputs);
  if (truth?.some((one) => largest(one) === 0))
    fail(`${file.name}: an output is 0 everywhere, which tells nothing`);
  const cells: string[] = [];
  for (const runtime of columns) {
    const error = join(folder, `${runtime}.error`);
    const given = await outputsOf(folder, runtime, file.outputs);
    const known = crashing.some(([name, of]) => name.test(file.name) && of === runtime);
    if (absent.has(runtime) || (known && given === undefined)) {
      counts.skipped++;
      cells.push(absent.has(runtime) ? 'skipped' : 'crashes');
    } else if (given === undefined || truth === undefined) {
      fail(`${file.name} on ${runtime}: ${existsSync(error) ? readFileSync(error, 'utf8') : 'no answer'}`);
      cells.push('! no answer');
    } else cells.push(judged(file, runtime, truth, given, { single, torch }));
  }
  const rounding = truth === undefined || single === undefined ? '' : share(truth, single).toExponential(1);
  say(row([file.name, problems.length === 0 ? 'sound' : '! faulty', ...cells, rounding]));
}

type Outputs = readonly ArrayLike<number>[];

function judged(
  file: File,
  runtime: RuntimeName,
  truth: Outputs,
  given: Outputs,
  { single, torch }: { readonly single: Outputs | undefined; readonly torch: Outputs | undefined },
): string {
  const wrong = truth.flatMap((expected, i) => {
    const ours = given[i] ?? [];
    const size = largest(expected);
    const rounding = difference(expected, single?.[i] ?? expected);
    const allowed =
      file.precision === 'coarse'
        ? Math.max(coarseShare * size, coarseCost * difference(expected, torch?.[i] ?? expected))
        : spreadMultiple * Math.max(rounding, halfUnit * size);
    const off = difference(expected, ours);
    return off <= allowed
      ? []
      : [`output ${i} is off by ${off.toExponential(2)}, more than ${allowed.toExponential(2)}`];
  });
  const shown = share(truth, given).toExponential(1);
  if (wrong.length === 0) {
    counts.passed++;
    return shown;
  }
  fail(`${file.name} on ${runtime}: ${wrong.join('; ')}`);
  return `! ${shown}`;
}

async function outputsOf(folder: string, kind: string, count: number): Promise<Outputs | undefined> {
  const files = Array.from({ length: count }, (_, i) => join(folder, `${kind}_${i}.pb`));
  if (!files.every((file) => existsSync(file))) return undefined;
  return Promise.all(
    files.map(async (file) => {
      const tensor = await readTensorFile(file);
      return (tensor.dtype === 'string' ? undefined : numbersOf(tensor)) ?? [];
    }),
  );
}

function share(truth: Outputs, given: Outputs): number {
  return Math.max(...truth.map((one, i) => difference(one, given[i] ?? []) / (largest(one) || 1)));
}

/** Infinite where the two are not of one length, or one is no number. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const off = Math.abs((a[i] ?? 0) - (b[i] ?? 0));
    if (!(off <= most)) most = Number.isNaN(off) ? Infinity : off;
  }
  return most;
}

function largest(values: ArrayLike<number>): number {
  return difference(values, new Float64Array(values.length));
}
