import { describe, expect, it } from 'vitest';

import { isTextName } from '../../../src/data/registry.ts';
import { loadCorpus, loadRelease } from '../../../src/data/text/corpus.ts';
import type { LoadTextOptions } from '../../../src/data/text/corpus.ts';
import { ptb, wikitext2 } from '../../../src/data/text/releases.ts';
import type { TextRelease } from '../../../src/data/text/releases.ts';
import { decode } from '../../../src/data/text/vocabulary.ts';
import { NascentError } from '../../../src/errors.ts';
import { tarGz } from '../tar-writer.ts';
import { temporaryFolder } from '../temporary.ts';
import { makeZip, smallFiles, smallRelease, texts, writeFiles } from './release.ts';

const small = smallRelease();

/** Code, message and help of a refusal, the folder called DIR. */
async function refusal(work: Promise<unknown>, folder: string): Promise<string> {
  const error: unknown = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof NascentError)) throw error;
  return `${error.code} ${error.message} | ${error.help}`.replaceAll(folder, 'DIR');
}

async function given(files: Readonly<Record<string, string | Uint8Array>>) {
  const folder = await writeFiles(await temporaryFolder(), files);
  const load = (options: LoadTextOptions = {}, release: TextRelease = small) =>
    loadRelease(release, { from: folder, ...options });
  return { folder, load };
}

describe('a folder with the three files', () => {
  it('is read in the order train, valid, test', async () => {
    const { folder, load } = await given(smallFiles);
    const corpus = await load();
    expect(corpus).toMatchObject({ name: 'small', title: 'Small Text', source: folder, notes: [] });
    expect(corpus.vocabulary.words.join(' ')).toBe('the cat sat <eos> dog ran to mat a mouse');
    expect([corpus.train.length, corpus.valid.length, corpus.test.length]).toEqual([24, 13, 8]);
    expect(decode(corpus.valid, corpus.vocabulary)).toBe(texts.valid);
  });

  it('may have other names, a folder inside, and the line ends of Windows', async () => {
    const { load } = await given({
      'small/data/train.txt': texts.train.replaceAll('\n', '\r\n'),
      'small.valid.txt': texts.valid,
      'test.txt': texts.test,
    });
    expect((await load()).train.length).toBe(24);
  });

  it('is refused where a file is not the published one, with what was expected', async () => {
    const other = await given({ ...smallFiles, 'small.valid.txt': 'the cat\n' });
    const swapped = await given({ ...smallFiles, 'small.test.txt': texts.test.replace('mouse', 'house') });
    const binary = await given({ ...smallFiles, 'small.train.txt': Uint8Array.of(200, 1, 2) });
    const unbroken = await given({ ...smallFiles, 'small.train.txt': 'x'.repeat(70_000) });
    expect([
      await refusal(other.load(), other.folder),
      await refusal(swapped.load(), swapped.folder),
      await refusal(binary.load(), binary.folder),
      await refusal(unbroken.load(), unbroken.folder),
    ]).toMatchInlineSnapshot(`
      [
        "data/damaged DIR/small.valid.txt is not the validation text of Small Text: it has 3 tokens, one <eos> a line counted, and should have 13 | Copy the right file there.",
        "data/damaged DIR/small.test.txt is not the test text of Small Text: its MD5 is 09b5a766944d207d7b238992c7d9b7dc and should be 2d3fbe44d9e3a291243b8d406c97b7c4 | Copy the right file there.",
        "data/damaged DIR/small.train.txt is not the training text of Small Text: it has a byte in line 1 that is not UTF-8: 0xc8 at its beginning | Copy the right file there.",
        "data/damaged DIR/small.train.txt is not the training text of Small Text: it has a word of more than 65536 characters | Copy the right file there.",
      ]
    `);
  });
});

