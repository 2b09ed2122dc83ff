/** What a parity check found, as plain data (parity.json), and whether that is good enough. */
import type { Level } from '../data/text/tokens.ts';
import { NascentError } from '../errors.ts';
import type { RuntimeName } from '../runtime/runtime.ts';
import type { Climb } from './climb.ts';
import type { Agreement, Distances } from './comparison.ts';
import type { FilesBisectReport } from './bisect/bisect-files.ts';
import type { BisectReport } from './bisect/write-repro.ts';
import { wholeAllowance, type Gate } from './gates.ts';
import type { LayerReport } from './layers.ts';
import { showMissing, type MissingOp } from './missing-ops.ts';
import type { OtherReport } from './other-file.ts';
import type { SaidOfInputs } from './said-of-inputs.ts';
import type { ModelIdentity } from '../evaluate/model-file.ts';

/** What parity.json holds. */
export interface ParityReport {
  readonly model: ModelIdentity;
  /** The file that was compared with it, instead of runtimes with each other; absent where they were. */
  readonly other?: OtherReport;
  /** The reference, which is the truth; or what stood in for it. */
  readonly baseline: { readonly name: string; readonly version: string; readonly device: string };
  /** Whether it is instead a runtime that was named, or outputs that were stored; the truth is then among the others. */
  readonly against?: 'runtime' | 'stored outputs';
  /** Inputs of which the truth is known, and why of none, or of no more. */
  readonly truth: { readonly inputs: number; readonly why: string | null };
  readonly seeded: SaidOfInputs & {
    readonly seeds: readonly number[];
    readonly batches: readonly number[];
    /** Files that were given instead of all that is drawn. */
    readonly files?: readonly string[];
    /** Of the first batch, each once: zeros, ones, what is very large, what is hardly anything; what is longer. */
    readonly kinds?: readonly string[];
    /** Where the inputs are texts: the words of each slice, the hidden state carried from one to the next. */
    readonly lengths?: readonly number[];
    /** Where those words are characters. */
    readonly level?: Level;
  };
  readonly real: RealInputs;
  /** Why the file was not read as a graph, where it was not: then only runtimes that take the file were compared. */
  readonly unread: Unread | null;
  /** Runtimes that run the graph and were not compared, as it keeps the numbers of no input; absent where there are none. */
  readonly leftOut?: readonly string[];
  /** The sentence that explains what is allowed. */
  readonly gate: string;
  /** One for each runtime that was compared with the baseline. */
  readonly pairs: readonly PairReport[];
  /** Runtimes that are not ready here. */
  readonly unavailable: readonly {
    readonly runtime: RuntimeName;
    readonly reason: string;
    readonly fix: string;
  }[];
  /** Every value in between, of each runtime; absent where it was not asked for. */
  readonly layers?: readonly LayerReport[];
  /** Who could not be asked for all of them at once, in a sentence each; absent where all could. */
  readonly fewer?: readonly string[];
  /** The smallest part in which the worst runtime differs; absent where it was not asked for, or none differs. */
  readonly bisect?: BisectReport;
  /** The first place where two files part; absent where it was not asked for, or nothing differs. */
  readonly bisectFiles?: FilesBisectReport;
  readonly seconds: number;
  readonly outcome: 'passed' | 'failed' | 'nothing compared';
}

/** What is missing to read a file as a graph. */
export interface Unread {
  readonly reason: string;
  /** Ops that are not here, all of them; none where it is something else. */
  readonly missing: readonly MissingOp[];
  /** Each thing that is not read, with its op, attribute or type; absent in reports of older versions. */
  readonly problems?: readonly string[];
}

/** How many of the problems the sentence has; parity.json has all. */
const problemsShown = 5;

/** One sentence: which ops cannot be read, and why the file cannot. */
export function unreadText({ reason, missing, problems = [reason] }: Unread): string {
  if (missing.length === 0) return reason;
  const ops = missing.length === 1 ? 'the op' : 'the ops';
  const rest = problems.length - problemsShown;
  const why = [...problems.slice(0, problemsShown), ...(rest > 0 ? [`and ${rest} more`] : [])];
  return `${ops} ${showMissing(missing)} cannot be read here, so only onnxruntime runs it: ${why.join('; ')}`;
}

/** Images of a test split, or for a language model words, or characters, in slices that go on from each other; or why there are none. */
export type RealInputs =
  | { readonly dataset: string; readonly images: number }
  | { readonly dataset: null; readonly images: 0; readonly reason: string }
  | { readonly dataset: string; readonly words: number; readonly slices: number; readonly level?: Level }
  | { readonly dataset: null; readonly words: 0; readonly reason: string; readonly level?: Level };

/** One output, over all inputs. */
export interface OutputReport extends Distances {
  readonly name: string;
}

