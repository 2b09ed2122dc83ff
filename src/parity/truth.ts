/**
 * The truth, and what float32 costs: the graph in double precision, and beside it rounded to float32 in several ways that
 * are all right. How far these are from the truth is the yardstick that runtimes are held to. What a file computes in is
 * what is rounded to: half of float32's digits, or whole numbers, where it says so.
 */
import type { ImportedModel } from '../../exporters/onnx/import.ts';
import type { Tensor, Tensors } from '../graph/tensor.ts';
import type { Graph, Node, Value } from '../graph/types.ts';
import { createReferenceRuntime } from '../runtime/reference/runtime.ts';
import {
  doubleRoundings,
  halfUnits,
  roundings,
  stepRoundings,
  type Rounding,
} from '../runtime/reference/arithmetic.ts';
import { workDone } from '../runtime/reference/work.ts';
import type { Program } from '../runtime/runtime.ts';
import { isFloat, type AnyTensor, type AnyTensors } from '../runtime/any-tensor.ts';
import type { Precision } from './coarse.ts';
import { decisionsOf, jumpsIn, noDecisions, openDecisions, type Round } from './decisions.ts';
import { doubleShare, narrowMultiple, spreadMultiple } from './gates.ts';
import { asFed } from './graph-feeds.ts';
import type { Staged } from './graph-for.ts';
import { ranOnce } from './ran-once.ts';

/** What lies far below the rest of a tensor. */
export interface Small {
  /** What is smaller than this does. */
  readonly below: number;
  /** The largest of it. */
  readonly size: number;
  /** The largest distance of any of it. */
  readonly largest: number;
}

/** How far float32 is from the truth in one output on one input. */
export interface Spread {
  /** The largest distance of any element in any of the ways to round. */
  readonly largest: number;
  /** The same of what lies far below the rest, as scores beside those that are masked by -10,000; where some does. */
  readonly small?: Small;
  /** The least that it may be taken for, as a share of the largest value, where that is not what float32 says. */
  readonly least?: number;
  /** The largest distance of any element where doubles are computed in. */
  readonly doubles?: number;
  /** 1 where an element is finite in one way and not in another: float32 does not tell what it is. */
  readonly loose?: Uint8Array;
  /**
   * How far each number may be off beyond that, since what decides it lies that near to a step; absent where none may. Whole
   * numbers are off by nothing else.
   */
  readonly undecided?: Float64Array;
}

export interface Measured {
  /** In double precision. */
  readonly outputs: AnyTensors;
  readonly spreads: ReadonlyMap<string, Spread>;
  /**
   * Where numbers that are computed choose what comes out: what does where these are rounded to float32, in each of the ways
   * that are right. What is made of that is in double precision. Of outputs alone that come after such a choice.
   */
  readonly chosen?: readonly AnyTensors[];
  /** How much was computed for it (`work.ts`). */
  readonly work: number;
}

/** Computes the truth and its spread. */
export type Measure = (feeds: AnyTensors) => Promise<Measured>;

/** In which ways a graph is rounded, by what its file computes in. */
function waysOf(precision: Precision, { narrow }: ImportedModel): readonly Rounding[] {
  if (precision === 'steps') return stepRoundings;
  // What one step costs is not measured, but whether what is quantised is a number at all hangs on the runtime.
  if (precision === 'coarse') return [...roundings, 'steps up'];
  // What is not narrow is float32, with its sums in any order.
  return precision === 'float16' || precision === 'bfloat16'
    ? [{ narrow }, 'forward', 'backward']
    : roundings;
}

/**
 * What a narrower float costs counts for less than what float32 does: a runtime may be off by fewer times of it (`gates.ts`).
 */
const narrowPart = narrowMultiple / spreadMultiple;

/** What counts for the least of each output that hangs on what is narrow. Of what a body does, its node does. */
function leastsOf({ graph, narrow }: ImportedModel): ReadonlyMap<string, number> {
  const leasts = new Map<Value, number>();
  for (const node of graph.nodes) {
    const own = [node, ...bodyNodes(node)].map((each) => narrow.get(each));
    const least = Math.max(
      0,
      ...own.map((format) => (format === undefined ? 0 : narrowPart * halfUnits[format])),
      ...node.inputs.map((value) => leasts.get(value) ?? 0),
    );
    if (least > 0) for (const value of node.outputs) leasts.set(value, least);
  }
  return new Map(graph.outputs.map(({ name, value }) => [name, leasts.get(value) ?? 0]));
}

function bodyNodes(node: Node): readonly Node[] {
  if (node.op !== 'Scan') return [];
  return node.attributes.body.nodes.flatMap((inner) => [inner, ...bodyNodes(inner)]);
}

/**
 * @param others the same model, read in other ways that are right, too: what it costs to compute these is counted
 * @param staged how it is read, where numbers that are computed choose what comes out
 * @param chosenOutputs what comes after such a choice
 * @param inDoubles whether the file computes in double precision: what that costs is measured, too
 */
