/** All that is compared of a model: every runtime with the truth, beside each other, and what was asked for of each. */
import type { OnnxModel } from '../../proto/onnx.ts';
import { UnreadableModel } from '../../exporters/onnx/problems.ts';
import { messageOf, NascentError } from '../errors.ts';
import type { Reporter } from '../run/reporter.ts';
import type { AnyTensors } from '../runtime/any-tensor.ts';
import { nascentVersion } from '../run/versions.ts';
import type { RuntimeReport } from '../runtime/probe/probe.ts';
import { hostMemory } from '../runtime/probe/memory.ts';
import { runtimes, type RuntimeName } from '../runtime/registry.ts';
import { announce, announceLeftOut, askedPairs, isHeldToAny, otherPairs, unready } from './asked.ts';
import { answersIn, storedAnswers, storedName } from './against.ts';
import { answersOf, type Answers, type PairInputs } from './answers.ts';
import { extentsAdvice } from './extents/extents-advice.ts';
import { layersOf } from './every-value.ts';
import { chosenInNumber } from './chosen-values.ts';
import { besideReporter } from './beside-reporter.ts';
import { comparePair } from './compare-pair.ts';
import { searchPlan } from './search-plan.ts';
import { asFirst, type OtherFile, type OtherReport } from './other-file.ts';
import { laneOf, pairOf, standInName, standInWay, type Pair } from './pairs.ts';
import { besideEachOther, roomFor } from './processes/beside.ts';
import { openProcess } from './processes/spawn.ts';
import type { ModelUnderTest, Open, OpenModel } from './ways.ts';
import { remembered, truthsOf, type Truths } from './truth/truths.ts';
import type { Inputs } from './inputs.ts';
import { apartText, doublesText, gateOf, gateText, ownGate, stepsText, wholeText } from './gates.ts';
import { fewerAtOnce } from './fewer-values.ts';
import { bisectFiles } from './bisect/bisect-files.ts';
import { bisectWorst, caseAt, inputOf } from './bisect/bisect-worst.ts';
import { isCoarse, isDouble, precisionOf } from './coarse.ts';
import type { CheckedParityOrder } from './order.ts';
import type { SeededCase } from './seeded-inputs.ts';
import { identityOf, type ModelFile } from '../evaluate/model-file.ts';
import { missingOps } from './missing-ops.ts';
import { outcomeOf, unreadText, type PairReport, type ParityReport, type Unread } from './parity-report.ts';

/** A model, and what runtimes there are. */
export interface Subject {
  readonly file: ModelFile;
  /** Why there is no graph of it that is for anything it may be fed. */
  readonly refusal?: NascentError | undefined;
  /** The file that runtimes read the graph from, where it is another one. */
  readonly graphPath?: string;
  /** How a model is opened (default: in a process of its own, within the limits of the order). */
  readonly open?: Open;
  /** What there is, or what finds it out, also where no graph is read: that takes a while, and what is wrong with the inputs is said before. */
  readonly probed: readonly RuntimeReport[] | ((isRead: boolean) => Promise<readonly RuntimeReport[]>);
  /** The file that is compared with it, instead of runtimes with each other. */
  readonly other?: OtherFile | undefined;
}

