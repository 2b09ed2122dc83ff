import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesUnder, once, replaceFolder } from '../../src/setup/context.ts';

const scratch = mkdtempSync(join(tmpdir(), 'nascent-context-'));
afterAll(() => rmSync(scratch, { recursive: true }));

describe('once', () => {
  it('does a step only until it is done, and leaves nothing of one that failed', async () => {
    const folder = join(scratch, 'a', 'step');
    const failing = once(folder, async (temporary) => {
      await writeFile(join(temporary, 'half'), 'x');
      throw new Error('stopped');
    });
    await expect(failing).rejects.toThrow('stopped');
    expect(readdirSync(join(scratch, 'a'))).toEqual([]);

    let times = 0;
    const work = async (temporary: string) => {
      times += 1;
      expect(existsSync(folder)).toBe(false);
      await writeFile(join(temporary, 'whole'), 'xyz');
    };
    await once(folder, work);
    await once(folder, work);
    expect(times).toBe(1);
    expect(readdirSync(join(scratch, 'a'))).toEqual(['step']);
    expect(await bytesUnder(folder)).toBe(3);
  });
});

describe('replaceFolder', () => {
  it('puts a folder in place of another', async () => {
    const make = async (name: string, text: string) =>
      once(join(scratch, name), async (folder) => writeFile(join(folder, 'file'), text));
    await make('old', 'old');
    await make('new', 'new');
    await replaceFolder(join(scratch, 'new'), join(scratch, 'old'));
    expect(readFileSync(join(scratch, 'old', 'file'), 'utf8')).toBe('new');
    expect(readdirSync(scratch).toSorted()).toEqual(['a', 'old']);
  });
});
