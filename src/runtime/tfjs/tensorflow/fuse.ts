/**
 * A pass: separable convolutions and mixed nodes as ops that are fused.
 *
 * ReLU, depthwise and pointwise convolution become one node, and so do the gradients of all three with that of the batch
 * norm behind them; what they have in between is computed again on the way back, and kept by nobody. So is what they give,
 * unless another half reads it, whose gradient needs it. The batch norm in front of a ReLU, or of a term of a sum, is then
 * read off its statistics where it is needed, so that neither it nor the terms are ever made; nor are its products with a
 * factor an image, by which training drops paths. A ReLU in front of a pointwise convolution alone is a half whose depthwise
 * filter is 1; so are patches of an image that is fed (`patches.ts`), without a ReLU, and pairs of pixels of one that is made half as
 * large (`pairs.ts`). The pass looks at a graph after differentiation, for exactly the nodes that the definitions of the fused ops
 * are made of, and takes them only where nobody else asks for what would not be there.
 */
import type { ConvAttributes } from '../../../graph/attributes.ts';
import type { GraphBuilder } from '../../../graph/builder.ts';
import { rebuild, type Rewrite } from '../../../graph/rebuild.ts';
import type { Graph, Node, NodeOf, Value } from '../../../graph/types.ts';
import { pairPixels } from './pairs.ts';
import { patchImages } from './patches.ts';
import { isSum, readersIn, type Readers } from './readers.ts';

/** The nodes of a half, as they stand in the graph. */
interface Half {
  /** Without one, the pointwise convolution takes what the ReLU gives, or patches. */
  readonly depthwise: NodeOf<'Conv'> | undefined;
  readonly pointwise: NodeOf<'Conv'>;
  readonly norm: NodeOf<'BatchNormTrain'> | undefined;
  readonly back: Back | undefined;
  /** Whether another half reads what it gives, whose gradient needs that, too. */
  readonly followed: boolean;
}

/** The nodes of its gradient; without filters' gradients where only alphas learn. */
interface Back {
  readonly norm: NodeOf<'BatchNormTrainGrad'>;
  readonly mix: NodeOf<'ConvFilterGrad'> | undefined;
  /** That of what the ReLU gives; of patches of an image that is fed there is none. */
  readonly input: NodeOf<'ConvTranspose'> | undefined;
  readonly filter: NodeOf<'ConvFilterGrad'> | undefined;
  /** The ReLU's own gradient, where it is of halves alone: each takes it of its part of the sum. */
  readonly relu: Node | undefined;
  /** The sum that the gradient is a part of, where nobody else reads it. */
  readonly sum: Node | undefined;
}

/** What stands for a node, given its operands in the new graph. */
type Plans = Map<Node, (b: GraphBuilder, inputs: readonly Value[]) => readonly Value[] | undefined>;

/** The graph with the ops that are fused. */
export function fuse(graph: Graph): Graph {
  const patched = rebuild(graph, patchImages(graph));
  const paired = rebuild(patched, pairPixels(patched));
  return rebuild(paired, fuseSeparable(paired));
}

/** The pass for one graph. */
function fuseSeparable(graph: Graph): Rewrite {
  const halves = findHalves(graph);
  const reading = readFrom(graph, halves);
  const plans: Plans = new Map();
  const sums = planSums(halves, plans);
  for (const half of halves)
    planHalf(half, reading.get(activationOf(half)) === 'given', sums.get(half.back?.sum), plans);
  return (b, node, inputs) => {
    const planned = plans.get(node)?.(b, inputs);
    if (planned !== undefined) return planned;
    if (node.op === 'ReluGrad' && reading.get(node.inputs[1]) === 'taken') return fromTaken(b, inputs);
    return isSum(node) ? mixedSum(b, inputs) : undefined;
  };
}

/** What is read of a ReLU; by `statistics`, a half reads the batch norm in front, and the ReLU's gradient what it gave. */
type Reading = 'taken' | 'given' | 'statistics';

