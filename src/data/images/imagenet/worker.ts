/** The thread that decodes images: a task comes in as a message, its image goes back without being copied. */

import { parentPort } from 'node:worker_threads';

import sharp from 'sharp';

import { transformFile } from './transform.ts';
import type { Transform, Transformed } from './transform.ts';

export interface DecodeTask {
  readonly id: number;
  readonly path: string;
  readonly transform: Transform;
}

export type DecodeAnswer =
  | { readonly id: number; readonly result: Transformed }
  /** Something that should not happen, whatever the file holds. */
  | { readonly id: number; readonly failure: string };

// Many images at once, one thread each; no image is asked for twice.
sharp.concurrency(1);
sharp.cache(false);

const port = parentPort;
port?.on('message', (task: DecodeTask) => {
  void answer(task).then(({ answer, transfer }) => port.postMessage(answer, transfer));
});

async function answer({ id, path, transform }: DecodeTask) {
  try {
    const result = await transformFile(path, transform);
    const transfer = result.kind === 'image' ? [result.pixels.buffer] : [];
    return { answer: { id, result } satisfies DecodeAnswer, transfer };
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { answer: { id, failure: `${path}: ${failure}` } satisfies DecodeAnswer, transfer: [] };
  }
}
