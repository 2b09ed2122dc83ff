/**
 * Chromium without a window, told what to do over two pipes in its own language, the DevTools protocol. That is a page of
 * code; a package that does it brings thousands of lines for what is not needed here.
 *
 * It ends when this process does, however that ends: its pipes are closed then. What it keeps on disk goes with it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { NascentError } from '../../errors.ts';
import { countAlso } from '../../watchdog.ts';

export interface Chromium {
  /** `Chrome/156.0.8078.108`. */
  readonly version: string;
  /** Whether its sandbox keeps what a page does from the rest of the machine. */
  readonly isSandboxed: boolean;
  /** Opens a page, which may be told anything in the protocol. */
  open(url: string): Promise<Page>;
  /** Ends it, and waits for that. */
  close(): Promise<void>;
  /** Ends it, and waits for nothing. */
  drop(): void;
}

export interface Page {
  /** The value of an expression in the page, which may be a promise. @throws Error with what it throws */
  evaluate(expression: string): Promise<unknown>;
  /** Any command of the protocol. */
  tell(method: string, params?: Fields): Promise<Fields>;
  /** What the page says by itself, from now on. */
  onEvent(heard: (method: string, params: Fields) => void): void;
}

export type Fields = Readonly<Record<string, unknown>>;

/** How long it may take to say its first word, and to end: less than a probe waits, which would end in silence. */
const patience = 30_000;

/**
 * Starts it. No other host can be reached from it than this one.
 *
 * @throws NascentError 'runtime/unavailable' where it does not start
 */
export async function startChromium(
  file: string,
  more: readonly string[] = [],
  patienceMs: number = patience,
): Promise<Chromium> {
  const profile = mkdtempSync(join(tmpdir(), 'nascent-browser-'));
  const child = start(file, profile, [...flags(profile), ...more, 'about:blank']);
  if (child.pid !== undefined && process.platform !== 'win32') countAlso(child.pid);
  const [, , stderr, to, from] = child.stdio as unknown as [null, null, Readable, Writable, Readable];
  const waiting = new Map<number, { resolve(value: Fields): void; reject(error: Error): void }>();
  const sessions = new Map<string, (method: string, params: Fields) => void>();
  let said = '';
  let end: Error | undefined;
  stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4_096);
  });
  const failure = (reason: string) =>
    new NascentError('runtime/failed', `the browser ${file} ${reason}`, { help: helpFor(said) });
  const gone = new Promise<void>((resolve) => {
    const ended = (reason: string) => {
      end ??= failure(reason);
      waiting.forEach((asker) => asker.reject(end as Error));
      waiting.clear();
      try {
        // Gone already where the shell beside the browser was not killed.
        rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
      } catch {
        // A profile left behind is no reason to fail.
      }
      resolve();
    };
    child.once('error', ({ message }) => ended(`cannot be started: ${message}`));
    child.once('close', () => ended(`ended${lastWords(said)}`));
  });
  // It is there that its end is noticed.
  to.on('error', () => {});

  let rest = '';
  from.setEncoding('utf8').on('data', (text: string) => {
    const messages = `${rest}${text}`.split('\0');
    rest = messages.pop() ?? '';
    for (const message of messages) {
      const fields = parsed(message);
      if (fields === undefined) return kill('says what is not the DevTools protocol');
      heard(fields);
    }
  });
  function heard({ id, method, params, result, error, sessionId }: Fields): void {
    if (typeof id === 'number') {
      const asker = waiting.get(id);
      waiting.delete(id);
      if (error === undefined) asker?.resolve((result ?? {}) as Fields);
      else asker?.reject(new Error(JSON.stringify(error)));
    } else if (typeof method === 'string' && typeof sessionId === 'string') {
      sessions.get(sessionId)?.(method, (params ?? {}) as Fields);
    }
  }
  let count = 0;
  const ask = async (method: string, params: Fields = {}, sessionId?: string): Promise<Fields> => {
    if (end !== undefined) throw end;
    return new Promise<Fields>((resolve, reject) => {
      const id = ++count;
      waiting.set(id, { resolve, reject });
      to.write(`${JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) })}\0`);
    });
  };
  const drop = () => {
    to.destroy();
    from.destroy();
    child.unref();
  };
  /** Ends it and all that it started, where it does not listen. */
  function kill(reason: string): void {
    end ??= failure(reason);
    for (const pipe of [to, from, stderr]) pipe.destroy();
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  }
  const late = setTimeout(() => kill(`said nothing in ${patienceMs / 1000} s`), patienceMs);
  const { product } = await ask('Browser.getVersion')
    .catch((cause: unknown) => {
      if (cause instanceof NascentError)
        throw new NascentError('runtime/unavailable', cause.message, { help: cause.help });
      throw new NascentError('runtime/unavailable', `${file} is not heard of: ${String(cause)}`, {
        help: helpFor(said),
        cause,
      });
    })
    .finally(() => clearTimeout(late));

  return {
    version: String(product),
    isSandboxed: !isRoot(),
    drop,
    async open(url) {
      const { targetId } = await ask('Target.createTarget', { url: 'about:blank' });
      const { sessionId } = (await ask('Target.attachToTarget', { targetId, flatten: true })) as {
        readonly sessionId: string;
      };
      const listeners: ((method: string, params: Fields) => void)[] = [];
      const crash: { reject?: (error: Error) => void } = {};
      const crashed = new Promise<never>((_, reject) => (crash.reject = reject));
      crashed.catch(() => {});
      sessions.set(sessionId, (method, params) => {
        if (method === 'Inspector.targetCrashed') crash.reject?.(pageCrashed());
        for (const listener of listeners) listener(method, params);
      });
      const tell: Page['tell'] = async (method, params) =>
        Promise.race([ask(method, params, sessionId), crashed]);
      await Promise.all(['Page', 'Inspector'].map(async (domain) => tell(`${domain}.enable`)));
      const loaded = new Promise<void>((resolve) => {
        listeners.push((method) => {
          if (method === 'Page.loadEventFired') resolve();
        });
      });
      const { errorText } = await tell('Page.navigate', { url });
      if (typeof errorText === 'string') throw new Error(`${url} cannot be opened: ${errorText}`);
      const died = gone.then((): never => {
        throw end as Error;
      });
      await Promise.race([loaded, crashed, died]);
      return {
        tell,
        onEvent: (listener) => void listeners.push(listener),
        async evaluate(expression) {
          const { result, exceptionDetails } = await tell('Runtime.evaluate', {
            expression,
            awaitPromise: true,
            returnByValue: true,
          });
          if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
          return (result as { readonly value?: unknown }).value;
        },
      };
    },
    async close() {
      const stuck = setTimeout(() => kill(`did not end in ${patienceMs / 1000} s`), patienceMs);
      // Told to, it ends its own children first.
      await ask('Browser.close').catch(() => {});
      drop();
      await gone;
      clearTimeout(stuck);
    },
  };
}

