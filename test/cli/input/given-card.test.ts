import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Command } from 'commander';
import { describe, expect, it } from 'vitest';

import { cardOptions, readLabels } from '../../../src/cli/input/given-card.ts';
import { temporaryFolder } from '../../data/temporary.ts';

function parsed(...args: string[]): unknown {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  for (const option of cardOptions({ normalised: 'none', labels: 'numbers' })) command.addOption(option);
  return command.parse(args, { from: 'user' }).opts();
}

async function file(content: string | Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), 'labels.txt');
  await writeFile(path, content);
  return path;
}

describe('numbers', () => {
  it('stand between commas or spaces', () => {
    expect(parsed('--mean', '0.485, 0.456,0.406', '--std', '0.2 0.3 1')).toEqual({
      mean: [0.485, 0.456, 0.406],
      std: [0.2, 0.3, 1],
    });
    expect(parsed('--mean', '0')).toEqual({ mean: [0] });
  });

  it.each([
    ['--mean', '123.675,116.28,103.53', 'Divide those of pixels from 0 to 255 by 255: 123.675 is 0.485.'],
    ['--mean', '-0.1', 'Expected numbers from 0 to 1, with commas between.'],
    ['--mean', 'red', 'Expected numbers from 0 to 1, with commas between.'],
    ['--mean', '0.4,,0.4', 'Expected numbers from 0 to 1, with commas between.'],
    ['--mean', '', 'Expected numbers from 0 to 1, with commas between.'],
    ['--std', '0', 'Expected numbers above 0, up to 1, with commas between.'],
    ['--std', '58.395', 'Divide those of pixels from 0 to 255 by 255: 58.395 is 0.229.'],
  ])('of a wrong kind are refused: %s %s', (flag, value, says) => {
    expect(() => parsed(flag, value)).toThrow(says);
  });
});

describe('labels', () => {
  it('are the lines of a file, whatever ends them, or a JSON list', async () => {
    expect(await readLabels(await file('cat\r\ndog, the\r\n\r\n'))).toEqual(['cat', 'dog, the']);
    expect(await readLabels(await file('\ufeffcat\ndog'))).toEqual(['cat', 'dog']);
    expect(await readLabels(await file('\n ["cat",\n "dog"]\n'))).toEqual(['cat', 'dog']);
  });

  it('may be in UTF-16, as the shell of Windows writes them', async () => {
    const little = Buffer.from('\ufeffcat\r\ncafé\r\n', 'utf16le');
    expect(await readLabels(await file(little))).toEqual(['cat', 'café']);
    expect(await readLabels(await file(Buffer.from(little).swap16()))).toEqual(['cat', 'café']);
    expect(await readLabels(await file(Buffer.from('\ufeff["cat", "dog"]', 'utf16le')))).toEqual([
      'cat',
      'dog',
    ]);
    await expect(readLabels(await file(little.subarray(2)))).rejects.toThrow(/has a zero byte in line 1$/);
  });

  it('may begin with one in brackets', async () => {
    expect(await readLabels(await file('[unused]\n[PAD], [MASK]\ncat'))).toEqual([
      '[unused]',
      '[PAD], [MASK]',
      'cat',
    ]);
    expect(await readLabels(await file('{0} cat\ndog'))).toEqual(['{0} cat', 'dog']);
  });

  it.each([
    ['', /is empty$/],
    ['[cat, dog]', /is no JSON list of names$/],
    ['[]', /is no JSON list of names$/],
    ['[\n  1,\n  2\n]', /is no JSON list of names$/],
    ['cat\n\ndog\n', /has nothing in line 2$/],
    ['["cat", 1]', /is no JSON list of names$/],
    ['{"0": "cat"}', /is no JSON list of names$/],
    ['["cat"', /is no JSON list of names$/],
    [Uint8Array.of(0x63, 0x61, 0x66, 0xe9), /has a byte in line 1 that is not UTF-8: 0xe9 after "caf"$/],
  ])('are refused where they are none: %j', async (content, says) => {
    await expect(readLabels(await file(content))).rejects.toThrow(says);
  });

  it('are refused where there is no file', async () => {
    await expect(readLabels('/nowhere/labels.txt')).rejects.toThrow(
      'there is no file of labels /nowhere/labels.txt',
    );
    await expect(readLabels(await temporaryFolder())).rejects.toThrow(/is a folder, and no file of labels$/);
  });
});
