/**
 * The oracle: what Nascent computes, against a PyTorch implementation written for this purpose alone.
 *
 * Both sides get the same weights, alphas and batches. The reference runtime computes in double precision, as does
 * PyTorch, and the two must agree to 1e-9: that is equality of the mathematics. The fast runtimes compute in single
 * precision, and must agree with PyTorch in single precision to 1e-4. Differences are relative to the largest number of
 * each tensor. See README.md beside this file.
 *
 * Where PyTorch cannot be installed, everything counts as skipped. Ends with one line: N passed, N failed, N skipped.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineNames, openEngine, type EngineName } from '../../src/runtime/engine.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { checks, compare, unchecked } from './compare.ts';
import { execute, prepareEnvironment } from './environment.ts';
import { readTensors, writeTensors } from './exchange.ts';
import type { Answer } from './ours/answer.ts';
import { answerEvaluation } from './ours/evaluation.ts';
import { answerSupernet } from './ours/supernet.ts';
import { forTorch, questions, type Question } from './questions.ts';

type Precision = 'float64' | 'float32';

interface Side {
  readonly engine: EngineName;
  readonly precision: Precision;
  readonly tolerance: number;
}

const sides: readonly Side[] = engineNames
  .filter((engine) => engine !== 'tfjs-cpu')
  .map((engine) =>
    engine === 'reference'
      ? { engine, precision: 'float64', tolerance: 1e-9 }
      : { engine, precision: 'float32', tolerance: 1e-4 },
  );

const say = (line: string) => console.log(line);
const counts = { passed: 0, failed: 0, skipped: 0 };
const remarks: string[] = [];

const list = questions();
const environment = await prepareEnvironment(say);
if (environment.kind === 'missing') {
  for (const { kind } of list) counts.skipped += sides.length * checks[kind].length;
  remarks.push(`PyTorch cannot be installed here, so nothing was compared: ${environment.reason}`);
} else {
  say(`PyTorch ${environment.version}; differences relative to the largest number of each tensor`);
  const folder = mkdtempSync(join(tmpdir(), 'nascent-oracle-'));
  try {
    const answers = await askTorch(environment.python, list, folder);
    const runtimes = await openRuntimes();
    for (const question of list) await report(question, answers(question), runtimes);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
for (const remark of remarks) say(remark);
say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(counts.failed === 0 ? 0 : 1);

/** PyTorch's answers to all questions, in both precisions, by one process. */
async function askTorch(
  python: string,
  asked: readonly Question[],
  folder: string,
): Promise<(question: Question) => (precision: Precision) => Answer> {
  const pathOf = (question: Question, what: string) => join(folder, `${asked.indexOf(question)}.${what}`);
  const entries = asked.map((question) => {
    const { spec, given } = forTorch(question);
    writeTensors(pathOf(question, 'given'), given);
    const answers = { float64: pathOf(question, 'float64'), float32: pathOf(question, 'float32') };
    return { ...spec, given: pathOf(question, 'given'), answers };
  });
  const file = join(folder, 'questions.json');
  writeFileSync(file, JSON.stringify(entries));
  const script = join(import.meta.dirname, 'pytorch', 'answer.py');
  const { code, output } = await execute(python, ['-W', 'ignore', '-B', script, file]);
  if (code !== 0) throw new Error(`internal: the oracle's PyTorch side failed\n${output}`);
  return (question) => (precision) => readTensors(pathOf(question, precision));
}

async function openRuntimes(): Promise<ReadonlyMap<EngineName, Runtime>> {
  const opened = new Map<EngineName, Runtime>();
  for (const { engine } of sides) {
    try {
      opened.set(engine, (await openEngine(engine)).runtime);
    } catch (error) {
      remarks.push(`skipped: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return opened;
}

/** Runs one question everywhere and prints a table: a line for each check, a column for each runtime. */
async function report(
  question: Question,
  theirs: (precision: Precision) => Answer,
  runtimes: ReadonlyMap<EngineName, Runtime>,
): Promise<void> {
  const columns: { readonly side: Side; readonly ours: Answer | undefined; readonly theirs: Answer }[] = [];
  for (const side of sides) {
    const runtime = runtimes.get(side.engine);
    const ours = runtime === undefined ? undefined : await answerOurs(runtime, question);
    columns.push({ side, ours, theirs: theirs(side.precision) });
  }
  const failures: string[] = [];
  say('');
  say(
    row(
      question.title,
      columns.map(({ side }) => side.engine),
    ),
  );
  for (const check of checks[question.kind]) {
    const cells = columns.map(({ side, ours, theirs }) => {
      if (ours === undefined) {
        counts.skipped++;
        return 'skipped';
      }
      const { ok, worst, where } = compare(ours, theirs, check, side.tolerance);
      counts[ok ? 'passed' : 'failed']++;
      if (!ok)
        failures.push(
          `  FAILED ${side.engine}, ${check.title}: ${worst.toExponential(1)} > ${side.tolerance} in ${where}`,
        );
      return `${worst.toExponential(1)}${ok ? '  ' : ' !'}`;
    });
    say(row(`  ${check.title}`, cells));
  }
  for (const { side, ours, theirs } of columns) {
    const forgotten = [
      ...unchecked(theirs, checks[question.kind]),
      ...unchecked(ours ?? new Map(), checks[question.kind]),
    ];
    if (forgotten.length === 0) continue;
    counts.failed++;
    failures.push(`  FAILED ${side.engine}: no check is about ${forgotten[0]}`);
  }
  failures.forEach(say);
}

async function answerOurs(runtime: Runtime, question: Question): Promise<Answer> {
  return question.kind === 'supernet'
    ? answerSupernet(runtime, question)
    : answerEvaluation(runtime, question);
}

function row(title: string, cells: readonly string[]): string {
  return title.padEnd(64) + cells.map((cell) => cell.padStart(15)).join('');
}
