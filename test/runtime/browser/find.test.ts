import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findBrowser } from '../../../src/runtime/browser/find.ts';
import { temporaryFolder } from '../../data/temporary.ts';

async function folderWith(...names: readonly string[]): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of names) {
    writeFileSync(join(folder, name), '#!/bin/sh\n');
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

it('takes what the variable says before all that is on the path, by its file or by its name', async () => {
  const folder = await folderWith('chromium', 'brave');
  expect(findBrowser({ PATH: folder }, 'linux')).toBe(join(folder, 'chromium'));
  const file = join(folder, 'brave');
  expect(findBrowser({ PATH: folder, NASCENT_BROWSER: file }, 'linux')).toBe(file);
  expect(findBrowser({ PATH: folder, NASCENT_BROWSER: 'brave' }, 'linux')).toBe(file);
});

it('finds each of the usual names, and no folder and no file that cannot be run', async () => {
  for (const name of ['chromium-browser', 'google-chrome', 'microsoft-edge']) {
    const folder = await folderWith(name);
    expect(findBrowser({ PATH: `/nowhere:${folder}` }, 'linux')).toBe(join(folder, name));
  }
  const none = await folderWith();
  mkdirSync(join(none, 'chromium'));
  writeFileSync(join(none, 'google-chrome'), 'text');
  expect(() => findBrowser({ PATH: none }, 'linux')).toThrow('no browser was found');
});

it('says what to do where there is none', () => {
  const thrown = (env: Record<string, string>) => {
    try {
      return findBrowser(env, 'linux');
    } catch (error) {
      return error;
    }
  };
  expect(thrown({ PATH: '' })).toMatchObject({
    code: 'runtime/unavailable',
    help: 'Install Chromium (Debian: `sudo apt-get install chromium`), Chrome or Edge, or say where it is: NASCENT_BROWSER=/path/to/chrome.',
  });
  expect(thrown({ PATH: '', NASCENT_BROWSER: '/no/browser' })).toMatchObject({
    message: 'NASCENT_BROWSER is "/no/browser", which is no program',
  });
});
