/**
 * What is learnt, from what, and how it is judged: a `Task`. There are two, `images` and `text`, and whoever searches,
 * trains, exports, measures or draws asks the task instead of asking which it is.
 *
 * Members are methods, so that the table of tasks can hold both: each task is given its own batches and genotypes back,
 * and checks what comes from outside.
 */
import type { z } from 'zod';
import type { Tensor, Tensors } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import type { LossGraph } from '../learn/loss-graph.ts';
import type { Meter } from '../learn/meter.ts';
import type { SgdOptions } from '../learn/optimizers.ts';
import type { PlainSgdOptions } from '../learn/plain-sgd.ts';
import type { StepGraph } from '../learn/step-graph.ts';
import type { EpochRecord } from '../run/artefacts/metrics.ts';
import type { StoredCheckpoint } from '../run/checkpoints.ts';
import type { Run } from '../run/directory.ts';
import type { Json } from '../run/record.ts';
import type { Reporter } from '../run/reporter.ts';
import type { Runtime, Store } from '../runtime/runtime.ts';
import type { Genotype, Space } from '../space/space.ts';
import type { SearchConfig } from './images/search-settings.ts';
import type { TrainConfig } from './images/train-settings.ts';
import type { RnnSearchConfig } from './text/search-settings.ts';
import type { RnnTrainConfig } from './text/train-settings.ts';

export const taskNames = ['images', 'text'] as const;
/** One of `taskNames`. */
export type TaskName = (typeof taskNames)[number];

/** The methods of search; what each is, `src/search/strategies` says. */
export const strategyNames = ['darts'] as const;
export type StrategyName = (typeof strategyNames)[number];
/** Where none is named. */
export const usualStrategy: StrategyName = 'darts';

export type Split = 'train' | 'valid' | 'test';

/** How a network is judged. */
export interface Metric {
  /** Also what its key in metrics.jsonl ends with: `valid_accuracy`. */
  readonly name: 'accuracy' | 'perplexity';
  readonly better: 'higher' | 'lower';
  readonly of: (meter: Meter) => number;
  /** For a progress bar. */
  readonly note: (meter: Meter) => string;
  /** In words: `61.24 %`, `perplexity 341.5`. */
  readonly format: (value: number) => string;
  /** A mean and its deviation in words: `61.24 % ± 0.50 %`, `perplexity 341.5 ± 2.1`. */
  readonly formatSpread: (mean: number, deviation: number) => string;
}

/** Settings of one kind, checked by one schema. */
export interface Settings<C> {
  readonly schema: z.ZodObject;
  readonly presets: Readonly<Record<string, C>>;
  /** The preset for a dataset where none is named. */
  preset(data: string): string;
}

export type AnySearchConfig = SearchConfig | RnnSearchConfig;
export type AnyTrainConfig = TrainConfig | RnnTrainConfig;

