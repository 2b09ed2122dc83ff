/** A page in a real browser: headless Chromium, driven over a pipe by its own protocol, without a package. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** The command that is Chromium here; undefined where there is none. */
export function findChromium(): string | undefined {
  return ['chromium', 'chromium-browser', 'google-chrome'].find(
    (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
  );
}

export interface Page {
  /** The value of an expression in the page, which may be a promise. */
  evaluate(expression: string): Promise<unknown>;
  /** Drops a file in the middle of the window, as a user's hand does. */
  drop(file: string): Promise<void>;
  /** All that the page asked for, and what it complained of. */
  readonly asked: readonly string[];
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Opens `url`. No host but this one can be reached from the browser. */
export async function openPage(command: string, url: string): Promise<Page> {
  const profile = mkdtempSync(join(tmpdir(), 'nascent-chromium-'));
  const child = spawn(
    command,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      '--remote-debugging-pipe',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
  );
  const [, , , to, from] = child.stdio as unknown as [null, null, null, Writable, Readable];
  const waiting = new Map<number, { resolve(value: Fields): void; reject(error: Error): void }>();
  const [asked, complaints]: [string[], string[]] = [[], []];
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void ended.then(() => waiting.forEach((asker) => asker.reject(new Error(`${command} ended`))));

  let rest = '';
  from.setEncoding('utf8').on('data', (text: string) => {
    const messages = `${rest}${text}`.split('\0');
    rest = messages.pop() ?? '';
    for (const message of messages) heard(JSON.parse(message) as Fields);
  });
  function heard({ id, method, params, result, error }: Fields): void {
    if (typeof id === 'number') {
      const asker = waiting.get(id);
      waiting.delete(id);
      if (error === undefined) asker?.resolve((result ?? {}) as Fields);
      else asker?.reject(new Error(JSON.stringify(error)));
    } else if (method === 'Network.requestWillBeSent') {
      asked.push((params as { readonly request: { readonly url: string } }).request.url);
    } else if (method === 'Runtime.exceptionThrown' || method === 'Log.entryAdded') {
      complaints.push(JSON.stringify(params));
    }
  }
  let count = 0;
  const ask = (method: string, params: Fields = {}, sessionId?: string) =>
    new Promise<Fields>((resolve, reject) => {
      const id = ++count;
      waiting.set(id, { resolve, reject });
      to.write(`${JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) })}\0`);
    });

  const { targetId } = await ask('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await ask('Target.attachToTarget', { targetId, flatten: true });
  const tell = (method: string, params?: Fields) => ask(method, params, sessionId as string);
  await Promise.all(['Network', 'Runtime', 'Log', 'Page'].map((domain) => tell(`${domain}.enable`)));
  await tell('Page.navigate', { url });
  return {
    async evaluate(expression) {
      const { result, exceptionDetails } = await tell('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { readonly value?: unknown }).value;
    },
    async drop(file) {
      const data = { items: [], files: [file], dragOperationsMask: 1 };
      for (const type of ['dragEnter', 'dragOver', 'drop']) {
        await tell('Input.dispatchDragEvent', { type, x: 300, y: 250, data });
      }
    },
    asked,
    complaints,
    async close() {
      // Told to, it ends its own children first, and nobody writes into the folder any more.
      await ask('Browser.close').catch(() => child.kill('SIGKILL'));
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