/** One runtime over all inputs: how far it is from what it is held to, and whether that is too far. */
export interface PairReport extends Distances {
  readonly name: string;
  /** Of the table of runtimes, or the path of a module. */
  readonly runtime: string;
  readonly version: string;
  readonly device: string;
  readonly runs: 'the file' | 'the graph read from it';
  /** Each output alone. */
  readonly outputs?: readonly OutputReport[];
  /** The search for an input on which it is further off; absent where there was none. Its figures are in no others. */
  readonly climb?: Climb;
  /** What is allowed where a runtime came closest to it, or went furthest beyond. */
  readonly gate: { readonly absolute: number };
  /** Inputs compared, each a row of a batch, and those there are: seeded ones, and of a language model real words, too. */
  readonly seededInputs: number;
  readonly seededOf: number;
  readonly realImages: number;
  readonly realOf: number;
  readonly top1Seeded: Agreement;
  readonly top1Real: Agreement;
  /** How many of the real images this runtime puts in their own class. */
  readonly realCorrect: number;
  readonly seconds: number;
  readonly note: string | null;
  /** Whether it could not run some input, and what comes after that was not compared. */
  readonly stopped?: boolean;
  /** Whether it fails for nothing but an output that float32 leaves as far open as it is large (`held.ts`). */
  readonly unheld?: boolean;
  /** A sentence for each reason why the pair fails; none where it passes. */
  readonly failures: readonly string[];
}

/** Why a pair fails. `error` is what the runtime said where it could not run at all. */
export function failuresOf(
  pair: Distances & Pick<PairReport, 'top1Real' | 'outputs' | 'seededInputs' | 'realImages'>,
  error: string | undefined,
  gate?: Gate,
): readonly string[] {
  const { worst, firstNotFinite, top1Real } = pair;
  const failures: string[] = [];
  if (error !== undefined) failures.push(error);
  else if (isEmpty(pair)) {
    const names = (pair.outputs ?? []).map(({ name }) => name).join(', ');
    failures.push(`every output is empty (${names}): nothing was compared`);
  } else if (pair.elements === 0) failures.push('no input was compared');
  else if (pair.notFiniteAlike === pair.elements) {
    failures.push('every value is NaN or infinite on both sides: nothing was compared');
  }
  if (pair.notFinite > 0 && firstNotFinite !== null) {
    const { at, output, index } = firstNotFinite;
    failures.push(
      `${pair.notFinite} values are NaN or infinite on one side only, first ${output}[${index}] of ${at}`,
    );
  }
  if (pair.used > 1 && worst !== null) {
    const { at, output, index, given, expected, allowed } = worst;
    const [is, against] = apart(given, expected);
    const place = `${output}[${index}] of ${at} is ${is} against ${against}`;
    if (gate?.kind === 'noise') {
      failures.push(
        `the signal is ${(pair.signalToNoise ?? 0).toFixed(1)} dB above the noise, and ${gate.decibels} dB are asked for: ${place}`,
      );
    } else
      failures.push(
        `off by ${Math.abs(given - expected).toExponential(1)} and ${allowed.toExponential(1)} allowed: ` +
          place,
      );
    if (top1Real.agreed < top1Real.total) failures.push(otherClass(top1Real));
  }
  return failures;
}

/** It gave no answer at all, which says nothing of whether it would differ. */
export function isNotRun(pair: PairReport): boolean {
  return pair.failures.length > 0 && pair.elements === 0 && !isEmpty(pair);
}

/** What it answered is as it should be; it fails for something else: an input that it cannot run. */
export function isOtherwise(pair: PairReport): boolean {
  return pair.stopped === true && pair.elements > 0 && badness(pair) <= 1;
}

function isDifferent(pair: PairReport): boolean {
  return !isNotRun(pair) && !isOtherwise(pair) && pair.unheld !== true;
}

/** Whether it answered, and no answer held a value. */
function isEmpty({
  elements,
  seededInputs,
  realImages,
}: Pick<PairReport, 'elements' | 'seededInputs' | 'realImages'>): boolean {
  return elements === 0 && seededInputs + realImages > 0;
}

/** Why an input that was searched for is too far off. */
export function climbFailures(climb: Climb | undefined): readonly string[] {
  if (climb === undefined || (climb.used <= 1 && climb.notFinite === 0)) return [];
  const { notFinite, worst } = climb;
  if (notFinite > 0) {
    return [`${notFinite} values are NaN or infinite on one side only of an input that was searched for`];
  }
  if (worst === null) return [];
  const { output, index, given, expected, allowed } = worst;
  const [is, against] = apart(given, expected);
  return [
    `off by ${Math.abs(given - expected).toExponential(1)} and ${allowed.toExponential(1)} allowed on an input that ` +
      `was searched for: ${output}[${index}] is ${is} against ${against}`,
  ];
}

