/**
 * Bytes of an .onnx file → `OnnxModel`.
 *
 * Whatever the bytes, the answer is a model or a `NascentError`. What is checked here is that the file says anything
 * coherent at all; whether the model is a legal one is `exporters/onnx/check.ts`'s question.
 */
import { messageOf, kindOfGiven, NascentError } from '../src/errors.ts';
import { attributeKindOf } from './attribute-kinds.ts';
import type { OnnxTensor } from './data-type.ts';
import { decodeSparseTensor, decodeTensor, toDataType, type Decoding } from './decode-tensor.ts';
import { decodeModelMessage, decodeTensorMessage, invalid, toInteger, toMetadata } from './message.ts';
import type { messages } from './message.ts';
import { recognise } from './recognise.ts';
import { partsOfModel, partsOfTensor } from './survey.ts';
import { textOf } from './text.ts';
import type {
  OnnxAttribute,
  OnnxAttributeKind,
  OnnxAttributeValues,
  OnnxDim,
  OnnxFunction,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxOpset,
  OnnxType,
  OnnxValueInfo,
} from './types.ts';

/** The version of the format that `onnx.proto3` states. */
export const newestIrVersion = 14;

/**
 * Decodes a model. `file` is what messages call it.
 *
 * Throws 'onnx/invalid' where the bytes are not an ONNX model, or a damaged one, and 'onnx/unsupported' where the
 * weights are in another file or of a type we do not know.
 */
export function decodeModel(bytes: Uint8Array, file = 'the model', decoding: Decoding = {}): OnnxModel {
  requireBytes(bytes, 'decodeModel');
  return within(file, () => {
    refuseTooMany(partsOfModel(bytes, mostParts));
    const message = parse(bytes, decodeModelMessage, 'an ONNX model');
    const irVersion = toPlain(message.irVersion, 'the IR version');
    if (!message.graph) throw notOnnx(bytes, 'an ONNX model', 'it holds no graph');
    if (irVersion === 0) throw notOnnx(bytes, 'an ONNX model', 'it does not say of which IR version it is');
    if (irVersion < 0) throw invalid(`it says that it is of IR version ${irVersion}, and they begin at 1`);
    if (irVersion < 3) {
      throw new NascentError('onnx/unsupported', `it is of IR version ${irVersion}, from before ONNX 1.0`, {
        help: 'Convert it with a release of ONNX: onnx.version_converter.convert_version(model, 17).',
      });
    }
    if (irVersion > newestIrVersion) {
      throw new NascentError(
        'onnx/unsupported',
        `it is of IR version ${irVersion}; the newest that is known here is ${newestIrVersion}`,
        { help: 'Export it again with an older release of ONNX, or with ir_version set to 10.' },
      );
    }
    const opsets = toOpsets(message.opsetImport);
    if (opsets.length === 0) throw invalid('it does not say which operator set it is written against');
    return {
      irVersion,
      opsets,
      producerName: message.producerName ?? '',
      producerVersion: message.producerVersion ?? '',
      domain: message.domain ?? '',
      modelVersion: toPlain(message.modelVersion, 'the model version'),
      docString: message.docString ?? '',
      graph: toGraph(message.graph, 'the graph', decoding),
      functions: (message.functions ?? []).map((each) => toFunction(each, decoding)),
      metadata: toMetadata(message.metadataProps),
    };
  });
}

/** A program that is not checked by a compiler may hand over a path. */
function requireBytes(given: unknown, who: string): void {
  if (given instanceof Uint8Array) return;
  throw new NascentError(
    'input/invalid',
    `${who} takes the bytes of a file, and was given ${kindOfGiven(given)}`,
    {
      help: `Read it first: ${who}(await readFile(path)).`,
    },
  );
}

/** Decodes one tensor in a file of its own, as in ONNX's test data sets (`input_0.pb`). Throws as `decodeModel` does. */
export function decodeTensorFile(bytes: Uint8Array, file = 'the tensor'): OnnxTensor {
  requireBytes(bytes, 'decodeTensorFile');
  return within(file, () => {
    refuseTooMany(partsOfTensor(bytes, mostParts));
    return decodeTensor(parse(bytes, decodeTensorMessage, 'an ONNX tensor'), 'the tensor');
  });
}

/**
 * Parts that a file may have, each of which takes a hundred bytes and more in memory. The largest graphs have some hundred
 * thousand; weights count only where they are lists of 64-bit integers that are not raw.
 */
const mostParts = 4_000_000;

function refuseTooMany(count: number): void {
  if (count <= mostParts) return;
  throw new NascentError('onnx/unsupported', 'it has more than 4 million nodes, names and numbers', {
    help: 'No model that is known has so many. Lists of weights are to be written as raw data, as ONNX itself does.',
  });
}

