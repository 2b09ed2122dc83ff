/** Programs of one graph for several batch sizes, compiled when a batch of that size first comes. */
import type { Tensor, Tensors } from '../graph/tensor.ts';
import type { Program, Runtime, Store } from '../runtime/runtime.ts';
import type { Batch } from '../data/images/batches.ts';
import { scalar } from '../graph/tensor.ts';
import type { StepGraph } from './step-graph.ts';

export interface StepRunner {
  /** `more` is what the graph is fed beside the batch and scalars. */
  run(batch: Batch, scalars: Readonly<Record<string, number>>, more?: Tensors): Promise<Map<string, Tensor>>;
  /** Compiles for a batch size ahead of the first batch. */
  prepare(size: number): Promise<void>;
}

/**
 * Runs a training step for whatever size its batches have: an epoch's last batch may be short, and gradients are built
 * for a known batch.
 */
export function stepRunner(runtime: Runtime, store: Store, build: (batch: number) => StepGraph): StepRunner {
  const programs = new Map<number, Promise<Program>>();
  const programFor = (size: number): Promise<Program> => {
    const known = programs.get(size);
    if (known !== undefined) return known;
    const { graph, updates } = build(size);
    const program = runtime.compile(graph, { store, updates });
    programs.set(size, program);
    return program;
  };
  return {
    async prepare(size) {
      await programFor(size);
    },
    async run(batch, scalars, more) {
      const program = await programFor(batch.size);
      const feeds = feedsOf(batch, scalars);
      for (const [name, tensor] of more ?? []) feeds.set(name, tensor);
      return program.run(feeds);
    },
  };
}

function feedsOf(batch: Batch, scalars: Readonly<Record<string, number>>): Map<string, Tensor> {
  const feeds = batchFeeds(batch);
  for (const [name, value] of Object.entries(scalars)) feeds.set(name, scalar(value));
  return feeds;
}

/** `image` [N, C, H, W] and `labels` [N]. */
export function batchFeeds(batch: Batch): Map<string, Tensor> {
  return imageFeed(batch).set('labels', { dtype: 'int64', shape: [batch.size], data: batch.labels });
}

/** `image` [N, C, H, W] alone, for a network that only infers. */
export function imageFeed(batch: Batch): Map<string, Tensor> {
  return new Map([['image', { dtype: 'float32', shape: batch.shape, data: batch.images }]]);
}

/** The single number in an output. */
export function numberOf(outputs: ReadonlyMap<string, Tensor>, name: string): number {
  return outputs.get(name)?.data[0] ?? Number.NaN;
}
