/** A compiled graph, as the executor and a Scan run it: a walk over steps, on a table of tensors. */
import type { Graph, Value } from '../../graph/types.ts';
import type { Device } from './device.ts';
import type { Layout } from './layout.ts';

/** A tensor for each slot; undefined where there is none yet, or none any more. */
export type Table<H> = (H | undefined)[];

export interface Steps<H> {
  /** How many slots a table has. */
  readonly size: number;
  readonly slotOf: (value: Value) => number;
  /** Put on the device once, by slot. They must be in the table of every run, and stay. */
  readonly constants: ReadonlyMap<number, H>;
  readonly run: (table: Table<H>) => void;
  /** Frees the constants. */
  readonly dispose: () => void;
}

export type CompileSteps = <H>(
  device: Device<H>,
  graph: Graph,
  layoutOf: (value: Value) => Layout,
) => Steps<H>;
