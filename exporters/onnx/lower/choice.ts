/**
 * Ops that give as many values as the numbers in them say: places of what is not 0, boxes that are kept, what differs. Their
 * numbers must be known, from the file or from a run of what is before them (`ImportOptions.told`); what they choose is then
 * a constant of the graph, and whatever is taken from there still goes through it.
 */
import { sizeOf } from '../../../src/graph/tensor.ts';
import type { Value } from '../../../src/graph/types.ts';
import { placesNotZero } from '../fold-lists.ts';
import type { Known } from '../known.ts';
import { needed, numberOf, Unreadable, type NodeReader } from '../node-reader.ts';
import {
  fromFront,
  integersOf,
  where,
  type Lower,
  type Lowerings,
  type Output,
  scalarOf,
} from './lowering.ts';
import { positions } from './shape.ts';

const sizedByNumbers =
  'gives as many values as the numbers in it say; only shapes that are known before a run are supported';

type Numbers = Omit<Known, 'data'> & { readonly data: readonly number[] };

/** The numbers of an input. */
function numbers(node: NodeReader, index: number, what: string, why = sizedByNumbers): Numbers {
  const known = needed(node.known(index, what, why), what);
  const data = known.data.filter((value) => typeof value === 'number');
  if (data.length < known.data.length) throw new Unreadable(why);
  return { dtype: known.dtype, shape: known.shape, data };
}

/** Where numbers are not 0, a row for each axis. */
const nonZero: Lower = (node) => {
  const { shape, data } = placesNotZero(numbers(node, 0, 'input'));
  return whole(integersOf(node.b, data.map(Number), [...shape]));
};

function whole(value: Value): Output {
  return { value, dtype: 'int64' };
}

/** What a list of flags leaves of an axis. */
const compress: Lower = (node) => {
  const { b } = node;
  const x = node.tensor(0);
  const { data: flags } = numbers(node, 1, 'condition');
  const kept = flags.flatMap((flag, i) => (flag === 0 ? [] : [i]));
  if (node.attribute('axis') === undefined) {
    const flat = b.op('Reshape', [x], { shape: [-1] });
    return b.op('Gather', [flat, integersOf(b, kept)], { axis: 0 });
  }
  return b.op('Gather', [x, integersOf(b, kept)], { axis: node.int('axis') });
};

/** What differs along an axis, or in all: where it is first, which of them each is, and how many of each there are. */
const unique: Lower = (node) => {
  const { b } = node;
  const { shape, data } = numbers(node, 0, 'input');
  const given = node.attribute('axis') === undefined ? undefined : node.int('axis');
  const axis = given === undefined ? 0 : fromFront(given, shape.length);
  const count = given === undefined ? sizeOf(shape) : (shape[axis] ?? 1);
  const inner = given === undefined ? 1 : sizeOf(shape.slice(axis + 1));
  const outer = given === undefined ? 1 : sizeOf(shape.slice(0, axis));
  const rows = Array.from({ length: count }, (_, row) =>
    Array.from(
      { length: outer * inner },
      (_, i) => data[(Math.floor(i / inner) * count + row) * inner + (i % inner)] ?? 0,
    ),
  );
  const classes = new Map<
    string,
    { readonly row: readonly number[]; readonly first: number; count: number }
  >();
  rows.forEach((row, first) => {
    const key = row.map((value) => value + 0).join(',');
    const known = classes.get(key);
    if (known === undefined) classes.set(key, { row, first, count: 1 });
    else known.count++;
  });
  const found = [...classes.entries()];
  if (node.flag('sorted', 1) === 1) found.sort(([, x], [, y]) => before(x.row, y.row));
  const place = new Map(found.map(([key], i) => [key, i]));
  const firsts = found.map(([, { first }]) => first);
  const inverse = rows.map((row) => place.get(row.map((value) => value + 0).join(',')) ?? 0);
  const x = node.tensor(0);
  const listed = given === undefined ? b.op('Reshape', [x], { shape: [-1] }) : x;
  return [
    { value: b.op('Gather', [listed, integersOf(b, firsts)], { axis }), dtype: node.dtype(0) },
    whole(integersOf(b, firsts)),
    whole(integersOf(b, inverse)),
    whole(
      integersOf(
        b,
        found.map(([, { count: number }]) => number),
      ),
    ),
  ];
};

