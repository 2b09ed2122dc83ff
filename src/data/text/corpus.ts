/**
 * A text ready for a language model: three runs of word numbers and the vocabulary that they share.
 *
 * What is trained on, what the architecture and the best weights are chosen by, and what is held back to the end are the
 * three files of a release. A folder that lacks the training file (WikiText-2's two small files fit in a repository, its
 * training file does not) can still be experimented with: the first nine tenths of the validation file are trained on, the
 * rest of it is the validation text, and the test file stays held back. No published number can be compared with what
 * comes of it, and `notes` says so; whoever shows results shows the notes.
 */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { NascentError } from '../../errors.ts';
import { cacheFolder } from '../../files/cache.ts';
import { datasetNamed, type TextName } from '../registry.ts';
import { assertText, grouped } from './check.ts';
import { describeFile, helpForGiven, readGiven, readTextFile, whatToGive } from './given.ts';
import type { GivenFile } from './given.ts';
import { grammarText } from './grammar.ts';
import { ownText, splitTitles, splits } from './releases.ts';
import type { Split, TextRelease } from './releases.ts';
import { eos, unknownWord } from './tokens.ts';
import type { Text } from './tokens.ts';
import { buildVocabulary, encode } from './vocabulary.ts';
import type { Vocabulary, VocabularyKind } from './vocabulary.ts';

export type { TextName } from '../registry.ts';

export interface TextCorpus {
  readonly name: string;
  /** As people write it. */
  readonly title: string;
  /** Where it was read from, for people. */
  readonly source: string;
  readonly vocabulary: Vocabulary;
  /** Where the vocabulary is limited: to how many, and what is `<unk>` for it. */
  readonly limited: Limited | null;
  /** Word numbers, in the order of the text. */
  readonly train: Int32Array;
  readonly valid: Int32Array;
  readonly test: Int32Array;
  /** What must be said wherever results are shown; empty for a text that is whole. */
  readonly notes: readonly string[];
}

/** What a limit of the vocabulary does to a text. */
export interface Limited {
  readonly limit: number;
  /** Different words that have no name of their own. */
  readonly words: number;
  /** How often one of them comes in each text. */
  readonly tokens: { readonly [S in Split]: number };
}

export interface LoadTextOptions extends VocabularyKind {
  /** The cache folder. Default: the platform's. */
  readonly cache?: string | undefined;
  /** A folder or archive with the files, instead of the cache. */
  readonly from?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where `nascent data get` puts the files of a release. */
export function textDirectory(release: TextRelease, cache: string = cacheFolder()): string {
  return join(cache, 'data', release.name);
}

/**
 * The text of this name, every file of it proven where it is a published one.
 *
 * @throws NascentError `data/missing` or `data/damaged`, naming the file and what was expected; `input/invalid` where `from`
 *   does not go with the name
 */
export async function loadCorpus(name: TextName, options: LoadTextOptions = {}): Promise<TextCorpus> {
  return datasetNamed(name).open(options);
}

/** Sentences made on the spot. @throws NascentError `input/invalid` where they should come from somewhere */
export async function loadGrammar({ from, ...kind }: LoadTextOptions = {}): Promise<TextCorpus> {
  if (from !== undefined) {
    throw new NascentError('input/invalid', `--data grammar is made on the spot, and not from ${from}`, {
      help: `Leave --from out, or give the text another name: --data text --from ${from}`,
    });
  }
  return corpusOf('grammar', 'the grammar', 'made on the spot', textsBy(grammarText), kind);
}

/** The user's own text. @throws NascentError as `loadCorpus` */
export async function loadOwnText(options: LoadTextOptions = {}): Promise<TextCorpus> {
  if (options.from === undefined) {
    throw new NascentError('input/invalid', '--data text names no text', {
      help: whatToGive(ownText),
    });
  }
  return loadRelease(ownText, options);
}

/** The three texts of a corpus. */
type Texts = { readonly [S in Split]: Text };

function textsBy(text: (split: Split) => Text): Texts {
  return { train: text('train'), valid: text('valid'), test: text('test') };
}

/** As `loadCorpus`, for any release: for tests, whose releases are small. */
export async function loadRelease(release: TextRelease, options: LoadTextOptions = {}): Promise<TextCorpus> {
  const { from, signal } = options;
  if (from !== undefined) {
    const given = await readGiven(from, release, release.files, signal);
    return given.has('train')
      ? wholeCorpus(release, from, given, options)
      : partialCorpus(release, from, given, options);
  }
  const directory = textDirectory(release, options.cache);
  const found = (await stat(directory).catch(() => undefined))?.isDirectory() === true;
  if (!found) {
    throw new NascentError('data/missing', `${release.title} is not there: ${directory} does not exist`, {
      help: `Get it: nascent data get ${release.name}`,
    });
  }
  return readCached(release, directory, options);
}

/** The corpus in a folder that `get` filled. @throws NascentError `data/missing` or `data/damaged` */
export async function readCached(
  release: TextRelease,
  directory: string,
  { signal, ...kind }: Omit<LoadTextOptions, 'cache' | 'from'> = {},
): Promise<TextCorpus> {
  const texts = new Map<Split, Uint8Array>();
  for (const file of release.files) {
    const path = join(directory, file.names[0]);
    const bytes = await readTextFile(path, signal).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw new NascentError('data/missing', `${release.title} is not complete: ${path} cannot be read`, {
        help: `Get it: nascent data get ${release.name}`,
        cause,
      });
    });
    const help = `Run nascent data get ${release.name}: it finds damaged files and fetches them again.`;
    assertText(path, release, file, bytes, help);
    texts.set(file.split, bytes);
  }
  const corpus = corpusOf(
    release.name,
    release.title,
    directory,
    textsBy((split) => texts.get(split) ?? ''),
    kind,
  );
  return published(release, corpus);
}

