/** OpenCV in WebAssembly: its own reader of ONNX files and its own kernels, on one thread. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { messageOf, NascentError } from '../../errors.ts';
import { findExtra, hasWholeExtra, howToGetExtra } from '../extra/packages.ts';
import { oneLine } from '../probe/reasons.ts';

/** What lives in the memory of WebAssembly, which nothing but `delete` gives back. */
interface Held {
  delete(): void;
}

/** A tensor. Its bytes are a view of memory that moves when more is needed. */
export interface Mat extends Held {
  readonly data: Uint8Array;
  readonly matSize: readonly number[];
  type(): number;
  isContinuous(): boolean;
  mat_clone(): Mat;
}

export interface Vector<T> extends Held {
  get(i: number): T;
  size(): number;
}

/** OpenCV has two that share little, each with kernels of its own; the old one is that of OpenCV 4. */
export type Reader = 'new' | 'old';

export interface Net extends Held {
  setInput(blob: Mat, name: string): void;
  /** One output. */
  forward(name: string): Mat;
  /** All that is not read by a node. What names are given is lost on the way: only the new reader does without. */
  forward2(outputs: Vector<Mat>, names: Vector<string>): void;
  /** In the order in which they come. */
  getUnconnectedOutLayersNames(): Vector<string>;
}

/** What is used of the module. */
export interface OpenCv {
  readonly Mat: new (rows: number, columns: number, type: number) => Mat;
  readonly MatVector: new () => Vector<Mat>;
  readonly StringVector: new () => Vector<string>;
  readNetFromONNX(path: string, reader: number): Net;
  readonly ENGINE_CLASSIC: number;
  readonly ENGINE_NEW: number;
  FS_createDataFile(folder: string, name: string, data: Uint8Array, read: boolean, write: boolean): void;
  FS_unlink(path: string): void;
  exceptionFromPtr(address: number): { readonly msg: string };
}

/** @throws NascentError 'runtime/unavailable' where the package is missing or does not load */
export async function loadOpenCv(): Promise<OpenCv> {
  const found = findExtra('@techstark/opencv-js');
  if (found === undefined) throw unavailable('it is not installed');
  if (!hasWholeExtra('@techstark/opencv-js')) throw unavailable(`${found.version} is not what is known here`);
  try {
    return await quietly(
      () => createRequire(import.meta.url)(join(found.folder, 'dist', 'opencv.js')) as Promise<OpenCv>,
    );
  } catch (cause) {
    throw unavailable(oneLine(messageOf(cause)), cause);
  }
}

/** It keeps what it finds of the console when it is loaded, and writes there what its errors say, too. */
function quietly<T>(load: () => T): T {
  const { log, error, warn } = console;
  Object.assign(console, { log() {}, error() {}, warn() {} });
  try {
    return load();
  } finally {
    Object.assign(console, { log, error, warn });
  }
}

function unavailable(reason: string, cause?: unknown): NascentError {
  return new NascentError('runtime/unavailable', `OpenCV cannot be used: ${reason}`, {
    help: howToGetExtra('@techstark/opencv-js'),
    cause,
  });
}
