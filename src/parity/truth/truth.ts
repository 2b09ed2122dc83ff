/**
 * The truth, and what float32 costs: the graph in double precision, and beside it rounded to float32 in several ways that
 * are all right. How far these are from the truth is the yardstick that runtimes are held to. What a file computes in is
 * what is rounded to: half of float32's digits, or whole numbers, where it says so.
 */
import type { ImportedModel } from '../../../exporters/onnx/import.ts';
import { mostOf } from '../../extremes.ts';
import type { Tensor, Tensors } from '../../graph/tensor.ts';
import { specialise } from '../../graph/specialise.ts';
import type { Graph, Node, Value } from '../../graph/types.ts';
import { checkFeeds } from '../../runtime/feeds.ts';
import { createReferenceRuntime } from '../../runtime/reference/runtime.ts';
import {
  doubleRoundings,
  halfUnits,
  roundings,
  stepRoundings,
  type Rounding,
} from '../../runtime/reference/arithmetic.ts';
import { workDone } from '../../runtime/reference/work.ts';
import type { Program } from '../../runtime/runtime.ts';
import type { AnyTensors } from '../../runtime/any-tensor.ts';
import type { Precision } from '../coarse.ts';
import { decisionsOf, mayBeNoNumbers, noDecisions, openDecisions, type Round } from './decisions.ts';
import { doubleShare, narrowMultiple, spreadMultiple } from '../gates.ts';
import { asFed } from '../graph-feeds.ts';
import type { Staged } from '../graph-for.ts';
import { assemblyOf, type Assembled } from './parts.ts';
import { ranOnce } from '../ran-once.ts';
import { decidesInRounds, writtenOut } from './rounds.ts';
import { furthest, undecidedIn, widened, withJumps, type Spread } from './spread.ts';

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
    const least = mostOf([
      0,
      ...own.map((format) => (format === undefined ? 0 : narrowPart * halfUnits[format])),
      ...node.inputs.map((value) => leasts.get(value) ?? 0),
    ]);
    if (least > 0) for (const value of node.outputs) leasts.set(value, least);
  }
  return new Map(graph.outputs.map(({ name, value }) => [name, leasts.get(value) ?? 0]));
}

function bodyNodes(node: Node): readonly Node[] {
  if (node.op !== 'Scan') return [];
  return node.attributes.body.nodes.flatMap((inner) => [inner, ...bodyNodes(inner)]);
}

/** The same model, read in another way that is right, too. */
interface ReadOtherwise {
  readonly imported: ImportedModel;
  /** What it is computed in; absent for double precision. */
  readonly rounding?: Rounding | undefined;
}

/**
 * The truth, of which what is decided in rounds is decided in each by itself where these can be written out; for each set of
 * extents that is fed.
 *
 * @param others the other ways to read it: how far these are from the truth is counted
 * @param staged how it is read, where numbers that are computed choose what comes out
 * @param chosenOutputs what comes after such a choice
 * @param inDoubles whether the file computes in double precision: what that costs is measured, too
 */
export async function openTruth(
  imported: ImportedModel,
  precision: Precision = 'float32',
  others: readonly ReadOtherwise[] = [],
  staged?: Staged,
  chosenOutputs: ReadonlySet<string> = new Set(),
  inDoubles = false,
): Promise<Measure> {
  const { graph, weights } = imported;
  const open = async (read: ImportedModel): Promise<Measure> =>
    openAsRead(read, precision, others, staged, chosenOutputs, inDoubles);
  // What is narrow is known of nodes as they were read.
  if ((precision !== 'float32' && precision !== 'rough') || !decidesInRounds(graph)) return open(imported);
  const opened = new Map<string, Promise<Measure>>();
  return async (feeds) => {
    const extents = checkFeeds(graph, asFed(graph, feeds), (name) => weights.has(name));
    const key = JSON.stringify([...extents]);
    const known = opened.get(key);
    if (known !== undefined) return (await known)(feeds);
    const written = writtenOut(specialise(graph, extents));
    const measure = open(written === undefined ? imported : { ...imported, graph: written });
    opened.set(key, measure);
    return (await measure)(feeds);
  };
}

async function openAsRead(
  imported: ImportedModel,
  precision: Precision,
  others: readonly ReadOtherwise[],
  staged: Staged | undefined,
  chosenOutputs: ReadonlySet<string>,
  inDoubles: boolean,
): Promise<Measure> {
  const { graph, weights } = imported;
  const store = createReferenceRuntime().createStore();
  store.write(weights);
  // What has steps inside is off by whole steps everywhere, and is measured so.
  const hasSteps = precision === 'steps' || precision === 'coarse';
  // Narrower floats are rounded in one way: of what weights alone tell apart, that may be luck.
  const isNarrow = precision === 'float16' || precision === 'bfloat16';
  const assembly = hasSteps ? undefined : assemblyOf(imported, !isNarrow);
  // Where numbers choose how many come out, rounded ones are to choose by themselves.
  const holds = staged === undefined;
  const decisions = hasSteps ? noDecisions : decisionsOf(graph, !holds);
  const { deciding, decided } = decisions;
  /** What the truth decides, which is decided so in every way to round: what is decided otherwise is asked of each element. */
  const held = new Map<Value, Tensor>();
  const telling = { ...graph, outputs: [...graph.outputs, ...deciding] };
  const programOf = async (rounding?: Rounding, of: Graph = telling): Promise<Program> =>
    createReferenceRuntime(rounding, held).compile(of, { store });
  const exact = await programOf(undefined, {
    ...telling,
    outputs: [...telling.outputs, ...decided, ...(assembly?.needs ?? [])],
  });
  const decideOtherwise = await openDecisions(decisions, async (rounding) => programOf(rounding, graph));
  const finer = await Promise.all(
    inDoubles ? doubleRoundings.map(async (rounding) => programOf(rounding, graph)) : [],
  );
  const ways = waysOf(precision, imported);
  const leasts = leastsOf(imported);
  const rounded = await Promise.all([
    ...ways.map(async (rounding) => programOf(rounding)),
    ...others.map(async (other) => programOf(other.rounding, other.imported.graph)),
  ]);
  return async (feeds) => {
    const before = workDone();
    // An input on which a way to round has failed leaves what was held.
    held.clear();
    const fed = asFed(graph, feeds);
    const truth = await exact.run(fed);
    const outputs = onlyOutputs(imported, truth);
    const parts = assembly?.of(fed, truth) ?? new Map<string, Assembled>();
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
        const wide = widened(spread, right, other, part, leasts.get(name), parts.get(name));
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
    const otherwise = [...(await decideOtherwise(fed, truth, rounds))];
    // Where one of several ties, others do, too, and of what is no number in float32 nobody can tell how it is decided: a way
    // to round decides them as one runtime does.
    if (holds && (otherwise.length > 0 || mayBeNoNumbers(deciding, truth, rounds))) {
      for (const program of rounded.slice(0, ways.length)) otherwise.push(await program.run(fed));
    }
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
    nodes.map(({ op, attributes, inputs }) => [
      op,
      'body' in attributes ? { ...attributes, body: nodesOf(attributes.body) } : attributes,
      inputs.map(({ name }) => name),
    ]),
  );
}
