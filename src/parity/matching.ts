/** What of one file is what of another: inputs, outputs, and values in between, by name. */
import type { OnnxModel, OnnxNode, OnnxNumericType, OnnxValueInfo } from '../../proto/onnx.ts';
import { NascentError } from '../errors.ts';
import { isFloat } from '../runtime/any-tensor.ts';
import { fedInputs, type FedInput } from './fed-inputs.ts';
import { weightsApart } from './weights-apart.ts';
import { inBoth } from './whole-ranges.ts';
import { valuesOf } from './values.ts';

/** A value that the other file has no counterpart of. */
export interface Unmatched {
  readonly value: string;
  readonly node: string;
  readonly op: string;
}

/** Names of the first file → names of the other. */
export interface Matching {
  readonly inputs: ReadonlyMap<string, string>;
  /** The type that each input of the other file is fed as, by its own name. */
  readonly inputTypes: ReadonlyMap<string, OnnxNumericType>;
  readonly outputs: ReadonlyMap<string, string>;
  /** Outputs of the first file that the other does not have, and the other way around. */
  readonly missingOutputs: readonly string[];
  readonly moreOutputs: readonly string[];
  /** What nodes make, outputs among it. */
  readonly values: ReadonlyMap<string, string>;
  readonly unmatched: readonly Unmatched[];
  readonly otherUnmatched: readonly Unmatched[];
  /** What was not matched by its name, or is of another type, in a sentence each. */
  readonly notes: readonly string[];
  /** Weights of one name that are not the same, in a sentence each. */
  readonly weights: readonly string[];
}

/**
 * Matches two files.
 *
 * @throws NascentError 'input/invalid' where they do not take the same inputs
 */
export function matchFiles(first: OnnxModel, other: OnnxModel): Matching {
  const [ours, theirs] = [fedInputs(first), fedInputs(other)];
  const inputs = matchedInputs(ours, theirs);
  const outputs = matchedPorts(first.graph.outputs, other.graph.outputs);
  const renamed = (what: string, names: ReadonlyMap<string, string>) =>
    [...names].flatMap(([a, b]) => (a === b ? [] : [`${what} "${a}" is "${b}" in the other file`]));
  return {
    inputs,
    inputTypes: new Map(theirs.map(({ name, dtype }) => [name, dtype])),
    outputs,
    missingOutputs: first.graph.outputs.map(({ name }) => name).filter((name) => !outputs.has(name)),
    moreOutputs: other.graph.outputs
      .map(({ name }) => name)
      .filter((name) => ![...outputs.values()].includes(name)),
    ...matchedValues(first, other, outputs),
    notes: [
      ...renamed('input', inputs),
      ...renamed('output', outputs),
      ...typesApart('input', first.graph.inputs, other.graph.inputs, inputs),
      ...typesApart('output', first.graph.outputs, other.graph.outputs, outputs),
    ],
    weights: weightsApart(first, other),
  };
}

/** What is of another type in the other file: its numbers are compared, but a program that reads it must know. */
function typesApart(
  what: string,
  ours: readonly OnnxValueInfo[],
  theirs: readonly OnnxValueInfo[],
  names: ReadonlyMap<string, string>,
): readonly string[] {
  const types = new Map(theirs.map(({ name, type }) => [name, type]));
  return ours.flatMap(({ name, type }) => {
    const there = types.get(names.get(name) ?? '');
    if (type.kind !== 'tensor' || there?.kind !== 'tensor' || type.dtype === there.dtype) return [];
    return [`${what} "${name}" is ${type.dtype}, and ${there.dtype} in the other file`];
  });
}

/**
 * The inputs that both files take: an extent that either of them fixes is fixed, and whole numbers are such as both know.
 *
 * @throws NascentError 'input/invalid' where extents contradict each other
 */
export function commonInputs(
  first: OnnxModel,
  other: OnnxModel,
  { inputs }: Pick<Matching, 'inputs'>,
): readonly FedInput[] {
  const theirs = new Map(fedInputs(other).map((input) => [input.name, input]));
  return fedInputs(first).map((input) => {
    const counterpart = theirs.get(inputs.get(input.name) ?? '');
    if (counterpart === undefined) return input;
    const shape = input.shape.map((dim, axis) => {
      const otherDim = counterpart.shape[axis];
      if (typeof otherDim !== 'number') return dim;
      if (typeof dim === 'number' && dim !== otherDim) throw otherInputs([input], [counterpart]);
      return otherDim;
    });
    const whole: FedInput['whole'] = (shapes) =>
      inBoth(
        input.whole(shapes),
        counterpart.whole(new Map([...shapes].map(([name, dims]) => [inputs.get(name) ?? name, dims]))),
      );
    return { ...input, shape, whole };
  });
}