/** The order of rows by their first elements that differ. */
function before(x: readonly number[], y: readonly number[]): number {
  for (const [i, value] of x.entries()) {
    const other = y[i] ?? 0;
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}

/** Far below any score. The lowest of float32 is what TensorFlow begins to look with, and finds nothing as low. */
const lowest = -(2 ** 127);

/** More than this are not looked for one after another. */
const mostInTurn = 128;

/** The k largest, or smallest. Of equal ones, the first. */
const topK: Lower = (node) => {
  const { b } = node;
  const { shape } = node.tensor(0).type;
  const axis = fromFront(node.int('axis', -1), shape.length);
  const k = node.opset < 10 ? node.int('k') : (node.number(1, 'k') ?? 0);
  const size = numberOf(shape[axis], 'the extent that it chooses from');
  if (k > size) throw new Unreadable(`chooses ${k} of ${size}`);
  node.ignore('sorted');
  const largest = node.flag('largest', 1) === 1;
  const indices =
    k > 0 && k <= mostInTurn ? inTurn(node, { axis, k, size, largest }) : ranked(node, { axis, k, largest });
  const values = b.op('GatherElements', [node.tensor(0), indices], { axis });
  return [values, whole(indices)];
};

/** One after another: each is found, and then out of the way. */
function inTurn(
  node: NodeReader,
  { axis, k, size, largest }: Readonly<{ axis: number; k: number; size: number; largest: boolean }>,
): Value {
  const { b } = node;
  const given = node.float(0);
  const places = b.op('Reshape', [positions(b, size)], {
    shape: given.type.shape.map((_, i) => (i === axis ? size : 1)),
  });
  const found: Value[] = [];
  const turned = largest ? given : b.op('Neg', [given]);
  // What is masked by minus infinity may be chosen, too, and is to be told from what has been chosen.
  let rest = node.dtype(0) === 'int64' ? turned : b.op('Max', [turned, b.constant(lowest)]);
  for (let i = 0; i < k; i++) {
    const at = b.op('ArgMax', [rest], { axis, keepdims: 1 });
    found.push(at);
    const taken = b.op('Equal', [places, b.op('Cast', [at], { to: 'float32' })]);
    rest = where(b, taken, b.constant(-Infinity), rest);
  }
  return b.op('Concat', found, { axis });
}

/** By the numbers themselves, which must be known. */
function ranked(
  node: NodeReader,
  { axis, k, largest }: Readonly<{ axis: number; k: number; largest: boolean }>,
): Value {
  const why = `chooses ${k} of numbers that are not known; up to ${mostInTurn} are supported`;
  const { shape, data } = numbers(node, 0, 'input', why);
  const [size = 1, inner] = [shape[axis], sizeOf(shape.slice(axis + 1))];
  const chosen: number[] = [];
  for (let outer = 0; outer < sizeOf(shape.slice(0, axis)); outer++) {
    const columns = Array.from({ length: inner }, (_, j) => {
      const at = (i: number) => data[(outer * size + i) * inner + j] ?? 0;
      const sign = largest ? 1 : -1;
      return Array.from({ length: size }, (_, i) => i).sort((x, y) => sign * (at(y) - at(x)));
    });
    for (let i = 0; i < k; i++) for (const column of columns) chosen.push(column[i] ?? 0);
  }
  return integersOf(
    node.b,
    chosen,
    shape.map((extent, i) => (i === axis ? k : extent)),
  );
}

/** Two corners, the least first. */
type Box = readonly [number, number, number, number];

/**
 * Of boxes [N, M, 4] with scores [N, classes, M] those that do not overlap with a better one: [kept, 3], each a batch, a class
 * and a box. Of equal scores the first wins.
 */
const nonMaxSuppression: Lower = (node) => {
  // Both at once.
  if ([0, 1].some((i) => node.knownOrNot(i) === undefined)) node.ask([0, 1], sizedByNumbers);
  const boxes = numbers(node, 0, 'boxes');
  const scores = numbers(node, 1, 'scores');
  const most = node.number(2, 'max_output_boxes_per_class') ?? 0;
  // Bounds are numbers of float32, and so is what they are compared with.
  const overlap = Math.fround(node.number(3, 'iou_threshold') ?? 0);
  const least = node.has(4) ? Math.fround(node.number(4, 'score_threshold') ?? 0) : -Infinity;
  const isCentred = node.flag('center_point_box', 0) === 1;
  const [batches = 1, classes = 1, count = 0] = scores.shape;
  const kept: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const own = Array.from({ length: count }, (_, i): Box => {
      const at = (batch * count + i) * 4;
      const [a = 0, b = 0, c = 0, d = 0] = boxes.data.slice(at, at + 4);
      return isCentred
        ? [a - c / 2, b - d / 2, a + c / 2, b + d / 2]
        : [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)];
    });
    for (let kind = 0; kind < classes; kind++) {
      const from = (batch * classes + kind) * count;
      const ranked = Array.from({ length: count }, (_, i) => i)
        .filter((i) => (scores.data[from + i] ?? 0) > least)
        .sort((i, j) => (scores.data[from + j] ?? 0) - (scores.data[from + i] ?? 0));
      const chosen: Box[] = [];
      for (const i of ranked) {
        if (chosen.length >= most) break;
        const box = own[i];
        if (box === undefined || chosen.some((other) => shared(other, box) > overlap)) continue;
        chosen.push(box);
        kept.push(batch, kind, i);
      }
    }
  }
  return whole(integersOf(node.b, kept, [kept.length / 3, 3]));
};

/** The share of what two boxes cover that both do. */
function shared(x: Box, y: Box): number {
  const area = (box: Box) => (box[2] - box[0]) * (box[3] - box[1]);
  const inside = [0, 1].map((i) => Math.min(x[i + 2] ?? 0, y[i + 2] ?? 0) - Math.max(x[i] ?? 0, y[i] ?? 0));
  const [height = 0, width = 0] = inside;
  if (height <= 0 || width <= 0) return 0;
  return (height * width) / (area(x) + area(y) - height * width);
}

export const choiceLowerings: Lowerings = {
  // A tensor is there; what may be missing goes into no graph of ours.
  OptionalHasElement: (node) => {
    const isThere = node.maybe(0) !== undefined;
    return { value: scalarOf(node.b, 'bool', isThere ? 1 : 0), dtype: 'bool' };
  },
  NonZero: nonZero,
  NonMaxSuppression: nonMaxSuppression,
  Compress: compress,
  Unique: unique,
  TopK: topK,
};
