/**
 * `OnnxModel` → bytes of an .onnx file, with the code of onnx-proto, at the IR version it knows (8).
 *
 * Equal models give equal bytes: onnx-proto writes fields in one order, the format has no maps, and nothing here
 * looks at a clock. Tensors are written as raw data. What IR 8 cannot hold is refused, never dropped.
 */
import type { onnx } from 'onnx-proto';
import protobuf from 'protobufjs/minimal.js';
import { NascentError } from '../src/errors.ts';
import { bytesOf, codeOf } from './data-type.ts';
import { onnx as generated } from './generated/writer.ts';
import type { OnnxDataType, OnnxTensor } from './data-type.ts';
import type {
  OnnxAttribute,
  OnnxAttributeKind,
  OnnxAttributeValues,
  OnnxDim,
  OnnxFunction,
  OnnxGraph,
  OnnxInteger,
  OnnxMetadata,
  OnnxModel,
  OnnxNode,
  OnnxSparseTensor,
  OnnxType,
  OnnxValueInfo,
} from './types.ts';

/** The newest IR version that can be written. */
export const writableIrVersion = 8;

const messages = generated as unknown as typeof onnx;

/** Encodes a model. Throws 'onnx/unsupported' where it holds what IR 8 has no place for. */
export function encodeModel(model: OnnxModel): Uint8Array {
  return encode(model, (tensor) => tensor);
}

/** @param initializer what becomes of each initializer of the outermost graph */
function encode(model: OnnxModel, initializer: (tensor: onnx.ITensorProto) => onnx.ITensorProto): Uint8Array {
  if (model.irVersion > writableIrVersion) throw tooNew('the model', `IR version ${model.irVersion}`);
  const graph = fromGraph(model.graph);
  const whole = { ...graph, initializer: (graph.initializer ?? []).map(initializer) };
  const encoded = {
    irVersion: model.irVersion,
    producerName: model.producerName,
    producerVersion: model.producerVersion,
    domain: model.domain,
    modelVersion: model.modelVersion,
    docString: model.docString,
    graph: whole,
    opsetImport: model.opsets.map((opset) => ({ ...opset })),
    metadataProps: fromMetadata(model.metadata),
    functions: model.functions.map(fromFunction),
  };
  // A view of what was written: a copy of a large model takes as long as writing it.
  return messages.ModelProto.encode(encoded, writerFor(whole)).finish(true);
}

/** What a node or a weight takes beside the weight's numbers: more than most. */
const besideNumbers = 1 << 10;

/**
 * A writer with room for a model. By itself it begins small and doubles what it has, and large buffers that are soon
 * dropped cost more than what is written into them.
 */
function writerFor({ node, initializer }: onnx.IGraphProto): protobuf.Writer {
  const parts = ((node ?? []).length + (initializer ?? []).length) * besideNumbers;
  const numbers = (initializer ?? []).reduce((sum, { rawData }) => sum + (rawData?.length ?? 0), 0);
  // The room that was made stays when what was written is forgotten.
  return protobuf.Writer.create()
    .bytes(new Uint8Array(parts + numbers))
    .reset();
}

/** A model, and its weights in a file beside it. */
export interface EncodedBeside {
  readonly model: Uint8Array;
  readonly weights: Uint8Array;
}

/** Fewer bytes than the words that say where they are: they stay in the model. */
const leastOutside = 1024;
/** Where a tensor begins: as wide as what a processor reads at once. */
const alignment = 64;

/**
 * Encodes a model whose large initializers are in another file, which it calls `location`, in its own folder. Throws as
 * `encodeModel` does. Source: https://github.com/onnx/onnx/blob/main/docs/ExternalData.md
 */
export function encodeModelBeside(model: OnnxModel, location: string): EncodedBeside {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const outside = ({ rawData, ...tensor }: onnx.ITensorProto): onnx.ITensorProto => {
    if (!rawData || rawData.length < leastOutside) return { ...tensor, ...(rawData && { rawData }) };
    const entries = { location, offset: String(offset), length: String(rawData.length) };
    const padding = (alignment - (rawData.length % alignment)) % alignment;
    parts.push(rawData, new Uint8Array(padding));
    offset += rawData.length + padding;
    return {
      ...tensor,
      dataLocation: messages.TensorProto.DataLocation.EXTERNAL,
      externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
    };
  };
  const encoded = encode(model, outside);
  return { model: encoded, weights: new Uint8Array(Buffer.concat(parts)) };
}

