/**
 * An ONNX model → a graph and its weights. The exporter's inverse, and the way in for models from elsewhere: what we have
 * no op for is composed of ops that we have (`lower/`).
 *
 * Operands (`Reshape`'s shape) become attributes again. Initializers become inputs of the graph with a weight each. Names
 * stay the file's.
 */
import type { OnnxDataType, OnnxDim, OnnxModel } from '../../proto/onnx.ts';
import { internal, kindOfGiven, NascentError } from '../../src/errors.ts';
import { LongExtent } from '../../src/graph/extent.ts';
import type { Tensors } from '../../src/graph/tensor.ts';
import type { Graph, Node, Value } from '../../src/graph/types.ts';
import { listed, readable } from './check/check.ts';
import { inlinedCounter } from './inlined.ts';
import { Judge } from './judge.ts';
import { Meetings } from './meetings.ts';
import { functionKey } from './model-graph.ts';
import type { Otherwise } from './otherwise.ts';
import { Problems, UnreadableModel } from './problems.ts';
import { Meeting } from './node-errors.ts';
import { Reading } from './reading.ts';
import type { NarrowFloat } from './tensors.ts';
import type { File, ReadGraph } from './surroundings.ts';

/** The operator sets whose ops are known. */
const oldest = 1;
const newest = 28;

/** How often a file is read anew for extents that meet. */
const mostRounds = 1000;

/** A model file as a graph, and the numbers that were in it. */
export interface ImportedModel {
  readonly graph: Graph;
  /** By the name of the graph's input. */
  readonly weights: Tensors;
  readonly metadata: Readonly<Record<string, string>>;
  /** The file's own types of the inputs that are fed, by name: a graph of ours holds uint8 as int64. */
  readonly inputTypes: ReadonlyMap<string, OnnxDataType>;
  readonly outputTypes: ReadonlyMap<string, OnnxDataType>;
  /** What each value of the file is in the graph; what is not computed any more is missing. */
  readonly values: ReadonlyMap<string, Value>;
  /** Nodes, also in bodies, that are of narrower floats in the file: a graph of ours holds these as float32. */
  readonly narrow: ReadonlyMap<Node, NarrowFloat>;
}

export interface ImportOptions extends Otherwise {
  /** What open extents are, by name. A model that can be read only for given extents is read for these. */
  readonly extents?: Readonly<Record<string, number>>;
  /**
   * Values of inputs. A model whose shapes hang on them (`axes` that are fed) can be read only for given ones, and its
   * graph is then right for these alone.
   */
  readonly feeds?: Tensors;
  /**
   * What runs of parts of the graph told for those feeds, where numbers that are computed say what shapes there are. What
   * was told is among the outputs of the graph.
   */
  readonly told?: Tensors;
  /**
   * Whether the model is only checked: bodies, and what lies behind what cannot be read, are judged, too, by what the file says
   * of them.
   */
  readonly checks?: boolean;
  /** What such runs computed, by its name in the graph: what more is to be told is made of it, instead of computed anew. */
  readonly kept?: Tensors;
}

/**
 * Reads a model. Throws 'onnx/invalid' where it breaks ONNX's rules, 'onnx/unsupported' where it uses what we lack, with
 * every problem in the message.
 */
export function importOnnx(given: OnnxModel, what = 'the model', options: ImportOptions = {}): ImportedModel {
  requireDecoded(given);
  const { asked, imported } = importStage(given, what, options);
  if (asked.size > 0) throw internal('there is more to be told');
  return imported;
}

/** A program that is not checked by a compiler may hand over what is in the file. */
function requireDecoded(given: unknown): void {
  const graph = typeof given === 'object' && given !== null && 'graph' in given ? given.graph : undefined;
  if (typeof graph === 'object' && graph !== null && 'nodes' in graph) return;
  const what = kindOfGiven(given);
  throw new NascentError('input/invalid', `importOnnx takes a model that is decoded, and was given ${what}`, {
    help: 'Decode it first: importOnnx(decodeModel(await readFile(path))).',
  });
}

