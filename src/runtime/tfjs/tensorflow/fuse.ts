/**
 * A pass: separable convolutions and mixed nodes as ops that are fused.
 *
 * ReLU, depthwise and pointwise convolution become one node, and so do the gradients of all three with that of the batch
 * norm behind them; what they have in between is computed again on the way back, and kept by nobody. So is what they give,
 * unless another half reads it, whose gradient needs it. The batch norm in front of a ReLU, or of a term of a sum, is then
 * read off its statistics where it is needed, so that neither it nor the terms are ever made. The pass looks at a graph
 * after differentiation, for exactly the nodes that the definitions of the fused ops are made of, and takes them only where
 * nobody else asks for what would not be there.
 */
import type { ConvAttributes } from '../../../graph/attributes.ts';
import type { GraphBuilder } from '../../../graph/builder.ts';
import type { Rewrite } from '../../../graph/rebuild.ts';
import type { Graph, Node, NodeOf, Value } from '../../../graph/types.ts';

/** The nodes of a half, as they stand in the graph. */
interface Half {
  readonly depthwise: NodeOf<'Conv'>;
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
  readonly input: NodeOf<'ConvTranspose'>;
  readonly filter: NodeOf<'ConvFilterGrad'> | undefined;
  /** The ReLU's own gradient, where it is of this half alone. */
  readonly relu: NodeOf<'ReluGrad'> | undefined;
}

/** The pass for one graph. */
export function fuseSeparable(graph: Graph): Rewrite {
  const halves = findHalves(graph);
  /** What stands for a node of a half, given its operands in the new graph. */
  const plans = new Map<Node, (b: GraphBuilder, inputs: readonly Value[]) => readonly Value[] | undefined>();
  for (const half of halves) planHalf(half, plans);
  const gone = new Set<Node | undefined>(halves.flatMap(({ depthwise, back }) => [depthwise, back?.filter]));
  const unread = activationsOf(graph, gone);
  return (b, node, inputs) => {
    const planned = plans.get(node)?.(b, inputs);
    if (planned !== undefined) return planned;
    if (node.op === 'ReluGrad' && unread.has(node.inputs[1])) return seenBefore(b, inputs);
    return node.op === 'Sum' ? mixedSum(b, inputs) : undefined;
  };
}

/** What ReLUs give that, once halves are fused, nobody reads but gradients of the ReLU. */
function activationsOf(graph: Graph, gone: ReadonlySet<Node | undefined>): ReadonlySet<Value | undefined> {
  const found = new Set<Value | undefined>();
  for (const node of graph.nodes) if (node.op === 'Relu') found.add(node.outputs[0]);
  for (const node of graph.nodes) {
    node.inputs.forEach((input, i) => {
      if (!gone.has(node) && !(node.op === 'ReluGrad' && i === 1)) found.delete(input);
    });
  }
  for (const { value } of graph.outputs) found.delete(value);
  return found;
}

/** A ReLU's gradient by what the ReLU took, which halves keep, in place of what it gave: positive in the same places. */
function seenBefore(b: GraphBuilder, [dy, u]: readonly Value[]): readonly Value[] | undefined {
  const [x] = u?.node?.inputs ?? [];
  // A batch norm in front is read off its statistics, and not made.
  if (dy === undefined || x === undefined || x.node?.op === 'BatchNormalization') return undefined;
  return [b.op('ReluGrad', [dy, x])];
}

type Plans = Map<Node, (b: GraphBuilder, inputs: readonly Value[]) => readonly Value[] | undefined>;