/** Of real images that are put in another class. Where all values are within what is allowed, the two were as good as equal. */
export function otherClass({ agreed, total, firstDifferent }: Agreement): string {
  return `another class on ${total - agreed} of ${total} test images, first ${firstDifferent}`;
}

/** Two numbers with as many digits as it takes to tell them apart, seven at least. */
function apart(a: number, b: number): readonly [string, string] {
  for (let digits = 7; digits < 17; digits++) {
    const [x, y] = [a.toPrecision(digits), b.toPrecision(digits)];
    if (x !== y) return [x, y];
  }
  return [String(a), String(b)];
}

export function outcomeOf(pairs: readonly PairReport[]): ParityReport['outcome'] {
  if (pairs.every((pair) => pair.elements === pair.notFiniteAlike)) return 'nothing compared';
  return pairs.some((pair) => pair.failures.length > 0) ? 'failed' : 'passed';
}

/**
 * Returns where the report passed.
 *
 * @throws NascentError 'gate/failed' that names the worst pair and where to look further
 */
export function requireParity(report: ParityReport): void {
  if (report.outcome === 'passed') return;
  const { path } = report.model;
  const failed = report.pairs.filter((pair) => pair.failures.length > 0);
  const [worst] = failed.toSorted((a, b) => badness(b) - badness(a));
  if (worst === undefined || report.outcome === 'nothing compared') {
    const said = worst?.failures[0] ?? '';
    const by = worst === undefined || said.startsWith(worst.name) ? '' : `${worst.name}: `;
    const why = worst === undefined ? 'no runtime is ready' : by + said;
    throw new NascentError('gate/failed', `nothing was compared for ${path}: ${why}`, {
      help: failed.some((pair) => isEmpty(pair))
        ? 'Give inputs for which an output holds values (--inputs), or other extents (--extent name=n).'
        : failed.some(({ failures }) =>
              failures.some((failure) => /needs more than .* of memory/.test(failure)),
            )
          ? 'Allow them more with --memory, in GB, or give the model smaller inputs (--extent name=n).'
          : failed.length > 0
            ? `\`nascent check ${path}\` says whether it breaks the rules of ONNX; \`nascent doctor\` says what is missing for each runtime.`
            : '`nascent doctor` says what is missing for each runtime.',
    });
  }
  throw new NascentError(
    'gate/failed',
    `${verdictOn(report, worst)}: ${worst.failures.join('; ')}` +
      (failed.length > 1
        ? ` (worst of ${failed.length} that ${failed.every(isDifferent) ? 'differ' : 'fail'})`
        : ''),
    {
      help:
        worst.unheld === true
          ? 'Give inputs on which what is decided does not tie (--inputs), or say what may be off (--atol, --rtol).'
          : report.other === undefined
            ? whereToLook(report, failed, worst)
            : whereFilesPart(report, worst),
    },
  );
}

/** Who is to blame, where there is a truth to say so. */
function verdictOn(report: ParityReport, worst: PairReport): string {
  const { baseline, model, other, truth, against } = report;
  if (worst.unheld === true) {
    const does = other === undefined ? `${baseline.name} does with ${model.path}` : `${model.path} does`;
    const who = other === undefined ? worst.name : `${other.model.path} in ${worst.name}`;
    return `nothing tells whether ${who} does what ${does}`;
  }
  if (other !== undefined) return `${other.model.path} in ${worst.name} does not do what ${model.path} does`;
  if (isNotRun(worst)) return `${worst.name} cannot run ${model.path}`;
  if (isOtherwise(worst)) return `${worst.name} fails with ${model.path}`;
  if (truth.inputs > 0 || against !== undefined) {
    if (against === 'stored outputs')
      return `${worst.name} does not give the stored outputs with ${model.path}`;
    return `${worst.name} does not do what ${baseline.name} does with ${model.path}`;
  }
  return (
    `${worst.name} and ${baseline.name} differ with ${model.path}, and there is no truth that says which is right` +
    (truth.why === null ? '' : ` (${truth.why})`)
  );
}

/** Not running at all is worse than wrong values, which are worse than far ones. */
export function badness({ elements, notFinite, used, climb }: PairReport): number {
  if (elements === 0) return Infinity;
  if (notFinite > 0 || (climb?.notFinite ?? 0) > 0) return Number.MAX_VALUE;
  return Math.max(used, climb?.used ?? 0);
}

