/** What fewer bits gain: the size of the model, and how long onnxruntime takes for one input, before and after. */
import { availableParallelism } from 'node:os';
import { encodeModel, type OnnxModel } from '../../proto/onnx.ts';
import type { Reporter } from '../run/reporter.ts';
import { createOnnxSessionFromFile } from '../runtime/onnxruntime/file.ts';
import { madeUp } from './made-up.ts';

/** Plain data: how large and how fast a model is before and after. */
export interface Gain {
  readonly bytes: BeforeAndAfter;
  /** For one input on the processor, as many threads as it has cores: the median. */
  readonly seconds: BeforeAndAfter;
  /** The input, for people. */
  readonly of: string;
}

export interface BeforeAndAfter {
  readonly before: number;
  readonly after: number;
}

/** So that an export takes no longer by it than by the rest: as many rounds as this allows, of at least a few. */
const secondsOfRounds = 2;
const rounds = { least: 3, most: 21 };

/** Words of a text: the length of the pieces that recurrent cells are trained on in the paper. */
const words = 35;

/** @throws NascentError 'runtime/failed'; the signal's reason when stopped */
export async function gainOf(
  before: OnnxModel,
  after: OnnxModel,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<Gain> {
  const files = [encodeModel(before), encodeModel(after)] as const;
  const feeds = madeUp(before, (extent) => (extent === 'sequence' ? words : 1)).plain;
  const sessions = [];
  try {
    for (const file of files) sessions.push(await createOnnxSessionFromFile(file, 'cpu'));
    const taken = sessions.map((): number[] => []);
    const begin = performance.now();
    // They take turns, so that what else the machine does meets both. The first round fills caches.
    for (let round = 0; round <= rounds.most; round++) {
      if (round > rounds.least && performance.now() - begin > 1000 * secondsOfRounds) break;
      for (const [i, session] of sessions.entries()) {
        signal.throwIfAborted();
        const start = performance.now();
        await session.runAny(feeds);
        if (round > 0) taken[i]?.push((performance.now() - start) / 1000);
      }
    }
    const [was = Number.NaN, is = Number.NaN] = taken.map(middle);
    const gain = {
      bytes: { before: files[0].length, after: files[1].length },
      seconds: { before: was, after: is },
      of: namedInput(before),
    };
    reporter.note(gainLine(gain));
    return gain;
  } finally {
    for (const session of sessions) session.dispose();
  }
}

function namedInput({ graph }: OnnxModel): string {
  const shape =
    graph.inputs.flatMap(({ type }) => (type.kind === 'tensor' ? [type.shape ?? []] : []))[0] ?? [];
  if (shape.length === 4) return 'an image';
  const steps = typeof shape[0] === 'number' ? shape[0] : words;
  return `a text of ${steps} ${steps === 1 ? 'step' : 'steps'}`;
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** `13.97 MB → 4.70 MB; an image takes 63.1 ms → 47.2 ms (median, onnxruntime on the processor, 2 cores)`. */
export function gainLine({ bytes, seconds, of }: Gain): string {
  const [megabytes, ms] = [
    (value: number) => `${(value / 1e6).toFixed(2)} MB`,
    (value: number) => `${(1000 * value).toPrecision(3)} ms`,
  ];
  const size = `${megabytes(bytes.before)} → ${megabytes(bytes.after)}`;
  const time = `${of} takes ${ms(seconds.before)} → ${ms(seconds.after)}`;
  return `${size}; ${time} (median, onnxruntime on the processor, ${availableParallelism()} cores)`;
}
