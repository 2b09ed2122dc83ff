/** What each op takes in each of its inputs, by what is taken of what it gives: a table, an op a row. */
import { leastOf } from '../../extremes.ts';
import { anything, divisor, isLimited, madeOf, mask, within, type Demand } from './demand.ts';
import { extentOf, hullOf, numberOf, shapeOf } from './facts.ts';
import { guardOf, isSame, shifted, unshifted, whereChosen } from './guards.ts';
import {
  common,
  contains,
  everything,
  holds,
  interval,
  mapped,
  negated,
  united,
  without,
  type Intervals,
} from './intervals.ts';
import { ends, indexOf, takesAny, type Reader } from './reading.ts';

const namesIn = (list: string): readonly string[] => list.split(' ');

const rows = (names: string, reader: Reader): readonly (readonly [string, Reader])[] =>
  namesIn(names).map((name) => [name, reader]);

/** The first is passed on; the others say where, or how often. */
const passesFirst: Reader = ({ given }) => [given];

const passesAll: Reader = ({ node, given }) => node.inputs.map(() => given);

const looksUp =
  (axisName: string): Reader =>
  (reading) => {
    const { scope, node, given } = reading;
    return [given, indexOf(reading, 1, 0, scope.int(node, axisName, 0)), given];
  };

/** Rows of numbers that say where in several axes, from the first of them on. */
const looksUpMany: Reader = ({ scope, node, at, given, unknown }) => {
  const from = scope.int(node, 'batch_dims', 0);
  const [extents, count] = [shapeOf(at(0)), shapeOf(at(1))?.at(-1)];
  const several = extents?.slice(from, from + (count ?? extents.length)) ?? [];
  const shortest = leastOf(several);
  if (several.length === 0 || shortest < 1) return [given, unknown, given];
  const columns = count === undefined ? undefined : several.map((extent) => interval(0, extent - 1));
  return [given, { ...within(0, shortest - 1), columns }, given];
};

/** A window of both signs, within what something has to be, shared by two of which nothing else is known. */
function shared(demand: Demand, share: (end: number) => number, unknown: Demand): Demand {
  if (!isLimited(demand)) return anything;
  const around = demand.taken.filter(([least, most]) => least <= 0 && most >= 0);
  if (around.length === 0) return unknown;
  return { ...anything, taken: mapped(around, (least, most) => [-share(-least), share(most)]) };
}

const half = (end: number): number => Math.floor(end / 2);
const root = (end: number): number => Math.floor(Math.sqrt(end));

const adds: Reader = ({ node, given, at, unknown }) => {
  const isSubtraction = node.opType === 'Sub';
  if (given === anything) return [anything, anything];
  const of = (own: number): Demand => {
    const hull = hullOf(at(1 - own));
    if (hull === undefined) return shared(given, half, unknown);
    const [least, most] = isSubtraction && own === 0 ? [-hull[1], -hull[0]] : hull;
    const back = (numbers: Intervals) => mapped(numbers, (from, to) => [from - least, to - most]);
    const moved = {
      ...madeOf(given, back),
      wanted: mapped(given.wanted, (from, to) => [from - most, to - least]),
    };
    return isSubtraction && own === 1
      ? { ...moved, taken: negated(moved.taken), wanted: negated(moved.wanted) }
      : moved;
  };
  if (!isSubtraction) return [of(0), of(1)];
  // What a number is taken from is that number less what comes out.
  const hull = hullOf(at(0));
  const taken =
    hull === undefined
      ? shared(given, half, unknown)
      : madeOf(given, (numbers) => mapped(negated(numbers), (from, to) => [from + hull[1], to + hull[0]]));
  return [of(0), taken];
};

