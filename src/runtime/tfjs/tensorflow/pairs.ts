/**
 * A pass: an image made half as large by two strided 1×1 convolutions, side by side, as one convolution of pairs.
 *
 * One of the two sees the first of every 2×2 pixels, the other, which begins a pixel further, the last (FactorizedReduce of
 * the official code). Of the pairs of these pixels, as twice the channels, both are one 1×1 convolution whose filter has
 * their filters on its diagonal and zeros elsewhere. With the ReLU in front and the batch norm behind it is half a separable
 * convolution then, which the pass after this one makes a single op. What the image's gradient gets from it is masked by the
 * ReLU before it is spread, and added to what others give.
 */
import type { OpName } from '../../../graph/attributes.ts';
import type { GraphBuilder } from '../../../graph/builder.ts';
import type { Rewrite } from '../../../graph/rebuild.ts';
import { pointwise } from '../../../graph/separable.ts';
import type { Graph, Node, NodeOf, Value } from '../../../graph/types.ts';
import { isSum, readersIn, type Readers } from './readers.ts';

/** The nodes of an image that is made half as large. */
interface Reduction {
  readonly first: NodeOf<'Conv'>;
  readonly last: NodeOf<'Conv'>;
  /** Of what both give. */
  readonly joined: Node;
  readonly backs: readonly Back[];
}

/** The nodes of a gradient of it: there may be one for each loss. */
interface Back {
  readonly split: Node;
  /** The filters' gradients. */
  readonly filters: readonly (Node | undefined)[];
  readonly input: Input | undefined;
}

/** The gradient of the image: a sum of what both convolutions give and of what others do, then that of a ReLU, if there is one. */
interface Input {
  readonly sum: Node;
  readonly own: ReadonlySet<Value>;
  readonly relu: Node | undefined;
  /** What the second convolutions of several reductions of one image give, before it is moved to where they see it. */
  readonly shared: Node | undefined;
}

/** What stands for a node, given its operands in the new graph. */
type Plans = Map<Node, (b: GraphBuilder, inputs: readonly Value[]) => readonly Value[] | undefined>;

/** What reductions give to one gradient: of the pairs, each its part. */
interface Given {
  readonly parts: ((b: GraphBuilder) => Value | undefined)[];
  readonly inputs: Input[];
  /** The pairs that a ReLU gave, if it is in front. */
  active: Value | undefined;
}

/** The pass for one graph. */
export function pairPixels(graph: Graph): Rewrite {
  const plans: Plans = new Map();
  const sums = new Map<Node, Given>();
  for (const reduction of findReductions(graph)) planReduction(reduction, plans, sums);
  for (const given of sums.values()) planSum(given, plans);
  return (b, node, inputs) => plans.get(node)?.(b, inputs);
}

function planReduction(
  { first, last, joined, backs }: Reduction,
  plans: Plans,
  sums: Map<Node, Given>,
): void {
  const channels = channelsOf(first.inputs[0]);
  const [above, below] = [channelsOf(first.outputs[0]), channelsOf(last.outputs[0])];
  const given = backs.flatMap(({ input }): Given[] => {
    if (input === undefined) return [];
    const all = sums.get(input.sum) ?? { parts: [], inputs: [], active: undefined };
    sums.set(input.sum, all);
    all.inputs.push(input);
    return [all];
  });
  /** The pairs that are convolved, and the filter. */
  let image: Value | undefined;
  let filter: Value | undefined;

  plans.set(joined, (b, inputs) => {
    const [[u, w] = [], [, v] = []] = inputs.map(({ node }) => node?.inputs ?? []);
    if (u === undefined || w === undefined || v === undefined) return undefined;
    const taken = u.node?.op === 'Relu' ? u.node.inputs[0] : undefined;
    const pairs = b.op('PixelPairs', [taken ?? u]);
    image = taken === undefined ? pairs : b.op('Relu', [pairs]);
    if (taken !== undefined) for (const all of given) all.active = image;
    const beside = (part: Value, pads: readonly number[]) => b.op('Pad', [part], { pads, value: 0 });
    const rows = [beside(w, [0, 0, 0, 0, 0, channels, 0, 0]), beside(v, [0, channels, 0, 0, 0, 0, 0, 0])];
    filter = b.op('Concat', rows, { axis: 0 });
    return [b.op('Conv', [image, filter], pointwise)];
  });

  for (const { split, filters, input } of backs) {
    let dz: Value | undefined;
    plans.set(split, (_, inputs) => {
      dz = inputs[0];
      return undefined;
    });
    filters.forEach((node, i) => {
      if (node === undefined) return;
      plans.set(node, (b) => {
        if (image === undefined || dz === undefined) return undefined;
        const all = b.op('ConvFilterGrad', [image, dz], { ...pointwise, kernel_shape: [1, 1] });
        const [starts, ends] = [
          [i * above, i * channels],
          [above + i * below, (i + 1) * channels],
        ];
        return [b.op('Slice', [all], { axes: [0, 1], starts, ends, steps: [1, 1] })];
      });
    });
    const part = (b: GraphBuilder) =>
      dz === undefined || filter === undefined
        ? undefined
        : b.op('ConvTranspose', [dz, filter], { ...pointwise, output_padding: [0, 0] });
    if (input !== undefined) sums.get(input.sum)?.parts.push(part);
  }
}