const whatToGive = {
  'an ONNX model':
    'Give an .onnx file. `nascent export` writes one from a run; PyTorch and TensorFlow models are converted with torch.onnx.export and tf2onnx.',
  'an ONNX tensor':
    'Write it anew: in Python, onnx.save_tensor(onnx.numpy_helper.from_array(x), file); or give a .npy file.',
} as const;

function parse<T>(bytes: Uint8Array, decode: (bytes: Uint8Array) => T, what: keyof typeof whatToGive): T {
  try {
    return decode(bytes);
  } catch (error) {
    const why = messageOf(error);
    if (/max depth exceeded/.test(why)) {
      throw invalid('it nests deeper than 100 levels, which no reader of the format follows');
    }
    throw notOnnx(bytes, what, why);
  }
}

/** Names the file in errors from inside, and turns the impossible (an allocation that fails, say) into one of ours. */
function within<T>(file: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof NascentError) {
      throw new NascentError(error.code, `${file}: ${error.message}`, { help: error.help, cause: error });
    }
    throw error;
  }
}

function notOnnx(bytes: Uint8Array, what: keyof typeof whatToGive, why: string): NascentError {
  const known = recognise(bytes);
  const message =
    known === undefined
      ? `this is not ${what}, or one that is cut short (${why})`
      : `this is ${known}, not ${what}`;
  return new NascentError('onnx/invalid', message, { help: whatToGive[what] });
}

function toPlain(value: messages.IModelProto['irVersion'], what: string): number {
  const integer = toInteger(value);
  if (typeof integer === 'bigint') throw invalid(`${what} is ${integer}`);
  return integer;
}

function toOpsets(list: readonly messages.IOperatorSetIdProto[] | null | undefined): OnnxOpset[] {
  const opsets = (list ?? []).map(({ domain, version }) => ({
    // The two spellings of ONNX's own domain are one.
    domain: domain === 'ai.onnx' ? '' : (domain ?? ''),
    version: toPlain(version, 'the version of an operator set'),
  }));
  // Files name a set twice, once by each spelling; as long as they agree, that is once.
  return [...new Map(opsets.map((opset) => [`${opset.version} ${opset.domain}`, opset])).values()];
}

function toGraph(message: messages.IGraphProto, where: string, decoding: Decoding): OnnxGraph {
  return {
    name: message.name ?? '',
    nodes: (message.node ?? []).map((each) => toNode(each, decoding)),
    initializers: (message.initializer ?? []).map((tensor) =>
      decodeTensor(tensor, `initializer of ${where}`, decoding),
    ),
    ...(message.sparseInitializer?.length
      ? {
          sparseInitializers: message.sparseInitializer.map((tensor) =>
            decodeSparseTensor(tensor, where, decoding),
          ),
        }
      : {}),
    inputs: (message.input ?? []).map(toValueInfo),
    outputs: (message.output ?? []).map(toValueInfo),
    valueInfo: (message.valueInfo ?? []).map(toValueInfo),
    ...described(message),
  };
}

function toNode(message: messages.INodeProto, decoding: Decoding): OnnxNode {
  const name = message.name ?? '';
  const where = name === '' ? `a node of type ${message.opType || 'unknown'}` : `node "${name}"`;
  return {
    name,
    opType: message.opType ?? '',
    domain: message.domain === 'ai.onnx' ? '' : (message.domain ?? ''),
    inputs: message.input ?? [],
    outputs: message.output ?? [],
    attributes: (message.attribute ?? []).map((attribute) => toAttribute(attribute, where, decoding)),
    ...(message.overload ? { overload: message.overload } : {}),
    ...described(message),
  };
}

function toFunction(message: messages.IFunctionProto, decoding: Decoding): OnnxFunction {
  const where = `function "${message.name ?? ''}"`;
  return {
    name: message.name ?? '',
    domain: message.domain ?? '',
    inputs: message.input ?? [],
    outputs: message.output ?? [],
    attributes: message.attribute ?? [],
    ...(message.attributeProto?.length
      ? { defaults: message.attributeProto.map((attribute) => toAttribute(attribute, where, decoding)) }
      : {}),
    nodes: (message.node ?? []).map((each) => toNode(each, decoding)),
    opsets: toOpsets(message.opsetImport),
    ...(message.overload ? { overload: message.overload } : {}),
    ...(message.valueInfo?.length ? { valueInfo: message.valueInfo.map(toValueInfo) } : {}),
    ...described(message),
  };
}

function toAttribute(message: messages.IAttributeProto, owner: string, decoding: Decoding): OnnxAttribute {
  const name = message.name ?? '';
  const where = `attribute "${name}" of ${owner}`;
  const kind = attributeKindOf(message.type ?? 0);
  if (kind === undefined) throw invalid(`${where} is of no known kind (${message.type ?? 0})`);
  if (message.refAttrName)
    return { name, kind: 'reference', refersTo: message.refAttrName, refersToKind: kind };
  const others = attributeFields.filter((field) => field !== fieldOf[kind] && isFilled(message, field));
  if (others.length > 0) {
    const named = others.map((field) => `"${field}"`).join(', ');
    const fault = `${where} is of the kind ${kind}, and has a value in the field ${named}`;
    if (decoding.faults === undefined) throw invalid(fault);
    decoding.faults.push(fault);
  }
  const value: unknown = attributeValues[kind](message, where, decoding);
  // The table gives each kind its own type of value; the compiler cannot follow the pair through the union.
  return { name, kind, value } as OnnxAttribute;
}