/** Multiplied by numbers of a certain size, all of it stays within. */
function scaled(demand: Demand, hull: readonly [number, number] | undefined, unknown: Demand): Demand {
  if (demand === anything) return anything;
  if (hull === undefined) return shared(demand, root, unknown);
  const [least, most] = hull;
  if (least === most && least !== 0) {
    const back = (numbers: Intervals) =>
      mapped(least > 0 ? numbers : negated(numbers), (from, to) => [
        from / Math.abs(least),
        to / Math.abs(least),
      ]);
    const wanted = mapped(least > 0 ? demand.wanted : negated(demand.wanted), (from, to) => [
      Math.floor(from / Math.abs(least)),
      Math.ceil(to / Math.abs(least)),
    ]);
    return { ...madeOf(demand, back), wanted };
  }
  const largest = Math.max(1, Math.abs(least), Math.abs(most));
  return shared(demand, (end) => Math.floor(end / largest), unknown);
}

const multiplies: Reader = ({ given, at, unknown }) => [
  scaled(given, given === anything ? undefined : hullOf(at(1)), unknown),
  scaled(given, given === anything ? undefined : hullOf(at(0)), unknown),
];

const divides: Reader = ({ given, at }) => {
  const by = given === anything ? undefined : numberOf(at(1));
  const divided =
    by === undefined || by <= 0
      ? given
      : madeOf(given, (numbers) =>
          mapped(numbers, (least, most) => [least * by, most < 0 ? most * by : most * by + by - 1]),
        );
  return [divided, divisor];
};

const leavesRest: Reader = ({ scope, node, given, at }) => {
  const by = numberOf(at(1));
  if (by === undefined || by <= 0) return [given, divisor];
  const least = scope.int(node, 'fmod', 0) === 0 ? 0 : 1 - by;
  const fits = contains(given.taken, [least, by - 1]);
  const wanted = interval(-1, by);
  return [
    fits ? { ...anything, wanted } : { ...given, taken: common(given.taken, interval(least, by - 1)) },
    divisor,
  ];
};

/** What is beyond an end counts as that end. */
function clamped(demand: Demand, least: number, most: number): Demand {
  const { taken } = demand;
  const inside = common(taken, interval(least, most));
  const below = holds(taken, least) && least > -Infinity ? interval(-Infinity, least) : [];
  const above = holds(taken, most) && most < Infinity ? interval(most, Infinity) : [];
  const fits = contains(taken, [least, most]);
  return {
    ...demand,
    hasZero: true,
    taken: fits ? everything : united(united(inside, below), above),
    // All between two ends is one thing, and each end another.
    wanted: united(
      demand.wanted,
      Number.isFinite(most - least) ? interval(least - 1, most + 1) : united(beside(least), beside(most)),
    ),
  };
}

function beside(number: number): Intervals {
  return Number.isFinite(number) ? interval(number - 1, number + 1) : [];
}

const clips: Reader = ({ scope, node, given, at, has }) => {
  const bound = (input: number, name: string, otherwise: number): number | undefined => {
    const attribute = scope.attribute(node, name);
    if (attribute?.kind === 'float') return attribute.value;
    return has(input) ? numberOf(at(input)) : otherwise;
  };
  const [least, most] = [bound(1, 'min', -Infinity), bound(2, 'max', Infinity)];
  const first = least === undefined || most === undefined ? given : clamped(given, least, most);
  return [first, anything, anything];
};

const least: Reader = ({ node, given, at }) => {
  const isMin = node.opType === 'Min';
  const known = node.inputs.flatMap((_, of) => {
    const bound = numberOf(at(of));
    return bound === undefined ? [] : [{ of, bound }];
  });
  const nearest = known.toSorted((a, b) => (isMin ? a.bound - b.bound : b.bound - a.bound));
  return node.inputs.map((_, own) => {
    const bound = nearest.find(({ of }) => of !== own)?.bound;
    if (bound === undefined) return given;
    return isMin ? clamped(given, -Infinity, bound) : clamped(given, bound, Infinity);
  });
};

/** The most that is looked for in full where two are compared. */
const widest = 2 ** 16;

const compares: Reader = ({ at }) => {
  const of = (other: number): Demand => {
    const hull = hullOf(at(other));
    if (hull === undefined) return anything;
    const [from, to] = hull;
    return {
      ...anything,
      wanted: to - from < widest ? interval(from - 1, to + 1) : united(beside(from), beside(to)),
    };
  };
  return [of(1), of(0)];
};