type Given = ReadonlyMap<Split, GivenFile>;

function wholeCorpus(release: TextRelease, from: string, given: Given, kind: VocabularyKind): TextCorpus {
  assertComplete(release, from, given, splits);
  const texts = textsBy((split) => givenText(release, given, split, kind));
  return published(release, corpusOf(release.name, release.title, from, texts, kind));
}

/** Without a training file. See this file's header. */
function partialCorpus(release: TextRelease, from: string, given: Given, kind: VocabularyKind): TextCorpus {
  assertComplete(release, from, given, ['valid', 'test']);
  const [text, test] = [givenText(release, given, 'valid', kind), givenText(release, given, 'test', kind)];
  // The words in the order of the training text come first, and that is where the validation text begins.
  const whole = encodedCorpus(release.name, release.title, from, { train: '', valid: text, test }, kind);
  const [head, tail] = cutInTwo(whole.valid, whole.vocabulary);
  if (head.length === 0) {
    throw new NascentError('input/invalid', `the validation text in ${from} is too short to be trained on`, {
      help: `Bring the training file too. ${whatToGive(release)}`,
    });
  }
  const limited = limitedAround(head.length, whole, text);
  const corpus = noted({ ...whole, limited, train: head, valid: tail });
  const train = release.files.find(({ split }) => split === 'train');
  const file = train === undefined ? 'a training file' : describeFile(train);
  const unlike =
    release.vocabulary === undefined || !isWhole(corpus)
      ? ''
      : ` The vocabulary has ${grouped(corpus.vocabulary.size)} words and not ${grouped(release.vocabulary)}; ` +
        'nothing that comes of this can be compared with published results.';
  // It goes into models made of the text, which are the same wherever that lies.
  const note =
    `There is no ${file}. Instead, the first ${grouped(corpus.train.length)} tokens of the validation file are ` +
    `trained on, its other ${grouped(corpus.valid.length)} are the validation text, and the test file is held back.${unlike}`;
  return { ...corpus, notes: [note, ...corpus.notes] };
}

/** The share of the validation file that stands in for a training file. */
const trainedShare = 0.9;

/** A text cut at the last line end that has no more than nine tenths of the tokens before it. */
function cutInTwo(tokens: Int32Array, vocabulary: Vocabulary): readonly [Int32Array, Int32Array] {
  const most = Math.floor(tokens.length * trainedShare);
  const lineEnd = vocabulary.indices.get(eos) ?? -1;
  const end = most === 0 ? 0 : tokens.lastIndexOf(lineEnd, most - 1) + 1;
  return [tokens.subarray(0, end), tokens.subarray(end)];
}

