/** What is known of values that are not fed: the extents of a table, the numbers of an operand, between what and what numbers are. */
import type { OnnxNode, OnnxTensor } from '../../../proto/onnx.ts';
import { mostOf } from '../../extremes.ts';
import { numbersOf } from '../../tensors/numbers.ts';
import type { Place, Scope } from './scope.ts';

/** More elements than these are no operand. */
const largestOperand = 1024;
/** More elements than these are not looked through for their least and largest. */
const largestTable = 2 ** 20;
/** What is made of more nodes than that, one after another, is not followed. */
const deepest = 64;

/** An initializer, or what a Constant holds. */
function tensorAt({ scope, name }: Place): OnnxTensor | undefined {
  const stored = scope.stored(name);
  if (stored !== undefined) return stored;
  const maker = scope.maker(name);
  if (maker?.opType !== 'Constant' || maker.domain !== '') return undefined;
  const value = scope.attribute(maker, 'value');
  return value?.kind === 'tensor' ? value.value : undefined;
}

/** Of a Constant that is written as a number or a list. */
function listAt({ scope, name }: Place): readonly number[] | undefined {
  const maker = scope.maker(name);
  if (maker?.opType !== 'Constant' || maker.domain !== '') return undefined;
  for (const key of ['value_int', 'value_float', 'value_ints', 'value_floats']) {
    const attribute = scope.attribute(maker, key);
    if (attribute?.kind === 'int' || attribute?.kind === 'float') return [Number(attribute.value)];
    if (attribute?.kind === 'ints' || attribute?.kind === 'floats') return attribute.value.map(Number);
  }
  return undefined;
}

function elements({ dims }: OnnxTensor): number {
  return dims.reduce((product, extent) => product * extent, 1);
}

const sameShape = new Set(
  (
    'Identity Cast CastLike DequantizeLinear QuantizeLinear Relu Sigmoid Tanh Neg Abs Sign Clip Not ' +
    'Floor Ceil Round Sqrt Exp Softmax Dropout CumSum LayerNormalization Gelu'
  ).split(' '),
);
const broadcasting = new Set(
  'Add Sub Mul Div Mod Equal Less Greater LessOrEqual GreaterOrEqual And Or Where'.split(' '),
);

export function shapeOf(place: Place, depth = 0): readonly number[] | undefined {
  const { scope, name } = place;
  const tensor = tensorAt(place);
  if (tensor !== undefined) return tensor.dims;
  const maker = scope.maker(name);
  const told = scope.isOutermost ? () => scope.world.shapeOf(name) : () => undefined;
  if (maker === undefined || maker.domain !== '' || depth > deepest) return told();
  const of = (at: number) => shapeOf(scope.find(maker.inputs[at] ?? ''), depth + 1);
  const { opType } = maker;
  const list = listAt(place);
  if (list !== undefined) return [list.length];
  if (sameShape.has(opType)) return of(0) ?? told();
  if (opType === 'Transpose') {
    const perm = scope.ints(maker, 'perm');
    const from = of(0);
    return from === undefined
      ? told()
      : perm.length === 0
        ? from.toReversed()
        : perm.map((axis) => from[axis] ?? 0);
  }
  if (broadcasting.has(opType)) {
    const shapes = maker.inputs.map((_, at) => of(at));
    const known = shapes.filter((shape) => shape !== undefined);
    return known.length === shapes.length ? broadcastShape(known) : told();
  }
  return told();
}

function broadcastShape(shapes: readonly (readonly number[])[]): readonly number[] {
  const rank = mostOf(shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return extents.find((extent) => extent !== 1) ?? 1;
  });
}

export function extentOf(place: Place, axis: number): number | undefined {
  const extent = shapeOf(place)?.at(axis);
  return extent !== undefined && extent > 0 ? extent : undefined;
}

/** All numbers of an operand, also where they follow from shapes. */
export function valuesOf(place: Place, depth = 0): readonly number[] | undefined {
  const tensor = tensorAt(place);
  if (tensor !== undefined) {
    if (tensor.dtype === 'string' || elements(tensor) > largestOperand) return undefined;
    const numbers = numbersOf(tensor);
    return numbers && Array.from(numbers);
  }
  const list = listAt(place);
  if (list !== undefined) return list;
  const { scope, name } = place;
  const maker = scope.maker(name);
  if (maker === undefined || maker.domain !== '' || depth > deepest) return undefined;
  const of = (at: number) => {
    const input = maker.inputs[at] ?? '';
    return input === '' ? undefined : valuesOf(scope.find(input), depth + 1);
  };
  return workedOut(maker, scope, of);
}