function whereFilesPart({ layers = [], other, model }: ParityReport, worst: PairReport): string {
  const first = layers.find(({ name }) => name === worst.name)?.first;
  const at =
    first === undefined || first === null
      ? ''
      : `The first value that is ${first.before === undefined ? '' : 'compared and '}further off than allowed is that of ${first.op} "${first.node}". `;
  const isCoarser = other?.coarse === true;
  if (worst.elements === 0 || worst.notFinite > 0) return `${at}Look at the other file first.`;
  const { signalToNoise, requiredAbsolute } = worst;
  const said =
    signalToNoise === null || (!isCoarser && signalToNoise < audible)
      ? ''
      : isCoarser
        ? 'The other file computes in fewer bits: say how much noise does no harm, such as --min-snr 20, which leaves out zeros, ones, extremes and denormals. '
        : `If that little does no harm: --min-snr ${Math.floor(signalToNoise)}, or --atol ${roundedUp(requiredAbsolute)}. `;
  const files = `nascent parity ${model.path} ${other?.model.path ?? ''}`;
  return first?.before === undefined
    ? `${at}${said}Every value in between: ${files} --layers`
    : `${at}${said}Where they part, also where nothing is called the same: ${files} --bisect`;
}

/** Whether it is furthest off where a whole number is another one, which no rounding is the reason of. */
function isOtherWhole({ worst }: PairReport): boolean {
  return worst?.allowed === wholeAllowance && [worst.given, worst.expected].every(Number.isInteger);
}

function whereToLook(report: ParityReport, failed: readonly PairReport[], worst: PairReport): string {
  const { path } = report.model;
  const agreeing = report.pairs.filter((pair) => pair.failures.length === 0).map(({ name }) => name);
  const takers = report.pairs.filter(({ runs }) => runs === 'the file');
  const isReading =
    report.truth.inputs > 0 &&
    report.against === undefined &&
    takers.length > 1 &&
    takers.every((pair) => failed.includes(pair));
  // A refusal says nothing of how the file is read here, and the checker knows the rules that it is for.
  const isRefused = isReading && takers.every(isNotRun);
  // What is misread is off by thousands of times what float32 costs.
  const isNear = takers.every(
    (pair) => !isNotRun(pair) && !isOtherWhole(pair) && badness(pair) > 1 && badness(pair) < misreading,
  );
  const suspicion = isRefused
    ? `Nothing that runs the file itself takes it. \`nascent check ${path}\` says whether it breaks the rules of ONNX.`
    : isReading && isNear
      ? 'Every runtime that runs the file itself is off by little more than is allowed: more likely they round otherwise than the file is misread.'
      : isReading
        ? 'Every runtime that runs the file itself differs from the graph read from it: look at how the file is read first.'
        : agreeing.length > 0
          ? report.truth.inputs === 0 && report.against === undefined
            ? `${agreeing.join(', ')} and ${report.baseline.name} agree, which may be the same kernels: ${failed.map(({ name }) => name).join(', ')} may be right as well.`
            : `${agreeing.join(', ')} and ${report.baseline.name} agree: look at ${failed.map(({ name }) => name).join(', ')}.${withoutOptimiser(failed, agreeing)}`
          : `${report.baseline.name} may be at fault as well.`;
  const isModule = worst.name !== worst.runtime && worst.runs === 'the file' && worst.runtime.includes('.');
  const alone = isModule ? `--runtime ${worst.runtime}` : `--runtimes ${worst.runtime}`;
  const onlyFar = worst.failures.length === 1 && worst.used > 1 && (worst.signalToNoise ?? 0) >= audible;
  const allow = onlyFar ? ` If that little does no harm: --atol ${roundedUp(worst.requiredAbsolute)}.` : '';
  return `${suspicion} One by one: nascent parity ${path} ${alone}.${allow}`;
}

/** In decibels: noise that is a tenth of the signal, or more, is never little. */
const audible = 20;

/** So many times what is allowed. */
const misreading = 5;

/** By which option of a session it would do: of onnxruntime, where only what its optimiser made differs. */
function withoutOptimiser(failed: readonly PairReport[], agreeing: readonly string[]): string {
  const [first] = failed;
  const isOptimised =
    first?.runtime.startsWith('onnxruntime') === true &&
    failed.every(({ runtime }) => runtime === first.runtime);
  const level = Object.entries(optimisationLevels).find(([name]) =>
    agreeing.includes(`${first?.runtime} ${name}`),
  );
  return isOptimised && level !== undefined
    ? ` Its optimiser puts other kernels in place of nodes there: \`graphOptimizationLevel: '${level[1]}'\` is without them.`
    : '';
}

/** What onnxruntime's sessions call the levels that are compared, from the one that changes most. */
const optimisationLevels = { extended: 'extended', basic: 'basic', unoptimised: 'disabled' } as const;

/** To one digit: 7.2e-4 → 8e-4, 170 → 200. */
function roundedUp(value: number): string {
  const power = 10 ** Math.floor(Math.log10(value));
  const digit = (Math.ceil(value / power) * power).toExponential(0);
  return value >= 1 && value < 1e6 ? String(Number(digit)) : digit;
}
