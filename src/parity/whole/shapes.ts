/** Extents of the values of a model where its inputs are of certain shapes: what the file says of them, or what reading it infers. */
import { importOnnx } from '../../../exporters/onnx/import.ts';
import type { OnnxDim, OnnxModel, OnnxNumericType, OnnxValueInfo } from '../../../proto/onnx.ts';
import { NascentError } from '../../errors.ts';
import { evaluated, extentName } from '../../graph/extent.ts';
import type { Dim } from '../../graph/types.ts';

/** One input that is fed on every run. */
export interface Fed {
  readonly name: string;
  readonly dtype: OnnxNumericType;
  /** An extent that the file leaves open has a name: the file's, or `input.axis`. */
  readonly shape: readonly (number | string)[];
}

/** By the name of the input. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

type ShapeOf = (name: string) => readonly number[] | undefined;
type Dims = ReadonlyMap<string, readonly (Dim | undefined)[]>;

export function shapesOf(model: OnnxModel, fed: readonly Fed[]): (shapes: Shapes) => ShapeOf {
  const said = saidIn(model);
  // Reading a file takes a while, and most that is asked for is in it.
  let readWhole: Dims | undefined | 'not yet' = 'not yet';
  return (shapes) => {
    const extents = new Map<string, number>();
    for (const { name, shape } of fed) {
      shape.forEach((dim, axis) => {
        const extent = shapes.get(name)?.[axis];
        if (typeof dim === 'string' && extent !== undefined) extents.set(extentName(dim), extent);
      });
    }
    let readHere: Dims | undefined | 'not yet' = 'not yet';
    const read = (): Dims | undefined => {
      if (readWhole === 'not yet') readWhole = inferred(model, {});
      if (readWhole !== undefined || extents.size === 0) return readWhole;
      if (readHere === 'not yet') readHere = inferred(model, Object.fromEntries(extents));
      return readHere;
    };
    const bound = (dims: Dims | undefined, name: string): readonly number[] | undefined => {
      const found = dims?.get(name)?.map((dim) => (dim === undefined ? undefined : evaluated(dim, extents)));
      const known = found?.filter((extent) => extent !== undefined);
      return known?.length === found?.length ? known : undefined;
    };
    return (name) => shapes.get(name) ?? bound(said, name) ?? bound(read(), name);
  };
}

function saidIn({ graph }: OnnxModel): Dims {
  const known = (dim: OnnxDim): Dim | undefined =>
    typeof dim === 'string' && dim !== ''
      ? extentName(dim)
      : typeof dim === 'number' && dim >= 0
        ? dim
        : undefined;
  const dims = ({ name, type }: OnnxValueInfo): [string, readonly (Dim | undefined)[]][] =>
    type.kind === 'tensor' && type.shape !== undefined ? [[name, type.shape.map(known)]] : [];
  return new Map([...graph.inputs, ...graph.valueInfo, ...graph.outputs].flatMap(dims));
}

function inferred(model: OnnxModel, extents: Readonly<Record<string, number>>): Dims | undefined {
  try {
    const { values } = importOnnx(model, 'it', { extents });
    return new Map([...values].map(([name, { type }]) => [name, type.shape]));
  } catch (error) {
    if (error instanceof NascentError) return undefined;
    throw error;
  }
}