/** The gradient of an image, by what reductions of it give and by what others do. */
function planSum(given: Given, plans: Plans): void {
  const [input] = given.inputs;
  if (input === undefined) return;
  const { sum, relu } = input;
  const own = new Set(given.inputs.flatMap((one) => [...one.own]));
  /** Once the sum is reached: what the pairs give, and others. */
  let taken: Value | undefined;
  let others: Value | undefined;
  const spread = (b: GraphBuilder, dx: Value, rest: Value | undefined): readonly Value[] =>
    b.node('PixelPairsGrad', rest === undefined ? [dx] : [dx, rest], {});
  plans.set(sum, (b, operands) => {
    const parts = given.parts.map((part) => part(b)).filter((part) => part !== undefined);
    const [du] = parts.length > 1 ? [b.op('Sum', parts)] : parts;
    // A graph may have a gradient in front of what it is of.
    const isWhole = parts.length === given.parts.length && (relu === undefined || given.active !== undefined);
    if (du === undefined || !isWhole) return undefined;
    const rest = operands.filter((_, i) => !own.has(sum.inputs[i] as Value));
    others = rest.length > 1 ? b.op('Sum', rest) : rest[0];
    taken = given.active === undefined ? du : b.op('ReluGrad', [du, given.active]);
    if (relu === undefined) return spread(b, taken, others);
    return others === undefined ? undefined : [others];
  });
  if (relu === undefined) return;
  plans.set(relu, (b, [, u]) => {
    if (taken === undefined || u === undefined) return undefined;
    return spread(b, taken, others === undefined ? undefined : b.op('ReluGrad', [others, u]));
  });
}

function findReductions(graph: Graph): Reduction[] {
  const { of: usersOf, only, single } = readersIn(graph);
  const claimed = new Set<Node>();
  const found = graph.nodes.flatMap((joined): Reduction[] => {
    if (joined.op !== 'Concat' || joined.attributes.axis !== 1 || joined.inputs.length !== 2) return [];
    const [first, last] = joined.inputs.map(({ node }) => node);
    if (first === undefined || last === undefined || !isHalving(first) || !isHalving(last)) return [];
    if ([first, last].some((conv) => single(conv.outputs[0]) !== joined)) return [];
    const [u, w] = first.inputs;
    const [shifted, v] = last.inputs;
    if (u === undefined || !isShifted(shifted, u)) return [];
    // Where no statistics are taken, the zeros of the filter would be multiplied for nothing.
    if (!usersOf(joined.outputs[0]).some(({ op }) => op === 'BatchNormTrain')) return [];

    /** The gradients that are a split: its parts go to the two convolutions' gradients, and nowhere else. */
    const backs = [...usersOf(w), ...usersOf(u)].flatMap(({ inputs }) =>
      inputs.flatMap(({ node: split }): Back[] => {
        if (split?.op !== 'Split' || split.attributes.axis !== 1 || split.outputs.length !== 2) return [];
        // Another reduction of the image may be of other parts.
        const fits = split.outputs.every((dz, i) => channelsOf(dz) === channelsOf(joined.inputs[i]));
        if (claimed.has(split) || !fits) return [];
        const [dz1, dz2] = split.outputs;
        const gradient = (op: OpName, dz: Value | undefined, operands: readonly (Value | undefined)[]) =>
          usersOf(dz).find((node) => node.op === op && same(node.inputs, operands) && isStrided(node, first));
        const filters = [
          gradient('ConvFilterGrad', dz1, [u, dz1]),
          gradient('ConvFilterGrad', dz2, [shifted, dz2]),
        ];
        const near = gradient('ConvTranspose', dz1, [dz1, w]);
        const far = gradient('ConvTranspose', dz2, [dz2, v]);
        const known = [...filters, near, far];
        if (known.every((node) => node === undefined)) return [];
        if (!split.outputs.every((dz) => only(dz, known))) return [];
        const input = near === undefined && far === undefined ? undefined : inputOf(near, far, u, single);
        if (input === undefined && (near !== undefined || far !== undefined)) return [];
        claimed.add(split);
        return [{ split, filters, input }];
      }),
    );
    return [{ first, last, joined, backs }];
  });

  // What is shared is left out of a sum only if all who share it are known.
  const sharing = new Map<Node, number>();
  for (const { input } of found.flatMap(({ backs }) => backs)) {
    if (input?.shared !== undefined) sharing.set(input.shared, (sharing.get(input.shared) ?? 0) + 1);
  }
  const isKnown = ({ shared }: Input) => shared === undefined || sharing.get(shared) === shared.inputs.length;
  return found.map((reduction) => ({
    ...reduction,
    backs: reduction.backs.map((back) => ({
      ...back,
      input: back.input !== undefined && isKnown(back.input) ? back.input : undefined,
    })),
  }));
}

