/**
 * Getting a published text into the cache: from files given by hand, else from the first address that has it.
 *
 * Each file is written whole as soon as its bytes are proven, and the manifest last. So whatever happens half-way, the
 * next `get` keeps the files that are right and gets the others, and a `get` of what is there only reads it.
 */

import { readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

import { NascentError } from '../../errors.ts';
import type { GetOptions, GetResult } from '../get.ts';
import { prepareFolder, sha256, writeFileWhole } from '../../files/files.ts';
import { requireSignal, stopIfAborted } from '../../files/progress.ts';
import { filesToGet, assertText } from './check.ts';
import { assertComplete, readCached, textDirectory } from './corpus.ts';
import type { TextCorpus } from './corpus.ts';
import { fetchText, removeFetched } from './fetch.ts';
import type { Deliver } from './fetch.ts';
import { helpForGiven, readGiven, requireGiven } from './given.ts';
import { readManifest, writeManifest } from './manifest.ts';
import type { TextManifest } from './manifest.ts';
import { splits } from './releases.ts';
import type { Split, TextFile, TextRelease } from './releases.ts';

/**
 * Makes sure that the three files of a release are in the cache, whole and checked: the published digests, token counts
 * and vocabulary size.
 *
 * @throws NascentError `data/unreachable` where no source has it, `data/missing` or `data/damaged` where what `from` names
 *   is not it, `disk/full`, `disk/failed`, `interrupted`
 */
export async function getText(release: TextRelease, options: GetOptions = {}): Promise<GetResult> {
  const { signal } = options;
  if (signal !== undefined) requireSignal(signal, `getting ${release.name}`);
  const again = `Run nascent data get ${release.name} again; it resumes where it stopped.`;
  try {
    stopIfAborted(signal, again);
    return await getFiles(release, options);
  } catch (error) {
    // An empty folder would pass for a text that is there in part; one that holds something is not removed.
    await rmdir(textDirectory(release, options.cache)).catch(() => {});
    stopIfAborted(signal, again);
    throw error;
  }
}

/** Whether a release is in the cache, every byte of it, or in part. */
export async function textStatus(
  release: TextRelease,
  { cache, signal }: { readonly cache?: string; readonly signal?: AbortSignal | undefined } = {},
): Promise<'ready' | 'missing' | 'damaged'> {
  if (signal !== undefined) requireSignal(signal, `the status of ${release.name}`);
  const needed = await filesToGet(textDirectory(release, cache), release, signal);
  if (needed.length === 0) return 'ready';
  return needed.length === release.files.length ? 'missing' : 'damaged';
}

async function getFiles(release: TextRelease, options: GetOptions): Promise<GetResult> {
  const { from, signal, onProgress } = options;
  const directory = textDirectory(release, options.cache);
  // A wrong path is an error whatever is there already.
  if (from !== undefined) await requireGiven(from, release);
  await prepareFolder(directory);

  const needed = await filesToGet(directory, release, signal);
  const manifest = await readManifest(directory);
  if (needed.length === 0 && from !== undefined) await lookAtGiven(release, from, signal);
  if (needed.length === 0 && manifest?.name === release.name) {
    return { directory, source: manifest.source, alreadyThere: true };
  }

  const deliverWith =
    (help: string): Deliver =>
    async (file, path, bytes) => {
      signal?.throwIfAborted();
      assertText(path, release, file, bytes, help);
      await writeFileWhole(join(directory, file.names[0]), bytes);
    };
  let source = manifest?.source ?? 'files found in place';
  if (needed.length > 0 && from !== undefined) {
    await takeGiven(release, from, needed, deliverWith(helpForGiven(release)), signal);
    source = from;
  } else if (needed.length > 0) {
    source = await fetchText({ release, needed, directory, signal, onProgress }, deliverWith(''));
  }

  const corpus = await readCached(release, directory, { signal });
  await removeFetched(directory, release);
  await writeManifest(directory, {
    name: release.name,
    source,
    files: await listFiles(release, directory, corpus),
    vocabulary: { size: corpus.vocabulary.size, sha256: corpus.vocabulary.sha256 },
  });
  return { directory, source, alreadyThere: false };
}

/** For a text that is there already: checks that `from` has some of its files, and that those are right. */
async function lookAtGiven(release: TextRelease, from: string, signal?: AbortSignal): Promise<void> {
  const given = await readGiven(from, release, release.files, signal);
  for (const { file, path, bytes } of given.values())
    assertText(path, release, file, bytes, helpForGiven(release));
  if (given.size === 0) assertComplete(release, from, given, splits);
}

async function takeGiven(
  release: TextRelease,
  from: string,
  needed: readonly TextFile[],
  deliver: Deliver,
  signal?: AbortSignal,
): Promise<void> {
  const given = await readGiven(from, release, needed, signal);
  // What is there is looked at first: a folder of another text has more wrong with it than a missing file.
  for (const { file, path, bytes } of given.values())
    assertText(path, release, file, bytes, helpForGiven(release));
  const wanted = needed.map(({ split }) => split);
  try {
    assertComplete({ ...release, files: needed }, from, given, wanted);
  } catch (error) {
    throw canBeTried(error, release, from, given) ?? error;
  }
  for (const { file, path, bytes } of given.values()) await deliver(file, path, bytes);
}

/** Without the training file there is no dataset to put in the cache, but there is something to experiment with. */
function canBeTried(
  error: unknown,
  release: TextRelease,
  from: string,
  given: ReadonlyMap<Split, unknown>,
): NascentError | undefined {
  if (!(error instanceof NascentError) || given.has('train') || !given.has('valid') || !given.has('test')) {
    return undefined;
  }
  return new NascentError(error.code, error.message, {
    help:
      `${error.help} To experiment with the two files that are there, name the folder where they are used: ` +
      `nascent search --data ${release.name} --from ${from} trains on the validation text and holds the test text back.`,
    cause: error,
  });
}

async function listFiles(
  release: TextRelease,
  directory: string,
  corpus: TextCorpus,
): Promise<TextManifest['files']> {
  const files: TextManifest['files'][number][] = [];
  for (const split of splits) {
    const name = release.files.find((file) => file.split === split)?.names[0] ?? split;
    const bytes = await readFile(join(directory, name));
    files.push({ name, split, tokens: corpus[split].length, sha256: sha256(bytes) });
  }
  return files;
}
