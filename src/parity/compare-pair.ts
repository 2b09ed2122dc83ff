/** One runtime against the truth, or what stands in for it, over all inputs, or as many as it has time for. */
import { NascentError } from '../errors.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { AnyTensor, AnyTensors } from '../runtime/any-tensor.ts';
import type { Check } from '../run/events.ts';
import type { Reporter } from '../run/reporter.ts';
import { Meter } from '../learn/meter.ts';
import { addLogits } from '../tasks/images/measure.ts';
import { imageBatch, pause, type Answer, type Answers, type PairInputs, type Recorded } from './answers.ts';
import { climb, searchedName, type Climb, type Off } from './climb.ts';
import { Comparison, together, type Allowance, type Distances } from './comparison.ts';
import type { Pair } from './pairs.ts';
import type { OpenModel } from './ways.ts';
import { alike, OtherKind } from './alike.ts';
import { allowanceOf, type Gate } from './gates.ts';
import { emptyTally, notesOn, type Tally } from './tally.ts';
import { imageFeeds, logitsOf } from '../evaluate/image-batches.ts';
import { climbFailures, failuresOf, type PairReport } from './parity-report.ts';
import type { RealImages } from './real-inputs.ts';
import { choicesOf } from './chosen-rows.ts';
import { inOrderOf } from './ranked-rows.ts';
import { feedsFrom, type SeededCase } from './seeded-inputs.ts';
import { usedText } from './render-layers.ts';
import type { SearchPlan } from './search-plan.ts';

export interface PairTask {
  readonly pair: Pair;
  readonly version: string;
  readonly device: string;
  /** Worth knowing of what it computes. */
  readonly note?: string | undefined;
  readonly gate: Gate;
  readonly slowSeconds: number;
  /** Outputs that have as many rows as numbers choose. */
  readonly chosen: ReadonlySet<string>;
  /** The search for its worst input; undefined for none. */
  readonly climbing?: SearchPlan | undefined;
  /** Is given the worst input that was found. */
  readonly searched?: (worst: SeededCase) => void;
  /** Is given the places of inputs on which it fails. */
  readonly failedOn?: (place: number) => void;
  /** What it said before, so that it is not asked again. */
  readonly recorded?: Recorded | undefined;
  /** Opens the model in the runtime. */
  readonly open: () => Promise<OpenModel>;
}

const noValues: AnyTensor = { dtype: 'float32', shape: [0], data: new Float32Array(0) };

/** What a runtime is held to, as a table that fills has it. */
export const columns = ['seeded inputs', 'real inputs', 'nearest to allowed'] as const;
type Column = (typeof columns)[number];

/** Most images for a runtime in plain JavaScript, and how many it gets at once. */
const slowImages = 64;
const slowBatch = 4;
/** Share of a slow runtime's time that is for seeded inputs. */
const seededShare = 1 / 3;

/**
 * Compares. What the runtime cannot do is a failure in the report.
 *
 * @throws the signal's reason when stopped; bugs of ours
 */