/**
 * Of what ReLUs give, for their gradients and those of halves, which are positive in the same places: whether these read what
 * the ReLU took or what it gave, so that one of the two is kept, and neither is made for them alone. A half takes either,
 * since what a ReLU gives is not changed by another.
 */
function readFrom(graph: Graph, halves: readonly Half[]): ReadonlyMap<Value | undefined, Reading> {
  const fused = new Set<Node | undefined>(
    halves.flatMap(({ depthwise, pointwise, back }) =>
      depthwise === undefined ? [pointwise, back?.mix] : [depthwise, back?.filter],
    ),
  );
  const norms = new Set([
    ...halves.map(({ norm }) => norm?.outputs[0]),
    ...graph.nodes.flatMap(({ op, outputs }) => (op === 'BatchNormalization' ? outputs : [])),
  ]);
  /** What others read; of a batch norm, others than read it off its statistics. */
  const made = new Set<Value>();
  for (const node of graph.nodes) {
    node.inputs.forEach((input, i) => {
      const offStatistics = norms.has(input) && (node.op === 'Relu' || node.op === 'Mul' || isSum(node));
      if (!fused.has(node) && !offStatistics && !(node.op === 'ReluGrad' && i === 1)) made.add(input);
    });
  }
  for (const { value } of graph.outputs) made.add(value);
  return new Map(
    halves.map((half): [Value | undefined, Reading] => {
      const u = activationOf(half);
      const [x] = u?.node?.inputs ?? [];
      if (u === undefined || x === undefined || u.node?.op !== 'Relu') return [u, 'given'];
      if (norms.has(x)) return [u, made.has(x) ? 'taken' : 'statistics'];
      return [u, made.has(u) ? 'given' : 'taken'];
    }),
  );
}

/** What the ReLU of a half gives, or its patches. */
function activationOf({ depthwise, pointwise }: Pick<Half, 'depthwise' | 'pointwise'>): Value | undefined {
  return (depthwise ?? pointwise).inputs[0];
}

/** By what the ReLU took. */
function fromTaken(b: GraphBuilder, [dy, u]: readonly Value[]): readonly Value[] | undefined {
  const [x] = u?.node?.inputs ?? [];
  return dy === undefined || x === undefined ? undefined : [b.op('ReluGrad', [dy, x])];
}

/** A sum of what halves give, and others: each half adds its part to that of those before it. */
interface RunningSum {
  soFar: Value | undefined;
}

/** The sums that halves give their gradients to, and to nobody else. */
function planSums(halves: readonly Half[], plans: Plans): ReadonlyMap<Node | undefined, RunningSum> {
  const sums = new Map<Node, RunningSum>();
  for (const { back } of halves) {
    if (back?.sum !== undefined) sums.set(back.sum, { soFar: undefined });
  }
  const own = new Set(
    halves.flatMap(({ back }) => (back?.sum === undefined ? [] : (back.input?.outputs ?? []))),
  );
  for (const [node, running] of sums) {
    plans.set(node, (b, inputs) => {
      const others = inputs.filter((_, i) => !own.has(node.inputs[i] as Value));
      const all = running.soFar === undefined ? others : [running.soFar, ...others];
      return all.length === 1 ? all : (mixedSum(b, all) ?? [b.op('Sum', all)]);
    });
  }
  return sums;
}

/**
 * @param activated whether it reads what the ReLU gives
 * @param sum what the gradient of its input is a part of
 */
