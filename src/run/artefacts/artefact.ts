/**
 * One file of a run's folder as a row of a table: its name, what is in it, and what a reader may rely on.
 *
 * The schema of a file that says its version is strict, and so is that of a genotype. The others say what readers use, and
 * let the rest be: a file of a later version with more in it stays readable. Either way one of an earlier version with less
 * is read, where the field is optional. Whoever writes a file writes it by
 * `writeArtefact` or `appendRecord`, so that what writers write and what readers read cannot drift apart unseen.
 */

import { existsSync } from 'node:fs';

import type { z } from 'zod';

import { NascentError } from '../../errors.ts';
import { wholeText } from '../whole-text.ts';
import type { Run } from '../directory.ts';
import { readLog } from '../log.ts';
import type { LogRecord } from '../log.ts';

/** A name and a value, as people read them. */
export type Fact = readonly [name: string, value: string];

/** A chart of some columns of a log. */
export interface ChartLines {
  readonly title: string;
  readonly subtitle?: string;
  readonly yLabel?: string;
  readonly yUnit?: 'percent';
  /** Values that the axis shows whatever the data are. */
  readonly yInclude?: readonly number[];
  /** Keys of a record → what their lines are called. */
  readonly lines: Readonly<Record<string, string>>;
}

interface File {
  readonly name: string;
  /** What is in it, in a few words. */
  readonly title: string;
}

/** One JSON value. */
export interface JsonArtefact<S extends z.ZodType = z.ZodType> extends File {
  readonly format: 'json';
  /** What the file says under `version`, where one that says nothing is of the first; null for a format that never does. */
  readonly version: number | null;
  readonly schema: S;
  /** How it is written (default: as JSON, indented by two spaces). */
  readonly text?: (value: z.input<S>) => string;
  readonly summarise: (value: z.output<S>) => readonly Fact[];
}

/** A JSON value a line, each a record of one schema. */
export interface LogArtefact<S extends z.ZodType = z.ZodType> extends File {
  readonly format: 'json lines';
  readonly schema: S;
  readonly summarise: (records: readonly z.output<S>[]) => readonly Fact[];
  readonly charts: readonly ChartLines[];
}

/** What other programs read, and Nascent only writes or reads by its own code. */
export interface OtherArtefact extends File {
  readonly format: 'text' | 'onnx' | 'html' | 'svg' | 'folder';
}

/**
 * What a JSON file of a run holds; undefined where there is no such file.
 *
 * @throws NascentError `run/damaged` naming the field
 */
export function readArtefact<S extends z.ZodType>(
  run: Pick<Run, 'file'>,
  artefact: JsonArtefact<S>,
): z.output<S> | undefined {
  const file = run.file(artefact.name);
  if (!existsSync(file)) return undefined;
  const value = parsedJson(wholeText(file));
  requireKnown(file, value, artefact.version);
  const parsed = artefact.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  throw new NascentError(
    'run/damaged',
    `${file} is damaged${field === '' ? '' : `: field "${field}"`}: ${issue?.message ?? 'unreadable'}`,
    { help: 'Restore the file from a copy, or make it again.' },
  );
}

/** @throws NascentError `run/damaged` for what a later version of Nascent has written */
function requireKnown(file: string, value: unknown, known: number | null): void {
  if (known === null || typeof value !== 'object' || value === null || !('version' in value)) return;
  if (typeof value.version !== 'number' || value.version <= known) return;
  throw new NascentError(
    'run/damaged',
    `${file} was written by a later version of Nascent: its format is ${value.version}, and ${known} is known here`,
    { help: 'Update Nascent.' },
  );
}

/** Writes a JSON file of a run whole, and returns its path. */
export async function writeArtefact<S extends z.ZodType>(
  run: Pick<Run, 'writeFile'>,
  artefact: JsonArtefact<S>,
  value: z.input<S>,
): Promise<string> {
  return run.writeFile(artefact.name, artefactText(artefact, value));
}

/** What the file says of a value. */
export function artefactText<S extends z.ZodType>(artefact: JsonArtefact<S>, value: z.input<S>): string {
  if (artefact.text !== undefined) return artefact.text(value);
  const said = artefact.version === null ? value : { version: artefact.version, ...(value as object) };
  return `${JSON.stringify(said, undefined, 2)}\n`;
}

/**
 * The records of a log of a run that are of its schema, oldest first. Those of kinds that a later version may have are
 * passed over.
 *
 * @throws NascentError `run/damaged` naming the line, where a line is not JSON
 */
export function readRecords<S extends z.ZodType>(run: Run, artefact: LogArtefact<S>): readonly z.output<S>[] {
  return recordsOf(artefact, readLog(run.file(artefact.name)));
}

/** The records among `lines` that are of the log's schema. */
export function recordsOf<S extends z.ZodType>(
  { schema }: LogArtefact<S>,
  lines: readonly LogRecord[],
): readonly z.output<S>[] {
  return lines.flatMap((line) => {
    const parsed = schema.safeParse(line);
    return parsed.success ? [parsed.data] : [];
  });
}

/** Undefined, which no schema takes, where it is not JSON. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
