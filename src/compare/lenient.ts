/**
 * Files of a run's folder, read as far as they can be: what is damaged is passed over, and a note says so. A folder may be
 * half copied, half deleted, of a later version, or being written to.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { wholeText } from '../run/whole-text.ts';
import { recordsOf } from '../run/artefacts/artefact.ts';
import type { LogArtefact } from '../run/artefacts/artefact.ts';
import type { LogRecord } from '../run/log.ts';
import { runFormat, runRecordSchema, runVersion } from '../run/record.ts';
import type { RunRecord } from '../run/record.ts';

/** Told of what could not be read, in a sentence without its full stop. */
export type Notes = (note: string) => void;

/** The fields of a run.json that are right; nothing where it is not there, or not JSON. */
export function lenientRecord(folder: string, note: Notes): Partial<RunRecord> {
  const value = lenientJson(folder, 'run.json', note);
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null) {
    note('run.json holds no fields');
    return {};
  }
  const given = value as Readonly<Record<string, unknown>>;
  if (given['format'] !== runFormat) note('run.json does not say that Nascent wrote it');
  if (typeof given['version'] === 'number' && given['version'] > runVersion) {
    note('run.json was written by a later version of Nascent; what is known here is shown');
  }
  const right: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(runRecordSchema.shape)) {
    const parsed = schema.safeParse(given[name]);
    if (parsed.success) right[name] = parsed.data;
    else if (name !== 'version' && name !== 'format') note(`run.json: the field "${name}" is not right`);
  }
  return right;
}

/** The records of a log that are of its schema. */
export function lenientLog<S extends z.ZodType>(
  folder: string,
  artefact: LogArtefact<S>,
  note: Notes,
): readonly z.output<S>[] {
  const text = lenientText(folder, artefact.name, note);
  if (text === undefined) return [];
  const damaged: number[] = [];
  const lines = text
    // A torn last line is being written.
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1)
    .flatMap((line, i): readonly LogRecord[] => {
      try {
        return [JSON.parse(line) as LogRecord];
      } catch {
        damaged.push(i + 1);
        return [];
      }
    });
  if (damaged.length > 0) note(`${artefact.name}: ${damagedLines(damaged)}`);
  return recordsOf(artefact, lines);
}

/** The value in a JSON file; undefined where there is none, and where it is not JSON. */
export function lenientJson(folder: string, name: string, note: Notes): unknown {
  const text = lenientText(folder, name, note);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    note(`${name} is not JSON`);
    return undefined;
  }
}

/** The same, held to a schema. */
export function lenientValue<S extends z.ZodType>(
  folder: string,
  { name, schema }: { readonly name: string; readonly schema: S },
  note: Notes,
): z.output<S> | undefined {
  const value = lenientJson(folder, name, note);
  if (value === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]?.path.join('.') ?? '';
  note(field === '' ? `${name} is not right` : `${name}: the field "${field}" is not right`);
  return undefined;
}

function lenientText(folder: string, name: string, note: Notes): string | undefined {
  const file = join(folder, name);
  if (!existsSync(file)) return undefined;
  try {
    return wholeText(file);
  } catch {
    note(`${name} cannot be read`);
    return undefined;
  }
}

function damagedLines(lines: readonly number[]): string {
  const some = lines.slice(0, 3).join(', ');
  if (lines.length === 1) return `line ${some} is not JSON, and is passed over`;
  return `lines ${some}${lines.length > 3 ? ' and more' : ''} are not JSON, and are passed over`;
}
