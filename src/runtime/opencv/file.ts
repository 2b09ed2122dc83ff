/**
 * A model file in OpenCV: by its new reader, or where that does not take the file by the old one. It takes any rank,
 * most types and open extents, a batch included: a file is run as it is fed, in one piece. What it keeps of one set of
 * shapes is wrong for another (a MatMul reads past its memory), so the file is read again for each. What a file declares
 * of its inputs OpenCV does not hold anybody to: that is checked here.
 */
import { normalize } from 'node:path';
import {
  decodeModel,
  encodeModel,
  writableIrVersion,
  type OnnxModel,
  type OnnxValueInfo,
} from '../../../proto/onnx.ts';
import { messageOf, NascentError } from '../../errors.ts';
import { showTensor, type AnyTensors } from '../any-tensor.ts';
import type { FileSession, ModelParts } from '../file-runtime.ts';
import { oneLine } from '../probe/reasons.ts';
import { loadOpenCv, type Reader, type Mat, type Net, type OpenCv } from './load.ts';
import { fromMat, shaperOf } from './tensors.ts';

/**
 * @throws NascentError 'runtime/unavailable' where the package is missing, 'onnx/unsupported' with OpenCV's reason;
 *   'onnx/invalid' where the file is none
 */
export async function openInOpenCv(parts: ModelParts): Promise<FileSession> {
  const { path } = parts;
  const cv = await loadOpenCv();
  const model = decoded(parts);
  const shaper = shaperOf(cv, (row) => readNet(cv, row, 'new'));
  const bytes = wholeFile(parts, model);
  const { reader, net: first } = firstNet(cv, path, bytes, model);
  let kept: Kept | undefined = { net: first, shapes: undefined };
  const netFor = (feeds: AnyTensors): Net => {
    const shapes = [...feeds].map(([name, tensor]) => `${name}: ${showTensor(tensor)}`).join();
    const net =
      kept !== undefined && (kept.shapes ?? shapes) === shapes ? kept.net : readNet(cv, bytes, reader);
    if (net !== kept?.net) kept?.net.delete();
    kept = { net, shapes };
    return net;
  };
  return {
    note: reader === 'old' ? 'by its old reader: the new one does not take the file' : undefined,
    async run(feeds) {
      const failed = (reason: string, cause?: unknown) =>
        new NascentError('runtime/failed', `OpenCV failed to run "${path}": ${reason}`, {
          help: 'Check that the inputs are what the model takes; OpenCV does not know all of ONNX.',
          cause,
        });
      const wrong = whyWrong(model, feeds);
      if (wrong !== undefined) throw failed(wrong);
      try {
        const net = netFor(feeds);
        for (const [name, tensor] of feeds) {
          const mat = shaper.toMat(tensor);
          net.setInput(mat, name);
          mat.delete();
        }
        const given = forward(cv, net, reader, model);
        const lacking = notComputed(model, given);
        if (lacking !== undefined) throw failed(`it gives no output "${lacking}"`);
        return given;
      } catch (cause) {
        if (cause instanceof NascentError) throw cause;
        throw failed(reasonOf(cv, cause), cause);
      }
    },
    dispose() {
      kept?.net.delete();
      kept = undefined;
      shaper.dispose();
    },
  };
}

/** A network, and what it was run on so far. */
interface Kept {
  readonly net: Net;
  readonly shapes: string | undefined;
}

/** With the weights that are beside it. */
function decoded({ path, bytes, external }: ModelParts): OnnxModel {
  return decodeModel(bytes, path, {
    external: ({ location, offset }, wanted) =>
      external.get(normalize(location.replaceAll('\\', '/')))?.subarray(offset, offset + wanted) ??
      new Uint8Array(),
  });
}

/**
 * In WebAssembly OpenCV reads no other file than the model. And it wants type and shape of every output, which a file need not
 * tell (of values that are exposed nobody does), though it makes no use of it.
 */
function wholeFile({ bytes, external }: ModelParts, { graph, ...model }: OnnxModel): Uint8Array {
  if (external.size === 0 && graph.outputs.every(({ type }) => type.kind !== 'unknown')) return bytes;
  const outputs = graph.outputs.map((output): OnnxValueInfo => {
    const type = { kind: 'tensor', dtype: 'float32', shape: [] } as const;
    return output.type.kind === 'unknown' ? { ...output, type } : output;
  });
  const irVersion = Math.min(model.irVersion, writableIrVersion);
  return encodeModel({ ...model, irVersion, graph: { ...graph, outputs } });
}

