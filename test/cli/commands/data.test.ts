import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { dataNames } from '../../../src/data/registry.ts';
import { temporaryFolder } from '../../data/temporary.ts';
import { call } from '../call.ts';

beforeEach(async () => {
  vi.stubEnv('NASCENT_CACHE', await temporaryFolder());
  vi.stubEnv('NASCENT_IMAGENET', '');
});
afterEach(() => vi.unstubAllEnvs());

describe('nascent data list', () => {
  it('lists every dataset for people', async () => {
    const { exitCode, stdout, stderr } = await call('data', 'list');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      Name       Task    Title             Status   Where, or how to get it
      cifar10    images  CIFAR-10          missing  nascent data get cifar10
      synthetic  images  Synthetic images  ready    made on the spot
      imagenet   images  ImageNet          yours    by --from: a folder with train/CLASS/… and val/CLASS/…, or set NASCENT_IMAGENET to it
      images     images  Your own images   yours    by --from: a folder with CLASS/… or with train/CLASS/… and test/CLASS/…
      ptb        text    Penn Treebank     missing  nascent data get ptb
      wikitext2  text    WikiText-2        missing  nascent data get wikitext2
      grammar    text    Grammar           ready    made on the spot
      text       text    Your own text     yours    by --from: a folder or archive with train.txt, valid.txt and test.txt
      "
    `);
  });

  it('and as JSON', async () => {
    const { stdout } = await call('data', 'list', '--json');
    const listed = JSON.parse(stdout) as { name: string }[];
    expect(listed.map(({ name }) => name)).toEqual(dataNames);
    expect(listed.find(({ name }) => name === 'synthetic')).toEqual({
      name: 'synthetic',
      task: 'images',
      title: 'Synthetic images',
      description: expect.stringContaining('ten classes'),
      status: 'ready',
      where: null,
      get: 'made on the spot',
      from: null,
    });
  });
});

describe('nascent data get', () => {
  it('says of what cannot be got what to do instead', async () => {
    const answers = [];
    for (const name of ['synthetic', 'text']) {
      const { exitCode, stdout, stderr } = await call('data', 'get', name);
      answers.push(`${exitCode} ${stdout}${stderr}`);
    }
    expect(answers).toMatchInlineSnapshot(`
      [
        "2 ✖ synthetic is made on the spot: there is nothing to get
        Use it as it is: --data synthetic.
      ",
        "2 ✖ text cannot be downloaded: you bring it
        Name it where it is used: --data text --from PATH, a folder or archive with train.txt, valid.txt and test.txt.
      ",
      ]
    `);
  });
});