function planHalf(
  { depthwise, pointwise, norm, back, followed }: Half,
  activated: boolean,
  sum: RunningSum | undefined,
  plans: Plans,
): void {
  let operands: readonly Value[] = [];
  let conv: (ConvAttributes & { readonly relu: 0 | 1; readonly norm_epsilon: number }) | undefined;
  let fused: readonly Value[] = [];
  let gradients: readonly Value[] = [];

  /** What a half takes, but for its pointwise filter. */
  const begin = (u: Value | undefined, w: Value | undefined, attributes: ConvAttributes): void => {
    const relu = u?.node;
    const x = activated ? u : relu?.op === 'Relu' ? relu.inputs[0] : undefined;
    if (x === undefined || w === undefined) return;
    const { strides, pads, dilations, group } = attributes;
    const before = x.node?.op === 'BatchNormalization' && x.type.shape.length === 4 ? x.node : undefined;
    const [seen = x, ...statistics] = before?.inputs ?? [x];
    operands = [seen, w, ...statistics];
    const rectified = relu?.op === 'Relu' ? 1 : 0;
    conv = {
      strides,
      pads,
      dilations,
      group,
      relu: rectified,
      norm_epsilon: before?.attributes.epsilon ?? 0,
    };
  };
  if (depthwise !== undefined) {
    plans.set(depthwise, (_, [u, w]) => {
      begin(u, w, depthwise.attributes);
      return undefined;
    });
  }
  plans.set(pointwise, (b, [c, mix]) => {
    const channels = Number(mix?.type.shape[1]);
    if (depthwise === undefined) {
      const ones = b.constant(
        Array.from({ length: channels }, () => 1),
        [channels, 1, 1, 1],
      );
      begin(c, ones, { ...pointwise.attributes, group: channels });
    }
    const [x, w, ...statistics] = operands;
    if (conv === undefined || x === undefined || w === undefined || mix === undefined) return undefined;
    operands = [x, w, mix, ...statistics];
    fused = b.node('SeparableHalf', operands, conv);
    return fused.slice(0, 1);
  });
  if (norm === undefined) return;
  plans.set(norm, (b, [z, scale, bias]) => {
    const [, mean, variance] = fused;
    if (z === undefined || scale === undefined || bias === undefined) return undefined;
    if (mean === undefined || variance === undefined) return undefined;
    // Nobody may ask for it: then it is not in the graph.
    const y = b.op('BatchNormalization', [z, scale, bias, mean, variance], norm.attributes);
    return [y, mean, variance];
  });
  if (back === undefined) return;
  plans.set(back.norm, (b, inputs) => {
    if (conv === undefined) return undefined;
    const [dy, z, ...statistics] = inputs as [Value, Value, ...Value[]];
    const dropped = scaledPair(dy, false);
    const before = sum?.soFar;
    const optional = [...(before === undefined ? [] : [before]), ...(followed ? [z] : [])];
    const norm = [...(dropped ?? [dy]), ...optional, ...statistics];
    gradients = b.node('SeparableHalfGrad', [...norm, ...operands], {
      ...conv,
      ...back.norm.attributes,
      masked: back.relu === undefined ? 0 : 1,
      again: followed ? 0 : 1,
      dropped: dropped === undefined ? 0 : 1,
      added: before === undefined ? 0 : 1,
    });
    if (sum !== undefined) sum.soFar = gradients[0];
    const [dz] = b.node('BatchNormTrainGrad', inputs, back.norm.attributes);
    return dz === undefined ? undefined : [dz, ...gradients.slice(3)];
  });
  const give = (node: Node | undefined, output: number): void => {
    if (node !== undefined) plans.set(node, () => gradients.slice(output, output + 1));
  };
  give(back.input, 0);
  give(back.filter, 1);
  give(back.mix, 2);
  // It is masked already.
  if (back.relu !== undefined) plans.set(back.relu, (_, inputs) => inputs.slice(0, 1));
}

