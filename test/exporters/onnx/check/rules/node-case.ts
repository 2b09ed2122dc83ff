/** One node as a whole model: by the shapes of what it is fed, and its constants. */
import type { OnnxAttribute, OnnxDataType, OnnxModel, OnnxTensor } from '../../../../../proto/onnx.ts';
import { floatInfo, floats, ints, modelOf, node } from '../../models.ts';

export interface NodeCase {
  readonly op: string;
  /** Float inputs, of ones. */
  readonly shapes?: readonly (readonly (number | string)[])[];
  /** Lists of int64 that are constants. */
  readonly operands?: readonly (readonly number[])[];
  /** Inputs one by one, in place of both. */
  readonly given?: readonly (Given | undefined)[];
  readonly attributes?: readonly OnnxAttribute[];
  readonly outputs?: number;
  /** Of the outputs, where they are not float32. */
  readonly gives?: readonly OnnxDataType[];
  /** Inputs that are left out between the two. */
  readonly skipped?: number;
  readonly opset?: number;
}

/** An input that is fed, of ones; one that is a constant; undefined where it is left out. */
export type Given = Fed | OnnxTensor;

export interface Fed {
  readonly fed: OnnxDataType;
  readonly shape: readonly (number | string)[];
}

export const int = (name: string, value: number): OnnxAttribute => ({ name, kind: 'int', value });
export const list = (name: string, values: readonly number[]): OnnxAttribute => ({
  name,
  kind: 'ints',
  value: values,
});
export const word = (name: string, value: string): OnnxAttribute => ({ name, kind: 'string', value });
export const fed = (shape: readonly (number | string)[], dtype: OnnxDataType = 'float32'): Fed => ({
  fed: dtype,
  shape,
});
/** A constant of int64, a list unless dims say otherwise. */
export const whole = (values: readonly number[], dims: readonly number[] = [values.length]): OnnxTensor => ({
  ...ints('', values),
  dims,
});
/** A constant of float32. */
export const real = (values: readonly number[], dims: readonly number[] = [values.length]): OnnxTensor =>
  floats('', dims, values);

/** What a case is fed, by name. */
export function fedOf({ given, shapes = [] }: NodeCase): readonly (readonly [string, Fed])[] {
  const all = given ?? shapes.map((shape) => fed(shape));
  return all.flatMap((each, i) => (each !== undefined && 'fed' in each ? [[`x${i}`, each] as const] : []));
}

export function modelFor(given: NodeCase): OnnxModel {
  const { op, shapes = [], operands = [], attributes = [], skipped = 0, opset = 17 } = given;
  const { gives = Array.from({ length: given.outputs ?? 1 }, (_, i) => typeOf(op, i)) } = given;
  const made = gives.map((_, i) => `y${i}`);
  const skips = Array.from({ length: skipped }, () => undefined);
  const parts: readonly (Given | undefined)[] = given.given ?? [
    ...shapes.map((shape) => fed(shape)),
    ...skips,
    ...operands.map((values) => whole(values)),
  ];
  const count = parts.findLastIndex((part) => part !== undefined) + 1;
  const names = parts
    .slice(0, count)
    .map((part, i) => (part === undefined ? '' : 'fed' in part ? `x${i}` : `o${i}`));
  return modelOf(
    {
      inputs: fedOf(given).map(([name, { fed: dtype, shape }]) => ({
        ...floatInfo(name, shape),
        type: { kind: 'tensor', dtype, shape },
      })),
      initializers: parts.flatMap((part, i) =>
        part === undefined || 'fed' in part ? [] : [{ ...part, name: `o${i}` }],
      ),
      nodes: [node(op, names, made, attributes)],
      outputs: made.map((name, i) => ({ name, type: { kind: 'tensor', dtype: gives[i] ?? 'float32' } })),
    },
    { opsets: [{ domain: '', version: opset }] },
  );
}

function typeOf(op: string, output: number): OnnxDataType {
  return op === 'ArgMax' || (output === 1 && op === 'TopK') ? 'int64' : 'float32';
}