/** Where what the two convolutions give to the gradient of image u goes: to a sum, and then maybe through u's ReLU. */
function inputOf(
  near: Node | undefined,
  far: Node | undefined,
  u: Value,
  single: Readers['single'],
): Input | undefined {
  const next = single(far?.outputs[0]);
  const shared = next !== undefined && isSum(next) ? next : undefined;
  const [direct, moved] = [near?.outputs[0], movedBy(shared ?? far, single)];
  const sum = single(direct);
  if (direct === undefined || moved === undefined || sum === undefined || single(moved) !== sum)
    return undefined;
  const own = new Set([direct, moved]);
  const once = sum.inputs.filter((input) => own.has(input)).length === own.size;
  if (!isSum(sum) || !once || sum.outputs[0]?.type.shape.join() !== u.type.shape.join()) return undefined;
  const after = single(sum.outputs[0]);
  const isActive = u.node?.op === 'Relu';
  const masks = isActive && after?.op === 'ReluGrad' && same(after.inputs, [sum.outputs[0], u]);
  // What a ReLU gave is masked by it alone.
  if (isActive && !masks) return undefined;
  return { sum, own, relu: masks ? after : undefined, shared };
}

function same(values: readonly Value[], others: readonly (Value | undefined)[]): boolean {
  return values.length === others.length && values.every((value, i) => value === others[i]);
}

/** Whether it moves over an image as a convolution does. */
function isStrided(node: Node, { attributes }: NodeOf<'Conv'>): boolean {
  if (node.op !== 'ConvTranspose' && node.op !== 'ConvFilterGrad') return false;
  const { strides, pads, group } = node.attributes;
  if (node.op === 'ConvFilterGrad' && node.attributes.kernel_shape.some((extent) => extent !== 1))
    return false;
  return (
    strides.join() === attributes.strides.join() &&
    pads.join() === attributes.pads.join() &&
    group === attributes.group
  );
}

/** Whether it is a 1×1 convolution of every second pixel. */
function isHalving(node: Node): node is NodeOf<'Conv'> {
  if (node.op !== 'Conv' || node.inputs.length !== 2) return false;
  const { strides, pads, group } = node.attributes;
  const kernel = node.inputs[1]?.type.shape.slice(2) ?? [];
  return (
    group === 1 &&
    kernel.every((extent) => extent === 1) &&
    strides.every((stride) => stride === 2) &&
    pads.every((pad) => pad === 0)
  );
}

/** Whether it is the image, of even size, without its first row and column. */
function isShifted(value: Value | undefined, image: Value | undefined): boolean {
  const node = value?.node;
  if (node?.op !== 'Slice' || image === undefined || node.inputs[0] !== image) return false;
  const size = image.type.shape.slice(2);
  const { axes, starts, ends, steps } = node.attributes;
  return (
    size.every((extent) => typeof extent === 'number' && extent % 2 === 0) &&
    axes.join() === '2,3' &&
    starts.join() === '1,1' &&
    ends.join() === size.join() &&
    steps.join() === '1,1'
  );
}

/** What a node gives, a row and a column put before it, by one pad or by two. */
function movedBy(node: Node | undefined, single: Readers['single']): Value | undefined {
  const total = Array.from({ length: 8 }, () => 0);
  let value = node?.outputs[0];
  for (let next = single(value); next?.op === 'Pad' && next.attributes.value === 0; next = single(value)) {
    next.attributes.pads.forEach((pad, i) => (total[i] = (total[i] ?? 0) + pad));
    value = next.outputs[0];
  }
  return total.join() === '0,0,1,1,0,0,0,0' ? value : undefined;
}

function channelsOf(value: Value | undefined): number {
  return Number(value?.type.shape[1]);
}
