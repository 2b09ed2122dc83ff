/** Every value in between, of all that are compared, on the first input. */
import type { ModelFile } from '../evaluate/model-file.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Answers, PairInputs } from './answers.ts';
import { precisionOf } from './coarse.ts';
import { gateOf } from './gates.ts';
import { compareLayers, type LayerReport } from './layers.ts';
import type { CheckedParityOrder } from './order.ts';
import { asFirst, type OtherFile } from './other-file.ts';
import { besideEachOther } from './processes/beside.ts';
import { laneOf, standInName, type Pair } from './pairs.ts';
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
  readonly resolved: CheckedParityOrder;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** A report for each. */
export async function layersOf(task: LayerTask): Promise<readonly LayerReport[]> {
  const { file, model, other, asked, openIn, answersTo, inputs, resolved, reporter, signal } = task;
  const [first] = inputs.seeded;
  if (first === undefined) return [];
  return withValues(model, file.model, async (exposed) => {
    const known = await answersTo(exposed, { seeded: [first], real: undefined });
    const [answer] = known.seeded;
    if (answer === undefined) return [];
    const gate = gateOf(resolved, precisionOf(file.model), known.measured);
    const compared = asked.filter(
      ({ name }) => other !== undefined || name !== standInName || known.truths > 0,
    );
    const compareIn = async (under: ModelUnderTest) => {
      let done = 0;
      reporter.stage('parity', 'every value in between');
      return besideEachOther(compared, { atOnce: task.atOnce, lane: laneOf }, async (pair) => {
        const open = async () => {
          const opened = await openIn(pair.name, pair.way, under, signal);
          return other === undefined ? opened : asFirst(opened, other.matching, other.matching.values);
        };
        const report = await compareLayers(pair, open, file.model, first, answer, gate, other !== undefined);
        reporter.progress(++done, compared.length, 'runtimes');
        return report;
      });
    };
    return other === undefined
      ? compareIn(exposed)
      : withValues({ path: other.file.path }, other.file.model, compareIn);
  });
}