/** A sum of batch norms, of products with a factor and of other terms, as one node. */
function mixedSum(b: GraphBuilder, inputs: readonly Value[]): readonly Value[] | undefined {
  const normOf = (value: Value | undefined) =>
    value?.node?.op === 'BatchNormalization' && value.type.shape.length === 4 ? value.node : undefined;
  if (inputs.some(({ type }) => type.dtype !== 'float32' || typeof type.shape[1] !== 'number'))
    return undefined;
  const terms = inputs.map((input) => ({ input, pair: scaledPair(input, true) }));
  const first = terms
    .map(({ input, pair }) => normOf(input) ?? normOf(pair?.[0]))
    .find((norm) => norm !== undefined);
  if (first === undefined && terms.every(({ pair }) => pair === undefined)) return undefined;
  const epsilon = first?.attributes.epsilon ?? 0;
  const alike = (value: Value | undefined) => {
    const norm = normOf(value);
    return norm?.attributes.epsilon === epsilon ? norm.inputs : undefined;
  };
  const plain: Value[] = [];
  const [scaled, normed, dropped]: Value[][][] = [[], [], []];
  for (const { input, pair } of terms) {
    const [norm, scaledNorm] = [alike(input), alike(pair?.[0])];
    if (norm !== undefined) normed?.push([...norm]);
    else if (pair !== undefined && scaledNorm !== undefined) dropped?.push([...scaledNorm, pair[1]]);
    else if (pair !== undefined) scaled?.push([...pair]);
    else plain.push(input);
  }
  const operands = [plain, scaled, normed, dropped].flat(2) as Value[];
  const counts = { plain: plain.length, scaled: scaled?.length ?? 0, dropped: dropped?.length ?? 0 };
  return b.node('MixedSum', operands, { ...counts, epsilon });
}

/** An image and its factor: one number an image, [N, 1, 1, 1], or, where `single` allows it, one number [1]. */
function scaledPair({ node }: Value, single: boolean): readonly [Value, Value] | undefined {
  if (node?.op !== 'Mul') return undefined;
  const [x, factor] = node.inputs;
  const shape = x?.type.shape ?? [];
  if (x === undefined || factor === undefined || shape.length !== 4) return undefined;
  const of = factor.type.shape.join();
  return of === [shape[0], 1, 1, 1].join() || (single && of === '1') ? [x, factor] : undefined;
}

function findHalves(graph: Graph): Half[] {
  const { of: usersOf, only } = readersIn(graph);
  const halves: Half[] = [];
  for (const pointwise of graph.nodes) {
    if (pointwise.op !== 'Conv' || !isPointwise(pointwise)) continue;
    const [c] = pointwise.inputs;
    const before = c?.node;
    const depthwise = before?.op === 'Conv' && isDepthwise(before) ? before : undefined;
    const [u] = depthwise?.inputs ?? [c];
    if (u?.node?.op !== 'Relu' && u?.node?.op !== 'Patches') continue;
    const z = pointwise.outputs[0];
    const norm = usersOf(z).find((node): node is NodeOf<'BatchNormTrain'> => node.op === 'BatchNormTrain');
    if (depthwise === undefined && (norm === undefined || !isSmall(pointwise))) continue;
    const back = norm === undefined ? undefined : findBack(depthwise, pointwise, norm, usersOf, only);
    if (depthwise !== undefined && !only(c, [pointwise, back?.mix])) continue;
    halves.push({ depthwise, pointwise, norm, back, followed: false });
  }
  const read = new Set(halves.map((half) => activationOf(half)?.node?.inputs[0]));
  const relus = reluGradsOf(graph, halves, only);
  const sumOf = (du: Value | undefined) =>
    usersOf(du).find(
      (user) => isSum(user) && only(du, [user]) && user.inputs.filter((input) => input === du).length === 1,
    );
  return halves.map((half) => ({
    ...half,
    back: half.back && { ...half.back, relu: relus.get(half), sum: sumOf(half.back.input?.outputs[0]) },
    followed: half.norm !== undefined && read.has(half.norm.outputs[0]),
  }));
}