const chooses: Reader = ({ given, at }) => {
  const guard = given === anything ? undefined : guardOf(at(0));
  const of = (input: number, isYes: boolean): Demand => {
    if (guard === undefined) return given;
    const from = shifted(at(input));
    if (!isSame(from.root, guard.root)) return given;
    const chosen = isYes ? guard.yes : without(guard.yes);
    const of = madeOf(given, (numbers) => unshifted(numbers, from));
    from.root.scope.demand(from.root.name, { ...of, taken: whereChosen(of.taken, chosen) });
    return anything;
  };
  return [anything, of(1, true), of(2, false)];
};

const casts: Reader = ({ scope, node, given }) => {
  const to = scope.int(node, 'to', 0);
  if (to === boolean) return [mask];
  // Numbers with fractions are computed with by any op.
  return [fractions.has(to) ? { ...given, unknown: undefined } : given];
};

/** The codes of types: of what is so or not, and of floats. */
const boolean = 9;
const fractions: ReadonlySet<number> = new Set([1, 10, 11, 16]);

/** Added up along an axis. */
const sums: Reader = ({ node, given, at, unknown }) => {
  if (!isLimited(given)) return [given, unknown];
  const shape = shapeOf(at(0));
  const axis = node.opType === 'CumSum' ? numberOf(at(1)) : undefined;
  const counted = axis === undefined ? shape : shape?.slice(axis).slice(0, 1);
  const count = counted?.reduce((product, extent) => product * extent, 1);
  if (count === undefined || count < 1) return [unknown, unknown];
  return [shared(given, (end) => Math.floor(end / count), unknown), unknown];
};

/** How many of something there are to be. */
const few = 4;

/** From the front up to the middle, and from there on: what is left is never empty. */
const slices: Reader = ({ given, at, has }) => {
  const shape = shapeOf(at(0));
  const step = has(4) ? (numberOf(at(4)) ?? 0) : 1;
  const axes = has(3) ? hullOf(at(3)) : undefined;
  const extents = shape !== undefined && axes?.[0] === axes?.[1] ? [shape.at(axes?.[0] ?? 0) ?? 1] : shape;
  const extent = leastOf(extents ?? []);
  if (step < 1 || !Number.isFinite(extent) || extent < 1) return [given];
  const middle = Math.ceil(extent / 2);
  return [given, within(0, middle - 1), within(Math.max(1, middle), extent)];
};

/** One, or as much as there is: what has one of something is repeated as often as anybody likes. */
const expands: Reader = ({ given, at, unknown }) => {
  const shape = shapeOf(at(0));
  if (shape === undefined) return [given, unknown];
  const [extent, more] = new Set(shape.filter((each) => each !== 1));
  if (extent === undefined) return [given, within(1, few)];
  const one = within(1, 1);
  return [given, more === undefined ? { ...one, taken: united(one.taken, interval(extent, extent)) } : one];
};

const repeats: Reader = ({ given }) => [given, within(1, 3)];

const countsOut: Reader = () => [within(-few, 0), within(1, 2 * few), within(1, 2)];

const ranks: Reader = ({ scope, node, at, given, unknown }) => {
  const extent = extentOf(at(0), scope.int(node, 'axis', -1));
  return [
    given,
    extent === undefined ? unknown : within(1, extent, united(interval(1, 1), interval(extent, extent))),
  ];
};

const oneHot: Reader = ({ at }) => {
  const depth = hullOf(at(1));
  return [within(0, (depth?.[1] ?? 2 * few) - 1), within(1, 2 * few), anything];
};

/** How much of each sequence counts: in full, or less. */
export function lengthsOf(extent: number | undefined, fewest: number, unknown: Demand): Demand {
  return extent === undefined
    ? unknown
    : within(fewest, extent, united(interval(fewest, fewest), interval(extent, extent)));
}

