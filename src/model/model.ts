/** A model as it is about to become a file, and what each task says of how its networks become one. */
import type { Opset } from '../../exporters/onnx/export.ts';
import type { DataName } from '../data/registry.ts';
import type { Tensors } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import type { StoredCheckpoint } from '../run/checkpoints.ts';
import type { Run } from '../run/directory.ts';
import type { AnyTensor } from '../runtime/any-tensor.ts';
import type { RecordedTraining } from '../tasks/recorded.ts';

export type ExportOpset = Opset;

/** The last checkpoint, what the training led to; or the best, by what it was measured on. */
export type WhichCheckpoint = 'last' | 'best';

export interface ModelOptions {
  /** Of a recurrent network: so many steps without control flow, instead of a Scan over any number. */
  readonly unroll?: number | undefined;
}

export interface Model {
  readonly graph: Graph;
  /** All its weights and running statistics. */
  readonly weights: Tensors;
  /** What a reader of the file needs to know, key by key. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Multiply-accumulates for one image, or one token. */
  readonly macs: number;
  /** Its name in the run folder, without what the format adds. */
  readonly name: string;
  /** A file that the model is read by, and that lies beside it. */
  readonly beside?: Beside;
  /** Batches of its only input, for ranges of its values; without them it cannot be quantised. */
  readonly samples?: () => Promise<readonly AnyTensor[]>;
  /** The data that a model file of it is measured on; none where it is not trained. */
  readonly measuredOn?: AnyValidateData;
}

/** A dataset, and where it is. */
export interface AnyValidateData {
  readonly data: DataName;
  readonly from: string | undefined;
}

export interface Beside {
  readonly name: string;
  /** What it holds, for people. */
  readonly title: string;
  /** Entries in it. */
  readonly entries: number;
  /** What they are, in the plural. */
  readonly unit: string;
  /** @throws NascentError 'input/invalid' where another of its name is there, 'disk/full', 'disk/failed' */
  write(path: string, replace: boolean): Promise<void>;
  /** @throws as `write`, without writing */
  check(path: string, replace: boolean): Promise<void>;
}

/** What is exported of a training, beside its configuration. */
export interface Trained {
  readonly run: Run;
  readonly config: RecordedTraining;
  readonly checkpoint: StoredCheckpoint;
  readonly which: WhichCheckpoint;
  readonly seed: number;
}

/** A genotype in a network of some size, whose weights are drawn from a seed. */
export interface Untrained<Shape> {
  readonly genotype: unknown;
  readonly shape: Shape;
  readonly seed: number;
}

/** How the networks of a task become a model. */
export interface ModelMaker<Shape> {
  /** The checkpoint that is exported where none is named. */
  readonly checkpoint: WhichCheckpoint;
  /** What the best is the best on, for people. */
  measuredOn(config: RecordedTraining, run: Run): string;
  /** Why a training has no best checkpoint, as a sentence without its full stop. */
  readonly unmeasured: string;
  /** @throws NascentError 'run/damaged' naming what does not fit */
  ofRun(trained: Trained, options: ModelOptions): Promise<Model>;
  /** @throws NascentError 'space/invalid' where no network has this shape, 'space/invalid-genotype' */
  ofGenotype(untrained: Untrained<Shape>, options: ModelOptions): Promise<Model>;
  /** What is to be said of an untrained network. */
  readonly untrainedNote: string;
}
