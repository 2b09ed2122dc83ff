/**
 * Which part of an output each of its elements comes from, where it is put together of several: boxes beside scores. How far float32
 * is from one says nothing of the other. So where each channel is multiplied by a weight of its own: heights in metres beside
 * humidities.
 */
import type { ImportedModel } from '../../../exporters/onnx/import.ts';
import type { Tensor, Tensors } from '../../graph/tensor.ts';
import { sizeOf } from '../../graph/tensor.ts';
import type { Graph, GraphOutput, Node, Value } from '../../graph/types.ts';
import { checkFeeds } from '../../runtime/feeds.ts';
import { broadcastPositions } from '../../runtime/reference/kernel.ts';
import { channelsIn, farSmaller, fillChannels, type Channels } from './channels.ts';
import { evaluate } from '../../runtime/reference/kernels.ts';
import { walk } from '../../runtime/reference/walk.ts';

/** What puts numbers elsewhere, and leaves each what it is. */
const moving: ReadonlySet<string> = new Set([
  'Cast',
  'Concat',
  'Expand',
  'Flatten',
  'Identity',
  'Reshape',
  'Slice',
  'Split',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);

/** Which inputs numbers are put elsewhere of, as the other inputs say. */
const picking: Readonly<Partial<Record<string, readonly number[]>>> = {
  Gather: [0],
  GatherElements: [0],
  Where: [1, 2],
  ScatterElements: [0, 2],
};

/** What changes each number by itself, where its other input is the same whatever is fed. */
const adjusting: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max']);

/** More parts than that are steps of a text, or rows. */
const mostParts = 256;

/** What an output is put together of. */
export interface Assembled {
  /** The number of the part that each element comes from. */
  readonly of: Float64Array;
  /** What each part was multiplied by since it was computed, as a power of two. */
  readonly factors: Float64Array;
  /** The same number for parts that are of one value, each multiplied by another weight. */
  readonly values: Float64Array;
}

export interface Assembly {
  /** What outputs are put together of, and what says how, by names that these have as outputs of the graph. */
  readonly needs: readonly GraphOutput[];
  /**
   * How each output is put together.
   *
   * @param truth has what it needs
   */
  of(fed: Tensors, truth: Tensors): ReadonlyMap<string, Assembled>;
}

type IsFixed = (value: Value) => boolean;

/** The places of the inputs that what a node gives is put together of; undefined where something is computed. */
function sourcesOf(node: Node, isFixed: IsFixed): readonly number[] | undefined {
  if (node.outputs.some(({ type }) => type.dtype !== 'float32')) return undefined;
  if (moving.has(node.op)) {
    return node.inputs.every(({ type }) => type.dtype === 'float32')
      ? node.inputs.map((_, i) => i)
      : undefined;
  }
  if (node.op === 'Relu') return [0];
  if (adjusting.has(node.op)) {
    const others = node.inputs.flatMap((value, i) => (isFixed(value) ? [] : [i]));
    const [only] = others;
    // Something that is divided is another number each time.
    return others.length === 1 && only !== undefined && (node.op !== 'Div' || only === 0)
      ? [only]
      : undefined;
  }
  const isAdded = node.op === 'ScatterElements' && node.attributes.reduction !== 'none';
  return isAdded ? undefined : picking[node.op];
}

/**
 * How the outputs of a graph are put together.
 *
 * @param byWeights whether channels of one value are told apart by their weights
 */
export function assemblyOf(
  { graph, weights, values }: Pick<ImportedModel, 'graph' | 'weights' | 'values'>,
  byWeights = true,
): Assembly {
  const isState = (name: string): boolean => weights.has(name);
  const isFixed = fixedIn(graph, isState);
  const ofFile = new Set(values.values());
  const found = graph.outputs.map((output) => ({ output, ...partsOf(output.value, isFixed, ofFile) }));
  const channelsOf = channelsIn({ weights, values }, isFixed);
  const channels = new Map<Value, Channels>();
  for (const value of new Set(found.flatMap(({ parts }) => [...parts]))) {
    const own = byWeights ? channelsOf(value) : undefined;
    if (own !== undefined) channels.set(value, own);
  }
  const several = found.filter(
    ({ parts, nodes }) =>
      parts.size > 1 ||
      (byWeights && [...nodes].some(scales)) ||
      [...parts].some((part) => channels.has(part)),
  );
  const nodes = new Set(several.flatMap((each) => [...each.nodes]));
  const parts = named(
    several.flatMap((each) => [...each.parts]),
    'part',
  );
  const others = named(
    [...nodes].flatMap((node) => {
      const sources = sourcesOf(node, isFixed) ?? [];
      return node.inputs.filter((_, i) => !sources.includes(i));
    }),
    'beside',
  );
  const putting: Graph = {
    ...graph,
    nodes: graph.nodes.filter((node) => nodes.has(node)),
    outputs: several.map(({ output }) => output),
  };
  return {
    needs: [...parts, ...others],
    of(fed, truth) {
      if (parts.length === 0) return new Map();
      const binding = checkFeeds(graph, fed, isState);
      const marked = (weighed: boolean): readonly Tensor[] => {
        const live = new Map<Value, Tensor>();
        for (const { name, value } of others) live.set(value, truth.get(name)!);
        parts.forEach(({ name, value }, i) => {
          const { shape } = truth.get(name)!;
          const data = new Float64Array(sizeOf(shape)).fill(weighed ? 0 : i);
          const own = weighed ? channels.get(value) : undefined;
          if (own !== undefined) fillChannels(data, shape, own);
          live.set(value, { dtype: 'float32', shape, data });
        });
        return walk(putting, live, binding, new Map(), (node, inputs, shapes) => {
          const isMoved = !adjusting.has(node.op) && node.op !== 'Relu';
          if (isMoved) return evaluate(node, inputs, shapes);
          const [from = 0] = sourcesOf(node, isFixed) ?? [];
          const [shape = []] = shapes;
          return [adjusted(node, inputs, from, shape, weighed)];
        });
      };
      const from = marked(false);
      const powers = byWeights
        ? marked(true)
        : from.map(({ data }) => ({ data: new Float64Array(data.length) }));
      return new Map(several.map(({ output }, i) => [output.name, numbered(from[i]!.data, powers[i]!.data)]));
    },
  };
}

function scales({ op, inputs }: Node): boolean {
  return (op === 'Mul' || op === 'Div') && inputs.some(({ type }) => type.shape.some((dim) => dim !== 1));
}

function named(values: Iterable<Value>, what: string): readonly GraphOutput[] {
  return [...new Set(values)].map((value, i) => ({ name: `${what} ${i}`, value }));
}

/** The marks of a tensor whose elements are changed one by one; by how many powers of two, where that is what they mark. */
function adjusted(
  { op }: Node,
  inputs: readonly Tensor[],
  from: number,
  shape: readonly number[],
  weighed: boolean,
): Tensor {
  const [marks, by] = [inputs[from]!, inputs[1 - from]];
  const positions = broadcastPositions(marks.shape, shape);
  const data = Float64Array.from(positions, (position) => marks.data[position]!);
  if (weighed && by !== undefined && (op === 'Mul' || op === 'Div')) {
    broadcastPositions(by.shape, shape).forEach((position, i) => {
      const power = Math.floor(Math.log2(Math.abs(by.data[position]!)));
      // What is multiplied by 0 is as small as can be, and exact.
      data[i] = data[i]! + (Number.isFinite(power) ? (op === 'Mul' ? power : -power) : 0);
    });
  }
  return { dtype: 'float32', shape, data };
}

/** Parts are numbered by the value that they come from, and by what that is multiplied by where that is far less. */
function numbered(from: Tensor['data'], powers: Tensor['data']): Assembled {
  const most = new Map<number, number>();
  for (let i = 0; i < from.length; i++) {
    const [value, power] = [from[i]!, powers[i]!];
    if (power > (most.get(value) ?? -Infinity)) most.set(value, power);
  }
  const known = new Map<number, number>();
  const [factors, values]: [number[], number[]] = [[], []];
  const of = new Float64Array(from.length);
  for (let i = 0; i < of.length; i++) {
    const [value, largest] = [from[i]!, most.get(from[i]!)!];
    const power = largest - powers[i]! >= farSmaller ? powers[i]! : largest;
    const key = value * mostPowers + power;
    let part = known.get(key);
    if (part === undefined) {
      part = factors.length;
      known.set(key, part);
      factors.push(power);
      values.push(value);
    }
    of[i] = part;
  }
  return { of, factors: Float64Array.from(factors), values: Float64Array.from(values) };
}

/** Between so many no sum of powers of two lies, of numbers that a double holds. */
const mostPowers = 2 ** 20;

/** Which values are the same whatever is fed. */
function fixedIn({ inputs, nodes }: Graph, isState: (name: string) => boolean): IsFixed {
  const fixed = new Set<Value>();
  for (const { value } of inputs) if (isState(value.name)) fixed.add(value);
  for (const node of nodes) {
    if (node.inputs.every((value) => fixed.has(value))) for (const value of node.outputs) fixed.add(value);
  }
  return (value) => fixed.has(value);
}

interface PutTogether {
  readonly parts: ReadonlySet<Value>;
  readonly nodes: ReadonlySet<Node>;
}

/** What a value is put together of, and the nodes that do it; itself alone where none does. */
function partsOf(value: Value, isFixed: IsFixed, ofFile: ReadonlySet<Value>): PutTogether {
  const [parts, seen] = [new Set<Value>(), new Set<Value>()];
  const nodes = new Set<Node>();
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const step = stepFrom(next, isFixed, ofFile);
    if (step === undefined) parts.add(next);
    else {
      for (const node of step.nodes) nodes.add(node);
      for (const part of step.parts) open.push(part);
    }
    if (parts.size > mostParts) return { parts: new Set([value]), nodes: new Set() };
  }
  return { parts, nodes };
}

/**
 * The values of the file that one of them is put together of; undefined where something is computed. What stands for one op of the
 * file is told apart nowhere: others compute all of it together, as both parts of a transform of Fourier.
 */
function stepFrom(value: Value, isFixed: IsFixed, ofFile: ReadonlySet<Value>): PutTogether | undefined {
  const [parts, nodes] = [new Set<Value>(), new Set<Node>()];
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next !== value && (ofFile.has(next) || isFixed(next))) {
      parts.add(next);
      continue;
    }
    const { node } = next;
    const sources = node && sourcesOf(node, isFixed);
    if (node === undefined || sources === undefined) return undefined;
    if (nodes.has(node)) continue;
    nodes.add(node);
    for (const i of sources) open.push(node.inputs[i]!);
  }
  return { parts, nodes };
}
