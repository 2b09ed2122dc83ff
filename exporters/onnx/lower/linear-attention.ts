/** What hybrid language models have in place of attention (opset 27 up): a state that is carried from word to word. */
import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Dim, Value } from '../../../src/graph/types.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { endless, slice, type Lower, type Lowerings } from './lowering.ts';

/** Each channel by a filter of its own that sees what comes before, and what of it the next call begins with. */
const causalConvolution: Lower = (node) => {
  const { b } = node;
  const [x, filter] = [node.float(0), node.float(1)];
  const [channels, , size] = filter.type.shape.map((dim) => numberOf(dim, 'the filter'));
  if (channels === undefined || size === undefined) throw new Unreadable('has a filter without length');
  const before = size - 1;
  const whole = node.has(3)
    ? b.op('Concat', [node.float(3), x], { axis: 2 })
    : b.op('Pad', [x], { pads: [0, 0, before, 0, 0, 0], value: 0 });
  const [image, own] = [whole, filter].map((value) => b.op('Unsqueeze', [value], { axes: [2] }));
  const bias = node.has(2) ? [node.float(2)] : [];
  const flat = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: channels } as const;
  const made = b.op('Conv', [needed(image, 'input'), needed(own, 'filter'), ...bias], flat);
  const y = b.op('Squeeze', [made], { axes: [2] });
  const rest = before === 0 ? slice(b, whole, 2, 0, 0) : slice(b, whole, 2, -before, endless);
  return [activated(node, y), rest];
};

function activated(node: NodeReader, x: Value): Value {
  const activation = node.string('activation', 'none');
  if (activation === 'none') return x;
  if (activation !== 'silu' && activation !== 'swish') throw new Unreadable(`has activation=${activation}`);
  return node.b.op('Mul', [x, node.b.op('Sigmoid', [x])]);
}

/** Which rules forget, and which correct what the state says already. */
const rules: Readonly<Record<string, { readonly isGated: boolean; readonly isDelta: boolean }>> = {
  linear: { isGated: false, isDelta: false },
  gated: { isGated: true, isDelta: false },
  delta: { isGated: false, isDelta: true },
  gated_delta: { isGated: true, isDelta: true },
};

/**
 * A state [batch, heads, key, value] that each word is added to, as the product of its key and its value, and read from by its
 * query.
 */
const linearAttention: Lower = (node) => {
  const { b } = node;
  node.ignore('chunk_size');
  const [queryHeads, heads] = [node.int('q_num_heads'), node.int('kv_num_heads')];
  const rule = node.string('update_rule', 'gated_delta');
  const { isGated, isDelta } = rules[rule] ?? {};
  if (isGated === undefined || isDelta === undefined) throw new Unreadable(`has update_rule=${rule}`);
  const [batch = 1] = node.shape(0);
  const sizeOf = (index: number, own: number): number =>
    numberOf(node.shape(index)[2], 'the hidden size') / own;
  const [keySize, valueSize] = [sizeOf(1, heads), sizeOf(2, heads)];
  /** [batch, length, …] → [length, batch, …], apart by heads. */
  const apart = (index: number, ...shape: readonly Dim[]): Value => {
    const split = b.op('Reshape', [node.float(index)], { shape: [0, 0, ...shape] });
    const perm = [1, 0, ...shape.map((_, axis) => axis + 2)];
    return b.op('Transpose', [split], { perm });
  };
  const sequences = [
    apart(0, heads, queryHeads / heads, keySize),
    apart(1, heads, keySize, 1),
    apart(2, heads, 1, valueSize),
    ...(isGated ? [apart(4, heads, sizeOf(4, heads), 1)] : []),
    ...(isDelta ? [apart(5, node.shape(5)[2] === 1 ? 1 : heads, 1, 1)] : []),
  ];
  const start = node.has(3)
    ? node.float(3)
    : b.op('Expand', [b.constant(0)], { shape: [batch, heads, keySize, valueSize] });

  const step = new GraphBuilder();
  const state = step.input('state', start.type.shape);
  const [query, key, value, ...gates] = sequences.map((sequence, i) =>
    step.input(`slice ${i}`, sequence.type.shape.slice(1)),
  );
  if (query === undefined || key === undefined || value === undefined) throw new Unreadable('lacks a query');
  const kept = isGated ? step.op('Mul', [state, step.op('Exp', [needed(gates[0], 'decay')])]) : state;
  const turned = step.op('Transpose', [key], { perm: [0, 1, 3, 2] });
  const news = isDelta
    ? step.op('Mul', [
        step.op('Sub', [value, step.op('MatMul', [turned, kept])]),
        needed(gates.at(-1), 'beta'),
      ])
    : value;
  const after = step.op('Add', [kept, step.op('MatMul', [key, news])]);
  const scale = node.real('scale', 0);
  const answer = step.op('Mul', [
    step.op('MatMul', [query, after]),
    step.constant(scale === 0 ? 1 / Math.sqrt(sizeOf(0, queryHeads)) : scale),
  ]);
  const body = step.finish('word', { after, answer });
  const made = b.node('Scan', [start, ...sequences], { body, states: 1, sequences: sequences.length });
  const [last, answers] = [needed(made[0], 'state'), needed(made[1], 'answers')];
  const back = b.op('Transpose', [answers], { perm: [1, 0, 2, 3, 4] });
  return [b.op('Reshape', [back], { shape: [0, 0, queryHeads * valueSize] }), last];
};

export const linearAttentionLowerings: Lowerings = {
  CausalConvWithState: causalConvolution,
  LinearAttention: linearAttention,
};
