/**
 * An ONNX model as plain, immutable data: what `decodeModel` returns and `encodeModel` takes.
 *
 * Close to the file format, but without its traps: an attribute says which kind it is and has one value, a tensor has
 * one storage whatever the file used, an absent optional field is absent. Integers are numbers where a number holds
 * them exactly and bigints where not.
 *
 * Source: the ONNX specification, https://github.com/onnx/onnx/blob/main/docs/IR.md
 */
import type { OnnxDataType, OnnxTensor } from './data-type.ts';

/** An int64; a bigint only outside the numbers that are exact in a double. */
export type OnnxInteger = number | bigint;

/** Keys are meant to be unique; `checkModel` says where they are not. */
export type OnnxMetadata = readonly (readonly [key: string, value: string])[];

/** A number, the name of an extent that the model leaves open, or nothing known at all. */
export type OnnxDim = number | string | undefined;

export type OnnxType =
  /** No shape: not even the rank is known. */
  | {
      readonly kind: 'tensor' | 'sparse-tensor';
      readonly dtype: OnnxDataType;
      readonly shape?: readonly OnnxDim[];
    }
  | { readonly kind: 'sequence' | 'optional'; readonly element: OnnxType }
  | { readonly kind: 'map'; readonly key: OnnxDataType; readonly value: OnnxType }
  | { readonly kind: 'opaque'; readonly domain: string; readonly name: string }
  | { readonly kind: 'unknown' };

export interface OnnxValueInfo {
  readonly name: string;
  readonly type: OnnxType;
  readonly docString?: string;
  readonly metadata?: OnnxMetadata;
}

export interface OnnxSparseTensor {
  readonly values: OnnxTensor;
  readonly indices: OnnxTensor;
  readonly dims: readonly number[];
}

/** The kinds of attribute, each with its value, as the format numbers them (`attribute-kinds.ts`). */
export interface OnnxAttributeValues {
  readonly float: number;
  readonly int: OnnxInteger;
  readonly string: string;
  readonly tensor: OnnxTensor;
  readonly graph: OnnxGraph;
  readonly floats: readonly number[];
  readonly ints: readonly OnnxInteger[];
  readonly strings: readonly string[];
  readonly tensors: readonly OnnxTensor[];
  readonly graphs: readonly OnnxGraph[];
  readonly 'sparse-tensor': OnnxSparseTensor;
  readonly 'sparse-tensors': readonly OnnxSparseTensor[];
  readonly type: OnnxType;
  readonly types: readonly OnnxType[];
}

export type OnnxAttributeKind = keyof OnnxAttributeValues;

export type OnnxAttribute =
  | {
      [K in OnnxAttributeKind]: {
        readonly name: string;
        readonly kind: K;
        readonly value: OnnxAttributeValues[K];
      };
    }[OnnxAttributeKind]
  /** Inside a function's body: the function's attribute `refersTo`, which is of kind `refersToKind`. */
  | {
      readonly name: string;
      readonly kind: 'reference';
      readonly refersTo: string;
      readonly refersToKind: OnnxAttributeKind;
    };

export interface OnnxNode {
  readonly name: string;
  readonly opType: string;
  /** Empty for ONNX's own ops. */
  readonly domain: string;
  /** An empty name is an optional input left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: readonly OnnxAttribute[];
  readonly docString?: string;
  /** Which of several functions of one name is meant (IR 10). */
  readonly overload?: string;
  readonly metadata?: OnnxMetadata;
}

export interface OnnxGraph {
  readonly name: string;
  /** In topological order. */
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly sparseInitializers?: readonly OnnxSparseTensor[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  /** Types of values in between. */
  readonly valueInfo: readonly OnnxValueInfo[];
  readonly docString?: string;
  readonly metadata?: OnnxMetadata;
}

export interface OnnxOpset {
  /** Empty for ONNX's own ops. */
  readonly domain: string;
  readonly version: number;
}

/** A model-local function. */
export interface OnnxFunction {
  readonly name: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes that a call must give. */
  readonly attributes: readonly string[];
  /** Attributes that a call may give, with what they are otherwise (IR 9). */
  readonly defaults?: readonly OnnxAttribute[];
  readonly nodes: readonly OnnxNode[];
  readonly opsets: readonly OnnxOpset[];
  readonly docString?: string;
  readonly overload?: string;
  readonly valueInfo?: readonly OnnxValueInfo[];
  readonly metadata?: OnnxMetadata;
}

/** A model file as plain data. */
export interface OnnxModel {
  readonly irVersion: number;
  readonly opsets: readonly OnnxOpset[];
  readonly producerName: string;
  readonly producerVersion: string;
  readonly domain: string;
  readonly modelVersion: number;
  readonly docString: string;
  readonly graph: OnnxGraph;
  readonly functions: readonly OnnxFunction[];
  readonly metadata: OnnxMetadata;
}
