/** Attention and rotary embeddings (opset 23 up), by the definitions that ONNX gives of them in smaller ops. */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import { minus, plus, times } from '../../../src/graph/extent.ts';
import type { Dim, Value } from '../../../src/graph/types.ts';
import { numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import {
  clamped,
  floorOf,
  fromFront,
  scalarOf,
  slice,
  where,
  type Lower,
  type Lowerings,
  type Output,
} from './lowering.ts';
import { materialised } from '../known.ts';
import { positions } from './shape.ts';

/** [batch, length, heads·size] → [batch, heads, length, size]. */
export function apart(b: GraphBuilder, x: Value, heads: number): Value {
  const size = numberOf(x.type.shape[2], 'the hidden size') / heads;
  const split = b.op('Reshape', [x], { shape: [0, 0, heads, size] });
  return b.op('Transpose', [split], { perm: [0, 2, 1, 3] });
}

export function together(b: GraphBuilder, x: Value): Value {
  const [, heads = 1, , size = 1] = x.type.shape;
  return b.op('Reshape', [b.op('Transpose', [x], { perm: [0, 2, 1, 3] })], {
    shape: [0, 0, times(heads, size)],
  });
}

/** Each head of keys and values for several heads of queries. */
export function shared(b: GraphBuilder, x: Value, heads: number): Value {
  const [batch = 1, own, length = 1, size = 1] = x.type.shape;
  const count = heads / numberOf(own, 'the heads of the keys');
  if (count === 1) return x;
  const copies = b.op('Expand', [b.op('Unsqueeze', [x], { axes: [2] })], {
    shape: [batch, heads / count, count, length, size],
  });
  return b.op('Reshape', [copies], { shape: [batch, heads, length, size] });
}

/** −∞ where a query would see what comes after it; `before` keys come before the first query. */
export function causal(b: GraphBuilder, queries: Dim, keys: Dim, before: Dim): Value {
  const { rows, columns } = places(b, queries, keys, before);
  return where(b, b.op('Greater', [columns, rows]), b.constant(-Infinity), b.constant(0));
}

function places(b: GraphBuilder, queries: Dim, keys: Dim, before: Dim) {
  return {
    rows: b.op('Reshape', [slicedPositions(b, before, queries)], { shape: [-1, 1] }),
    columns: b.op('Reshape', [positions(b, keys)], { shape: [1, -1] }),
  };
}

/** `start`, `start` + 1, …, as many as `count`. */
function slicedPositions(b: GraphBuilder, start: Dim, count: Dim): Value {
  if (typeof start === 'number') return b.op('Add', [positions(b, count), b.constant(start)]);
  const all = positions(b, plus(start, count));
  // From behind: the last `count` of them.
  if (typeof count !== 'number') throw new Unreadable('attends from an open past to an open text');
  return slice(b, all, 0, -count, Number.MAX_SAFE_INTEGER);
}

/** A mask as what is added to the scores, as wide as the keys. */
function added(b: GraphBuilder, mask: Value, keys: Dim): Value {
  const bias = mask.type.dtype === 'bool' ? where(b, mask, b.constant(0), b.constant(-Infinity)) : mask;
  const missing = minus(keys, bias.type.shape.at(-1) ?? 1);
  if (missing === 0 || bias.type.shape.at(-1) === 1) return bias;
  if (typeof missing !== 'number') throw new Unreadable(`has a mask that lacks ${missing} keys`);
  const rank = bias.type.shape.length;
  const pads = Array.from({ length: 2 * rank }, (_, i) => (i === 2 * rank - 1 ? missing : 0));
  return b.op('Pad', [bias], { pads, value: -Infinity });
}

/** What is masked everywhere attends to nothing. */
export function softmax(b: GraphBuilder, scores: Value): Value {
  const top = b.op('ReduceMax', [scores], { axes: [-1], keepdims: 1 });
  const nothing = b.op('Equal', [top, b.constant(-Infinity)]);
  return where(b, nothing, b.constant(0), b.op('Softmax', [scores], { axis: -1 }));
}

const attention: Lower = (node) => {
  const { b } = node;
  node.ignore('softmax_precision');
  const flat = node.shape(0).length === 3;
  const heads = (x: Value, name: string) => (flat ? apart(b, x, node.int(name)) : x);
  const q = heads(node.float(0), 'q_num_heads');
  const queryHeads = numberOf(q.type.shape[1], 'the heads');
  node.ignore('q_num_heads', 'kv_num_heads');
  const withPast = (x: Value, index: number) =>
    node.has(index) ? b.op('Concat', [node.float(index), x], { axis: 2 }) : x;
  const key = withPast(heads(node.float(1), 'kv_num_heads'), 4);
  const value = withPast(heads(node.float(2), 'kv_num_heads'), 5);
  const [queries = 1, size] = q.type.shape.slice(2);
  const keys = key.type.shape[2] ?? 1;
  const scale = node.real('scale', 1 / Math.sqrt(numberOf(size, 'the size of a head')));
  const turned = b.op('Transpose', [shared(b, key, queryHeads)], { perm: [0, 1, 3, 2] });
  const scores = b.op('Mul', [b.op('MatMul', [q, turned]), b.constant(scale)]);

  const cap = node.real('softcap', 0);
  const mode = node.int('qk_matmul_output_mode', 0);
  const bounded =
    cap === 0
      ? scores
      : b.op('Mul', [b.op('Tanh', [b.op('Div', [scores, b.constant(cap)])]), b.constant(cap)]);
  const before = node.has(4) ? (node.shape(4)[2] ?? 0) : 0;
  const masks = [
    ...(node.has(3) ? [added(b, node.tensor(3), keys)] : []),
    ...windowOf(node, queries, keys, before),
    ...(node.has(6) ? [unpadded(b, node.float(6), keys)] : []),
  ];
  const masked = masks.reduce((sum, mask) => b.op('Add', [sum, mask]), bounded);
  const weights = softmax(b, masked);
  const y = b.op('MatMul', [weights, shared(b, value, queryHeads)]);
  const seen: readonly Output[] = [scores, bounded, masked, weights];
  const shown = seen[mode];
  if (shown === undefined) throw new Unreadable(`has qk_matmul_output_mode=${mode}`);
  return [flat ? together(b, y) : y, key, value, shown];
};

/** −∞ where a query would see what comes after it, or what is further from it than the node says. */
function windowOf(node: NodeReader, queries: Dim, keys: Dim, before: Dim): readonly Value[] {
  const { b } = node;
  const [left, told] = [node.int('left_window_size', -1), node.int('right_window_size', -1)];
  const right = node.flag('is_causal', 0) === 1 ? 0 : told;
  if (left < 0 && right < 0) return [];
  const { rows, columns } = placesOf(node, queries, keys, before);
  const unseen = (op: 'Greater' | 'Less', distance: number): Value => {
    const edge = distance === 0 ? rows : b.op('Add', [rows, b.constant(distance)]);
    return where(b, b.op(op, [columns, edge]), b.constant(-Infinity), b.constant(0));
  };
  return [...(right < 0 ? [] : [unseen('Greater', right)]), ...(left < 0 ? [] : [unseen('Less', -left)])];
}

/** Where queries and keys stand in the whole of a text, as a column and a row. */
function placesOf(node: NodeReader, queries: Dim, keys: Dim, before: Dim) {
  const { b } = node;
  if (!node.has(6) || node.has(4)) return places(b, queries, keys, before);
  // The keys of each text end where its padding begins: its last query sees the last of them.
  const ends = b.op('Reshape', [node.float(6)], { shape: [-1, 1, 1, 1] });
  const own = b.op('Reshape', [positions(b, queries)], { shape: [1, 1, -1, 1] });
  const first = b.op('Sub', [ends, b.constant(numberOf(queries, 'how many queries there are'))]);
  const columns = b.op('Reshape', [positions(b, keys)], { shape: [1, 1, 1, -1] });
  return { rows: b.op('Add', [first, own]), columns };
}

function unpadded(b: GraphBuilder, lengths: Value, keys: Dim): Value {
  const ends = b.op('Reshape', [lengths], { shape: [-1, 1, 1, 1] });
  const columns = b.op('Reshape', [positions(b, keys)], { shape: [1, 1, 1, -1] });
  return where(b, b.op('Less', [columns, ends]), b.constant(0), b.constant(-Infinity));
}

const rotary: Lower = (node) => {
  const { b } = node;
  const given = node.float(0);
  const flat = given.type.shape.length === 3;
  const heads = node.int('num_heads', 0);
  const x = flat
    ? b.op('Reshape', [given], {
        shape: [0, 0, heads, numberOf(given.type.shape[2], 'the hidden size') / heads],
      })
    : b.op('Transpose', [given], { perm: [0, 2, 1, 3] });
  const size = numberOf(x.type.shape[3], 'the size of a head');
  const cache = (index: number) => {
    const table = node.float(index);
    const here = node.has(3) ? b.op('Gather', [table, node.tensor(3)], { axis: 0 }) : table;
    return b.op('Unsqueeze', [here], { axes: [2] });
  };
  const whole = rotated(b, x, cache(1), cache(2), {
    size: node.int('rotary_embedding_dim', 0) || size,
    interleaved: node.flag('interleaved', 0) === 1,
  });
  if (!flat) return b.op('Transpose', [whole], { perm: [0, 2, 1, 3] });
  return b.op('Reshape', [whole], { shape: [...given.type.shape] });
};

/**
 * The first `size` numbers of each head turned, two at a time: neighbours, or one of each half.
 *
 * @param x [batch, length, heads, numbers]
 */
export function rotated(
  b: GraphBuilder,
  x: Value,
  cos: Value,
  sin: Value,
  { size, interleaved }: { readonly size: number; readonly interleaved: boolean },
): Value {
  const all = numberOf(x.type.shape[3], 'the size of a head');
  const half = size / 2;
  const part = (i: 0 | 1) =>
    interleaved ? slice(b, x, 3, i, size, 2) : slice(b, x, 3, i * half, (i + 1) * half);
  const [left, right] = [part(0), part(1)];
  const real = b.op('Sub', [b.op('Mul', [cos, left]), b.op('Mul', [sin, right])]);
  const imaginary = b.op('Add', [b.op('Mul', [sin, left]), b.op('Mul', [cos, right])]);
  const paired = [real, imaginary].map((one) => b.op('Unsqueeze', [one], { axes: [4] }));
  const turned = interleaved
    ? b.op('Reshape', [b.op('Concat', paired, { axis: 4 })], {
        shape: [...real.type.shape.slice(0, 3), size],
      })
    : b.op('Concat', [real, imaginary], { axis: 3 });
  return size === all ? turned : b.op('Concat', [turned, slice(b, x, 3, size, all)], { axis: 3 });
}

/** What is new written over a cache, of each text from a place of its own on; `circular`, at its front where it is at its end. */
const cacheUpdate: Lower = (node) => {
  const { b } = node;
  const [past, update] = [node.tensor(0), node.as(node.tensor(1), node.tensor(0).type.dtype)];
  const { shape } = past.type;
  const rank = shape.length;
  const axis = fromFront(node.int('axis', -2), rank);
  const mode = node.string('mode', 'linear');
  if (mode !== 'linear' && mode !== 'circular') throw new Unreadable(`has mode=${mode}`);
  const count = numberOf(update.type.shape[axis], 'how much is new');
  const along = shape.map((_, i) => (i === axis ? -1 : 1));
  const rows = shape.map((_, i) => (i === 0 ? -1 : 1));
  const here = b.op('Reshape', [positions(b, shape[axis] ?? 1)], { shape: along });
  const first = node.has(2) ? b.op('Reshape', [node.float(2)], { shape: rows }) : b.constant(0);
  const after = b.op('Sub', [here, first]);
  const nth = mode === 'linear' ? after : wrappedTo(b, after, shape[axis] ?? 1);
  const isNew = where(
    b,
    b.op('Less', [nth, b.constant(0)]),
    scalarOf(b, 'bool', 0),
    b.op('Less', [nth, b.constant(count)]),
  );
  const from = b.op('Cast', [clamped(b, nth, 0, count - 1)], { to: 'int64' });
  const everywhere = b.op('Add', [from, b.op('Expand', [scalarOf(b, 'int64', 0)], { shape: [...shape] })]);
  return where(b, isNew, b.op('GatherElements', [update, everywhere], { axis }), past);
};

/** From 0 on, below the extent of an axis. */
function wrappedTo(b: GraphBuilder, x: Value, extent: Dim): Value {
  const count = b.op('Cast', [materialised(b, { dtype: 'int64', shape: [], data: [extent] })], {
    to: 'float32',
  });
  return b.op('Sub', [x, b.op('Mul', [floorOf(b, b.op('Div', [x, count])), count])]);
}

export const attentionLowerings: Lowerings = {
  Attention: attention,
  RotaryEmbedding: rotary,
  TensorScatter: cacheUpdate,
};
