/** What a format says of itself: what it writes of a finished model, and what it can't be asked together with. */
import type { Passes } from '../../../exporters/passes/passes.ts';
import type { OnnxModel } from '../../../proto/onnx.ts';
import type { Reporter } from '../../run/reporter.ts';
import type { TaskName } from '../../tasks/task.ts';

/** A file to be written. */
export interface FormatFile {
  /** From the folder that is written; of a format that is a file, empty for that one, or the name of one beside it. */
  readonly name: string;
  readonly data: Uint8Array | string;
}

/** A model in a format, before anything is written. */
export interface Formatted {
  readonly files: readonly FormatFile[];
  /** What onnxruntime is given to see that the answers are the same. */
  readonly model: Uint8Array;
  /** Inputs that are called otherwise than in the model before. */
  readonly renamed?: ReadonlyMap<string, string>;
}

/** What else was asked for. */
export interface Asked {
  readonly task: TaskName;
  readonly passes: Passes;
  /** Whether weights go into a file beside the model. */
  readonly externalData: boolean;
}

/** How the file is called, and whether its weights go beside it. */
export interface Naming {
  readonly file: string;
  readonly externalData: boolean;
}

export interface FormatRow {
  /** What it is, for the help of the option. */
  readonly help: string;
  readonly kind: 'file' | 'folder';
  /** What it is called in the run folder, where the model is called `model` there. */
  nameOf(model: string): string;
  /** Why it can't be had together with what else was asked for; undefined where it can. */
  refusal(beside: Asked): { readonly message: string; readonly help: string } | undefined;
  /** @throws NascentError 'data/unreachable' where it needs what can't be fetched, 'runtime/unavailable' */
  format(model: OnnxModel, naming: Naming, reporter: Reporter, signal: AbortSignal): Promise<Formatted>;
  /** Whether the file says other things than the model does, and has to be compared with it although no pass was made. */
  readonly alwaysProven: boolean;
}