export async function comparePair(
  task: PairTask,
  inputs: PairInputs,
  expected: Answers,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<PairReport> {
  const { pair } = task;
  const started = performance.now();
  reporter.stage('parity', `${pair.name} against ${expected.by}`);
  const check = (column: Column, outcome: Check['outcome'], text: string) =>
    reporter.check({ row: pair.name, column, outcome, text });
  /** What it is at; where it cannot run, this is what fails. */
  let at: Column = 'seeded inputs';
  check(at, 'running', '');
  const tally = emptyTally();
  const notes: string[] = task.note === undefined ? [] : [task.note];
  let opened: OpenModel | undefined;
  const openOnce = async (): Promise<OpenModel> => {
    if (opened === undefined) {
      opened = await task.open();
      if (opened.note !== undefined) notes.push(opened.note);
    }
    return opened;
  };
  const run = async (feeds: AnyTensors): Promise<AnyTensors> => (await openOnce()).run(feeds);
  let error: string | undefined;
  let isStopped = false;
  let climbed: Climb | undefined;
  try {
    if (task.recorded === undefined) await openOnce();
    await compareSeeded(task, run, inputs.seeded, expected.seeded, tally, signal);
    const { used, notFinite, worst } = together(tally.outputs.values());
    const isFound = tally.misfound === undefined;
    const seededOutcome = used <= 1 && notFinite === 0 && isFound ? 'passed' : 'failed';
    // Inputs differ in what is allowed, so a difference alone would not tell.
    const share = notFinite > 0 ? 'NaN or infinite' : `${usedText(used)} used`;
    check('seeded inputs', seededOutcome, `${share} on ${tally.seededInputs}`);
    if (task.climbing !== undefined && tally.worst !== undefined && seededOutcome === 'passed') {
      reporter.stage('parity', `${pair.name}, a search for its worst input`);
      const { stepsFor, ...plan } = task.climbing;
      const off: Off = { used: Math.max(0, used), notFinite, worst };
      const { batch, weight } = tally.worst;
      const told = { ...plan, steps: stepsFor(batch * weight) };
      const found = await climb(told, run, task.gate, { ...tally.worst, off }, signal);
      climbed = found?.climb;
      if (found !== undefined) task.searched?.({ label: searchedName, batch, feeds: found.feeds });
    }
    if (inputs.real !== undefined && expected.real !== undefined) {
      at = 'real inputs';
      check(at, 'running', '');
      await compareReal(task, run, inputs.real, expected.real, tally, reporter, signal);
    }
  } catch (cause) {
    if (signal.aborted || !(cause instanceof NascentError)) throw cause;
    error = cause.message;
    isStopped = !(cause instanceof OtherKind);
  } finally {
    opened?.dispose();
  }
  const countOf = (isCounted: (answer: Answer) => boolean) =>
    inputs.seeded.reduce((sum, { batch }, i) => {
      const answer = expected.seeded[i];
      return sum + (answer !== undefined && isCounted(answer) ? batch : 0);
    }, 0);
  const seededOf = countOf((answer) => isHeldTo(pair, answer));
  const passedOver = countOf((answer) => !isHeldTo(pair, answer));
  const realOf = expected.real?.shape[0] ?? 0;
  const counted = { seededOf, realOf: inputs.real === undefined ? undefined : realOf, passedOver };
  for (const note of notesOn(tally, counted, expected.by, error === undefined)) notes.push(note);
  for (const note of notes) reporter.note(`${pair.name}: ${note}`);
  const distances = together(tally.outputs.values());
  const allowed = distances.worst?.allowed ?? 0;
  const outputs = [...tally.outputs].map(([name, comparison]) => ({ name, ...comparison.distances }));
  const { seededInputs, realImages } = tally;
  const found = {
    ...distances,
    gate: { absolute: allowed },
    outputs,
    seededInputs,
    realImages,
    top1Real: tally.real.agreement,
  };
  const unheld = error === undefined ? tally.held.failures : [];
  const failures = [
    ...failuresOf(found, error, task.gate),
    ...(tally.misfound === undefined ? [] : [tally.misfound]),
    ...unheld,
    ...climbFailures(climbed),
  ];
  const { agreement } = tally.real;
  if (error !== undefined) {
    check(at, 'failed', 'it could not run');
    if (at === 'seeded inputs') check('real inputs', 'skipped', 'not reached');
  } else if (inputs.real === undefined) check('real inputs', 'skipped', 'none');
  else {
    const isAgreed = agreement.agreed === agreement.total || distances.used <= 1;
    check('real inputs', isAgreed ? 'passed' : 'failed', `${agreement.agreed}/${agreement.total} same class`);
  }
  const report: PairReport = {
    name: pair.name,
    runtime: pair.runtime,
    version: task.version,
    device: task.device,
    runs: pair.runs,
    ...found,
    ...(climbed !== undefined && { climb: climbed }),
    ...(isStopped && { stopped: true }),
    ...(unheld.length > 0 && unheld.length === failures.length && { unheld: true }),
    seededOf,
    realOf,
    top1Seeded: tally.seeded.agreement,
    realCorrect: tally.realCorrect,
    seconds: (performance.now() - started) / 1000,
    note: notes.length === 0 ? null : notes.join('; '),
    failures,
  };
  reporter.check({
    row: pair.name,
    column: 'nearest to allowed' satisfies Column,
    outcome: failures.length === 0 ? 'passed' : 'failed',
    text: `${decisive(distances)}${failures.length === 0 ? '' : `: ${failures.join('; ')}`}`,
    figures: report,
  });
  return report;
}

/** The difference that decides, and what it is held to. */
function decisive({ worst, largestAbsolute }: Distances): string {
  if (worst === null) return largestAbsolute.toExponential(1);
  const { given, expected, allowed } = worst;
  return `${Math.abs(given - expected).toExponential(1)} of ${allowed.toExponential(1)}`;
}

/** What runs the graph cannot be held to numbers that no graph keeps. */
export function isHeldTo({ runs }: Pair, { isBeyondGraphs = false }: Answer): boolean {
  return !isBeyondGraphs || runs === 'the file';
}

async function compareSeeded(
  { pair, gate, slowSeconds, recorded, chosen: names, failedOn }: PairTask,
  run: (feeds: AnyTensors) => Promise<AnyTensors>,
  cases: readonly SeededCase[],
  expected: readonly (Answer | undefined)[],
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const budget = pair.slow ? 1000 * slowSeconds * seededShare : Infinity;
  let msPerInput = 0;
  let spent = 0;
  let before: AnyTensors | undefined;
  const choosing = choicesOf(expected, gate, names);
  for (const [i, one] of cases.entries()) {
    const answer = expected[i];
    if (answer === undefined || !isHeldTo(pair, answer)) continue;
    const { label, batch } = one;
    if (spent + msPerInput * batch > budget) break;
    const start = performance.now();
    const feeds = feedsFrom(one, before);
    const outputs: AnyTensors = recorded?.seeded[i] ?? (await run(feeds));
    before = outputs;
    spent += performance.now() - start;
    msPerInput = spent / (tally.seededInputs + batch);
    const chosen = choosing?.(outputs, answer);
    if (chosen !== undefined && chosen.otherwise > 0) {
      const { rows, of } = tally.otherwise;
      tally.otherwise = { rows: rows + chosen.otherwise, of: of + chosen.rows };
      if (chosen.otherwise > chosen.most) {
        tally.misfound ??=
          `${chosen.otherwise} of ${chosen.rows} rows of ${label}, batch ${batch}, are chosen otherwise, ` +
          `of which rounding accounts for ${chosen.most}`;
      }
    }
    const wantedOutputs = chosen?.wanted ?? answer.outputs;
    const { spreads } = answer;
    // Of a graph that is read the truth says how far each value may be off; what finds boxes is not read.
    const inOrder =
      gate.kind === 'share' && chosen === undefined
        ? inOrderOf(outputs, wantedOutputs, (name) =>
            allowanceOf(gate, name, wantedOutputs.get(name) ?? noValues, undefined),
          )
        : undefined;
    if (inOrder !== undefined) tally.reordered += batch;
    for (const [name, wanted] of wantedOutputs) {
      const spread = spreads?.get(name);
      const given = alike(name, (chosen?.given ?? inOrder ?? outputs).get(name), wanted);
      const where = (row: number) => `${label}, batch ${batch}, row ${row}`;
      const allowed = allowanceOf(gate, name, answer.outputs.get(name) ?? wanted, spread);
      // Of rows that were picked, what is said of each element is not said in their order.
      const allowance =
        chosen?.picked.has(name) === true
          ? { ...allowed, loose: undefined, undecided: undefined, parts: undefined }
          : allowed;
      if (gate.kind === 'derived') tally.held.add(name, wanted, allowed);
      const used = addTo(tally, name, given, wanted, allowance, where);
      if (used > 1) failedOn?.(i);
      if (used > tally.worstUsed) {
        const by = one.carries === undefined ? '' : `, as ${pair.name} goes on itself`;
        tally.worst = { feeds, batch, weight: one.weight ?? 1, name: `${i}${by}` };
        tally.worstUsed = used;
      }
      tally.seeded.add(given, wanted, where);
    }
    tally.seededInputs += batch;
    await pause(signal);
  }
}

async function compareReal(
  { pair, gate, slowSeconds, recorded }: PairTask,
  run: (feeds: AnyTensors) => Promise<AnyTensors>,
  { model, source }: RealImages,
  expected: Tensor,
  tally: Tally,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> {
  const [images = 0, classes = 0] = expected.shape;
  const compare = async (skip: number, end: number, batchSize: number): Promise<void> => {
    for await (const batch of imageFeeds(model, source, { skip, take: end - skip, batchSize })) {
      const [from, to] = [batch.first * classes, (batch.first + batch.size) * classes];
      const wanted = {
        ...expected,
        shape: [batch.size, classes],
        data: expected.data.subarray(from, to),
      };
      const known = recorded?.real;
      const given =
        known === undefined
          ? logitsOf(model, await run(batch.feeds), batch, classes)
          : { ...known, shape: wanted.shape, data: known.data.subarray(from, to) };
      const where = (row: number) => `test image ${batch.first + row}`;
      addTo(tally, model.output, given, wanted, allowanceOf(gate, model.output, wanted, undefined), where);
      tally.real.add(given, wanted, where);
      tally.realImages += batch.size;
      tally.realCorrect += correctOf(given, batch.labels);
      reporter.progress(tally.realImages, planned, 'img');
      await pause(signal);
    }
  };
  let planned = images;
  if (!pair.slow) {
    await compare(0, images, imageBatch);
    return;
  }
  const first = Math.min(model.batch ?? 1, images);
  planned = Math.min(slowImages, images);
  const start = performance.now();
  await compare(0, first, first);
  const msPerImage = (performance.now() - start) / first;
  const affordable = Math.floor((1000 * slowSeconds * (1 - seededShare)) / msPerImage);
  planned = Math.min(images, Math.max(first, Math.min(slowImages, affordable)));
  if (planned > first) await compare(first, planned, slowBatch);
}

/** The share of its allowance that was used. */
function addTo(
  { outputs }: Tally,
  name: string,
  given: AnyTensor,
  wanted: AnyTensor,
  allowance: Allowance,
  where: (row: number) => string,
): number {
  const own = outputs.get(name) ?? new Comparison();
  outputs.set(name, own);
  return own.add(name, given, wanted, allowance, where);
}

/** How many rows of logits [N, classes] are largest at their label. */
function correctOf(logits: Tensor, labels: Int32Array): number {
  const meter = new Meter();
  addLogits(meter, logits, labels);
  return Math.round(meter.accuracy * meter.count);
}
