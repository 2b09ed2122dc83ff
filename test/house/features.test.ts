import { describe, expect, it } from 'vitest';

import { features, writtenFeatures } from '../../docs/make/features.ts';
import { opNames } from '../../src/graph/ops.ts';

describe('FEATURES.md', () => {
  it('is what `npm run features` makes', async () => {
    expect(await writtenFeatures()).toBe(await features());
  });

  it('has a row for every op', async () => {
    const rows = (await writtenFeatures()).matchAll(/^\| `(\w+)` /gm);
    expect([...rows].map(([, op]) => op)).toEqual(expect.arrayContaining([...opNames]));
  });

  it('says what a table says: no gradient of a loop, definitions where there are no kernels', async () => {
    const text = await features();
    const cells = (op: string) =>
      new RegExp(`^\\| \`${op}\` +\\|(.*)\\|$`, 'm')
        .exec(text)?.[1]
        ?.split('|')
        .map((cell) => cell.trim());
    expect(cells('Conv')).toEqual(['✔', '✔', '✔', '✔', '✔', '✔']);
    expect(cells('Scan')).toEqual(['✔', '—', '✔', 'loop', 'loop', '✔']);
    expect(cells('SgdMomentum')).toEqual(['definition', 'definition', '✔', '✔', 'definition', 'definition']);
  });
});
