/** A model file run as it is, on tensors as files have them: every type that onnxruntime has tensors of, bit by bit. */
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { dataTypes, type OnnxNumericType, type OnnxTensor } from '../../../proto/onnx.ts';
import { messageOf, NascentError } from '../../errors.ts';
import { oneLine } from '../probe/reasons.ts';
import { refused } from './file.ts';
import { loadOnnxruntime, type Onnxruntime, type Provider } from './load.ts';
import { sessionNames } from './names.ts';
import { openSession, runSession, type SessionSettings } from './session.ts';
import { requireOpenable } from './without-weights.ts';

/** An input or an output of a model, as onnxruntime sees it. */
export interface StoredPort {
  readonly name: string;
  readonly isTensor: boolean;
  /** The element type; undefined where it is a sequence, a map or an optional value. */
  readonly dtype: string | undefined;
  /** An extent that the model leaves open is its name. */
  readonly shape: readonly (number | string)[];
}

export interface StoredSession {
  readonly inputs: readonly StoredPort[];
  readonly outputs: readonly StoredPort[];
  /** @throws NascentError 'runtime/failed' with onnxruntime's reason, 'onnx/unsupported' for a type it has no tensors of */
  run(feeds: ReadonlyMap<string, OnnxTensor>): Promise<ReadonlyMap<string, OnnxTensor>>;
  /** Ends the profile, where there is one. */
  endProfiling(): void;
  release(): Promise<void>;
}

/** Opens a model. Throws as `createOnnxSessionFromFile` does. */
export async function openStored(
  path: string,
  provider: Provider,
  settings: Partial<Omit<SessionSettings, 'provider'>> = {},
): Promise<StoredSession> {
  const ort = await loadOnnxruntime(provider);
  await requireOpenable(path);
  const session = await openSession(ort, path, { provider, optimization: 'all', ...settings }).catch(
    (error: unknown) => {
      throw refused(`"${path}"`, error);
    },
  );
  const names = await sessionNames(session, path);
  return {
    inputs: session.inputMetadata.map((port) => portOf(port, names.input)),
    outputs: session.outputMetadata.map((port) => portOf(port, names.output)),
    async run(feeds) {
      const given = Object.fromEntries(
        [...feeds].map(([name, tensor]) => [names.theirs(name), toOrt(ort, tensor)]),
      );
      const results = await runSession(session, given).catch((error: unknown) => {
        throw new NascentError(
          'runtime/failed',
          `onnxruntime failed to run "${path}": ${oneLine(messageOf(error))}`,
          { help: 'Check that the inputs are what the model takes.', cause: error },
        );
      });
      return new Map(
        Object.entries(results).map(([theirs, tensor]) => {
          const name = names.output(theirs);
          return [name, fromOrt(name, tensor)];
        }),
      );
    },
    endProfiling: () => session.endProfiling(),
    release: async () => session.release(),
  };
}

function portOf(port: InferenceSession.ValueMetadata, ours: (theirs: string) => string): StoredPort {
  const { isTensor } = port;
  const name = ours(port.name);
  return isTensor
    ? { name, isTensor, dtype: port.type, shape: port.shape }
    : { name, isTensor, dtype: undefined, shape: [] };
}

const taken = new Set<string>([
  'float32',
  'float64',
  'float16',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
  'string',
]);

/** The arrays are the same on both sides. */
function toOrt({ Tensor }: Onnxruntime, { name, dtype, dims, data }: OnnxTensor): OrtTensor {
  if (!taken.has(dtype)) throw untaken(`the input "${name}"`, dtype);
  return new Tensor(dtype as 'float32', data as Float32Array<ArrayBuffer>, dims);
}

function fromOrt(name: string, { type, dims, data }: OrtTensor): OnnxTensor {
  if (!taken.has(type)) throw untaken(`the output "${name}"`, type);
  if (type === 'string') return { name, dims: [...dims], dtype: 'string', data: data as string[] };
  const dtype = type as OnnxNumericType;
  const { array } = dataTypes[dtype];
  if (data instanceof array) return { name, dims: [...dims], dtype, data } as OnnxTensor;
  throw untaken(`the output "${name}"`, type);
}

function untaken(what: string, type: string): NascentError {
  return new NascentError(
    'onnx/unsupported',
    `${what} is of type ${type}, which onnxruntime for Node has not`,
    {
      help: 'Cast it in the model to a type of 8 bits or more.',
    },
  );
}
