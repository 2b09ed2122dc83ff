import { existsSync } from 'node:fs';
import { readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { sha256 } from '../../../src/files/files.ts';
import type { ProgressEvent } from '../../../src/files/progress.ts';
import { loadRelease, textDirectory } from '../../../src/data/text/corpus.ts';
import { getText, textStatus } from '../../../src/data/text/get.ts';
import type { TextRelease } from '../../../src/data/text/releases.ts';
import { sendBytes, serve, serveBrokenly } from '../file-server.ts';
import { refusal } from '../refusal.ts';
import { temporaryFolder } from '../temporary.ts';
import { makeZip, smallFiles, smallRelease, texts, writeFiles } from './release.ts';

const unreachable = 'http://127.0.0.1:9/';
const names = Object.keys(smallFiles).toSorted();

/** A server of files by name; what is not there is answered 404. */
async function server(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const { url, close } = await serve((request, response) => {
    const content = files[request.url?.split('/').at(-1) ?? ''];
    if (content === undefined) response.writeHead(404).end();
    else sendBytes(request, response, Buffer.from(content));
  });
  onTestFinished(close);
  return new URL('.', url).href;
}

const filesAt = (url: string) =>
  ({ kind: 'files', url, name: (split: string) => `small.${split}.txt` }) as const;
const archiveAt = (url: string) => ({ kind: 'archive', url }) as const;

/** The cache holds the three files as published, the manifest, and nothing else. */
async function expectWhole(cache: string, release: TextRelease): Promise<void> {
  const directory = textDirectory(release, cache);
  expect((await readdir(directory)).toSorted()).toEqual([...names, 'text.json']);
  for (const [name, text] of Object.entries(smallFiles)) {
    expect(await readFile(join(directory, name), 'utf8')).toBe(text);
  }
  expect((await loadRelease(release, { cache })).vocabulary.size).toBe(10);
  expect(await textStatus(release, { cache })).toBe('ready');
}

describe('the sources', () => {
  it('takes files, and writes down where from and what', async () => {
    const cache = await temporaryFolder();
    const url = await server(smallFiles);
    const release = smallRelease(filesAt(url));
    const events: ProgressEvent[] = [];
    const result = await getText(release, { cache, onProgress: (event) => events.push(event) });
    expect(result).toEqual({ directory: textDirectory(release, cache), source: url, alreadyThere: false });
    await expectWhole(cache, release);
    expect(events.every(({ phase, done, total }) => phase === 'download' && done <= total)).toBe(true);
    const manifest: unknown = JSON.parse(await readFile(join(result.directory, 'text.json'), 'utf8'));
    expect(manifest).toMatchObject({
      format: 'nascent-text-1',
      name: 'small',
      source: url,
      files: [
        { name: 'small.train.txt', split: 'train', tokens: 24, sha256: sha256(Buffer.from(texts.train)) },
        { split: 'valid', tokens: 13 },
        { split: 'test', tokens: 8 },
      ],
      vocabulary: { size: 10, sha256: (await loadRelease(release, { cache })).vocabulary.sha256 },
    });
  });

  it('takes an archive where the files cannot be had, and nothing is left of it', async () => {
    const cache = await temporaryFolder();
    const entries = Object.entries(smallFiles).map(([name, text]) => [`small/${name}`, text]);
    const url = await server({ 'small.zip': makeZip(Object.fromEntries(entries)) });
    const release = smallRelease(filesAt(url), archiveAt(`${url}small.zip`));
    expect((await getText(release, { cache })).source).toBe(`${url}small.zip`);
    await expectWhole(cache, release);
  });

  it('goes on to the next source where one has another text', async () => {
    const cache = await temporaryFolder();
    const bad = { ...smallFiles, 'small.test.txt': 'else\n' };
    const wrong = await server({
      ...bad,
      'no.zip': 'not a zip',
      'bad.zip': makeZip(bad),
      'part.zip': makeZip({}),
    });
    const right = await server(smallFiles);
    const archives = ['no.zip', 'bad.zip', 'part.zip'].map((name) => archiveAt(wrong + name));
    const release = smallRelease(...archives, filesAt(wrong), filesAt(right));
    expect((await getText(release, { cache })).source).toBe(right);
    await expectWhole(cache, release);
  });

  it('takes up a download that broke off', async () => {
    const cache = await temporaryFolder();
    const archive = makeZip({ ...smallFiles, more: Buffer.alloc(3000, 'x') }, true);
    const broken = await serveBrokenly(() => archive, 1, 1000);
    onTestFinished(broken.close);
    const release = smallRelease(archiveAt(broken.url.replace('small.tar.gz', 'small.zip')));
    await getText(release, { cache, onProgress: broken.onProgress });
    expect(broken.ranges).toEqual(['', 'bytes=1000-']);
    await expectWhole(cache, release);
  });

  it('says why no source worked and how to bring the files, and leaves nothing', async () => {
    const cache = await temporaryFolder();
    const release = smallRelease(filesAt(unreachable), archiveAt(`${unreachable}small.zip`));
    const error = await refusal(getText(release, { cache }));
    expect([error.code, error.exitCode]).toEqual(['data/unreachable', 1]);
    expect(`${error.message} | ${error.help}`).toMatchInlineSnapshot(
      `"Small Text cannot be fetched: http://127.0.0.1:9/: bad port; http://127.0.0.1:9/small.zip: bad port | Connect to the network and try again, or bring the files: nascent data get small --from DIR. --from takes a folder or archive (.zip, .tar.gz, .tgz) with small.train.txt, small.valid.txt, small.test.txt (or train.txt, valid.txt, test.txt)."`,
    );
    // Not even a folder, which would pass for a text that is there in part.
    expect(existsSync(textDirectory(release, cache))).toBe(false);
    expect(await textStatus(release, { cache })).toBe('missing');
  });
});

describe('files given by hand', () => {
  const release = smallRelease(filesAt(unreachable));

  it('takes a folder, whatever the names and line ends', async () => {
    const cache = await temporaryFolder();
    const from = await writeFiles(await temporaryFolder(), {
      'train.txt': texts.train.replaceAll('\n', '\r\n'),
      'small.valid.txt': texts.valid,
      'small/data/test.txt': texts.test,
    });
    expect((await getText(release, { cache, from })).source).toBe(from);
    await expectWhole(cache, release);
  });

  it('takes an archive', async () => {
    const cache = await temporaryFolder();
    const from = join(await temporaryFolder(), 'small.zip');
    await writeFile(from, makeZip(smallFiles));
    await getText(release, { cache, from });
    await expectWhole(cache, release);
  });

  it('takes no file alone, and does not call it a damaged archive', async () => {
    const from = join(await writeFiles(await temporaryFolder(), { 'valid.txt': texts.valid }), 'valid.txt');
    const error = await refusal(getText(release, { cache: await temporaryFolder(), from }));
    expect(
      `${error.code} ${error.message} | ${error.help}`.replaceAll(from, 'valid.txt'),
    ).toMatchInlineSnapshot(
      `"input/invalid valid.txt is a file, and neither a folder nor an archive | --from takes a folder or archive (.zip, .tar.gz, .tgz) with small.train.txt, small.valid.txt, small.test.txt (or train.txt, valid.txt, test.txt)."`,
    );
  });

  it('says what can be done without the training file', async () => {
    const cache = await temporaryFolder();
    const from = await writeFiles(await temporaryFolder(), {
      'valid.txt': texts.valid,
      'test.txt': texts.test,
    });
    const error = await refusal(getText(release, { cache, from }));
    expect(`${error.code} ${error.message} | ${error.help}`.replaceAll(from, 'DIR')).toMatchInlineSnapshot(
      `"data/missing DIR has no small.train.txt or train.txt, the training text of 24 tokens | --from takes a folder or archive (.zip, .tar.gz, .tgz) with small.train.txt, small.valid.txt, small.test.txt (or train.txt, valid.txt, test.txt). To experiment with the two files that are there, name the folder where they are used: nascent search --data small --from DIR trains on the validation text and holds the test text back."`,
    );
    expect(existsSync(textDirectory(release, cache))).toBe(false);
  });

  it('says which file is another text before it says which is missing', async () => {
    const cache = await temporaryFolder();
    const from = await writeFiles(await temporaryFolder(), { 'valid.txt': 'else\n', 'test.txt': texts.test });
    const error = await refusal(getText(release, { cache, from }));
    expect(`${error.code} ${error.message} | ${error.help}`.replaceAll(from, 'DIR')).toMatchInlineSnapshot(
      `"data/damaged DIR/valid.txt is not the validation text of Small Text: it has 2 tokens, one <eos> a line counted, and should have 13 | Copy the right file there, or leave --from out after nascent data get small."`,
    );
    expect(existsSync(textDirectory(release, cache))).toBe(false);
  });
});

describe('again', () => {
  const release = smallRelease(filesAt(unreachable));

  async function got(): Promise<{ cache: string; from: string; directory: string }> {
    const cache = await temporaryFolder();
    const from = await writeFiles(await temporaryFolder(), smallFiles);
    const { directory } = await getText(release, { cache, from });
    return { cache, from, directory };
  }

  it('does nothing where everything is there', async () => {
    const { cache, from, directory } = await got();
    expect(await getText(release, { cache })).toEqual({ directory, source: from, alreadyThere: true });
  });

  it('looks at the folder that is given all the same', async () => {
    const { cache, from, directory } = await got();
    const outcome = async (path: string) => {
      const { code, message } = await refusal(getText(release, { cache, from: path }));
      return `${code} ${message}`.replaceAll(path, 'WRONG');
    };
    expect(await outcome(join(from, 'nothing'))).toBe('data/missing there is no WRONG');
    expect((await refusal(getText(release, { cache, from: '' }))).code).toBe('input/invalid');
    expect(await outcome(await temporaryFolder())).toContain('data/missing WRONG has no small.train.txt');
    const other = await writeFiles(await temporaryFolder(), { 'valid.txt': 'else\n' });
    expect(await outcome(other)).toContain('data/damaged WRONG/valid.txt is not the validation text');
    const some = await writeFiles(await temporaryFolder(), { 'valid.txt': texts.valid });
    expect(await getText(release, { cache, from: some })).toEqual({
      directory,
      source: from,
      alreadyThere: true,
    });
  });

  it('finds what is damaged, cut or missing, and gets that', async () => {
    const { cache, directory } = await got();
    await truncate(join(directory, 'small.train.txt'), 20);
    await rm(join(directory, 'small.test.txt'));
    const damaged = await refusal(loadRelease(release, { cache }));
    expect(damaged.code).toBe('data/damaged');
    expect(damaged.message).toContain(
      'small.train.txt is not the training text of Small Text: it has 7 tokens',
    );
    expect(damaged.help).toContain('nascent data get small');
    expect(await textStatus(release, { cache })).toBe('damaged');

    const { 'small.valid.txt': _there, ...gone } = smallFiles;
    await getText(release, { cache, from: await writeFiles(await temporaryFolder(), gone) });
    await expectWhole(cache, release);
  });

  it('checks files without a manifest, and writes it', async () => {
    const { cache, directory } = await got();
    await rm(join(directory, 'text.json'));
    expect(await getText(release, { cache })).toMatchObject({
      source: 'files found in place',
      alreadyThere: false,
    });
    await expectWhole(cache, release);
  });

  it('stops where it is told to', async () => {
    const cache = await temporaryFolder();
    const error = await refusal(getText(release, { cache, signal: AbortSignal.abort() }));
    expect([error.code, error.exitCode]).toEqual(['interrupted', 130]);
    expect(error.help).toContain('nascent data get small');
  });
});