describe('a text that is there twice', () => {
  const other = { 'train.txt': 'the dog\n' };

  it('is refused in a folder, both paths named', async () => {
    const twice = await given({ ...smallFiles, ...other });
    const deep = await given({ ...smallFiles, 'small/data/small.test.txt': 'the dog\n' });
    expect([await refusal(twice.load(), twice.folder), await refusal(deep.load(), deep.folder)])
      .toMatchInlineSnapshot(`
      [
        "input/invalid there are two training texts, and they differ: DIR/small.train.txt and DIR/train.txt | Keep the one that is meant, and move or rename the other.",
        "input/invalid there are two test texts, and they differ: DIR/small.test.txt and DIR/small/data/small.test.txt | Keep the one that is meant, and move or rename the other.",
      ]
    `);
  });

  it.each(['zip', 'tar.gz'])('is refused in a .%s, both paths named', async (kind) => {
    const entries: [string, string][] = [
      ['one/train.txt', texts.train],
      ['two/train.txt', 'the dog\n'],
      ['valid.txt', texts.valid],
      ['test.txt', texts.test],
    ];
    const archive =
      kind === 'zip'
        ? makeZip(entries)
        : tarGz(entries.map(([name, text]) => [name, new TextEncoder().encode(text)]));
    const { folder } = await given({ [`a.${kind}`]: archive });
    const said = await refusal(loadCorpus('text', { from: `${folder}/a.${kind}` }), folder);
    expect(said).toBe(
      'input/invalid there are two training texts, and they differ: ' +
        `one/train.txt in DIR/a.${kind} and two/train.txt in DIR/a.${kind}` +
        ' | Keep the one that is meant, and move or rename the other.',
    );
  });

  it('is taken where both are the same', async () => {
    const { load } = await given({ ...smallFiles, 'train.txt': texts.train });
    expect((await load()).train.length).toBe(24);
  });
});

describe('a folder that is not whole', () => {
  it('without the training file trains on nine tenths of the validation file, and says so', async () => {
    const { train, valid, test } = texts;
    const { load } = await given({ 'valid.txt': train + valid, 'test.txt': test });
    const files = small.files.map(({ split, names }) => ({ split, names }));
    const loose: TextRelease = { ...small, files, vocabulary: 12 };
    const corpus = await load({}, loose);
    // Nine tenths of 37 tokens are 33.3, and 33 of them come before the last line.
    expect(decode(corpus.train, corpus.vocabulary) + decode(corpus.valid, corpus.vocabulary)).toBe(
      (train + valid).replaceAll(/^ | $/gm, ''),
    );
    expect([corpus.train.length, corpus.valid.length]).toEqual([33, 4]);
    expect(decode(corpus.test, corpus.vocabulary)).toBe(test);
    expect(corpus.notes).toMatchInlineSnapshot(`
      [
        "There is no small.train.txt or train.txt, the training text. Instead, the first 33 tokens of the validation file are trained on, its other 4 are the validation text, and the test file is held back. The vocabulary has 10 words and not 12; nothing that comes of this can be compared with published results.",
      ]
    `);
  });

  it('otherwise is refused, with every file that is missing', async () => {
    const train = await given({ 'small.train.txt': texts.train, 'valid.txt': texts.valid });
    const test = await given({ 'small.test.txt': texts.test });
    const none = await given({});
    expect([
      await refusal(train.load(), train.folder),
      await refusal(test.load(), test.folder),
      await refusal(none.load(), none.folder),
      await refusal(loadRelease(small, { from: `${none.folder}/no` }), none.folder),
    ]).toMatchInlineSnapshot(`
      [
        "data/missing DIR has no small.test.txt or test.txt, the test text of 8 tokens | --from takes a folder or archive (.zip, .tar.gz, .tgz) with small.train.txt, small.valid.txt, small.test.txt (or train.txt, valid.txt, test.txt).",
        "data/missing DIR has no small.train.txt or train.txt, the training text of 24 tokens; and no small.valid.txt or valid.txt, the validation text of 13 tokens | --from takes a folder or archive (.zip, .tar.gz, .tgz) with small.train.txt, small.valid.txt, small.test.txt (or train.txt, valid.txt, test.txt).",
        "data/missing DIR has no small.train.txt or train.txt, the training text of 24 tokens; and no small.valid.txt or valid.txt, the validation text of 13 tokens; and no small.test.txt or test.txt, the test text of 8 tokens | --from takes a folder or archive (.zip, .tar.gz, .tgz) with small.train.txt, small.valid.txt, small.test.txt (or train.txt, valid.txt, test.txt).",
        "data/missing there is no DIR/no | --from takes a folder or archive (.zip, .tar.gz, .tgz) with small.train.txt, small.valid.txt, small.test.txt (or train.txt, valid.txt, test.txt).",
      ]
    `);
  });

  it('is refused where the validation file cannot be cut', async () => {
    const { folder } = await given({ 'valid.txt': 'one line\n', 'test.txt': 'one\n' });
    expect(await refusal(loadCorpus('text', { from: folder }), folder)).toMatchInlineSnapshot(
      `"input/invalid the validation text in DIR is too short to be trained on | Bring the training file too. --from takes a folder or archive (.zip, .tar.gz, .tgz) with train.txt, valid.txt, test.txt."`,
    );
  });
});