function matchedInputs(ours: readonly FedInput[], theirs: readonly FedInput[]): ReadonlyMap<string, string> {
  if (ours.length !== theirs.length) throw otherInputs(ours, theirs);
  const names = new Set(theirs.map(({ name }) => name));
  const isByName = ours.every(({ name }) => names.has(name));
  return new Map(
    ours.map((input, i) => {
      const counterpart = isByName ? theirs.find(({ name }) => name === input.name) : theirs[i];
      const isAlike =
        counterpart?.shape.length === input.shape.length &&
        isFloat(counterpart.dtype) === isFloat(input.dtype);
      if (counterpart === undefined || !isAlike) throw otherInputs(ours, theirs);
      return [input.name, counterpart.name];
    }),
  );
}

function otherInputs(ours: readonly FedInput[], theirs: readonly FedInput[]): NascentError {
  const shown = (inputs: readonly FedInput[]) =>
    inputs.map(({ name, dtype, shape }) => `${name} ${dtype}[${shape.join(', ')}]`).join(', ') || 'nothing';
  return new NascentError(
    'input/invalid',
    `the two files do not take the same: one takes ${shown(ours)}, the other ${shown(theirs)}`,
    { help: 'Compare a file with what was made of it: before and after a simplifier, float32 and int8.' },
  );
}

/** By name; where no name is in both, and there are as many of one as of the other, in order. */
function matchedPorts(
  ours: readonly OnnxValueInfo[],
  theirs: readonly OnnxValueInfo[],
): ReadonlyMap<string, string> {
  const names = new Set(theirs.map(({ name }) => name));
  const same = ours.filter(({ name }) => names.has(name));
  if (same.length > 0 || ours.length !== theirs.length) return new Map(same.map(({ name }) => [name, name]));
  return new Map(ours.map(({ name }, i) => [name, theirs[i]?.name ?? name]));
}

/** What programs that quantise call the value that stands for `name` where others read it, most of all. */
const quantisedNames = (name: string): readonly string[] => [
  `${name}_DequantizeLinear_Output`,
  `${name}_dequantized`,
  `${name}/DequantizeLinear_output`,
];

function matchedValues(
  first: OnnxModel,
  other: OnnxModel,
  outputs: ReadonlyMap<string, string>,
): Pick<Matching, 'values' | 'unmatched' | 'otherUnmatched'> {
  const [ours, theirs] = [valuesOf(first), valuesOf(other)];
  const own = new Set(ours.map(([value]) => value));
  const there = new Map(theirs);
  const values = new Map<string, string>();
  const taken = new Set<string>();
  const match = (a: string, b: string) => {
    values.set(a, b);
    taken.add(b);
  };
  for (const [value] of ours) {
    const asOutput = outputs.get(value);
    // What others read comes first: a Relu may be left to the quantisation behind it.
    const names = [asOutput ?? '', ...quantisedNames(value), value];
    const found = names.find((name) => there.has(name));
    if (found !== undefined) match(value, found);
  }
  // A node of the same name and op whose value is called otherwise: what was added after it took the name.
  const byNode = new Map(
    theirs.flatMap(([value, node]) =>
      node.name === '' || own.has(value) || taken.has(value) ? [] : [[keyOf(node, value), value] as const],
    ),
  );
  for (const [value, node] of ours) {
    const counterpart = values.has(value) || node.name === '' ? undefined : byNode.get(keyOf(node, value));
    if (counterpart !== undefined && !taken.has(counterpart)) match(value, counterpart);
  }
  const told = ([value, node]: readonly [string, OnnxNode]): Unmatched => ({
    value,
    node: node.name === '' ? value : node.name,
    op: node.opType,
  });
  return {
    values,
    unmatched: ours.filter(([value]) => !values.has(value)).map(told),
    otherUnmatched: theirs.filter(([value]) => !taken.has(value)).map(told),
  };
}

function keyOf({ name, opType, outputs }: OnnxNode, value: string): string {
  return JSON.stringify([name, opType, outputs.indexOf(value)]);
}