const recurs: Reader = ({ scope, node, at, unknown }) => {
  const steps = extentOf(at(0), scope.int(node, 'layout', 0) === 0 ? 0 : 1);
  return node.inputs.map((_, input) => (input === 4 ? lengthsOf(steps, 1, unknown) : anything));
};

const reverses: Reader = ({ scope, node, at, given, unknown }) => [
  given,
  lengthsOf(extentOf(at(0), scope.int(node, 'time_axis', 0)), 0, unknown),
];

const powers: Reader = ({ at, given, unknown }) => {
  if (isLimited(given)) return [unknown, unknown];
  const exponent = numberOf(at(1));
  const largest = Math.floor(2 ** (31 / Math.max(1, exponent ?? few)) / 2);
  return [within(-largest, largest), within(0, few)];
};

const changesSign: Reader = ({ node, given }) => {
  const { taken, wanted } = given;
  if (node.opType === 'Neg') return [madeOf(given, negated)];
  const turned = (numbers: Intervals) =>
    united(common(numbers, interval(0, Infinity)), negated(common(numbers, interval(0, Infinity))));
  return [
    {
      ...given,
      taken: taken === everything ? everything : turned(taken),
      wanted: united(wanted, turned(wanted)),
    },
  ];
};

/** ONNX's own ops. */
export const standardReaders: ReadonlyMap<string, Reader> = new Map([
  ...rows(
    'Identity Reshape Unsqueeze Squeeze Flatten Transpose DepthToSpace SpaceToDepth Compress ' +
      'Dropout ReduceMax ReduceMin Unique MaxPool CenterCropPad Floor Ceil Round CastLike ReduceMean',
    passesFirst,
  ),
  ...rows('Split', ({ all }) => [all]),
  ...rows('Concat', passesAll),
  ...rows(
    'Sign MatMul Gemm MatMulInteger ConvInteger QLinearConv QLinearMatMul BitwiseAnd BitwiseOr BitwiseXor BitwiseNot Einsum ' +
      'ReduceL1 ReduceSumSquare Sum',
    takesAny,
  ),
  ...rows('Size Shape DequantizeLinear NonZero IsNaN IsInf And Or Xor Not StringNormalizer', ends),
  ...rows('ArgMax ArgMin EyeLike', () => [anything]),
  ...rows('Relu', ({ given }) => [clamped(given, 0, Infinity)]),
  ...rows('Neg Abs', changesSign),
  ...rows('Add Sub', adds),
  ...rows('Mul', multiplies),
  ...rows('Div', divides),
  ...rows('Mod', leavesRest),
  ...rows('Clip', clips),
  ...rows('Min Max', least),
  ...rows('Equal Less LessOrEqual Greater GreaterOrEqual', compares),
  ...rows('Where', chooses),
  ...rows('Cast', casts),
  ...rows('CumSum ReduceSum', sums),
  ...rows('Pow', powers),
  ...rows('BitShift', ({ given, unknown }) => [isLimited(given) ? unknown : anything, within(0, 7)]),
  ...rows('Gather GatherElements Scatter ScatterElements', looksUp('axis')),
  ...rows('GatherND ScatterND', looksUpMany),
  ...rows('OneHot', oneHot),
  // Scores [N, C, …] and of each a class.
  ...rows('SoftmaxCrossEntropyLoss NegativeLogLikelihoodLoss', (reading) => [
    anything,
    indexOf(reading, 1, 0, 1),
    anything,
  ]),
  ...rows('Slice', slices),
  ...rows('Tile', repeats),
  ...rows('Expand', expands),
  ...rows('Pad', ({ given }) => [given, within(0, 2), given]),
  ...rows('Trilu', ({ given }) => [given, within(-few, few)]),
  ...rows('TopK', ranks),
  ...rows('Range', countsOut),
  ...rows('ConstantOfShape', () => [within(1, few)]),
  ...rows('LSTM GRU RNN', recurs),
  ...rows('ReverseSequence', reverses),
  ...rows('NonMaxSuppression', () => [anything, anything, within(0, few), anything, anything]),
]);
