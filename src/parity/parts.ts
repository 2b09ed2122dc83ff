/**
 * Which part of an output each of its elements comes from, where it is put together of several: boxes beside scores. How far float32
 * is from one says nothing of the other. So where each channel is multiplied by a weight of its own: heights in metres beside
 * humidities.
 */
import type { Tensor, Tensors } from '../graph/tensor.ts';
import { sizeOf } from '../graph/tensor.ts';
import type { Graph, GraphOutput, Node, Value } from '../graph/types.ts';
import { checkFeeds } from '../runtime/feeds.ts';
import { broadcastPositions } from '../runtime/reference/kernel.ts';
import { evaluate } from '../runtime/reference/kernels.ts';
import { walk } from '../runtime/reference/walk.ts';

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

/** What puts rows elsewhere, as its second input says. */
const picking: ReadonlySet<string> = new Set(['Gather', 'GatherElements']);

/** More parts than that are steps of a text, or rows. */
const mostParts = 256;

/** What an output is put together of. */
export interface Assembled {
  /** The number of the part that each element comes from. */
  readonly of: Float64Array;
  /** What each part is multiplied by last, as a power of two; NaN where that is one for all of what it comes from. */
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

/** What a value is moved out of; undefined where something is computed. */
function movedOutOf({ node, type }: Value): readonly Value[] | undefined {
  if (node === undefined || type.dtype !== 'float32') return undefined;
  if (picking.has(node.op)) return node.inputs.slice(0, 1);
  const isMoved = moving.has(node.op) && node.inputs.every((value) => value.type.dtype === 'float32');
  return isMoved ? node.inputs : undefined;
}

/** A weight that a value is multiplied by last, or divided; each channel by its own. */
interface Scaling {
  readonly by: Value;
  readonly isDivided: boolean;
}

/** How the outputs of a graph are put together. */
export function assemblyOf(graph: Graph, isState: (name: string) => boolean): Assembly {
  const isFixed = fixedIn(isState);
  const scalings = new Map<Value, Scaling>();
  const assembled = graph.outputs.filter(({ value }) => {
    const { parts } = partsOf(value);
    for (const part of parts) {
      const scaling = scalingOf(part, isFixed);
      if (scaling !== undefined) scalings.set(part, scaling);
    }
    return parts.size > 1 || [...parts].some((part) => scalings.has(part));
  });
  const nodes = new Set<Node>();
  const values = new Set<Value>();
  for (const { value } of assembled) {
    const found = partsOf(value);
    for (const node of found.nodes) nodes.add(node);
    for (const part of found.parts) values.add(part);
  }
  const parts = named(values, 'part');
  const weights = named(
    [...scalings.values()].map(({ by }) => by),
    'factor',
  );
  const picks = named(
    [...nodes].flatMap(({ op, inputs }) => (picking.has(op) ? inputs.slice(1) : [])),
    'pick',
  );
  const putting: Graph = {
    ...graph,
    nodes: graph.nodes.filter((node) => nodes.has(node)),
    outputs: assembled,
  };
  return {
    needs: [...parts, ...picks, ...weights],
    of(fed, truth) {
      if (parts.length === 0) return new Map();
      const known = new Map([...picks, ...weights].map(({ name, value }) => [value, truth.get(name)]));
      const numbered = new Map<Value, Tensor>();
      for (const { value } of picks) {
        const told = known.get(value);
        if (told !== undefined) numbered.set(value, told);
      }
      const [factors, from]: [number[], number[]] = [[], []];
      for (const [i, { name, value }] of parts.entries()) {
        const shape = truth.get(name)?.shape ?? [];
        const scaling = scalings.get(value);
        const powers = scaling === undefined ? [] : powersOf(scaling, known.get(scaling.by), shape);
        const own = new Map<number, number>();
        const data = new Float64Array(sizeOf(shape));
        for (let at = 0; at < data.length; at++) {
          const power = powers[at] ?? NaN;
          let part = own.get(power);
          if (part === undefined) {
            part = factors.length;
            own.set(power, part);
            factors.push(power);
            from.push(i);
          }
          data[at] = part;
        }
        numbered.set(value, { dtype: 'float32', shape, data });
      }
      const binding = checkFeeds(graph, fed, isState);
      const given = walk(putting, numbered, binding, new Map(), evaluate);
      const told = { factors: Float64Array.from(factors), values: Float64Array.from(from) };
      return new Map(
        assembled.map(({ name }, i) => [name, { of: Float64Array.from(given[i]?.data ?? []), ...told }]),
      );
    },
  };
}

function named(values: Iterable<Value>, what: string): readonly GraphOutput[] {
  return [...new Set(values)].map((value, i) => ({ name: `${what} ${i}`, value }));
}

/** What each element is multiplied by, as a power of two; NaN where that is 0. */
function powersOf({ isDivided }: Scaling, by: Tensor | undefined, shape: readonly number[]): Float64Array {
  const at = broadcastPositions(by?.shape ?? [], shape);
  return Float64Array.from(at, (position) => {
    const power = Math.floor(Math.log2(Math.abs(by?.data[position] ?? 0)));
    if (!Number.isFinite(power)) return NaN;
    return isDivided ? -power : power;
  });
}

/** What a value is multiplied by before something fixed may be added to it. */
function scalingOf({ node }: Value, isFixed: (value: Value) => boolean): Scaling | undefined {
  const [left, right] = node?.inputs ?? [];
  if (node === undefined || left === undefined || right === undefined) return undefined;
  if (node.op === 'Add' || node.op === 'Sub') {
    if (isFixed(right)) return scalingOf(left, isFixed);
    return isFixed(left) ? scalingOf(right, isFixed) : undefined;
  }
  if (node.op !== 'Mul' && node.op !== 'Div') return undefined;
  const isDivided = node.op === 'Div';
  const by = isFixed(right) ? right : isDivided || !isFixed(left) ? undefined : left;
  return by === undefined || by.type.shape.every((dim) => dim === 1) ? undefined : { by, isDivided };
}

/** Whether a value is the same whatever is fed. */
function fixedIn(isState: (name: string) => boolean): (value: Value) => boolean {
  const known = new Map<Value, boolean>();
  const isFixed = (value: Value): boolean => {
    const before = known.get(value);
    if (before !== undefined) return before;
    const { node, name } = value;
    const found = node === undefined ? isState(name) : node.inputs.every(isFixed);
    known.set(value, found);
    return found;
  };
  return isFixed;
}

/** What a value is put together of, and the nodes that do it; itself alone where none does. */
function partsOf(value: Value): { readonly parts: ReadonlySet<Value>; readonly nodes: ReadonlySet<Node> } {
  const parts = new Set<Value>();
  const nodes = new Set<Node>();
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const from = movedOutOf(next);
    if (next.node === undefined || from === undefined) parts.add(next);
    else if (!nodes.has(next.node)) {
      nodes.add(next.node);
      for (const each of from) open.push(each);
    }
    if (parts.size > mostParts) return { parts: new Set([value]), nodes: new Set() };
  }
  return { parts, nodes };
}
