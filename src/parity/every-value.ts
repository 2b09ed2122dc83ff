/** Every value in between, of all that are compared, on the first input on which a runtime failed, or the first of all. */
import { NascentError } from '../errors.ts';
import type { ModelFile } from '../evaluate/model-file.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Answers, PairInputs } from './answers.ts';
import { precisionOf } from './coarse.ts';
import { gateOf, ownGate } from './gates.ts';
import { compareLayers, type LayerReport } from './layers.ts';
import type { CheckedParityOrder } from './order.ts';
import { asFirst, type OtherFile } from './other-file.ts';
import { badness, type PairReport } from './parity-report.ts';
import { besideEachOther } from './processes/beside.ts';
import { laneOf, standInName, type Pair } from './pairs.ts';
import type { SeededCase } from './seeded-inputs.ts';
import { withValues } from './values.ts';
import type { ModelUnderTest, Open } from './ways.ts';

export interface LayerTask {
  readonly file: ModelFile;
  readonly model: ModelUnderTest;
  readonly other: OtherFile | undefined;
  readonly asked: readonly Pair[];
  /** How many runtimes at once. */
  readonly atOnce: number;
  readonly openIn: Open;
  readonly answersTo: (model: ModelUnderTest, cases: PairInputs) => Promise<Answers>;
  readonly inputs: PairInputs;
  /** What came of the comparison of outputs. */
  readonly pairs: readonly PairReport[];
  /** The first input on which a runtime failed. */
  readonly inputOf: (pair: PairReport) => Promise<SeededCase>;
  readonly resolved: CheckedParityOrder;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** A report for each. */
export async function layersOf(task: LayerTask): Promise<readonly LayerReport[]> {
  const { file, model, asked } = task;
  const groups = await byInput(task);
  if (groups.length === 0) return [];
  return withValues(model, file.model, async (exposed) => {
    const reports: LayerReport[] = [];
    for (const group of groups) {
      for (const report of await layersOn(task, exposed, group)) reports.push(report);
    }
    return asked.flatMap(({ name }) => {
      const own = reports.filter((report) => report.name === name);
      const [earliest] = own.toSorted((one, other) => partsAt(one) - partsAt(other));
      return earliest ?? [];
    });
  });
}

/** How far down the file a runtime parts: an input may hide where, by clipping all of what is off there. */
function partsAt({ first, layers }: LayerReport): number {
  return first === null ? Infinity : layers.findIndex(({ value }) => value === first.value);
}

interface Group {
  readonly input: SeededCase;
  readonly names: ReadonlySet<string>;
}

/**
 * Which runtimes are traced on which input: each that failed where it did and on the first, which is a usual one; the others
 * where the worst of all failed.
 */
async function byInput({ asked, inputs, pairs, inputOf }: LayerTask): Promise<readonly Group[]> {
  const failed = pairs
    .filter(({ failures, elements }) => failures.length > 0 && elements > 0)
    .toSorted((a, b) => badness(b) - badness(a));
  const groups: { readonly input: SeededCase; readonly names: Set<string> }[] = [];
  const trace = (input: SeededCase, name: string) => {
    const known = groups.find((one) => one.input.feeds === input.feeds);
    if (known === undefined) groups.push({ input, names: new Set([name]) });
    else known.names.add(name);
  };
  for (const pair of failed) trace(await inputOf(pair), pair.name);
  const [first] = inputs.seeded;
  const usual = groups[0]?.input ?? first;
  for (const { name } of asked) {
    const other = failed.some((pair) => pair.name === name) ? first : usual;
    if (other !== undefined) trace(other, name);
  }
  return groups;
}

/** Whether this is what came of asking: a runtime, or nobody, gives the values in between. */
export function isUnanswered(error: unknown): error is NascentError {
  return (
    error instanceof NascentError && (error.code === 'runtime/failed' || error.code === 'onnx/unsupported')
  );
}

/** What is said before the reason. */
export const unanswered = 'values in between are not known';

async function layersOn(
  task: LayerTask,
  exposed: ModelUnderTest,
  { input, names }: Group,
): Promise<readonly LayerReport[]> {
  const { file, other, asked, openIn, answersTo, resolved, reporter, signal } = task;
  const known = await answersTo(exposed, { seeded: [input], real: undefined }).catch((error: unknown) => {
    if (isUnanswered(error)) return error;
    throw error;
  });
  const error =
    known instanceof NascentError
      ? known.message
      : (known.lost?.message ?? known.untold ?? 'nothing is known');
  const answer = known instanceof NascentError ? undefined : known.seeded[0];
  if (known instanceof NascentError || answer === undefined) {
    const on = `${input.label}, batch ${input.batch}`;
    return asked
      .filter(({ name }) => names.has(name))
      .map(({ name }) => ({ name, input: on, layers: [], first: null, error: `${unanswered}: ${error}` }));
  }
  const gate = gateOf(resolved, precisionOf(file.model), known.measured);
  const compared = asked.filter(
    ({ name }) => names.has(name) && (other !== undefined || name !== standInName || known.truths > 0),
  );
  const compareIn = async (under: ModelUnderTest) => {
    let done = 0;
    reporter.stage('parity', 'every value in between');
    return besideEachOther(compared, { atOnce: task.atOnce, lane: laneOf }, async (pair) => {
      const open = async () => {
        const opened = await openIn(pair.name, pair.way, under, signal);
        return other === undefined ? opened : asFirst(opened, other.matching, other.matching.values);
      };
      const report = await compareLayers(
        pair,
        open,
        file.model,
        input,
        answer,
        ownGate(gate, file.model, pair),
        other !== undefined,
      );
      reporter.progress(++done, compared.length, 'runtimes');
      return report;
    });
  };
  return other === undefined
    ? compareIn(exposed)
    : withValues({ path: other.file.path }, other.file.model, compareIn);
}