function requireExtent(name: string, extent: unknown): void {
  if (typeof extent === 'number' && Number.isSafeInteger(extent) && extent >= 0) return;
  throw new NascentError('input/invalid', `the extent "${name}" is given as ${JSON.stringify(extent)}`, {
    help: 'Give a whole number.',
  });
}

/** As much as can be read. */
export interface Stage {
  /**
   * Outputs that have to be told (`ImportOptions.told`) before more can be read, the others being `kept`. None, and that is
   * all.
   */
  readonly asked: ReadonlySet<string>;
  readonly imported: ImportedModel;
}

/** Reads a model as far as is told. Throws as `importOnnx`. */
export function importStage(
  given: OnnxModel,
  what: string,
  { extents = {}, feeds = new Map(), told, checks = false, kept = new Map(), ...otherwise }: ImportOptions,
): Stage {
  const model = readable(given, what);
  requireOpset(model, what);
  for (const [name, extent] of Object.entries(extents)) requireExtent(name, extent);
  const meetings = new Meetings(extents);
  // Each time, one name less is open; the bound is for names that would go round in a circle.
  for (let round = 0; ; round++) {
    const problems = new Problems();
    const before = meetings.count;
    const read = readOnce(model, problems, meetings, { feeds, told, checks, kept, otherwise });
    if (meetings.count > before && round < mostRounds) continue;
    if (read === undefined || problems.count > 0) throw unreadable(model, what, problems);
    const { graph, weights, values, inputTypes, outputTypes, narrow, asked } = read;
    const metadata = Object.fromEntries(model.metadata);
    return {
      asked,
      imported: { graph, weights, metadata, inputTypes, outputTypes, values, narrow },
    };
  }
}

/** Undefined where it has to be read again, with what is known of its extents by then. */
function readOnce(
  model: OnnxModel,
  problems: Problems,
  meetings: Meetings,
  given: Pick<File, 'feeds' | 'told' | 'checks' | 'kept' | 'otherwise'>,
): ReadGraph | undefined {
  const opsetOf = (domain: string) =>
    model.opsets.find((opset) => opset.domain === domain)?.version ?? newest;
  const judged = given.feeds.size === 0 && given.told === undefined && meetings.areOpen;
  const file = {
    problems,
    functions: new Map(model.functions.map((definition) => [functionKey(definition), definition])),
    sizeOf: inlinedCounter(model),
    inPlace: { count: 0 },
    opsetOf,
    meetings,
    ...given,
    judged,
    judge: new Judge({ problems, judged, checks: given.checks }),
  };
  try {
    return new Reading(model.graph, file, opsetOf('')).read();
  } catch (error) {
    if (error instanceof Meeting) return undefined;
    if (!(error instanceof LongExtent)) throw error;
    problems.add(error.message);
    return undefined;
  }
}

function requireOpset(model: OnnxModel, what: string): void {
  const version = model.opsets.find((opset) => opset.domain === '')?.version;
  // A model of other domains only has no node that could be read; the nodes say so.
  if (version === undefined || (version >= oldest && version <= newest)) return;
  throw new NascentError(
    'onnx/unsupported',
    `${what} is written against opset ${version}; ${oldest} to ${newest} are supported`,
    { help: 'In Python: onnx.version_converter.convert_version(model, 17).' },
  );
}

function isSettled(shape: readonly OnnxDim[] | undefined): boolean {
  return shape?.every((dim) => typeof dim === 'number' && dim >= 0) === true;
}

function unreadable({ graph: { inputs } }: OnnxModel, what: string, problems: Problems): NascentError {
  const all = problems.list();
  const list = all.map(({ text }) => text);
  const open =
    list.some((problem) =>
      /open extent|nothing says|must be known|needs to know|must be constant/.test(problem),
    ) && inputs.some(({ type }) => type.kind !== 'tensor' || !isSettled(type.shape));
  const help = 'What runs the file itself, such as onnxruntime, needs no graph.';
  return new NascentError('onnx/unsupported', `${what} cannot be read as a graph: ${listed(list)}`, {
    help: open ? `Its open extents may have to be given numbers (--extent name=n). ${help}` : help,
    cause: new UnreadableModel(all),
  });
}