export async function compareAll(
  subject: Subject & { readonly probed: readonly RuntimeReport[] },
  ready: ReadonlyMap<string, RuntimeReport>,
  { pair: inputs, seeded, real }: Inputs,
  stored: AnyTensors,
  resolved: CheckedParityOrder,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<ParityReport> {
  const started = performance.now();
  const { file, refusal, probed, graphPath, other } = subject;
  const model = { path: file.path, graphPath };
  const fewer = new Set<string>();
  const openIn = fewerAtOnce(subject.open ?? inProcesses(resolved), (text) => {
    fewer.add(text);
    reporter.note(text);
  });
  if (!ready.has('onnxruntime-cpu')) throw unready('onnxruntime-cpu', probed);
  const of = (name: RuntimeName) => {
    const { version = nascentVersion(), device = 'cpu' } = ready.get(name) ?? {};
    return { name, version, device };
  };
  const unread = refusal === undefined ? null : unreadOf(file, refusal);
  if (unread !== null) reporter.note(unreadText(unread));
  const asked =
    other === undefined ? askedPairs(resolved, ready, unread !== null) : otherPairs(resolved, ready);
  announce(asked, probed, other !== undefined, reporter);
  // In one process with us, libraries would be in each other's way.
  const room = (peak?: number) => (subject.open === undefined ? roomFor(peak) : 1);
  const truthsIn = (under: ModelUnderTest): Truths | undefined =>
    unread === null
      ? truthsOf(async () => openIn('reference', { what: 'truth' }, under, signal), room())
      : undefined;
  const answersTo = async (
    under: ModelUnderTest,
    cases: PairInputs,
    truths: Truths | undefined,
  ): Promise<Answers> =>
    answersOf(
      truths,
      async () => openIn(standInName, standInWay, under, signal),
      cases,
      resolved.slowSeconds,
      reporter,
      signal,
    );
  const against = resolved.against === 'reference' ? undefined : resolved.against;
  const againstOf = async (under: ModelUnderTest, cases: PairInputs, known: Answers): Promise<Answers> => {
    if (against === undefined) return known;
    const open = async () => openIn(against, pairOf(against).way, under, signal);
    return answersIn(against, open, cases, known, reporter, signal);
  };
  const comparedTo = async (truths: Truths | undefined) => {
    const known = await answersTo(model, inputs, truths).catch((error: unknown) => {
      throw refusedByAll(error, refusal, (why) => extentsAdvice(file.model, resolved.extents, why));
    });
    const answers =
      resolved.expected.length > 0 ? storedAnswers(stored, known) : await againstOf(model, inputs, known);
    const expected = other === undefined ? answers : onlyOutputs(answers, other.matching.outputs);
    const gate = gateOf(resolved, precisionOf(file.model), known.measured);
    const openPair = async ({ name, way }: Pair): Promise<OpenModel> => {
      if (other === undefined) return openIn(name, way, model, signal);
      const opened = await openIn(name, way, { path: other.file.path }, signal);
      return asFirst(opened, other.matching, other.matching.outputs);
    };
    // What is compared with is not compared. A search has to know what is right, and gates that somebody gave are not climbed;
    // where there are steps, whoever searches finds some number in the middle between two.
    const isAnother = ({ name }: Pair) =>
      other !== undefined || name !== standInName || expected.by !== standInName;
    const isHeld = isHeldToAny(resolved, expected);
    const compared = asked.filter((pair) => isAnother(pair) && isHeld(pair));
    const leftOut = asked.filter((pair) => !isHeld(pair)).map(({ name }) => name);
    announceLeftOut(leftOut, reporter);
    const searches =
      gate.kind === 'derived' &&
      (gate.by === 'float32' || gate.by === 'rough') &&
      expected.by === 'the truth' &&
      // Where numbers choose what comes out, whoever searches finds some that choose otherwise.
      known.seeded.every((answer) => answer?.chosen === undefined) &&
      seeded.files === undefined &&
      resolved.climb > 0;
    const climbing =
      searches && truths !== undefined
        ? searchPlan(resolved, remembered(truths.measure), known.workAnInput * compared.length)
        : undefined;
    // Nothing to compare with: each is asked once, so that it is known who can run it. What one took, two at once may not have.
    const lost = expected.by === known.by ? known.lost : undefined;
    const atOnce = lost === undefined ? room(known.peak) : 1;
    const chosen = chosenInNumber(file.model);
    const isBeside = atOnce > 1 && compared.length > 1;
    if (isBeside) reporter.stage('parity', `${compared.length} runtimes against ${expected.by}`);
    const beside = isBeside ? besideReporter(reporter, compared.length) : undefined;
    const [searched, failedOn] = [new Map<string, SeededCase>(), new Map<string, number>()];
    const pairs = await besideEachOther(
      compared,
      { atOnce, weight: ({ slow }) => (slow ? 1 : 0), lane: laneOf },
      async (pair, place): Promise<PairReport> => {
        const report = ready.get(pair.runtime);
        const { version = '', device = '' } = report ?? {};
        const { slowSeconds } = resolved;
        const note = browserNote(report);
        const recorded = other === undefined && pair.name === standInName ? known.standIn : undefined;
        const open = async () => {
          if (lost === undefined) return openPair(pair);
          if (pair.name === standInName) throw lost;
          const opened = await openPair(pair);
          for (const { feeds } of inputs.seeded.slice(0, 1)) await opened.run(feeds);
          return opened;
        };
        const task = {
          pair,
          version,
          device,
          note,
          gate: ownGate(gate, file.model, pair),
          slowSeconds,
          chosen,
          climbing,
          recorded,
          open,
          searched: (worst: SeededCase) => searched.set(pair.name, worst),
          failedOn: (at: number) => failedOn.set(pair.name, Math.min(at, failedOn.get(pair.name) ?? at)),
        };
        const compared = await comparePair(task, inputs, expected, beside?.of(place) ?? reporter, signal);
        beside?.done(place);
        return { ...compared, failures: [...compared.failures, ...lacks(other)] };
      },
    );
    return { expected, gate, pairs, leftOut, searched, failedOn, atOnce };
  };
  const truths = truthsIn(model);
  const { expected, gate, pairs, leftOut, searched, failedOn, atOnce } = await comparedTo(truths).finally(
    () => truths?.dispose(),
  );
  const worstOf = async (pair: PairReport) => inputOf(pair, { inputs, answers: expected, searched });
  // Values that are usual come first, and show where a fault is; extremes may show it only where it has spread.
  const firstOf = async (pair: PairReport) => {
    const place = failedOn.get(pair.name);
    return place === undefined ? worstOf(pair) : caseAt(place, { inputs, answers: expected });
  };
  const layerAnswers = async (under: ModelUnderTest, cases: PairInputs): Promise<Answers> => {
    const layerTruths = truthsIn(under);
    const answers = answersTo(under, cases, layerTruths).finally(() => layerTruths?.dispose());
    return againstOf(under, cases, await answers);
  };
  const wantsLayers = resolved.layers || other !== undefined;
  const layers = wantsLayers
    ? await layersOf({
        file,
        model,
        other,
        asked: asked.filter(({ name }) => !leftOut.includes(name)),
        atOnce,
        openIn,
        answersTo: layerAnswers,
        inputs,
        pairs,
        inputOf: firstOf,
        resolved,
        reporter,
        signal,
      })
    : undefined;
  const filesBisected =
    resolved.bisect === undefined || other === undefined
      ? undefined
      : await bisectFiles({
          file,
          model,
          other,
          asked,
          pairs,
          inputs,
          answersTo: layerAnswers,
          inputOf: worstOf,
          openIn,
          resolved,
          reporter,
          signal,
        });
  const bisected =
    resolved.bisect === undefined || other !== undefined
      ? undefined
      : await bisectWorst(resolved.bisect, {
          file,
          model,
          asked,
          pairs,
          inputs,
          answers: expected,
          searched,
          resolved,
          openIn,
          reporter,
          signal,
        });
  return {
    model: identityOf(file),
    ...(other !== undefined && { other: otherReport(other) }),
    ...baselineOf(expected, against, of),
    truth: { inputs: expected.truths, why: expected.untold },
    seeded: answeredOf(seeded, inputs, expected),
    gate:
      gateText(gate) +
      (isDouble(file.model) ? doublesText(gate) : '') +
      (givesWholes(file.model) ? wholeText(gate) : '') +
      stepsText(gate) +
      apartText(gate),
    unread,
    ...(leftOut.length > 0 && { leftOut }),
    // Of the images, those that could be read.
    real:
      inputs.real === undefined
        ? real
        : { dataset: inputs.real.source.name, images: expected.real?.shape[0] ?? 0 },
    pairs,
    ...(layers !== undefined && { layers }),
    ...(fewer.size > 0 && { fewer: [...fewer] }),
    ...(bisected !== undefined && { bisect: bisected }),
    ...(filesBisected !== undefined && { bisectFiles: filesBisected }),
    unavailable: probed.flatMap((report) =>
      report.status === 'unavailable'
        ? [{ runtime: report.name, reason: report.reason, fix: report.fix }]
        : [],
    ),
    seconds: (performance.now() - started) / 1000,
    outcome: outcomeOf(pairs),
  };
}

function givesWholes({ graph }: OnnxModel): boolean {
  return graph.outputs.some(({ type }) => type.kind === 'tensor' && /^(u?int|bool)/.test(type.dtype));
}

/** What was drawn, without the kinds that nothing is known of. */
function answeredOf(
  seeded: ParityReport['seeded'],
  { seeded: cases }: PairInputs,
  { seeded: answers }: Answers,
): ParityReport['seeded'] {
  if (seeded.kinds === undefined) return seeded;
  const known = new Set(cases.filter((_, i) => answers[i] !== undefined).map(({ label }) => label));
  return { ...seeded, kinds: seeded.kinds.filter((kind) => known.has(kind)) };
}

/** What the others were measured against. */
function baselineOf(
  { by, truths }: Answers,
  against: RuntimeName | undefined,
  of: (name: RuntimeName) => ParityReport['baseline'],
): Pick<ParityReport, 'baseline' | 'against'> {
  if (against !== undefined) return { baseline: of(against), against: 'runtime' };
  if (by === storedName) {
    return { baseline: { name: storedName, version: '', device: 'a file' }, against: 'stored outputs' };
  }
  return { baseline: truths > 0 ? of('reference') : { ...of('onnxruntime-cpu'), name: standInName } };
}

function inProcesses({ timeout: seconds, memory = hostMemory() / 2 }: CheckedParityOrder): Open {
  return async (name, way, model, signal) => openProcess(name, way, model, { seconds, memory }, signal);
}

/** What was found of a browser is of what it computes, too; what was found of others is of how fast they train. */
function browserNote(report: RuntimeReport | undefined): string | undefined {
  if (report?.status !== 'ready') return undefined;
  return runtimes[report.name].where === 'in a browser' ? report.note : undefined;
}

function lacks(other: OtherFile | undefined): readonly string[] {
  return (other?.matching.missingOutputs ?? []).map((name) => `the other file has no output "${name}"`);
}

/** Answers without the outputs that another file does not have. */
function onlyOutputs(answers: Answers, names: ReadonlyMap<string, string>): Answers {
  return {
    ...answers,
    seeded: answers.seeded.map(
      (answer) =>
        answer && {
          ...answer,
          outputs: new Map([...answer.outputs].filter(([name]) => names.has(name))),
        },
    ),
  };
}

function otherReport({ file, matching }: OtherFile): OtherReport {
  const { notes, weights, missingOutputs, moreOutputs, values, unmatched, otherUnmatched } = matching;
  return {
    model: identityOf(file),
    coarse: isCoarse(file.model),
    notes,
    weights,
    missingOutputs,
    moreOutputs,
    matched: values.size,
    unmatched,
    otherUnmatched,
  };
}

/** Where a file is not read here and onnxruntime does not run it either, both say why; and what may be the matter with the inputs. */
function refusedByAll(
  error: unknown,
  refusal: NascentError | undefined,
  advise: (why: string) => string,
): unknown {
  if (!(error instanceof NascentError)) return error;
  const message = refusal === undefined ? error.message : `${refusal.message}\n${messageOf(error)}`;
  const advice = error.code === 'runtime/failed' ? advise(message) : '';
  if (refusal === undefined && advice === '') return error;
  const { help, code } = refusal ?? error;
  return new NascentError(code, message, {
    help: advice === '' ? help : `${help} ${advice}`,
    cause: error,
  });
}

function unreadOf({ model }: ModelFile, refusal: NascentError): Unread {
  const { cause } = refusal;
  const problems =
    cause instanceof UnreadableModel ? cause.problems.map(({ text }) => text) : [refusal.message];
  return { reason: refusal.message, missing: missingOps(model), problems };
}