function firstNet(
  cv: OpenCv,
  path: string,
  bytes: Uint8Array,
  { graph }: OnnxModel,
): { readonly reader: Reader; readonly net: Net } {
  const reasons: string[] = [];
  for (const reader of ['new', 'old'] as const) {
    try {
      const net = readNet(cv, bytes, reader);
      const given = outputsOf(net);
      // Of some files the new reader makes a network of nothing.
      if (reader === 'old' || graph.outputs.every(({ name }) => given.includes(name))) return { reader, net };
      net.delete();
    } catch (cause) {
      reasons.push(`${reader === 'old' ? 'its old reader: ' : ''}${reasonOf(cv, cause)}`);
    }
  }
  throw new NascentError('onnx/unsupported', `OpenCV refused "${path}": ${reasons.join('; ')}`, {
    help: 'It does not know all of ONNX: run the file in another runtime.',
  });
}

function readNet(cv: OpenCv, bytes: Uint8Array, reader: Reader): Net {
  const name = 'model.onnx';
  cv.FS_createDataFile('/', name, bytes, true, false);
  try {
    return cv.readNetFromONNX(`/${name}`, reader === 'new' ? cv.ENGINE_NEW : cv.ENGINE_CLASSIC);
  } finally {
    cv.FS_unlink(`/${name}`);
  }
}

function outputsOf(net: Net): readonly string[] {
  const names = net.getUnconnectedOutLayersNames();
  const found = Array.from({ length: names.size() }, (_, i) => names.get(i));
  names.delete();
  return found;
}

function forward(cv: OpenCv, net: Net, reader: Reader, { graph }: OnnxModel): AnyTensors {
  const taken = (name: string, mat: Mat) => {
    const tensor = fromMat(mat);
    mat.delete();
    return [name, tensor] as const;
  };
  if (reader === 'old') return new Map(graph.outputs.map(({ name }) => taken(name, net.forward(name))));
  const none = new cv.StringVector();
  const mats = new cv.MatVector();
  try {
    net.forward2(mats, none);
    return new Map(outputsOf(net).map((name, i) => taken(name, mats.get(i))));
  } finally {
    none.delete();
    mats.delete();
  }
}

/** What nobody computes, as in a cycle, comes as bytes, and none of them. */
function notComputed({ graph }: OnnxModel, outputs: AnyTensors): string | undefined {
  return graph.outputs.find(({ name, type }) => {
    const { dtype, shape, data } = outputs.get(name) ?? {};
    if (data === undefined || data.length > 0) return data === undefined;
    return (
      shape?.includes(0) !== true || (dtype === 'uint8' && type.kind === 'tensor' && type.dtype !== dtype)
    );
  })?.name;
}

/** What is not as the file says; undefined where all is. */
function whyWrong({ graph }: OnnxModel, feeds: AnyTensors): string | undefined {
  const given = new Set(graph.initializers.map(({ name }) => name));
  const unknown = [...feeds.keys()].find((name) => !graph.inputs.some((input) => input.name === name));
  if (unknown !== undefined) return `it has no input "${unknown}"`;
  for (const { name, type } of graph.inputs) {
    const tensor = feeds.get(name);
    if (tensor === undefined) {
      if (given.has(name)) continue;
      return `its input "${name}" is missing`;
    }
    if (type?.kind !== 'tensor') continue;
    const { dtype, shape } = type;
    const isRight =
      dtype === tensor.dtype &&
      (shape === undefined ||
        (shape.length === tensor.shape.length &&
          shape.every((extent, axis) => typeof extent !== 'number' || extent === tensor.shape[axis])));
    if (!isRight) return `its input "${name}" cannot be ${showTensor(tensor)}`;
  }
  return undefined;
}

/** Where memory is short, OpenCV says so itself; another exception of C++ is an address that leads to no words. */
function reasonOf(cv: OpenCv, error: unknown): string {
  if (typeof error !== 'number') return oneLine(messageOf(error));
  let said = '';
  try {
    said = cv.exceptionFromPtr(error).msg;
  } catch {
    // It was none of OpenCV's own.
  }
  const [, kind = '', reason = ''] = /^OpenCV\(.*?: error: \(-?\d+:([^)]*)\) ?(.*)$/s.exec(said) ?? [];
  if (kind === '') return 'it ended with an exception that says nothing, as where memory runs out';
  const told = oneLine(
    reason
      .replaceAll(/\s*in function '[^']*'/g, '')
      .replaceAll(/^> /gm, '')
      .replace(/^[\s:]+/, ''),
  );
  return kind === 'Unspecified error' && told !== '' ? told : `${kind}: ${told}`;
}