/** What a limit does to the validation text's two parts, the first of which stands in for a training text. */
function limitedAround(end: number, { limited, vocabulary }: TextCorpus, text: Text): Limited | null {
  if (limited === null) return null;
  let [train, valid] = [0, 0];
  encode(text, vocabulary, 'the validation text', (_, at) => {
    if (at < end) train++;
    else valid++;
  });
  return { ...limited, tokens: { ...limited.tokens, train, valid } };
}

function givenText(release: TextRelease, given: Given, split: Split, { level }: VocabularyKind): Uint8Array {
  const found = given.get(split);
  if (found === undefined) throw new Error(`internal: no ${splitTitles[split]} text`);
  assertText(found.path, release, found.file, found.bytes, helpForGiven(release), level);
  return found.bytes;
}

/**
 * @param wanted without all of these it cannot be done; where any of them is missing, every file that is missing is named
 * @throws NascentError `data/missing`
 */
export function assertComplete(
  release: TextRelease,
  from: string,
  given: Given,
  wanted: readonly Split[],
): void {
  if (wanted.every((split) => given.has(split))) return;
  const missing = release.files.filter(({ split }) => !given.has(split)).map(describeFile);
  throw new NascentError('data/missing', `${from} has no ${missing.join('; and no ')}`, {
    help: whatToGive(release),
  });
}

function corpusOf(...given: Parameters<typeof encodedCorpus>): TextCorpus {
  return noted(encodedCorpus(...given));
}

function encodedCorpus(
  name: string,
  title: string,
  source: string,
  texts: Texts,
  kind: VocabularyKind,
): TextCorpus {
  const all = splits.map((split) => texts[split]);
  const vocabulary = buildVocabulary(all, kind);
  const rare = new Set<string>();
  const tokens = { train: 0, valid: 0, test: 0 };
  const encoded = (split: Split) =>
    encode(texts[split], vocabulary, `the ${splitTitles[split]} text`, (word) => {
      // A copy: a part of a string keeps the whole of it in memory.
      if (!rare.has(word)) rare.add(Buffer.from(word).toString());
      tokens[split]++;
    });
  const [train, valid, test] = [encoded('train'), encoded('valid'), encoded('test')];
  const { limit = null } = kind;
  const limited = limit === null ? null : { limit, words: rare.size, tokens };
  return { name, title, source, vocabulary, limited, train, valid, test, notes: [] };
}

function noted(corpus: TextCorpus): TextCorpus {
  const note = limitNote(corpus);
  return note === undefined ? corpus : { ...corpus, notes: [note] };
}

/** What a limit does has to be known wherever a figure is shown: `<unk>` is easier to guess than what it stands for. */
function limitNote({ limited, vocabulary, ...texts }: TextCorpus): string | undefined {
  if (limited === null || limited.words === 0) return undefined;
  const { level, size } = vocabulary;
  const shares = splits.flatMap((split) => {
    const share = limited.tokens[split] / texts[split].length;
    return texts[split].length === 0
      ? []
      : [`${(100 * share).toFixed(1)} % of the ${splitTitles[split]} text`];
  });
  return (
    `The vocabulary is limited to ${grouped(size)} ${level}s: ${grouped(limited.words)} that are rarer are read as ` +
    `${unknownWord}, ${shares.join(', ')}. Figures of another vocabulary cannot be compared with these.`
  );
}

/** Whether it is read as it is published. */
function isWhole({ vocabulary, limited }: TextCorpus): boolean {
  return vocabulary.level === 'word' && limited === null;
}

/** The digests already imply it; counted all the same, since this is what the model's size goes by. */
function published(release: TextRelease, corpus: TextCorpus): TextCorpus {
  const { size } = corpus.vocabulary;
  if (isWhole(corpus) && release.vocabulary !== undefined && size !== release.vocabulary) {
    throw new NascentError(
      'data/damaged',
      `the vocabulary of ${release.title} in ${corpus.source} has ${grouped(size)} words and should have ${grouped(release.vocabulary)}`,
      { help: `Get it again: nascent data get ${release.name}` },
    );
  }
  return corpus;
}
