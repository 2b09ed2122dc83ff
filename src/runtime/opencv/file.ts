/**
 * A model file in OpenCV, as it reads one by itself: with its new engine, or where that does not read the file with the
 * old one. It takes any rank, most types and open extents, a batch included: a file is run as it is fed, in one piece.
 * What a file declares of its inputs OpenCV does not hold anybody to, so that is checked here.
 */
import { normalize } from 'node:path';
import { decodeModel, encodeModel, writableIrVersion, type OnnxModel } from '../../../proto/onnx.ts';
import { messageOf, NascentError } from '../../errors.ts';
import { showTensor, type AnyTensors } from '../any-tensor.ts';
import type { FileSession, ModelParts } from '../file-runtime.ts';
import { oneLine } from '../probe/reasons.ts';
import { loadOpenCv, type Net, type OpenCv } from './load.ts';
import { fromMat, shaperOf } from './tensors.ts';

/**
 * @throws NascentError 'runtime/unavailable' where the package is missing, 'onnx/unsupported' with OpenCV's reason;
 *   'onnx/invalid' where the file is none
 */
export async function openInOpenCv(parts: ModelParts): Promise<FileSession> {
  const { path } = parts;
  const cv = await loadOpenCv();
  const model = decoded(parts);
  const shaper = shaperOf(cv, (bytes) => readNet(cv, bytes));
  const net = openNet(cv, parts, model);
  const outputs = model.graph.outputs.map(({ name }) => name);
  return {
    note: undefined,
    async run(feeds) {
      const failed = (reason: string, cause?: unknown) =>
        new NascentError('runtime/failed', `OpenCV failed to run "${path}": ${reason}`, {
          help: 'Check that the inputs are what the model takes; OpenCV does not know all of ONNX.',
          cause,
        });
      const wrong = whyWrong(model, feeds);
      if (wrong !== undefined) throw failed(wrong);
      try {
        for (const [name, tensor] of feeds) {
          const mat = shaper.toMat(tensor);
          net.setInput(mat, name);
          mat.delete();
        }
        return forward(cv, net, outputs);
      } catch (cause) {
        if (cause instanceof NascentError) throw cause;
        throw failed(reasonOf(cv, cause), cause);
      }
    },
    dispose() {
      net.delete();
      shaper.dispose();
    },
  };
}

/** With the weights that are beside it. */
function decoded({ path, bytes, external }: ModelParts): OnnxModel {
  return decodeModel(bytes, path, {
    external: ({ location, offset }, wanted) =>
      external.get(normalize(location.replaceAll('\\', '/')))?.subarray(offset, offset + wanted) ??
      new Uint8Array(),
  });
}

function openNet(cv: OpenCv, { path, bytes, external }: ModelParts, model: OnnxModel): Net {
  // In WebAssembly it reads no other file than the model.
  const irVersion = Math.min(model.irVersion, writableIrVersion);
  const whole = external.size === 0 ? bytes : encodeModel({ ...model, irVersion });
  try {
    return readNet(cv, whole);
  } catch (cause) {
    throw new NascentError('onnx/unsupported', `OpenCV refused "${path}": ${reasonOf(cv, cause)}`, {
      help: 'It does not know all of ONNX: run the file in another runtime.',
      cause,
    });
  }
}

function readNet(cv: OpenCv, bytes: Uint8Array): Net {
  const name = 'model.onnx';
  cv.FS_createDataFile('/', name, bytes, true, false);
  try {
    return cv.readNetFromONNX(`/${name}`);
  } finally {
    cv.FS_unlink(`/${name}`);
  }
}

function forward(cv: OpenCv, net: Net, names: readonly string[]): AnyTensors {
  const wanted = new cv.StringVector();
  const mats = new cv.MatVector();
  try {
    for (const name of names) wanted.push_back(name);
    net.forward2(mats, wanted);
    return new Map(
      names.map((name, i) => {
        const mat = mats.get(i);
        const tensor = fromMat(mat);
        mat.delete();
        return [name, tensor] as const;
      }),
    );
  } finally {
    wanted.delete();
    mats.delete();
  }
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
  const told = oneLine(reason.replaceAll(/\s*in function '[^']*'/g, '').replaceAll(/^> /gm, ''));
  return kind === 'Unspecified error' && told !== '' ? told : `${kind}: ${told}`;
}
