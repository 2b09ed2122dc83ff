/** Runs `nascent` as a process of its own that outlives this one: the interface is a way to type commands. */

import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { NascentError, attempt, exitCodes } from '../../errors.ts';

/** Sources run as they are, or built. The compiler rewrites the endings of imports, but not this one. */
const isSource = import.meta.url.endsWith('.ts');
const main = new URL(isSource ? '../main.ts' : '../main.js', import.meta.url);

const listenEveryMs = 500;

/** The last line that the command printed: what `printedBy` has, for whoever shows it in a line. */
export async function runDetached(given: readonly string[]): Promise<string> {
  const printed = await printedBy(given);
  return printed.trimEnd().split('\n').at(-1) ?? '';
}

/**
 * Resolves with what the command printed, when it has ended well. The process is in a session of its own, so that closing
 * the terminal does not end it, and writes to a file, so that it does not matter who is left to read.
 *
 * @param ended ends it: a command that is of use to this process alone, and goes with it and with the terminal
 * @param say told the last line of what it says, now and then
 * @throws NascentError 'runtime/failed' with the last lines of what it said
 */
export function printedBy(
  given: readonly string[],
  ended?: AbortSignal,
  say?: (text: string) => void,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'nascent-command-'));
  const [data, talk] = ['stdout', 'stderr'].map((name) => join(folder, name)) as [string, string];
  const outputs = [data, talk].map((file) => openSync(file, 'w')) as [number, number];
  const loader = isSource
    ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
    : [];
  const child = spawn(process.execPath, [...loader, fileURLToPath(main), ...given, '--no-color'], {
    detached: ended === undefined,
    stdio: ['ignore', ...outputs],
  });
  for (const output of outputs) closeSync(output);
  child.unref();
  const end = () => child.kill('SIGTERM');
  ended?.addEventListener('abort', end, { once: true });
  const unheard = say === undefined ? () => {} : listenTo(talk, say);
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      unheard();
      reject(error);
    });
    child.on('exit', (code) => {
      unheard();
      ended?.removeEventListener('abort', end);
      const [printed = '', said = ''] = [data, talk].map(
        (file) => attempt(() => readFileSync(file, 'utf8'))[0] ?? '',
      );
      rmSync(folder, { recursive: true, force: true });
      if (code === 0) resolve(printed);
      else reject(code === exitCodes.interrupted ? stopped(said) : failed(given, said));
    });
  });
}

/** Says the last line of a file whenever it is another, until what it returns is called. */
function listenTo(file: string, say: (text: string) => void): () => void {
  let before = '';
  const timer = setInterval(() => {
    const text = attempt(() => readFileSync(file, 'utf8'))[0] ?? '';
    // Marks are for who sees what is done beside what goes on.
    const last = (text.trimEnd().split('\n').at(-1) ?? '').replace(/^[^\p{L}\d]+/u, '');
    if (last === before) return;
    before = last;
    say(last);
  }, listenEveryMs).unref();
  return () => clearInterval(timer);
}

function failed(given: readonly string[], said: string): NascentError {
  return new NascentError('runtime/failed', `nascent ${given[0] ?? ''}: ${errorIn(said)}`, {
    help: `Run it yourself to see all of it: nascent ${given.join(' ')}`,
  });
}

/** Somebody wanted it so: the help is what there is to say. */
function stopped(said: string): NascentError {
  const help = said.trimEnd().split('\n').at(-1)?.trim() ?? '';
  return new NascentError('interrupted', 'stopped', { help });
}

/** The error and its help in what a command said, as one line. */
export function errorIn(said: string): string {
  const lines = said.trimEnd().split('\n');
  // The error is the last line with its mark, and what is below it is its help.
  const from = lines.findLastIndex((line) => /^[✖x] /.test(line));
  const [error = '', ...help] = (from < 0 ? lines.slice(-1) : lines.slice(from)).map((line) => line.trim());
  return [error.replace(/^[✖x] /, ''), ...(help.length === 0 ? [] : [help.join(' ')])].join('. ');
}