export async function openTruth(
  imported: ImportedModel,
  precision: Precision = 'float32',
  others: readonly ImportedModel[] = [],
  staged?: Staged,
  chosenOutputs: ReadonlySet<string> = new Set(),
  inDoubles = false,
): Promise<Measure> {
  const { graph, weights } = imported;
  const store = createReferenceRuntime().createStore();
  store.write(weights);
  // What has steps inside is off by whole steps everywhere, and is measured so.
  const hasSteps = precision === 'steps' || precision === 'coarse';
  // Where numbers choose how many come out, rounded ones are to choose by themselves.
  const holds = staged === undefined;
  const decisions = hasSteps ? noDecisions : decisionsOf(graph, !holds);
  const { deciding, decided } = decisions;
  /** What the truth decides, which is decided so in every way to round: what is decided otherwise is asked of each element. */
  const held = new Map<Value, Tensor>();
  const telling = { ...graph, outputs: [...graph.outputs, ...deciding] };
  const programOf = async (rounding?: Rounding, of: Graph = telling): Promise<Program> =>
    createReferenceRuntime(rounding, held).compile(of, { store });
  const exact = await programOf(undefined, { ...telling, outputs: [...telling.outputs, ...decided] });
  const decideOtherwise = await openDecisions(decisions, async (rounding) => programOf(rounding, graph));
  const finer = await Promise.all(
    inDoubles ? doubleRoundings.map(async (rounding) => programOf(rounding, graph)) : [],
  );
  const ways = waysOf(precision, imported);
  const leasts = leastsOf(imported);
  const rounded = await Promise.all([
    ...ways.map(async (rounding) => programOf(rounding)),
    ...others.map(async (other) => programOf(undefined, other.graph)),
  ]);
  return async (feeds) => {
    const before = workDone();
    const fed = asFed(graph, feeds);
    const truth = await exact.run(fed);
    const outputs = onlyOutputs(imported, truth);
    if (holds) for (const { name, value } of decided) held.set(value, truth.get(name)!);
    const rounds: Round[] = [];
    const spreads = new Map<string, Spread>();
    const chosen: AnyTensors[] = [];
    for (const [i, program] of rounded.entries()) {
      const given = await program.run(fed);
      const part = typeof ways[i] === 'object' ? narrowPart : 1;
      if (deciding.length > 0) rounds.push({ tensors: given, part });
      for (const [name, right] of outputs) {
        const other = given.get(name);
        if (other === undefined) continue;
        const spread = spreads.get(name);
        const wide = widened(spread, right, other, part, leasts.get(name));
        const isWhole = right.dtype !== 'float32';
        spreads.set(name, isWhole ? { ...wide, ...undecidedIn(spread, right, other) } : wide);
      }
      const rounding = ways[i];
      if (staged === undefined || rounding === undefined) continue;
      const choice = (await choiceOf(imported, staged, rounding, given, feeds)) ?? outputs;
      chosen.push(new Map([...choice].filter(([name]) => chosenOutputs.has(name))));
    }
    for (const [i, program] of finer.entries()) {
      // A step of double precision, or the sums of it in another order.
      const part = doubleRoundings[i] === 'digits' ? doubleShare : 1;
      const given = await program.run(fed);
      for (const [name, spread] of spreads) {
        const [right, other] = [outputs.get(name), given.get(name)];
        if (right?.dtype !== 'float32' || other === undefined) continue;
        const doubles = Math.max(spread.doubles ?? 0, part * furthest(right, other));
        spreads.set(name, { ...spread, doubles });
      }
    }
    held.clear();
    const otherwise = await decideOtherwise(fed, truth, rounds);
    for (const [name, spread] of spreads) {
      const right = truth.get(name);
      if (right === undefined || otherwise.length === 0) continue;
      const others = otherwise.map((given) => given.get(name));
      if (right.dtype !== 'float32') {
        spreads.set(
          name,
          others.reduce(
            (wide, other) => (other === undefined ? wide : { ...wide, ...undecidedIn(wide, right, other) }),
            spread,
          ),
        );
      } else if (holds) spreads.set(name, withJumps(spread, right, others));
    }
    return { outputs, spreads, work: workDone() - before, ...(staged !== undefined && { chosen }) };
  };
}

/** Without what was told for the graph to be read. */
function onlyOutputs({ outputTypes }: ImportedModel, all: Tensors): AnyTensors {
  return new Map([...all].filter(([name]) => outputTypes.has(name)));
}

/**
 * What comes out where numbers that are rounded choose it; undefined where they choose the same.
 *
 * @param given what the graph gives when it is rounded, what was told for it to be read included
 */
async function choiceOf(
  imported: ImportedModel,
  staged: Staged,
  rounding: Rounding,
  given: Tensors,
  feeds: AnyTensors,
): Promise<AnyTensors | undefined> {
  const told = new Map([...given].filter(([name]) => staged.told.has(name)));
  const read = staged.readWith(told);
  if (read !== undefined && nodesOf(read.graph) === nodesOf(imported.graph)) return undefined;
  const other = await staged.readBy(async (part) => {
    const own = typeof rounding === 'object' ? { narrow: part.narrow } : rounding;
    return ranOnce(createReferenceRuntime(own), part, feeds);
  });
  return onlyOutputs(other, await ranOnce(createReferenceRuntime(), other, feeds));
}