function workedOut(
  node: OnnxNode,
  scope: Scope,
  of: (at: number) => readonly number[] | undefined,
): readonly number[] | undefined {
  switch (node.opType) {
    case 'Identity':
    case 'Cast':
    case 'Reshape':
    case 'Unsqueeze':
    case 'Squeeze':
    case 'Flatten':
      return of(0);
    case 'Neg':
      return of(0)?.map((value) => -value);
    case 'Shape': {
      const shape = shapeOf(scope.find(node.inputs[0] ?? ''));
      const [start, end] = [scope.int(node, 'start', 0), scope.int(node, 'end', shape?.length ?? 0)];
      return shape?.slice(start, end);
    }
    case 'Gather': {
      const [data, indices] = [of(0), of(1)];
      return data && indices?.map((index) => data.at(index) ?? 0);
    }
    case 'Concat': {
      const parts = node.inputs.map((_, at) => of(at));
      const known = parts.filter((part) => part !== undefined);
      return known.length === parts.length ? known.flat() : undefined;
    }
    case 'Add':
    case 'Sub':
    case 'Mul':
    case 'Div':
      return together(node.opType, of(0), of(1));
    case 'Range': {
      const [start, limit, delta] = [of(0)?.[0], of(1)?.[0], of(2)?.[0]];
      if (start === undefined || limit === undefined || delta === undefined || delta === 0) return undefined;
      const length = Math.max(0, Math.ceil((limit - start) / delta));
      return length > largestOperand ? undefined : Array.from({ length }, (_, i) => start + i * delta);
    }
    default:
      return undefined;
  }
}

function together(
  op: 'Add' | 'Sub' | 'Mul' | 'Div',
  a: readonly number[] | undefined,
  b: readonly number[] | undefined,
): readonly number[] | undefined {
  if (a === undefined || b === undefined) return undefined;
  const length = Math.max(a.length, b.length);
  if ([a, b].some((list) => list.length !== length && list.length !== 1)) return undefined;
  const apply = { Add: plus, Sub: minus, Mul: times, Div: over }[op];
  return Array.from({ length }, (_, i) =>
    apply(a[a.length === 1 ? 0 : i] ?? 0, b[b.length === 1 ? 0 : i] ?? 0),
  );
}

const plus = (a: number, b: number): number => a + b;
const minus = (a: number, b: number): number => a - b;
const times = (a: number, b: number): number => a * b;
const over = (a: number, b: number): number => (b === 0 ? 0 : Math.trunc(a / b));

type Hull = readonly [least: number, most: number];

const passing = new Set(
  (
    'Identity Reshape Unsqueeze Squeeze Flatten Transpose Expand Tile Slice Split Gather GatherElements ' +
    'GatherND Floor Ceil Round Dropout Trilu ReduceMax ReduceMin'
  ).split(' '),
);
const saying = new Set('Equal Less Greater LessOrEqual GreaterOrEqual And Or Xor Not IsNaN IsInf'.split(' '));

/** Between what and what the numbers of a value are; undefined where that is not known. */
export function hullOf(place: Place, depth = 0): Hull | undefined {
  const tensor = tensorAt(place);
  if (tensor !== undefined) {
    if (tensor.dtype === 'string' || elements(tensor) > largestTable) return undefined;
    const numbers = numbersOf(tensor);
    return numbers && ends(numbers);
  }
  const values = valuesOf(place);
  if (values !== undefined) return ends(values);
  const { scope, name } = place;
  const maker = scope.maker(name);
  if (maker === undefined) return scope.isOutermost ? scope.world.fedHull(name) : undefined;
  if (maker.domain !== '' || depth > deepest) return undefined;
  const at = (input: number): Hull | undefined => {
    const given = maker.inputs[input] ?? '';
    return given === '' ? undefined : hullOf(scope.find(given), depth + 1);
  };
  return madeHull(maker, scope, at);
}

function madeHull(node: OnnxNode, scope: Scope, at: (input: number) => Hull | undefined): Hull | undefined {
  const { opType } = node;
  if (saying.has(opType)) return [0, 1];
  if (passing.has(opType)) return at(0);
  switch (opType) {
    case 'Cast':
      return scope.int(node, 'to', 0) === 9 ? [0, 1] : at(0);
    case 'Where':
      return hullOfAll([at(1), at(2)]);
    case 'Concat':
      return hullOfAll(node.inputs.map((_, input) => at(input)));
    case 'Neg': {
      const hull = at(0);
      return hull && [-hull[1], -hull[0]];
    }
    case 'Add':
    case 'Sub':
    case 'Mul': {
      const [a, b] = [at(0), at(1)];
      if (a === undefined || b === undefined) return undefined;
      const apply = { Add: plus, Sub: minus, Mul: times }[opType];
      return ends(a.flatMap((one) => b.map((other) => apply(one, other))));
    }
    case 'Clip': {
      const [least, most] = [at(1)?.[0], at(2)?.[1]];
      return least === undefined || most === undefined ? undefined : [least, most];
    }
    case 'Mod': {
      const by = at(1);
      return by !== undefined && by[0] > 0
        ? [scope.int(node, 'fmod', 0) === 0 ? 0 : 1 - by[1], by[1] - 1]
        : undefined;
    }
    case 'ArgMax':
    case 'ArgMin': {
      const extent = extentOf(scope.find(node.inputs[0] ?? ''), scope.int(node, 'axis', 0));
      return extent === undefined ? undefined : [0, extent - 1];
    }
    default:
      return undefined;
  }
}

function hullOfAll(hulls: readonly (Hull | undefined)[]): Hull | undefined {
  const known = hulls.filter((hull) => hull !== undefined);
  return known.length === hulls.length ? ends(known.flat()) : undefined;
}

function ends(numbers: ArrayLike<number>): Hull | undefined {
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i] ?? 0;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least <= most ? [least, most] : undefined;
}

/** The one number that a value is. */
export function numberOf(place: Place): number | undefined {
  const hull = hullOf(place);
  return hull !== undefined && hull[0] === hull[1] ? hull[0] : undefined;
}
