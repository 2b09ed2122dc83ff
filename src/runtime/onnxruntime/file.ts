/** A model file, whoever wrote it, run as it is. */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { NascentError, type ErrorCode, messageOf } from '../../errors.ts';
import type { Tensor, Tensors } from '../../graph/tensor.ts';
import { oneLine } from '../probe/reasons.ts';
import { loadOnnxruntime, withoutAdapter, type Provider } from './load.ts';
import { sessionNames, type SessionNames } from './names.ts';
import { openSession, runSession, type SessionSettings } from './session.ts';
import type { AnyTensor, AnyTensors } from '../any-tensor.ts';
import { anyFromOrt, anyToOrt } from './any-tensors.ts';
import { fromOrt, toOrt } from './tensors.ts';

/** An input or an output of a model. */
export interface OnnxPort {
  readonly name: string;
  /** onnxruntime's name of the element type: `float32`, `int64`, `bool`, …; or `other` where it is not a tensor. */
  readonly dtype: string;
  /** An extent that the model leaves open is its name. */
  readonly shape: readonly (number | string)[];
}

export interface OnnxSession {
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** Feeds by input name; results by output name. Throws 'runtime/failed' with onnxruntime's reason. */
  run(feeds: Tensors): Promise<Map<string, Tensor>>;
  /** The same for tensors of any element type. */
  runAny(feeds: AnyTensors): Promise<Map<string, AnyTensor>>;
  dispose(): void;
}

/**
 * Opens a model: a path, or the bytes. With `strict`, no node may run elsewhere than on the provider.
 *
 * Throws 'runtime/unavailable' where the provider is missing, 'data/missing' where the file is, 'onnx/invalid' where
 * it is not a sound model, 'onnx/unsupported' where onnxruntime has no kernel for some node.
 */
export async function createOnnxSessionFromFile(
  model: string | Uint8Array,
  provider: Provider,
  options: Partial<Pick<SessionSettings, 'strict' | 'optimization'>> = {},
): Promise<OnnxSession> {
  const ort = await loadOnnxruntime(provider);
  const named = typeof model === 'string' ? `"${model}"` : 'the model';
  const session = await openSession(ort, model, { provider, optimization: 'all', ...options }).catch(
    (error: unknown) => {
      throw refused(named, error);
    },
  );
  const names = await sessionNames(session, model);
  const run = async (given: Readonly<Record<string, OrtTensor>>) =>
    runSession(session, given).catch((error: unknown) => {
      throw new NascentError(
        'runtime/failed',
        `onnxruntime failed to run ${named}: ${oneLine(messageOf(error))}`,
        { help: 'Check that the inputs are what the model takes.', cause: error },
      );
    });
  return {
    inputs: session.inputMetadata.map((port) => portOf(port, names.input)),
    outputs: session.outputMetadata.map((port) => portOf(port, names.output)),
    async run(feeds) {
      const results = await run(byName(feeds, names, (tensor) => toOrt(ort, tensor)));
      return new Map(Object.entries(results).map(([name, tensor]) => [names.output(name), fromOrt(tensor)]));
    },
    async runAny(feeds) {
      const results = await run(byName(feeds, names, (tensor) => anyToOrt(ort, tensor)));
      return new Map(
        Object.entries(results).map(([name, tensor]) => [names.output(name), anyFromOrt(tensor)]),
      );
    },
    dispose() {
      // A session that cannot be released is gone all the same.
      session.release().catch(() => undefined);
    },
  };
}

function byName<T>(
  feeds: ReadonlyMap<string, T>,
  { theirs }: SessionNames,
  to: (tensor: T) => OrtTensor,
): Readonly<Record<string, OrtTensor>> {
  return Object.fromEntries([...feeds].map(([name, tensor]) => [theirs(name), to(tensor)]));
}

function portOf(port: InferenceSession.ValueMetadata, ours: (theirs: string) => string): OnnxPort {
  const name = ours(port.name);
  return port.isTensor ? { name, dtype: port.type, shape: port.shape } : { name, dtype: 'other', shape: [] };
}

/** What onnxruntime means when it does not take a model. */
export function refused(model: string, error: unknown): NascentError {
  const reason = oneLine(messageOf(error));
  // That has nothing to do with the model.
  if (/WebGPU adapter/i.test(reason)) return withoutAdapter(error);
  const [code, help] = kindOf(reason);
  return new NascentError(code, `onnxruntime refused ${model}: ${reason}`, { help, cause: error });
}

/** onnxruntime says what kind of failure it was in the text only. */
function kindOf(reason: string): [code: ErrorCode, help: string] {
  if (/File doesn't exist|No such file/i.test(reason)) return ['data/missing', 'Check the path.'];
  if (/fallback to CPU EP has been explicitly disabled/i.test(reason)) {
    return ['onnx/unsupported', 'Some node has no kernel on this provider: leave out strict placement.'];
  }
  if (/Unsupported data type/i.test(reason)) {
    return [
      'onnx/unsupported',
      'onnxruntime for Node has no tensors of that type: run it in a runtime that reads it as a graph, such as reference.',
    ];
  }
  if (/Failed to load shared library|no available backend/i.test(reason)) {
    return ['runtime/unavailable', 'See `nascent doctor` for what is missing.'];
  }
  if (/Unsupported model IR version|is under development/i.test(reason)) {
    return [
      'onnx/unsupported',
      'The file is newer than this onnxruntime: export it with an older opset, or run it in a runtime that reads it ' +
        'as a graph, such as tfjs-node-gpu.',
    ];
  }
  const [, op, version] = /Could not find an implementation for (\S+)\((\d+)\)/i.exec(reason) ?? [];
  if (op !== undefined) return ['onnx/unsupported', withoutKernel(op, Number(version))];
  if (/is not a registered/i.test(reason)) {
    return ['onnx/unsupported', 'Export the model with ops of the standard domain.'];
  }
  if (/only \*?guarantees\*? support/i.test(reason)) {
    return ['onnx/unsupported', 'Export the model with opset 17.'];
  }
  if (/not implemented/i.test(reason)) {
    return ['onnx/unsupported', 'Run it in a runtime that reads it as a graph, such as reference.'];
  }
  return ['onnx/invalid', 'Export the model again, or download it again.'];
}

/** The version that onnxruntime names is that of the op, which opset 17 has as well where it is no later one. */
function withoutKernel(op: string, version: number): string {
  const types = `onnxruntime has no kernel of ${op} for the types that it is given`;
  return version > 17
    ? `Export the model with opset 17 and in float32: ${types}, or for so new a version.`
    : `Export the model in float32, or run it in a runtime that reads it as a graph, such as reference: ${types}.`;
}
