/**
 * Append-only logs of JSON lines: metrics.jsonl, alphas.jsonl and events.jsonl.
 *
 * A line is written by one append, so a reader never sees two lines mixed, and a process that is killed can leave at
 * most one torn line, the last. A reader skips it; the next writer cuts it off before it appends. Only the holder of
 * the run's lease writes.
 */

import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

import { diskError } from '../files/files.ts';
import { NascentError } from '../errors.ts';
import { wholeText } from './whole-text.ts';
import type { LogMark } from './checkpoint-file.ts';
import type { Json } from './record.ts';

export type LogRecord = { readonly [key: string]: Json };

export interface LogWriter {
  /** Adds one line. Numbers that JSON lacks (NaN, ±Infinity) become null. */
  append(record: LogRecord): void;
  /** Makes sure that what was appended is on the disk, and returns how far the log is and what it says. */
  flush(): Required<LogMark>;
  /** Forgets everything after the first `length` bytes. */
  truncate(length: number): void;
  close(): void;
  /** In bytes. */
  readonly length: number;
}

/** Opens a log to append to, creating it if needed, and cuts off a torn last line. */
export function openLogWriter(file: string): LogWriter {
  const found = existsSync(file) ? readFileSync(file) : new Uint8Array();
  let length = wholeLines(found);
  let hash = hashOf(found.subarray(0, length));
  const handle = onDisk(file, 0, () => openSync(file, 'a'));
  onDisk(file, 0, () => ftruncateSync(handle, length));
  return {
    append(record) {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      onDisk(file, line.length, () => {
        try {
          // A full disk can take half a line.
          for (let written = 0; written < line.length;) written += writeSync(handle, line, written);
        } catch (error) {
          ftruncateSync(handle, length);
          throw error;
        }
      });
      length += line.length;
      hash.update(line);
    },
    flush() {
      onDisk(file, 0, () => fsyncSync(handle));
      return { length, sha256: hash.copy().digest('hex') };
    },
    truncate(to) {
      if (to >= length) return;
      onDisk(file, 0, () => ftruncateSync(handle, to));
      length = to;
      hash = hashOf(readFileSync(file));
    },
    close() {
      closeSync(handle);
    },
    get length() {
      return length;
    },
  };
}

/**
 * The whole lines of a log, oldest first; empty when there is no such file. A torn last line is left out.
 *
 * @throws NascentError `run/damaged` naming the line, when a line before the last is not JSON; where it is a pipe or a device
 */
export function readLog(file: string): LogRecord[] {
  if (!existsSync(file)) return [];
  return wholeText(file)
    .split('\n')
    .slice(0, -1)
    .map((line, index) => {
      try {
        return JSON.parse(line) as LogRecord;
      } catch (cause) {
        throw new NascentError('run/damaged', `${file} is damaged: line ${index + 1} is not JSON`, {
          help: 'Delete that line, or restore the file from a copy.',
          cause,
        });
      }
    });
}

/**
 * How a log differs from what it was; undefined where it still begins with what it said then.
 *
 * @param mark where it was, and what it said, when a checkpoint was taken
 */
export function differenceFrom(file: string, mark: LogMark): string | undefined {
  const bytes = existsSync(file) ? readFileSync(file) : new Uint8Array();
  if (bytes.length < mark.length) return `it has ${bytes.length} bytes, and had ${mark.length}`;
  if (mark.sha256 === undefined) return undefined;
  const now = hashOf(bytes.subarray(0, mark.length)).digest('hex');
  return now === mark.sha256 ? undefined : `its first ${mark.length} bytes are not what they were`;
}

function hashOf(bytes: Uint8Array): Hash {
  return createHash('sha256').update(bytes);
}

/** The length in bytes of the part of `bytes` that ends with a newline. */
function wholeLines(bytes: Uint8Array): number {
  return bytes.lastIndexOf(0x0a) + 1;
}

/** `bytes` is how much is being written, for the message when the disk is full. */
function onDisk<T>(file: string, bytes: number, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw diskError(error, file, bytes);
  }
}