describe('names', () => {
  it('grammar needs no files and takes none', async () => {
    expect(await refusal(loadCorpus('grammar', { from: 'DIR' }), 'DIR')).toMatchInlineSnapshot(
      `"input/invalid --data grammar is made on the spot, and not from DIR | Leave --from out, or give the text another name: --data text --from DIR"`,
    );
  });

  it('text needs files', async () => {
    expect(await refusal(loadCorpus('text'), 'DIR')).toMatchInlineSnapshot(
      `"input/invalid --data text names no text | --from takes a folder or archive (.zip, .tar.gz, .tgz) with train.txt, valid.txt, test.txt."`,
    );
    const { folder } = await given({ 'train.txt': 'a b\n', 'valid.txt': 'b\n', 'test.txt': ' \n' });
    expect(await refusal(loadCorpus('text', { from: folder }), folder)).toMatchInlineSnapshot(
      `"data/damaged DIR/test.txt is not a text: it has no words | Copy the right file there."`,
    );
  });

  it('text may be UTF-16 by its mark, or have that of UTF-8, and the line ends of Windows', async () => {
    const windows = { train: 'un café\r\nnoir\r\n', valid: 'un\r\n', test: '\ufeffnoir café\r\n' };
    const { folder } = await given({
      'train.txt': Uint8Array.from(Buffer.from(`\ufeff${windows.train}`, 'utf16le')),
      'valid.txt': Uint8Array.from(Buffer.from(`\ufeff${windows.valid}`, 'utf16le').swap16()),
      'test.txt': windows.test,
    });
    for (const level of ['word', 'character'] as const) {
      const { vocabulary, ...corpus } = await loadCorpus('text', { from: folder, level });
      expect([corpus.train, corpus.valid, corpus.test].map((text) => decode(text, vocabulary))).toEqual([
        'un café\nnoir\n',
        'un\n',
        'noir café\n',
      ]);
    }
  });

  it('text is told how it becomes UTF-8', async () => {
    const train = Uint8Array.from(Buffer.from('un\ncafé noir\n', 'latin1'));
    const { folder } = await given({ 'train.txt': train, 'valid.txt': 'un\n', 'test.txt': 'un\n' });
    expect(await refusal(loadCorpus('text', { from: folder }), folder)).toBe(
      'data/damaged DIR/train.txt is not a text: it has a byte in line 2 that is not UTF-8: 0xe9 after "caf" | ' +
        'Convert it to UTF-8: save it so in an editor, or, if it is ISO-8859-1, as it seems: iconv -f ISO-8859-1 -t UTF-8 OLD > NEW',
    );
  });

  it('of published texts name the command that gets them', async () => {
    const cache = await temporaryFolder();
    expect(await refusal(loadCorpus('ptb', { cache }), cache)).toMatchInlineSnapshot(
      `"data/missing Penn Treebank is not there: DIR/data/ptb does not exist | Get it: nascent data get ptb"`,
    );
    expect(isTextName('wikitext2') && !isTextName('cifar10')).toBe(true);
  });
});

describe('the published texts', () => {
  it('have the token counts and vocabularies of the literature', () => {
    const counts = [ptb, wikitext2].map(({ files, vocabulary }) => [
      ...files.map(({ expected }) => expected?.tokens),
      vocabulary,
    ]);
    expect(counts).toEqual([
      [929_589, 73_760, 82_430, 10_000],
      [2_088_628, 217_646, 245_569, 33_278],
    ]);
  });
});
