/** A runtime is a process: what becomes of one is its own result, and the comparison goes on. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it, vi } from 'vitest';

import { toOnnxModel } from '../../../exporters/onnx/export.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import { compareRuntimes } from '../../../src/parity/compare-runtimes.ts';
import { openProcess } from '../../../src/parity/processes/spawn.ts';
import { temporaryFolder } from '../../data/temporary.ts';
import { written } from '../models.ts';

const moduleOf = (name: string) => fileURLToPath(new URL(`modules/${name}.mjs`, import.meta.url));
const signal = new AbortController().signal;

async function positive(): Promise<string> {
  const b = new GraphBuilder();
  const graph = b.finish('positive', { y: b.op('Relu', [b.input('x', ['batch', 3])]) });
  return written(toOnnxModel(graph, { weights: new Map() }));
}

describe('a comparison', () => {
  it('has modules of the user’s as runtimes, and goes on after one that crashed, hung or ate all memory', async () => {
    const report = await compareRuntimes(await positive(), {
      data: null,
      runtimes: ['onnxruntime-cpu'],
      plugins: ['relu', 'near', 'crashes', 'hangs', 'eats', 'nothing'].map(moduleOf),
      seeds: [1],
      timeout: 20,
      memory: 600 * 2 ** 20,
    });
    const pairOf = (name: string) => report.pairs.find((pair) => pair.name === `${name}.mjs`);
    expect(report.pairs.slice(0, 3).every(({ failures }) => failures.length === 0)).toBe(true);
    expect(pairOf('relu')).toMatchObject({ failures: [], largestAbsolute: 0, runs: 'the file' });
    expect(pairOf('near')?.failures).toHaveLength(1);
    expect(pairOf('crashes')?.failures.at(-1)).toBe(
      'the crashes.mjs process crashed in native code (SIGSEGV)',
    );
    expect(pairOf('crashes')?.seededInputs).toBe(2);
    expect(pairOf('hangs')?.failures).toEqual(['hangs.mjs has not given an answer within 20 s']);
    expect(pairOf('eats')?.failures).toEqual(['eats.mjs needs more than 0.59 GB of memory']);
    expect(pairOf('nothing')?.failures[0]).toContain('nothing.mjs exports no function open(file)');
    expect(report.outcome).toBe('failed');
    // Seven processes, of which one is waited for until its time is over.
  }, 180_000);
});

describe('the process of a runtime', () => {
  it('ends with its parent, also where it is busy for ever', async () => {
    const file = join(await temporaryFolder(), 'pid');
    const script = fileURLToPath(new URL('parent.ts', import.meta.url));
    const parent = spawn(process.execPath, ['--import', 'tsx', script, moduleOf('hangs'), await positive()], {
      env: { ...process.env, NASCENT_TEST_PID_FILE: file },
      stdio: 'ignore',
    });
    await vi.waitFor(() => expect(existsSync(file) && readFileSync(file, 'utf8')).toMatch(/^\d+$/), {
      timeout: 20_000,
    });
    const pid = Number(readFileSync(file, 'utf8'));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 });
  });

  it('ends where nobody wants its answer any more', async () => {
    const stopping = new AbortController();
    const way = { what: 'plugin', module: moduleOf('hangs') } as const;
    const limits = { seconds: 60, memory: 2 ** 32 };
    const opened = await openProcess('hangs', way, { path: await positive() }, limits, stopping.signal);
    const run = opened.run(new Map());
    stopping.abort(new Error('enough'));
    await expect(run).rejects.toThrow('enough');
    await expect(opened.run(new Map())).rejects.toThrow('enough');
  });

  it('says so where it gives more than goes from one process to another', async () => {
    const way = { what: 'plugin', module: moduleOf('much') } as const;
    const limits = { seconds: 60, memory: 2 ** 33 };
    const opened = await openProcess('much', way, { path: await positive() }, limits, signal);
    await expect(opened.run(new Map())).rejects.toMatchObject({
      code: 'runtime/failed',
      message: 'it gives 2.0 GB at once, and 2 GB can be compared',
    });
    opened.dispose();
  });

  it('gives what onnxruntime gives, in every type', async () => {
    const way = { what: 'file', provider: 'cpu', optimization: 'all' } as const;
    const limits = { seconds: 60, memory: 2 ** 33 };
    const opened = await openProcess('onnxruntime', way, { path: await positive() }, limits, signal);
    const x = { dtype: 'float32', shape: [1, 3], data: Float32Array.of(-1, Number.NaN, 2) } as const;
    const y = (await opened.run(new Map([['x', x]]))).get('y');
    expect(y).toEqual({ dtype: 'float32', shape: [1, 3], data: Float32Array.of(0, Number.NaN, 2) });
    await expect(opened.run(new Map())).rejects.toMatchObject({ code: 'runtime/failed' });
    // A run that failed is no reason to end.
    expect((await opened.run(new Map([['x', x]]))).get('y')).toEqual(y);
    opened.dispose();
  });
});

/** A process that nobody has waited for yet is gone all the same: it does nothing. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