/** The data of a run, as asked for. */
export interface DataRequest {
  readonly data: string;
  /** The folder or archive that holds it; the cache, or the environment, where it is not said. */
  readonly from?: string | undefined;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** Something whose state is in the checkpoint, as JSON that `schema` describes. */
export interface Saved {
  readonly schema: z.ZodType<Json>;
  state(): Json;
  restore(state: Json): void;
}

/** Where steps of training get their batches from, epoch after epoch. */
export interface Batches<B> {
  /** Epochs finished before the current one. */
  readonly epoch: number;
  /** No batch of the current epoch is left; `next` begins another. */
  readonly atEnd: boolean;
  next(): Promise<B>;
  /** How far the current epoch is: of how many, and what is counted. */
  readonly progress: Progress;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is counted, such as `img`. */
  readonly unit: string;
}

/**
 * Measures the network of a store on data that it does not learn from.
 *
 * @throws the signal's reason when stopped
 */
export type Measure = (signal: AbortSignal, onProgress: (progress: Progress) => void) => Promise<Meter>;

/** A way to measure, and what on. */
export interface Measuring {
  readonly split: Exclude<Split, 'train'>;
  /** For people: `test images`, `held-back images`, `validation text`. */
  readonly on: string;
  /** Compiles what is needed, or leaves it until it is. */
  prepare(runtime: Runtime, store: Store): Promise<Measure>;
  /** Graphs of which all state has to be in a checkpoint. */
  readonly graphs: readonly Graph[];
  /** What has been measured, as it is logged: `test_images`. */
  readonly unit: 'images' | 'tokens';
  counted(meter: Meter): number;
}

/** What search and training have in common, its data open. All random numbers that a step draws are in `saved`. */
export interface Learnt<B> {
  readonly batches: Batches<B>;
  readonly saved: Saved;
  /** What a run keeps of its data, in a file of its own: see `DataFacts`. */
  readonly facts: DataFacts;
  /** The size that most batches have, and the size of one: programs are compiled for each. */
  readonly usualSize: number;
  sizeOf(batch: B): number;
  /** State that a batch begins with, if it is not the state that the one before left. */
  begins(batch: B): Tensors;
  /** What the batch and the outputs of its step say of how the network does. */
  score(meter: Meter, outputs: ReadonlyMap<string, Tensor>, batch: B): void;
  /** Image files that were met and cannot be read. */
  readonly unreadable: number;
  close(): Promise<void>;
}

/** The supernet of a one-shot search, as steps are made from it. */
export interface Supernet<B> {
  /** The size that most batches have, and the size of one: programs are compiled for each. */
  readonly usualSize: number;
  sizeOf(batch: B): number;
  /** What a pass over the batch is fed: random masks among it, drawn anew at each call. */
  feeds(batch: B): Tensors;
  /**
   * The loss that a step is made from: of the weights; of the alphas, moving on what validation data move on; of the
   * second order, at weights one step ahead (`ahead`), and of the training data that it looks along (`along`).
   */
  loss(role: 'weights' | 'alphas' | 'ahead' | 'along', size: number): LossGraph;
  readonly optimizer: SgdOptions | PlainSgdOptions;
  /** The virtual step of the second order; weights whose names are in `held` stay where they are in it. */
  readonly lookAhead: {
    readonly momentum: number;
    readonly weightDecay: number;
    readonly clip?: number;
    readonly held?: readonly string[];
  };
  /** Outputs of the loss `ahead` that become state after an alpha step of the second order. */
  readonly carried: ReadonlyMap<string, string>;
}

/** A supernet over open data. */
export interface Searching<B> extends Learnt<B>, Supernet<B> {
  /** The batch of an alpha step: the weight step that follows is on `training`. */
  alphas(training: B): Promise<B>;
  /** The learning rate of the weights for a batch; without one, what is logged of an epoch. */
  rate(epoch: number, batch?: B): number;
  readonly measuring: Measuring;
}

/** The network of a genotype over open data, to be trained. */
export interface Training<B> extends Learnt<B> {
  step(size: number): StepGraph;
  /** What the step is fed, learning rate and random masks among it, drawn anew at each call. */
  feeds(batch: B, epoch: number): Tensors;
  /** The network that infers, to be counted: MACs are of one image, or one word. */
  readonly inference: Graph;
  /** After each epoch; undefined for none. */
  readonly measuring: Measuring | undefined;
  /** Once at the end, on the best weights; undefined for none. */
  readonly testing: Measuring | undefined;
  /** Told of every epoch's end; what it returns is logged with it, a `note` is said. */
  ended(
    epoch: number,
    measured: Meter | undefined,
  ): { readonly record: Omit<EpochRecord, 'kind' | 'epoch'>; readonly note?: string };
  /** So often the best weights are gone back to, without any that are better coming of it, before training fails. */
  readonly mostRollbacks: number;
  /** Puts `saved` and store back to the best weights; epoch and random numbers go on. */
  wentBack(store: Store, best: Json, epoch: number): Promise<void>;
}

/**
 * What is known of the data of a run, written down when it begins and checked when it is resumed: on other data the same
 * labels, or the same word numbers, mean other things.
 */
export interface DataFacts {
  /** @throws NascentError 'input/invalid' saying what differs, 'run/damaged' where what was written cannot be read */
  requireSame(run: Run): void;
  write(run: Run): Promise<void>;
  /** What must be said wherever results are shown. */
  readonly notes: readonly string[];
  /** Figures of the data alone, such as the perplexity of the unigram model. */
  readonly figures: Readonly<Record<string, number>>;
}

/** What is learnt, from what, and how it is judged: all that differs between images and text. */
export interface Task<G extends Genotype = Genotype, S = AnySearchConfig, T = AnyTrainConfig, B = unknown> {
  readonly name: TaskName;
  readonly space: Space<G>;
  readonly metric: Metric;
  /** The same, said as it is said with these settings of a search or a training. */
  metricOf(settings: S | T): Metric;
  readonly search: Settings<S>;
  readonly train: Settings<T>;

  /** @throws NascentError for data that is not there, or that no search can be made on: nothing has been written then */
  openSearch(request: DataRequest, settings: S): Promise<Searching<B>>;
  /** @throws NascentError as `openSearch`, and 'space/invalid' where no such network can be trained */
  openTraining(request: DataRequest, settings: T, genotype: G): Promise<Training<B>>;
  /** The weights to be exported, of a checkpoint of a training. */
  exported(checkpoint: StoredCheckpoint): Tensors;
}
