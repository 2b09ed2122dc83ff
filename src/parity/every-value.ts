/** Every value in between, of all that are compared, on the input on which a runtime failed worst; on the first, where none did. */
import type { ModelFile } from '../evaluate/model-file.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Answers, PairInputs } from './answers.ts';
import { precisionOf } from './coarse.ts';
import { gateOf } from './gates.ts';
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
  /** The input on which a runtime failed worst. */
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
    for (const group of groups) reports.push(...(await layersOn(task, exposed, group)));
    const place = (report: LayerReport) => asked.findIndex(({ name }) => name === report.name);
    return reports.toSorted((a, b) => place(a) - place(b));
  });
}

interface Group {
  readonly input: SeededCase;
  readonly names: ReadonlySet<string>;
}

/** Which runtimes are traced on which input: each that failed on its own worst, the others on that of the worst of all. */
async function byInput({ asked, inputs, pairs, inputOf }: LayerTask): Promise<readonly Group[]> {
  const failed = pairs
    .filter(({ failures, elements }) => failures.length > 0 && elements > 0)
    .toSorted((a, b) => badness(b) - badness(a));
  const groups: { readonly input: SeededCase; readonly names: Set<string> }[] = [];
  const left = new Set(asked.map(({ name }) => name));
  for (const pair of failed) {
    const input = await inputOf(pair);
    let group = groups.find((one) => one.input.feeds === input.feeds);
    if (group === undefined) groups.push((group = { input, names: new Set() }));
    group.names.add(pair.name);
    left.delete(pair.name);
  }
  const [first] = inputs.seeded;
  const [worst = first === undefined ? undefined : { input: first, names: new Set<string>() }] = groups;
  if (worst === undefined) return [];
  for (const name of left) worst.names.add(name);
  return groups.length === 0 ? [worst] : groups;
}

async function layersOn(
  task: LayerTask,
  exposed: ModelUnderTest,
  { input, names }: Group,
): Promise<readonly LayerReport[]> {
  const { file, other, asked, openIn, answersTo, resolved, reporter, signal } = task;
  const known = await answersTo(exposed, { seeded: [input], real: undefined });
  const [answer] = known.seeded;
  if (answer === undefined) return [];
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
      const report = await compareLayers(pair, open, file.model, input, answer, gate, other !== undefined);
      reporter.progress(++done, compared.length, 'runtimes');
      return report;
    });
  };
  return other === undefined
    ? compareIn(exposed)
    : withValues({ path: other.file.path }, other.file.model, compareIn);
}
