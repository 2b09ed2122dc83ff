/** The files of a text in a folder or an archive: the user's, or one that was fetched. */

import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { NascentError, messageOf } from '../../errors.ts';
import { errorCodeOf } from '../../files/files.ts';
import { readTarGz } from '../../files/tar.ts';
import { grouped, withPlainLineEnds } from './check.ts';
import { withoutUtf16 } from './encoding.ts';
import { requirePath } from '../given-path.ts';
import { splitTitles } from './releases.ts';
import type { Split, TextFile, TextRelease } from './releases.ts';
import { readZip } from '../../files/zip.ts';

export interface GivenFile {
  readonly file: TextFile;
  /** What it is called, for messages. */
  readonly path: string;
  /** With `\n` at the end of lines, and in UTF-8 where it was UTF-16. */
  readonly bytes: Uint8Array;
}

/**
 * Those of `files` that are in the folder or archive `from`, under any of their names; an archive is a `.zip`, `.tar.gz`
 * or `.tgz`.
 *
 * @throws NascentError `data/missing` where there is no `from`, `input/invalid` where it is a file of another kind
 *   or two different files could be meant, `data/damaged` where it cannot be read
 */
export async function readGiven(
  from: string,
  release: TextRelease,
  files: readonly TextFile[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<Split, GivenFile>> {
  const entry = await requireGiven(from, release);
  const found = entry.isDirectory()
    ? await readFolder(from, release, files, signal)
    : await readArchive(from, files, signal);
  return new Map(
    found.map((given) => [
      given.file.split,
      { ...given, bytes: withPlainLineEnds(withoutUtf16(given.bytes)) },
    ]),
  );
}

/** @throws NascentError `data/missing` where there is no `from`, `input/invalid` where it is a file that is no archive */
export function requireGiven(from: string, release: TextRelease): Promise<Stats> {
  return requirePath(from, /\.(zip|tgz|tar\.gz)$/i, takenFor(release));
}

async function readFolder(
  folder: string,
  release: TextRelease,
  files: readonly TextFile[],
  signal?: AbortSignal,
): Promise<readonly GivenFile[]> {
  const folders = [folder, ...release.folders.map((name) => join(folder, name))];
  const found: GivenFile[] = [];
  for (const file of files) {
    for (const path of folders.flatMap((each) => file.names.map((name) => join(each, name)))) {
      const bytes = await readOrUndefined(path, signal);
      if (bytes !== undefined) found.push({ file, path, bytes });
    }
  }
  return oneOfEach(found);
}

/** Several files of the same bytes are as good as one; of different ones, none is taken in silence. */
function oneOfEach(found: readonly GivenFile[]): readonly GivenFile[] {
  const chosen = new Map<Split, GivenFile>();
  for (const given of found) {
    const { split } = given.file;
    const other = chosen.get(split);
    if (other === undefined) chosen.set(split, given);
    else if (Buffer.compare(other.bytes, given.bytes) !== 0) {
      throw new NascentError(
        'input/invalid',
        `there are two ${splitTitles[split]} texts, and they differ: ${other.path} and ${given.path}`,
        { help: 'Keep the one that is meant, and move or rename the other.' },
      );
    }
  }
  return [...chosen.values()];
}

/** The largest file of text that is read: twice the largest that is published for language models, WikiText-103. */
const largestText = 2 ** 30;

/**
 * The bytes of a file of text.
 *
 * @throws NascentError `input/invalid` where there are more than `most`; what `readFile` throws
 */
export async function readTextFile(
  path: string,
  signal?: AbortSignal,
  most = largestText,
): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > most) {
    throw new NascentError(
      'input/invalid',
      `${path} has ${grouped(size)} bytes, and a text may have at most ${grouped(most)}`,
      { help: `Use a part of it: head -c ${most} ${path} > part.txt` },
    );
  }
  return readFile(path, { signal });
}

async function readOrUndefined(path: string, signal?: AbortSignal): Promise<Uint8Array | undefined> {
  try {
    return await readTextFile(path, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof NascentError) throw cause;
    const code = errorCodeOf(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const reason = messageOf(cause);
    throw new NascentError('data/damaged', `${path} cannot be read: ${reason}`, {
      help: 'Make it a file that you may read.',
      cause,
    });
  }
}

async function readArchive(
  archive: string,
  files: readonly TextFile[],
  signal?: AbortSignal,
): Promise<readonly GivenFile[]> {
  const names = new Set<string>(files.flatMap((file) => file.names));
  const isWanted = (name: string) => names.has(basename(name));
  const read = /\.zip$/i.test(archive) ? readZip : readTarGz;
  const entries = await read(archive, isWanted, signal);
  return oneOfEach(
    files.flatMap((file) =>
      file.names.flatMap((name) =>
        [...entries]
          .filter(([path]) => basename(path) === name)
          .map(([path, bytes]) => ({ file, path: `${path} in ${archive}`, bytes })),
      ),
    ),
  );
}

/** What `--from` takes. */
export function takenFor(release: TextRelease): string {
  const own = release.files.map(({ names }) => names[0]).join(', ');
  const others = release.files.map(({ names }) => names[1] ?? names[0]).join(', ');
  return `a folder or archive (.zip, .tar.gz, .tgz) with ${own}${own === others ? '' : ` (or ${others})`}`;
}

export function whatToGive(release: TextRelease): string {
  return `--from takes ${takenFor(release)}.`;
}

/** What to do about a given file that is not what it should be. */
export function helpForGiven({ name, sources }: TextRelease): string {
  const instead = sources.length === 0 ? '' : `, or leave --from out after nascent data get ${name}`;
  return `Copy the right file there${instead}.`;
}

/** One missing file, by all of its names, and what it would have held. */
export function describeFile({ names, split, expected }: TextFile): string {
  const size = expected === undefined ? '' : ` of ${grouped(expected.tokens)} tokens`;
  return `${names.join(' or ')}, the ${splitTitles[split]} text${size}`;
}
