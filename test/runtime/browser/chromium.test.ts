import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startChromium } from '../../../src/runtime/browser/chromium.ts';
import { temporaryFolder } from '../../data/temporary.ts';
import { browserHere } from '../../support/chromium.ts';

const browser = browserHere() ?? '';

const kept = () => readdirSync(tmpdir()).filter((name) => name.startsWith('nascent-browser-'));

async function program(text: string): Promise<string> {
  const file = join(await temporaryFolder(), 'browser');
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

it('says of a program that is no browser what it said last', async () => {
  const before = kept();
  const file = await program('echo "error: cannot find libnss3.so" >&2; exit 1');
  await expect(startChromium(file)).rejects.toMatchObject({
    code: 'runtime/unavailable',
    message: `the browser ${file} ended: error: cannot find libnss3.so`,
  });
  expect(kept()).toEqual(before);
});

it('says what to do where its sandbox does not work', async () => {
  const file = await program('echo "[1:1:0101/000000.0:FATAL:zygote.cc(1)] No usable sandbox!" >&2; exit 1');
  await expect(startChromium(file)).rejects.toMatchObject({
    message: `the browser ${file} ended: No usable sandbox!`,
    help: expect.stringContaining('--no-sandbox') as string,
  });
});

describe.skipIf(browser === '')('Chromium (skipped where there is none)', () => {
  it('runs what it is told, throws what that throws, and leaves nothing behind', async () => {
    const before = kept();
    const chromium = await startChromium(browser);
    const page = await chromium.open('about:blank');
    expect(await page.evaluate('Promise.resolve(6 * 7)')).toBe(42);
    await expect(page.evaluate('nothing.here')).rejects.toThrow('nothing is not defined');
    await chromium.close();
    await expect(page.evaluate('1')).rejects.toThrow('ended');
    expect(kept()).toEqual(before);
  });

  it('tells of a page that crashes, whoever waits for it', async () => {
    const chromium = await startChromium(browser);
    onTestFinished(() => chromium.close());
    const page = await chromium.open('about:blank');
    const waiting = page.evaluate('new Promise(() => {})');
    page.tell('Page.crash').catch(() => {});
    await expect(waiting).rejects.toThrow('the page of the browser crashed');
  });

  it('ends with a process that is killed while a page of it is busy, and so does what it kept on disk', async () => {
    const before = new Set(kept());
    const script = join(await temporaryFolder(), 'parent.mts');
    const source = resolve(import.meta.dirname, '../../../src/runtime/browser/chromium.ts');
    writeFileSync(
      script,
      `import { startChromium } from ${JSON.stringify(source)};
       const page = await (await startChromium(${JSON.stringify(browser)})).open('about:blank');
       page.evaluate('for (;;) {}').catch(() => {});
       setTimeout(() => console.log('busy'), 300);`,
    );
    const parent = spawn(process.execPath, ['--import', 'tsx', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((done) => parent.stdout.once('data', () => done()));
    const [profile = ''] = kept().filter((name) => !before.has(name));
    const living = () =>
      spawnSync('ps', ['-e', '-o', 'args'], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter((line) => line.includes(profile));
    expect(profile).not.toBe('');
    expect(living()).not.toEqual([]);
    parent.kill('SIGKILL');
    while (living().length > 0 || kept().includes(profile)) await delay(50);
  });
});
