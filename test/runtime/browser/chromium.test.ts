import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startChromium } from '../../../src/runtime/browser/chromium.ts';
import { findBrowser } from '../../../src/runtime/browser/find.ts';
import { temporaryFolder } from '../../data/temporary.ts';
import { probeRuntimes } from '../../../src/runtime/probe/probe.ts';
import { browserRuntimes } from '../../../src/runtime/registry.ts';
import { browserHere } from '../../support/chromium.ts';

const browser = browserHere() ?? '';

// Of the test's own: other browsers of this machine keep theirs in the shared one.
beforeEach(async () => {
  vi.stubEnv('TMPDIR', await temporaryFolder());
  return () => vi.unstubAllEnvs();
});

const kept = () => readdirSync(tmpdir()).filter((name) => name.startsWith('nascent-browser-'));

/** Not as a zombie, which some containers never collect. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}

async function program(text: string): Promise<string> {
  const file = join(await temporaryFolder(), 'browser');
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

// Here, because the folder of a process can be changed only in a process of its own.
it('takes a bare name, and an empty place on the path, for nothing of the current folder', async () => {
  const folder = dirname(await program(''));
  const before = process.cwd();
  process.chdir(folder);
  onTestFinished(() => process.chdir(before));
  copyFileSync('browser', 'chromium');
  const named = (PATH: string, NASCENT_BROWSER?: string) => () =>
    findBrowser({ PATH, NASCENT_BROWSER }, 'linux');
  expect(named('/nowhere', 'browser')).toThrow('is no program');
  expect(named('/nowhere:', 'browser')).toThrow('is no program');
  expect(named(':/nowhere')).toThrow('no browser was found');
  expect(named('', './browser')()).toBe(join(process.cwd(), 'browser'));
});

it('says of a program that is no browser what it said last', async () => {
  const before = kept();
  const file = await program('echo "error: cannot find libnss3.so" >&2; exit 1');
  await expect(startChromium(file)).rejects.toMatchObject({
    code: 'runtime/unavailable',
    message: `the browser ${file} ended: error: cannot find libnss3.so`,
  });
  expect(kept()).toEqual(before);
});

it('ends a program that says nothing, and all that it started', async () => {
  const pid = join(await temporaryFolder(), 'pid');
  const file = await program(`sleep 1000 & echo $! > ${pid}; exec sleep 1000`);
  await expect(startChromium(file, [], 500)).rejects.toMatchObject({
    code: 'runtime/unavailable',
    message: `the browser ${file} said nothing in 0.5 s`,
  });
  expect(kept()).toEqual([]);
  const child = Number(readFileSync(pid, 'utf8'));
  await vi.waitFor(() => expect(isRunning(child)).toBe(false), 5_000);
});

it('ends a program that says what is no protocol', async () => {
  const file = await program(String.raw`printf 'hello\0' >&4; exec sleep 1000`);
  await expect(startChromium(file)).rejects.toThrow('says what is not the DevTools protocol');
  expect(kept()).toEqual([]);
});

it('ends a program that does not end when told to', async () => {
  const answer = '{"id":1,"result":{"product":"Deaf/1"}}';
  const file = await program(String.raw`printf '%s\0' '${answer}' >&4; exec sleep 1000`);
  const deaf = await startChromium(file, [], 1_000);
  expect(deaf.version).toBe('Deaf/1');
  await deaf.close();
  expect(kept()).toEqual([]);
});

it('does not wait for a page of a browser that is gone', async () => {
  // Answers all that it is asked, and ends with the page's address.
  const answering = `
    require("fs").createReadStream("", { fd: 3, encoding: "utf8" }).on("data", (text) => {
      for (const { id, method } of text.split("\\0").filter(Boolean).map((one) => JSON.parse(one))) {
        const result = { product: "Brief/1", targetId: "t", sessionId: "s" };
        require("fs").writeSync(4, JSON.stringify({ id, result }) + "\\0");
        if (method === "Page.navigate") process.exit(0);
      }
    });`;
  const file = await program(`exec '${process.execPath}' -e '${answering}'`);
  const brief = await startChromium(file);
  await expect(brief.open('about:blank')).rejects.toThrow('ended');
});

it('says what to do where its sandbox does not work', async () => {
  const file = await program('echo "[1:1:0101/000000.0:FATAL:zygote.cc(1)] No usable sandbox!" >&2; exit 1');
  await expect(startChromium(file)).rejects.toMatchObject({
    message: `the browser ${file} ended: No usable sandbox!`,
    help: expect.stringContaining('--no-sandbox') as string,
  });
});

describe.skipIf(browser === '')('Chromium (skipped where there is none)', () => {
  it('is started once to try both of its runtimes, which say once between them that it has no sandbox', async () => {
    const starts = join(await temporaryFolder(), 'starts');
    vi.stubEnv('NASCENT_BROWSER', await program(`echo started >> ${starts}\nexec ${browser} "$@"`));
    const reports = await probeRuntimes({ only: browserRuntimes });
    expect(reports.map(({ name }) => name)).toEqual(browserRuntimes);
    expect(readFileSync(starts, 'utf8')).toBe('started\n');
    const ready = reports.flatMap((report) => (report.status === 'ready' ? [report] : []));
    const told = ready.filter(({ note }) => note?.includes('without its sandbox (--no-sandbox)'));
    expect(told.length).toBe(process.getuid?.() === 0 && ready.length > 0 ? 1 : 0);
    // Nobody waits for its end, and the test's folder cannot be removed while it still writes there.
    await vi.waitFor(() => expect(kept()).toEqual([]), 30_000);
  }, 120_000);

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
