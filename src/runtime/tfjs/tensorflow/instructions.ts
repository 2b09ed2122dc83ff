/**
 * A list of instructions on vectors, as the op `NascentSmall` (`native/small.cc`) reads it from a tensor of int32:
 *
 *   how many numbers are in the list; each number's bits
 *   for each output: its rank; its extents
 *   how much memory the vectors in between take, in numbers; how many they are; of each: where it begins, and its size
 *   until the end: instruction, the vector that it makes, how many operands it has, the operands
 *
 * Vectors are counted: the op's inputs, the numbers, the outputs, then those in between. These share memory, each from the
 * instruction that makes it to the last that reads it.
 */
const codes = {
  copy: 0,
  add: 1,
  subtract: 2,
  multiply: 3,
  divide: 4,
  root: 5,
  negate: 6,
  sum: 7,
  total: 8,
  dot: 9,
} as const;
export type Instruction = keyof typeof codes;

export interface Vector {
  readonly kind: 'input' | 'number' | 'output' | 'between';
  /** Its place among those of its kind. */
  readonly index: number;
  readonly size: number;
}

export interface Instructions {
  input(size: number): Vector;
  /** @param shape as it lies in memory */
  output(shape: readonly number[]): Vector;
  number(value: number): Vector;
  between(size: number): Vector;
  /** Returns what is made. An operand of one number stands for as many as are needed. */
  put(what: Instruction, made: Vector, operands: readonly Vector[]): Vector;
  finish(): Int32Array;
}

interface Step {
  readonly what: Instruction;
  readonly made: Vector;
  readonly operands: readonly Vector[];
}

export function createInstructions(): Instructions {
  const counts = { input: 0, number: 0, output: 0, between: 0 };
  const numbers: number[] = [];
  const shapes: (readonly number[])[] = [];
  const steps: Step[] = [];
  const vector = (kind: Vector['kind'], size: number): Vector => ({ kind, index: counts[kind]++, size });

  return {
    input: (size) => vector('input', size),
    output(shape) {
      shapes.push(shape);
      return vector(
        'output',
        shape.reduce((size, extent) => size * extent, 1),
      );
    },
    number(value) {
      numbers.push(value);
      return vector('number', 1);
    },
    between: (size) => vector('between', size),
    put(what, made, operands) {
      steps.push({ what, made, operands });
      return made;
    },
    finish() {
      const first = {
        input: 0,
        number: counts.input,
        output: counts.input + counts.number,
        between: counts.input + counts.number + counts.output,
      };
      const place = ({ kind, index }: Vector) => first[kind] + index;
      const { total, places } = shareMemory(steps, counts.between);
      return Int32Array.from([
        numbers.length,
        ...new Int32Array(Float32Array.from(numbers).buffer),
        ...shapes.flatMap((shape) => [shape.length, ...shape]),
        total,
        places.length,
        ...places.flatMap(({ start, size }) => [start, size]),
        ...steps.flatMap(({ what, made, operands }) => [
          codes[what],
          place(made),
          operands.length,
          ...operands.map(place),
        ]),
      ]);
    },
  };
}

/** Vectors begin at multiples of it: a cache line of numbers. */
const line = 16;

/** Where each vector in between lies: where one of its size lay that nobody reads any more, or behind all others. */
function shareMemory(steps: readonly Step[], count: number) {
  const last = new Map<Vector, number>();
  steps.forEach(({ made, operands }, i) => [made, ...operands].forEach((vector) => last.set(vector, i)));
  const places = Array.from({ length: count }, () => ({ start: 0, size: 0 }));
  const placed = new Set<Vector>();
  const free = new Map<number, number[]>();
  let total = 0;
  steps.forEach(({ made, operands }, i) => {
    if (made.kind === 'between' && !placed.has(made)) {
      placed.add(made);
      const start = free.get(made.size)?.pop() ?? total;
      if (start === total) total += Math.ceil(made.size / line) * line;
      places[made.index] = { start, size: made.size };
    }
    for (const vector of new Set([made, ...operands])) {
      if (vector.kind !== 'between' || last.get(vector) !== i) continue;
      const start = places[vector.index]?.start ?? 0;
      free.set(vector.size, [...(free.get(vector.size) ?? []), start]);
    }
  });
  return { total, places };
}
