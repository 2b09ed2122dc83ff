/**
 * Worker threads that decode images, and the queue before them. Which thread takes which image, and when, makes no
 * difference to what comes out: a task holds all that its result depends on.
 */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

import { NascentError } from '../../../errors.ts';
import type { Transform, Transformed } from './transform.ts';
import type { DecodeAnswer, DecodeTask } from './worker.ts';

/** Decoding happens in native code, beside the thread: with two images each, neither waits for the other. */
const tasksPerThread = 2;

interface Thread {
  readonly worker: Worker;
  readonly tasks: Set<number>;
}

interface Waiting {
  readonly task: DecodeTask;
  readonly resolve: (result: Transformed) => void;
  readonly reject: (reason: unknown) => void;
}

/** One core is left to the runtime. */
export function defaultWorkers(): number {
  return Math.max(1, availableParallelism() - 1);
}

/**
 * Decodes images in `workers` threads, which start with the first image. A thread holds the process open only while it
 * has something to do, so a pool that is never closed costs memory and no exit.
 */
export class DecodePool {
  readonly workers: number;
  readonly #threads: Thread[] = [];
  readonly #waiting = new Map<number, Waiting>();
  #queue: DecodeTask[] = [];
  #started: Promise<void> | undefined;
  /** Why nothing can be decoded any more. */
  #ended: Error | undefined;
  #nextId = 0;

  constructor(workers: number = defaultWorkers()) {
    if (!Number.isInteger(workers) || workers < 1) throw new Error(`internal: ${workers} decoding threads`);
    this.workers = workers;
  }

  /**
   * The image in a file, transformed, or why it cannot be read.
   *
   * @throws NascentError 'runtime/unavailable' where sharp cannot be loaded, 'runtime/failed' where a thread ends
   */
  decode(path: string, transform: Transform): Promise<Transformed> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#started ??= this.#start().catch((error: unknown) => this.#end(error as Error));
    const task: DecodeTask = { id: this.#nextId++, path, transform };
    return new Promise((resolve, reject) => {
      this.#waiting.set(task.id, { task, resolve, reject });
      this.#queue.push(task);
      this.#dispatch();
    });
  }

  /** Ends the threads; what is being decoded is lost. */
  async close(): Promise<void> {
    this.#end(new Error('internal: the threads that decode images were closed'));
    await this.#started;
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  async #start(): Promise<void> {
    // The native library has to be loaded by the main thread first, or it is unloaded with the first worker that ends.
    await import('sharp').catch((cause: unknown) => {
      throw new NascentError('runtime/unavailable', 'the image decoder, sharp, cannot be loaded', {
        help: 'Install it for this machine: npm install sharp',
        cause,
      });
    });
    if (this.#ended !== undefined) return;
    for (let i = 0; i < this.workers; i++) this.#threads.push(this.#startThread());
    this.#dispatch();
  }

  #startThread(): Thread {
    const thread: Thread = { worker: new Worker(workerScript()), tasks: new Set() };
    thread.worker.unref();
    thread.worker.on('message', (answer: DecodeAnswer) => {
      thread.tasks.delete(answer.id);
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('result' in answer) waiting?.resolve(answer.result);
      else waiting?.reject(new Error(`internal: decoding ${answer.failure}`));
      if (thread.tasks.size === 0) thread.worker.unref();
      this.#dispatch();
    });
    thread.worker.on('error', (cause) => this.#end(threadEnded(cause)));
    thread.worker.on('exit', (code) => this.#end(threadEnded(new Error(`exit code ${code}`))));
    return thread;
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const thread = this.#threads.reduce<Thread | undefined>(
        (least, other) => (least === undefined || other.tasks.size < least.tasks.size ? other : least),
        undefined,
      );
      if (thread === undefined || thread.tasks.size >= tasksPerThread) return;
      const task = this.#queue.shift();
      if (task === undefined) return;
      if (thread.tasks.size === 0) thread.worker.ref();
      thread.tasks.add(task.id);
      thread.worker.postMessage(task, []);
    }
  }

  #end(reason: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#queue = [];
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}

function threadEnded(cause: Error): NascentError {
  return new NascentError('runtime/failed', `a thread that decodes images ended: ${cause.message}`, {
    help: 'Start again, or resume the training. If memory ran out, set fewer workers or a smaller batch size.',
    cause,
  });
}

/**
 * The thread's module: JavaScript in a build; TypeScript beside the sources, behind a few words of JavaScript, because a
 * thread does not take the loader over from its process.
 */
function workerScript(): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('./worker.js', import.meta.url);
  const loader = import.meta.resolve('tsx/esm/api');
  const worker = new URL('worker.ts', import.meta.url).href;
  const script = `import { register } from '${loader}'; register(); await import('${worker}');`;
  return new URL(`data:text/javascript,${encodeURIComponent(script)}`);
}