/** What is computed, of what, in letters: the same for graphs that do the same in the same order. */
function nodesOf({ nodes }: Graph): string {
  return JSON.stringify(
    nodes.map(({ op, attributes, inputs }) => [op, attributes, inputs.map(({ name }) => name)]),
  );
}

/** The spread of an output of floats, with what those of them may be off further that hang on what is decided. */
function withJumps(spread: Spread, truth: Tensor, others: readonly (Tensor | undefined)[]): Spread {
  const { largest, small } = spread;
  const costs = (size: number): number =>
    small !== undefined && size < small.below ? small.largest : largest;
  const undecided = jumpsIn(truth, costs, others);
  let { loose } = spread;
  for (const other of others) {
    if (other === undefined) continue;
    for (let i = 0; i < truth.data.length; i++) {
      const [a, b] = [truth.data[i]!, other.data[i]!];
      if (Number.isFinite(a) && Number.isFinite(b)) continue;
      if (!Object.is(a, b)) (loose ??= new Uint8Array(truth.data.length))[i] = 1;
    }
  }
  return { ...spread, ...(undecided !== undefined && { undecided }), ...(loose !== undefined && { loose }) };
}

/** Which whole numbers are others in one more way. */
function undecidedIn(
  spread: Spread | undefined,
  truth: AnyTensor,
  other: AnyTensor,
): Pick<Spread, 'undecided'> {
  let undecided = spread?.undecided;
  for (let i = 0; i < truth.data.length; i++) {
    const distance = Math.abs((truth.data[i] ?? 0) - (other.data[i] ?? 0));
    if (distance === 0) continue;
    undecided ??= new Float64Array(truth.data.length);
    undecided[i] = Math.max(undecided[i] ?? 0, distance);
  }
  return undecided === undefined ? {} : { undecided };
}

/** The largest distance of any element that is finite in both. */
function furthest(truth: AnyTensor, other: AnyTensor): number {
  let largest = 0;
  for (let i = 0; i < truth.data.length; i++) {
    const distance = Math.abs((truth.data[i] ?? 0) - (other.data[i] ?? 0));
    if (distance > largest && distance < Infinity) largest = distance;
  }
  return largest;
}

/** The spread with one more way to round, of which a part counts. */
function widened(
  spread: Spread | undefined,
  truth: AnyTensor,
  other: AnyTensor,
  part: number,
  least = 0,
): Spread {
  const small = spread === undefined ? farBelow(truth) : spread.small;
  let [largest, smallLargest] = [spread?.largest ?? 0, small?.largest ?? 0];
  let loose = spread?.loose;
  for (let i = 0; i < truth.data.length; i++) {
    const [a, b] = [truth.data[i] ?? 0, other.data[i] ?? 0];
    if (Number.isFinite(a) && Number.isFinite(b)) {
      const distance = part * Math.abs(a - b);
      if (small !== undefined && Math.abs(a) < small.below) smallLargest = Math.max(smallLargest, distance);
      else largest = Math.max(largest, distance);
    } else if (!Object.is(a, b)) (loose ??= new Uint8Array(truth.data.length))[i] = 1;
  }
  return {
    largest,
    ...(small !== undefined && { small: { ...small, largest: smallLargest } }),
    ...(least > 0 && { least }),
    ...(loose !== undefined && { loose }),
    ...(spread?.doubles !== undefined && { doubles: spread.doubles }),
    ...(spread?.undecided !== undefined && { undecided: spread.undecided }),
  };
}

/** Masks are thousands and more, and nothing lies between them and what they mask: so many powers of two. */
const [leastMask, gap] = [10, 6];
/** Of fewer numbers what they are off may be luck. */
const leastSmall = 16;

/** What lies far below the rest, where the rest is large enough to be a mask. */
function farBelow({ dtype, data }: AnyTensor): Small | undefined {
  if (!isFloat(dtype)) return undefined;
  const counts = new Map<number, number>();
  for (const value of data) {
    const size = Math.abs(value);
    if (!(size > 0) || size === Infinity) continue;
    const power = Math.floor(Math.log2(size));
    counts.set(power, (counts.get(power) ?? 0) + 1);
  }
  const powers = [...counts.keys()].toSorted((a, b) => b - a);
  const at = powers.findIndex((power, i) => i > 0 && (powers[i - 1] ?? 0) - power >= gap);
  const [lowest, next] = [powers[at - 1] ?? 0, powers[at] ?? 0];
  const few = powers.slice(at).reduce((sum, power) => sum + (counts.get(power) ?? 0), 0);
  if (at < 0 || lowest < leastMask || few < leastSmall) return undefined;
  const below = 2 ** lowest;
  let size = 2 ** next;
  for (const value of data) if (Math.abs(value) < below) size = Math.max(size, Math.abs(value));
  return { below, size, largest: 0 };
}