/** Encodes one tensor for a file of its own, as in ONNX's test data sets (`input_0.pb`). */
export function encodeTensorFile(tensor: OnnxTensor): Uint8Array {
  return messages.TensorProto.encode(fromTensor(tensor)).finish();
}

function fromGraph(graph: OnnxGraph): onnx.IGraphProto {
  refuse(graph, `graph "${graph.name}"`);
  return {
    name: graph.name,
    node: graph.nodes.map(fromNode),
    initializer: graph.initializers.map(fromTensor),
    sparseInitializer: (graph.sparseInitializers ?? []).map(fromSparseTensor),
    ...fromDocString(graph.docString),
    input: graph.inputs.map(fromValueInfo),
    output: graph.outputs.map(fromValueInfo),
    valueInfo: graph.valueInfo.map(fromValueInfo),
  };
}

function fromNode(node: OnnxNode): onnx.INodeProto {
  refuse(node, `node "${node.name}"`);
  return {
    input: [...node.inputs],
    output: [...node.outputs],
    name: node.name,
    opType: node.opType,
    // ONNX's own domain is written as absent, as other exporters do.
    ...(node.domain === '' ? {} : { domain: node.domain }),
    attribute: node.attributes.map(fromAttribute),
    ...fromDocString(node.docString),
  };
}

function fromFunction(definition: OnnxFunction): onnx.IFunctionProto {
  const where = `function "${definition.name}"`;
  refuse(definition, where);
  if (definition.defaults?.length) throw tooNew(where, 'default attributes');
  if (definition.valueInfo?.length) throw tooNew(where, 'types of inner values');
  return {
    name: definition.name,
    input: [...definition.inputs],
    output: [...definition.outputs],
    attribute: [...definition.attributes],
    node: definition.nodes.map(fromNode),
    ...fromDocString(definition.docString),
    opsetImport: definition.opsets.map((opset) => ({ ...opset })),
    domain: definition.domain,
  };
}

function fromAttribute(attribute: OnnxAttribute): onnx.IAttributeProto {
  const { name, kind } = attribute;
  if (kind === 'reference') {
    return { name, refAttrName: attribute.refersTo, type: attributeTypes[attribute.refersToKind] };
  }
  // One kind's writer is given that kind's value; the compiler cannot follow the pair through the union.
  const write = attributeFields[kind] as (value: unknown) => onnx.IAttributeProto;
  return { name, type: attributeTypes[kind], ...write(attribute.value) };
}

const { AttributeType } = messages.AttributeProto;

const attributeTypes: { readonly [K in OnnxAttributeKind]: onnx.AttributeProto.AttributeType } = {
  float: AttributeType.FLOAT,
  int: AttributeType.INT,
  string: AttributeType.STRING,
  tensor: AttributeType.TENSOR,
  graph: AttributeType.GRAPH,
  floats: AttributeType.FLOATS,
  ints: AttributeType.INTS,
  strings: AttributeType.STRINGS,
  tensors: AttributeType.TENSORS,
  graphs: AttributeType.GRAPHS,
  'sparse-tensor': AttributeType.SPARSE_TENSOR,
  'sparse-tensors': AttributeType.SPARSE_TENSORS,
  type: AttributeType.TYPE_PROTO,
  types: AttributeType.TYPE_PROTOS,
};

const attributeFields: {
  readonly [K in OnnxAttributeKind]: (value: OnnxAttributeValues[K]) => onnx.IAttributeProto;
} = {
  float: (value) => ({ f: value }),
  int: (value) => ({ i: fromInteger(value) }),
  string: (value) => ({ s: utf8.encode(value) }),
  tensor: (value) => ({ t: fromTensor(value) }),
  graph: (value) => ({ g: fromGraph(value) }),
  floats: (value) => ({ floats: [...value] }),
  ints: (value) => ({ ints: value.map(fromInteger) }),
  strings: (value) => ({ strings: value.map((text) => utf8.encode(text)) }),
  tensors: (value) => ({ tensors: value.map(fromTensor) }),
  graphs: (value) => ({ graphs: value.map(fromGraph) }),
  'sparse-tensor': (value) => ({ sparseTensor: fromSparseTensor(value) }),
  'sparse-tensors': (value) => ({ sparseTensors: value.map(fromSparseTensor) }),
  type: (value) => ({ tp: fromType(value) }),
  types: (value) => ({ typeProtos: value.map(fromType) }),
};

