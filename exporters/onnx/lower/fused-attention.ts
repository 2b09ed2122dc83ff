/**
 * Attention as onnxruntime's optimiser writes it, with projections, biases and masks of its own kinds.
 *
 * Source: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
 */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import { minus } from '../../../src/graph/extent.ts';
import type { Dim, Value } from '../../../src/graph/types.ts';
import { numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import { apart, causal, rotated, shared, softmax, together } from './attention.ts';
import { slice, where, type Lower, type Lowerings } from './lowering.ts';
import { positions } from './shape.ts';

/** Queries, keys and values: [batch, heads, length, size]. */
interface Heads {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
}

/** [batch, length, hidden] that attends, and what is seen: softmax(q·kᵀ·scale + masks)·v. */
function attended(node: NodeReader, { q, k, v }: Heads, masks: readonly Value[]): Value {
  const { b } = node;
  const heads = numberOf(q.type.shape[1], 'the heads');
  const size = numberOf(q.type.shape[3], 'the size of a head');
  const scale = node.real('scale', 0) || 1 / Math.sqrt(size);
  const turned = b.op('Transpose', [shared(b, k, heads)], { perm: [0, 1, 3, 2] });
  const scores = b.op('Mul', [b.op('MatMul', [q, turned]), b.constant(scale)]);
  const masked = masks.reduce((sum, mask) => b.op('Add', [sum, mask]), scores);
  return together(b, b.op('MatMul', [softmax(b, masked), shared(b, v, heads)]));
}

/** Keys or values after those of the past. */
function afterPast(b: GraphBuilder, past: Value | undefined, now: Value): Value {
  return past === undefined ? now : b.op('Concat', [past, now], { axis: 2 });
}

function lengthOf(x: Value): Dim {
  return x.type.shape[2] ?? 1;
}

/** What is added to the scores of keys that are padding, of a mask of any of the kinds that are documented. */
function paddingMask(node: NodeReader, index: number, keys: Dim): readonly Value[] {
  if (!node.has(index)) return [];
  const { b } = node;
  const filter = b.constant(node.real('mask_filter_value', -10000));
  const mask = node.float(index);
  const { shape } = mask.type;
  const kept = (keep: Value) => [where(b, keep, b.constant(0), filter)];
  const seen = (raw: Value) => kept(b.op('Greater', [raw, b.constant(0)]));
  switch (shape.length) {
    // How long each text is.
    case 1: {
      const ends = b.op('Reshape', [mask], { shape: [-1, 1, 1, 1] });
      const columns = b.op('Reshape', [positions(b, keys)], { shape: [1, 1, 1, -1] });
      return kept(b.op('Less', [columns, ends]));
    }
    case 2:
      return seen(b.op('Unsqueeze', [mask], { axes: [1, 2] }));
    case 3:
      return seen(b.op('Unsqueeze', [mask], { axes: [1] }));
    default:
      throw new Unreadable(`has a mask of ${shape.length} axes; 1 to 3 are supported`);
  }
}

function causalMask(node: NodeReader, queries: Dim, keys: Dim): readonly Value[] {
  if (node.flag('unidirectional', 0) === 0) return [];
  return [causal(node.b, queries, keys, minus(keys, queries))];
}

function plus(node: NodeReader, index: number): readonly Value[] {
  return node.has(index) ? [node.float(index)] : [];
}

/** Input, weights of all three projections side by side, biases, mask, past, what is added to the scores. */
const attention: Lower = (node) => {
  const { b } = node;
  node.only('do_rotary', 0);
  node.only('past_present_share_buffer', 0);
  node.ignore('rotary_embedding_dim');
  const heads = node.int('num_heads');
  const product = b.op('MatMul', [node.float(0), node.float(1)]);
  const all = node.has(2) ? b.op('Add', [product, node.float(2)]) : product;
  const width = numberOf(all.type.shape[2], 'the width of the projections');
  const sizes = node.ints('qkv_hidden_sizes') ?? [width / 3, width / 3, width / 3];
  const ends = sizes.map((_, i) => sizes.slice(0, i + 1).reduce((a, c) => a + c, 0));
  const part = (i: number) => apart(b, slice(b, all, 2, ends[i - 1] ?? 0, ends[i] ?? width), heads);
  const past = (i: 0 | 1) =>
    node.has(4) ? b.op('Squeeze', [slice(b, node.float(4), 0, i, i + 1)], { axes: [0] }) : undefined;
  const q = part(0);
  const k = afterPast(b, past(0), part(1));
  const v = afterPast(b, past(1), part(2));
  const masks = [
    ...paddingMask(node, 3, lengthOf(k)),
    ...plus(node, 5),
    ...causalMask(node, lengthOf(q), lengthOf(k)),
  ];
  const y = attended(node, { q, k, v }, masks);
  if (!node.wants(1)) return y;
  const both = [k, v].map((one) => b.op('Unsqueeze', [one], { axes: [0] }));
  return [y, b.op('Concat', both, { axis: 0 })];
};

/** Query, key, value, biases of all three, padding, what is added to the scores, past keys and values. */
const multiHead: Lower = (node) => {
  const { b } = node;
  const heads = node.int('num_heads');
  if (node.shape(0).length !== 3 || !node.has(1) || !node.has(2)) {
    throw new Unreadable('has its queries, keys and values packed in one tensor');
  }
  const bias = node.maybe(3);
  const widths = [0, 1, 2].map((i) =>
    numberOf(node.shape(i).length === 3 ? node.shape(i)[2] : 0, 'the hidden size'),
  );
  const part = (i: number) => {
    const x = node.float(i);
    // Keys and values of another text come by heads, with nothing to add.
    if (x.type.shape.length === 4) return x;
    const start = widths.slice(0, i).reduce((a, c) => a + c, 0);
    const own = bias === undefined ? undefined : slice(b, bias, 0, start, start + (widths[i] ?? 0));
    return apart(b, own === undefined ? x : b.op('Add', [x, own]), heads);
  };
  const q = part(0);
  const k = afterPast(b, node.maybe(6), part(1));
  const v = afterPast(b, node.maybe(7), part(2));
  const masks = [
    ...paddingMask(node, 4, lengthOf(k)),
    ...plus(node, 5),
    ...causalMask(node, lengthOf(q), lengthOf(k)),
  ];
  return [attended(node, { q, k, v }, masks), k, v];
};

/** Pairs of numbers turned by the angle of their place; places are one offset for all, or one for each word. */
const rotary: Lower = (node) => {
  const { b } = node;
  node.ignore('scale');
  node.only('is_packed_batching', 0);
  const given = node.float(0);
  const flat = given.type.shape.length === 3;
  const table = node.float(2);
  const told = numberOf(table.type.shape[1], 'the size of the table') * 2;
  const heads = node.int('num_heads', 0);
  const hidden = numberOf(given.type.shape.at(-1), 'the hidden size');
  const x = flat
    ? b.op('Reshape', [given], { shape: [0, 0, heads || hidden / told, heads === 0 ? told : hidden / heads] })
    : b.op('Transpose', [given], { perm: [0, 2, 1, 3] });
  const length = numberOf(x.type.shape[1], 'the length of the text');
  const ids = node.tensor(1);
  const places =
    ids.type.shape.length === 2
      ? ids
      : b.op('Add', [
          b.op('Cast', [b.op('Reshape', [positions(b, length)], { shape: [1, -1] })], { to: 'int64' }),
          ids,
        ]);
  const angles = (index: number) =>
    b.op('Unsqueeze', [b.op('Gather', [node.float(index), places], { axis: 0 })], { axes: [2] });
  const turned = rotated(b, x, angles(2), angles(3), {
    size: node.int('rotary_embedding_dim', 0) || told,
    interleaved: node.flag('interleaved', 0) === 1,
  });
  if (!flat) return b.op('Transpose', [turned], { perm: [0, 2, 1, 3] });
  return b.op('Reshape', [turned], { shape: [...given.type.shape] });
};

export const fusedAttentionLowerings: Lowerings = {
  Attention: attention,
  MultiHeadAttention: multiHead,
  RotaryEmbedding: rotary,
};