/** The gradients of ReLUs that are taken of what halves give, and of nothing else: one, or a sum. */
function reluGradsOf(graph: Graph, halves: readonly Half[], only: Readers['only']): ReadonlyMap<Half, Node> {
  const giving = new Map(halves.map((half) => [half.back?.input?.outputs[0], half]));
  const found = new Map<Half, Node>();
  for (const node of graph.nodes) {
    if (node.op !== 'ReluGrad') continue;
    const [gradient, u] = node.inputs;
    const sum = gradient?.node?.op === 'Sum' && only(gradient, [node]) ? gradient.node : undefined;
    const parts = (sum?.inputs ?? [gradient]).map((part) => {
      const half = only(part, [sum ?? node]) ? giving.get(part) : undefined;
      return half !== undefined && activationOf(half) === u ? half : undefined;
    });
    for (const half of parts.includes(undefined) ? [] : parts) if (half !== undefined) found.set(half, node);
  }
  return found;
}

function findBack(
  depthwise: NodeOf<'Conv'> | undefined,
  pointwise: NodeOf<'Conv'>,
  norm: NodeOf<'BatchNormTrain'>,
  usersOf: Readers['of'],
  only: Readers['only'],
): Back | undefined {
  const [[c, mix], [z]] = [pointwise.inputs, pointwise.outputs];
  const [u, w] = depthwise?.inputs ?? [c];
  const backNorm = usersOf(z).find(
    (node): node is NodeOf<'BatchNormTrainGrad'> =>
      node.op === 'BatchNormTrainGrad' &&
      node.inputs[1] === z &&
      node.inputs[3] === norm.outputs[1] &&
      node.inputs[4] === norm.outputs[2],
  );
  const [dz] = backNorm?.outputs ?? [];
  const of = (value: Value | undefined, other: Value | undefined) =>
    usersOf(value).filter(({ inputs }) => inputs.includes(other as Value));
  const transposed = (nodes: readonly Node[]) => nodes.find((node) => node.op === 'ConvTranspose');
  const filterGrad = (nodes: readonly Node[]) => nodes.find((node) => node.op === 'ConvFilterGrad');
  const [toC, mixGrad] = [transposed(of(dz, mix)), filterGrad(of(dz, c))];
  const [dc] = toC?.outputs ?? [];
  const input = depthwise === undefined ? toC : transposed(of(dc, w));
  const filter = depthwise === undefined ? undefined : filterGrad(of(dc, u));
  const fed = u?.node?.op === 'Patches';
  if (backNorm === undefined || (input === undefined && !fed) || !only(dz, [toC, mixGrad])) return undefined;
  if (depthwise !== undefined && !only(dc, [input, filter])) return undefined;
  return { norm: backNorm, mix: mixGrad, input, filter, relu: undefined, sum: undefined };
}

function isPointwise({ inputs, attributes }: NodeOf<'Conv'>): boolean {
  const { group, strides, pads } = attributes;
  const [, , kh, kw] = inputs[1]?.type.shape ?? [];
  const plain = kh === 1 && kw === 1 && inputs.length === 2 && group === 1;
  return plain && strides.every((stride) => stride === 1) && pads.every((pad) => pad === 0);
}

/** Whether the filter stays in a core's own cache (2¹⁷ numbers are half a megabyte); TensorFlow is faster beyond. */
function isSmall({ inputs }: NodeOf<'Conv'>): boolean {
  const [[, , height, width] = [], filter = []] = inputs.map(({ type }) => type.shape);
  const sized = typeof height === 'number' && typeof width === 'number';
  return sized && Number(filter[0]) * Number(filter[1]) <= 2 ** 17;
}

/** A filter for each channel, and pads that do not reach past it, so that every window begins in or before the image. */
function isDepthwise({ inputs, attributes }: NodeOf<'Conv'>): boolean {
  const { group, pads, dilations } = attributes;
  const [[, channels, height, width] = [], [filters, , ...kernel] = []] = inputs.map(
    ({ type }) => type.shape,
  );
  const spans = kernel.map((extent, axis) => (Number(extent) - 1) * (dilations[axis] ?? 1));
  const near = pads.every((pad, i) => pad <= (spans[i % 2] ?? 0));
  const sized = typeof height === 'number' && typeof width === 'number';
  return sized && near && inputs.length === 2 && group === channels && group === filters;
}
