/** A runtime that is given a model file as it is, other than onnxruntime for Node. */
import type { AnyTensors } from './any-tensor.ts';

/** A model file, read: such a runtime is given bytes, and never goes to the disk itself. */
export interface ModelParts {
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Files beside it that hold weights, as it calls them. */
  readonly external: ReadonlyMap<string, Uint8Array>;
}

export interface FileSession {
  run(feeds: AnyTensors): Promise<AnyTensors>;
  /** Something worth knowing about how it runs. */
  readonly note: string | undefined;
  dispose(): void;
}

/**
 * @throws NascentError 'runtime/unavailable', 'onnx/invalid', or 'onnx/unsupported' with what it cannot take
 */
export type OpenFile = (model: ModelParts) => Promise<FileSession>;
