import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { linkPackage } from '../../src/setup/link.ts';

const scratch = mkdtempSync(join(tmpdir(), 'nascent-link-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function kept(name: string): string {
  const folder = join(scratch, name);
  for (const part of ['lib', 'deps']) {
    mkdirSync(join(folder, part), { recursive: true });
    writeFileSync(join(folder, part, 'file'), `${name} ${part}`);
  }
  return folder;
}

describe('linkPackage', () => {
  it('links a bare package, again, elsewhere, and over folders that are there', async () => {
    const npm = join(scratch, 'npm');
    mkdirSync(npm);
    const read = () => readFileSync(join(npm, 'lib', 'file'), 'utf8');
    const first = kept('first');
    const second = kept('second');

    expect(await linkPackage(npm, first)).toBe(true);
    expect(read()).toBe('first lib');
    expect(await linkPackage(npm, first)).toBe(true);
    expect(await linkPackage(npm, second)).toBe(true);
    expect(read()).toBe('second lib');

    rmSync(join(npm, 'lib'));
    mkdirSync(join(npm, 'lib'));
    writeFileSync(join(npm, 'lib', 'file'), "the package's own");
    expect(await linkPackage(npm, first)).toBe(true);
    expect(read()).toBe('first lib');
    expect(readlinkSync(join(npm, 'deps'))).toBe(join(first, 'deps'));
    expect(readdirSync(npm).toSorted()).toEqual(['deps', 'lib']);
  });

  it('mends a link that leads nowhere', async () => {
    const npm = join(scratch, 'npm-dangling');
    mkdirSync(npm);
    const gone = kept('gone');
    await linkPackage(npm, gone);
    rmSync(gone, { recursive: true });
    await linkPackage(npm, kept('back'));
    expect(readFileSync(join(npm, 'deps', 'file'), 'utf8')).toBe('back deps');
  });
});