/** Where the value of each kind is. */
const fieldOf = {
  float: 'f',
  int: 'i',
  string: 's',
  tensor: 't',
  graph: 'g',
  floats: 'floats',
  ints: 'ints',
  strings: 'strings',
  tensors: 'tensors',
  graphs: 'graphs',
  'sparse-tensor': 'sparseTensor',
  'sparse-tensors': 'sparseTensors',
  type: 'tp',
  types: 'typeProtos',
} as const satisfies Record<OnnxAttributeKind, keyof messages.IAttributeProto>;
const attributeFields = Object.values(fieldOf);

/** Whether the file says something there: a number that is 0 is a value, too. */
function isFilled(message: messages.IAttributeProto, field: (typeof attributeFields)[number]): boolean {
  const value = Object.hasOwn(message, field) ? message[field] : undefined;
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;
}

const attributeValues: {
  readonly [K in OnnxAttributeKind]: (
    from: messages.IAttributeProto,
    where: string,
    decoding: Decoding,
  ) => OnnxAttributeValues[K];
} = {
  float: (from) => from.f ?? 0,
  int: (from) => toInteger(from.i),
  string: (from) => textOf(from.s ?? new Uint8Array()),
  tensor: (from, where, decoding) => decodeTensor(from.t ?? {}, where, decoding),
  graph: (from, where, decoding) => toGraph(from.g ?? {}, where, decoding),
  floats: (from) => from.floats ?? [],
  ints: (from) => (from.ints ?? []).map(toInteger),
  strings: (from) => (from.strings ?? []).map(textOf),
  tensors: (from, where, decoding) =>
    (from.tensors ?? []).map((tensor) => decodeTensor(tensor, where, decoding)),
  graphs: (from, where, decoding) => (from.graphs ?? []).map((graph) => toGraph(graph, where, decoding)),
  'sparse-tensor': (from, where, decoding) => decodeSparseTensor(from.sparseTensor ?? {}, where, decoding),
  'sparse-tensors': (from, where, decoding) =>
    (from.sparseTensors ?? []).map((tensor) => decodeSparseTensor(tensor, where, decoding)),
  type: (from, where) => toType(from.tp, where),
  types: (from, where) => (from.typeProtos ?? []).map((type) => toType(type, where)),
};

function toValueInfo(message: messages.IValueInfoProto): OnnxValueInfo {
  const name = message.name ?? '';
  return { name, type: toType(message.type, `value "${name}"`), ...described(message) };
}

function toType(message: messages.ITypeProto | null | undefined, where: string): OnnxType {
  if (message?.tensorType) return toTensorType('tensor', message.tensorType, where);
  if (message?.sparseTensorType) return toTensorType('sparse-tensor', message.sparseTensorType, where);
  if (message?.sequenceType)
    return { kind: 'sequence', element: toType(message.sequenceType.elemType, where) };
  if (message?.optionalType)
    return { kind: 'optional', element: toType(message.optionalType.elemType, where) };
  if (message?.mapType) {
    return {
      kind: 'map',
      key: toDataType(message.mapType.keyType, where),
      value: toType(message.mapType.valueType, where),
    };
  }
  if (message?.opaqueType) {
    return { kind: 'opaque', domain: message.opaqueType.domain ?? '', name: message.opaqueType.name ?? '' };
  }
  return { kind: 'unknown' };
}

function toTensorType(
  kind: 'tensor' | 'sparse-tensor',
  message: messages.TypeProto.ITensor,
  where: string,
): OnnxType {
  const dtype = toDataType(message.elemType, where);
  if (!message.shape) return { kind, dtype };
  return { kind, dtype, shape: (message.shape.dim ?? []).map((dim) => toDim(dim, where)) };
}

function toDim(message: messages.TensorShapeProto.IDimension, where: string): OnnxDim {
  if (message.dimValue !== null && message.dimValue !== undefined) {
    const extent = toPlain(message.dimValue, `an extent of ${where}`);
    // Some exporters write -1, or 0, for "unknown"; only the negative one cannot be meant.
    return extent < 0 ? undefined : extent;
  }
  return message.dimParam ? message.dimParam : undefined;
}

function described(message: {
  docString?: string | null;
  metadataProps?: messages.IStringStringEntryProto[] | null;
}): { readonly docString?: string; readonly metadata?: OnnxModel['metadata'] } {
  return {
    ...(message.docString ? { docString: message.docString } : {}),
    ...(message.metadataProps?.length ? { metadata: toMetadata(message.metadataProps) } : {}),
  };
}