function parsed(message: string): Fields | undefined {
  try {
    const fields: unknown = JSON.parse(message);
    return typeof fields === 'object' && fields !== null ? (fields as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** Its sandbox refuses to be root's, which is who works in a container. */
const isRoot = (): boolean => process.getuid?.() === 0;

function flags(profile: string): readonly string[] {
  return [
    '--headless=new',
    ...(isRoot() ? ['--no-sandbox'] : []),
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-breakpad',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
  ];
}

/** In a group of its own, in which a shell stays behind to remove what it kept on disk. */
function start(file: string, profile: string, args: readonly string[]): ChildProcess {
  const stdio = ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] as const;
  if (process.platform === 'win32') return spawn(file, args, { stdio: [...stdio] });
  // The browser's own children end after it, and one that still writes keeps its folder from being removed.
  const removing = 'rm -rf -- "$0" 2> /dev/null || { sleep 1; rm -rf -- "$0"; }';
  return spawn('/bin/sh', ['-c', `"$@"; ${removing}`, profile, file, ...args], {
    stdio: [...stdio],
    detached: true,
  });
}

function pageCrashed(): NascentError {
  return new NascentError('runtime/failed', 'the page of the browser crashed, as where memory runs out', {
    help: 'Give it smaller inputs (--extent).',
  });
}

function lastWords(said: string): string {
  const line = said
    .split('\n')
    .map((text) => text.replace(/^\[[^\]]*\]\s*/, '').trim())
    .findLast((text) => /sandbox|error|fatal|cannot|failed|not found/i.test(text));
  return line === undefined ? '' : `: ${line}`;
}

function helpFor(said: string): string {
  return /No usable sandbox|sandbox/i.test(said)
    ? 'Let its sandbox work here (unprivileged user namespaces), or let NASCENT_BROWSER be a script that starts it with --no-sandbox.'
    : 'Start it by hand, and see what it says; NASCENT_BROWSER=/path/to/chrome names another.';
}
