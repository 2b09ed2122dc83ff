/** Several processes that compute the truth, so that it is known of several inputs at once, and of none twice. */
import { internal } from '../../errors.ts';
import type { AnyTensors } from '../../runtime/any-tensor.ts';
import type { Measure, Measured } from './truth.ts';
import type { OpenModel } from '../ways.ts';

export interface Truths {
  /** Waits for a process that is free. */
  readonly measure: Measure;
  /** How many inputs are measured at once. */
  readonly atOnce: number;
  dispose(): void;
}

/** Each is opened when it is first needed. */
export function truthsOf(open: () => Promise<OpenModel>, atOnce: number): Truths {
  const all: OpenModel[] = [];
  const idle: OpenModel[] = [];
  const waiting: (() => void)[] = [];
  let opening = 0;
  let isOver = false;
  const free = async (): Promise<OpenModel> => {
    const found = idle.pop();
    if (found !== undefined) return found;
    if (all.length + opening < Math.max(1, atOnce)) {
      opening += 1;
      try {
        const opened = await open();
        all.push(opened);
        if (isOver) opened.dispose();
        return opened;
      } finally {
        opening -= 1;
      }
    }
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
    });
    return free();
  };
  return {
    atOnce,
    async measure(feeds) {
      try {
        const opened = await free();
        try {
          if (opened.measure === undefined) throw internal('the truth is not measured');
          return await opened.measure(feeds);
        } finally {
          idle.push(opened);
        }
      } finally {
        waiting.shift()?.();
      }
    },
    dispose() {
      isOver = true;
      for (const opened of all) opened.dispose();
    },
  };
}

/** The truth of an input that has a name, which is the same for all who ask for it by that name. */
export type NamedMeasure = (feeds: AnyTensors, name: string) => Promise<Measured>;

/** The most values that are kept, of all inputs together. */
const mostKept = 2 ** 24;

/** Searches that go the same way ask for the same truths. */
export function remembered(measure: Measure): NamedMeasure {
  const kept = new Map<string, { readonly measured: Promise<Measured>; size: number }>();
  return async (feeds, name) => {
    const known = kept.get(name);
    if (known !== undefined) return known.measured;
    const entry = { measured: measure(feeds), size: 0 };
    kept.set(name, entry);
    const { outputs } = await entry.measured;
    for (const { data } of outputs.values()) entry.size += data.length;
    let together = [...kept.values()].reduce((sum, { size }) => sum + size, 0);
    for (const [oldest, { size }] of kept) {
      if (together <= mostKept) break;
      kept.delete(oldest);
      together -= size;
    }
    return entry.measured;
  };
}