function fromTensor(tensor: OnnxTensor): onnx.ITensorProto {
  const where = `tensor "${tensor.name}"`;
  refuse(tensor, where);
  return {
    dims: [...tensor.dims],
    dataType: fromDataType(tensor.dtype, where),
    ...(tensor.name === '' ? {} : { name: tensor.name }),
    ...(tensor.dtype === 'string'
      ? { stringData: tensor.data.map((text) => utf8.encode(text)) }
      : { rawData: bytesOf(tensor.data) }),
    ...fromDocString(tensor.docString),
  };
}

function fromSparseTensor(tensor: OnnxSparseTensor): onnx.ISparseTensorProto {
  return { values: fromTensor(tensor.values), indices: fromTensor(tensor.indices), dims: [...tensor.dims] };
}

function fromValueInfo(value: OnnxValueInfo): onnx.IValueInfoProto {
  refuse(value, `value "${value.name}"`);
  return {
    name: value.name,
    // A name alone is legal for an output: the runtime infers the rest.
    ...(value.type.kind === 'unknown' ? {} : { type: fromType(value.type) }),
    ...fromDocString(value.docString),
  };
}

function fromType(type: OnnxType): onnx.ITypeProto {
  switch (type.kind) {
    case 'tensor':
      return { tensorType: fromTensorType(type.dtype, type.shape) };
    case 'sparse-tensor':
      return { sparseTensorType: fromTensorType(type.dtype, type.shape) };
    case 'sequence':
      return { sequenceType: { elemType: fromType(type.element) } };
    case 'optional':
      return { optionalType: { elemType: fromType(type.element) } };
    case 'map':
      return { mapType: { keyType: fromDataType(type.key, 'a map'), valueType: fromType(type.value) } };
    case 'opaque':
      throw tooNew('a value', 'an opaque type');
    case 'unknown':
      break;
  }
  return {};
}

function fromTensorType(dtype: OnnxDataType, shape: readonly OnnxDim[] | undefined): onnx.TypeProto.ITensor {
  const elemType = fromDataType(dtype, 'a value');
  return shape === undefined ? { elemType } : { elemType, shape: { dim: shape.map(fromDim) } };
}

function fromDim(dim: OnnxDim): onnx.TensorShapeProto.IDimension {
  if (dim === undefined) return {};
  return typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim };
}

/** The last type that IR 8 has, bfloat16. */
const lastDataType: number = messages.TensorProto.DataType.BFLOAT16;

function fromDataType(dtype: OnnxDataType, where: string): number {
  const code = codeOf(dtype);
  if (code > lastDataType) throw tooNew(where, `elements of type ${dtype}`);
  return code;
}

type Long = Exclude<NonNullable<onnx.IAttributeProto['i']>, number>;

function fromInteger(value: OnnxInteger): number | Long {
  if (typeof value === 'number') return value;
  // protobufjs reads these two words and nothing else of a Long.
  const words = {
    low: Number(BigInt.asIntN(32, value)),
    high: Number(BigInt.asIntN(32, value >> 32n)),
    unsigned: false,
  };
  return words as Long;
}

const utf8 = new TextEncoder();

function fromMetadata(metadata: OnnxMetadata): onnx.IStringStringEntryProto[] {
  return metadata.map(([key, value]) => ({ key, value }));
}

function fromDocString(docString: string | undefined): { docString?: string } {
  return docString === undefined ? {} : { docString };
}

function refuse(item: { readonly metadata?: OnnxMetadata; readonly overload?: string }, where: string): void {
  if (item.metadata?.length) throw tooNew(where, 'metadata of its own');
  if (item.overload) throw tooNew(where, 'an overload');
}

function tooNew(where: string, what: string): NascentError {
  return new NascentError(
    'onnx/unsupported',
    `${where} has ${what}, which IR version ${writableIrVersion} cannot hold`,
    {
      help: `Models are written at IR version ${writableIrVersion}, which every runtime reads. Leave that part out.`,
    },
  );
}