function planHalf({ depthwise, pointwise, norm, back, followed }: Half, plans: Plans): void {
  let operands: readonly Value[] = [];
  let conv: (ConvAttributes & { readonly norm_epsilon: number }) | undefined;
  let fused: readonly Value[] = [];
  let gradients: readonly Value[] = [];

  plans.set(depthwise, (_, [u, w]) => {
    const { strides, pads, dilations, group } = depthwise.attributes;
    const relu = u?.node;
    const x = relu?.op === 'Relu' ? relu.inputs[0] : undefined;
    if (x === undefined || w === undefined) return undefined;
    const before = x.node?.op === 'BatchNormalization' && x.type.shape.length === 4 ? x.node : undefined;
    const [seen = x, ...statistics] = before?.inputs ?? [x];
    operands = [seen, w, ...statistics];
    conv = { strides, pads, dilations, group, norm_epsilon: before?.attributes.epsilon ?? 0 };
    return undefined;
  });
  plans.set(pointwise, (b, [, mix]) => {
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
    const [masked, again] = [back.relu === undefined ? 0 : 1, followed ? 0 : 1] as const;
    const given = followed ? inputs : inputs.toSpliced(1, 1);
    gradients = b.node('SeparableHalfGrad', [...given, ...operands], {
      ...conv,
      ...back.norm.attributes,
      masked,
      again,
    });
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

/** A sum of batch norms, of products with one number and of other terms, as one node. */
function mixedSum(b: GraphBuilder, inputs: readonly Value[]): readonly Value[] | undefined {
  const normOf = ({ node, type }: Value) =>
    node?.op === 'BatchNormalization' && type.shape.length === 4 ? node : undefined;
  const first = inputs.map(normOf).find((node) => node !== undefined);
  if (first === undefined) return undefined;
  const { epsilon } = first.attributes;
  const [plain, scaled, normed]: Value[][] = [[], [], []];
  let pairs = 0;
  for (const input of inputs) {
    const norm = normOf(input);
    const pair = scaledPair(input);
    if (norm?.attributes.epsilon === epsilon) normed?.push(...norm.inputs);
    else if (pair !== undefined) {
      scaled?.push(...pair);
      pairs++;
    } else plain?.push(input);
  }
  const operands = [...(plain ?? []), ...(scaled ?? []), ...(normed ?? [])];
  return b.node('MixedSum', operands, { plain: plain?.length ?? 0, scaled: pairs, epsilon });
}

/** An image times one number [1]. */
function scaledPair({ node, type }: Value): readonly [Value, Value] | undefined {
  if (node?.op !== 'Mul' || type.shape.length !== 4) return undefined;
  const [x, factor] = node.inputs;
  if (x?.type.shape.length !== 4 || factor?.type.shape.join() !== '1') return undefined;
  return [x, factor];
}

function findHalves(graph: Graph): Half[] {
  const users = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) users.set(input, [...(users.get(input) ?? []), node]);
  }
  const outputs = new Set(graph.outputs.map(({ value }) => value));
  const usersOf = (value: Value | undefined): readonly Node[] =>
    value === undefined ? [] : (users.get(value) ?? []);
  const only = (value: Value | undefined, allowed: readonly (Node | undefined)[]): boolean =>
    value !== undefined && !outputs.has(value) && usersOf(value).every((user) => allowed.includes(user));

  const halves: Half[] = [];
  for (const pointwise of graph.nodes) {
    if (pointwise.op !== 'Conv' || !isPointwise(pointwise)) continue;
    const [c] = pointwise.inputs;
    const depthwise = c?.node;
    if (depthwise?.op !== 'Conv' || !isDepthwise(depthwise)) continue;
    const [u] = depthwise.inputs;
    if (u?.node?.op !== 'Relu') continue;
    const z = pointwise.outputs[0];
    const norm = usersOf(z).find((node): node is NodeOf<'BatchNormTrain'> => node.op === 'BatchNormTrain');
    const back = norm === undefined ? undefined : findBack(depthwise, pointwise, norm, usersOf, only);
    if (!only(c, [pointwise, back?.mix])) continue;
    halves.push({ depthwise, pointwise, norm, back, followed: false });
  }
  const read = new Set(halves.map(({ depthwise }) => depthwise.inputs[0]?.node?.inputs[0]));
  return halves.map((half) => ({
    ...half,
    followed: half.norm !== undefined && read.has(half.norm.outputs[0]),
  }));
}

function findBack(
  depthwise: NodeOf<'Conv'>,
  pointwise: NodeOf<'Conv'>,
  norm: NodeOf<'BatchNormTrain'>,
  usersOf: (value: Value | undefined) => readonly Node[],
  only: (value: Value | undefined, allowed: readonly (Node | undefined)[]) => boolean,
): Back | undefined {
  const [[u, w], [c, mix], [z]] = [depthwise.inputs, pointwise.inputs, pointwise.outputs];
  const backNorm = usersOf(z).find(
    (node): node is NodeOf<'BatchNormTrainGrad'> =>
      node.op === 'BatchNormTrainGrad' &&
      node.inputs[1] === z &&
      node.inputs[3] === norm.outputs[1] &&
      node.inputs[4] === norm.outputs[2],
  );
  const [dz] = backNorm?.outputs ?? [];
  const of = (value: Value | undefined, op: 'ConvTranspose' | 'ConvFilterGrad', other: Value | undefined) =>
    usersOf(value).find((node) => node.op === op && node.inputs.includes(other as Value));
  const toC = of(dz, 'ConvTranspose', mix);
  const mixGrad = of(dz, 'ConvFilterGrad', c);
  const [dc] = toC?.outputs ?? [];
  const input = of(dc, 'ConvTranspose', w);
  const filter = of(dc, 'ConvFilterGrad', u);
  if (backNorm === undefined || toC === undefined || input?.op !== 'ConvTranspose') return undefined;
  if (!only(dz, [toC, mixGrad]) || !only(dc, [input, filter])) return undefined;
  const [du] = input.outputs;
  const [relu] = usersOf(du);
  const alone = relu?.op === 'ReluGrad' && relu.inputs[0] === du && relu.inputs[1] === u && only(du, [relu]);
  return {
    norm: backNorm,
    mix: mixGrad?.op === 'ConvFilterGrad' ? mixGrad : undefined,
    input,
    filter: filter?.op === 'ConvFilterGrad' ? filter : undefined,
    relu: alone ? relu : undefined,
  };
}

function isPointwise({ inputs, attributes }: NodeOf<'Conv'>): boolean {
  const { group, strides, pads } = attributes;
  const [, , kh, kw] = inputs[1]?.type.shape ?? [];
  const plain = kh === 1 && kw === 1 && inputs.length === 2 && group === 1;
  return plain && strides.every((stride) => stride === 1) && pads.every((pad) => pad === 0);
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
