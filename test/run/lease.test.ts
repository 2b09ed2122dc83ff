import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { acquireLease, isLeased } from '../../src/run/lease.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nascent-lease-'));
  file = join(folder, 'lease.json');
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

/** A lease as another process would have left it. */
function leave(lease: { pid: number; host?: string; age?: number }): void {
  const { pid, host = hostname(), age = 0 } = lease;
  writeFileSync(file, JSON.stringify({ pid, host, token: 'other', heartbeat: Date.now() - age }));
}

test('a held run is busy, a released one is not', () => {
  const lease = acquireLease(folder);
  expect(isLeased(folder)).toBe(true);
  expect(() => acquireLease(folder)).toThrow(
    `another process is training the run ${folder}: process ${process.pid} on ${hostname()}`,
  );
  lease.release();
  lease.release();
  expect(existsSync(file)).toBe(false);
  acquireLease(folder).release();
});

test('the lease of a dead process is taken over, that of a live one is not', () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  leave({ pid });
  acquireLease(folder).release();
  leave({ pid: process.ppid });
  expect(() => acquireLease(folder)).toThrow(/another process is training/);
});

test.skipIf(process.platform !== 'linux')(
  'a killed process whose parent has not asked after it is dead',
  () => {
    // The shell becomes a sleep, which never asks after the child that the shell had.
    const script = '(sleep 0 & echo $!; exec sleep 3 >/dev/null 2>&1) & sleep 0.3';
    const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    leave({ pid: Number(stdout) });
    acquireLease(folder).release();
  },
);

test('on another machine only the heartbeat counts', () => {
  leave({ pid: 1, host: 'elsewhere', age: 60_000 });
  expect(() => acquireLease(folder)).toThrow('process 1 on elsewhere');
  leave({ pid: 1, host: 'elsewhere', age: 6 * 60_000 });
  acquireLease(folder).release();
});

test('after a restart in a container, a dead holder may have had this process’s number', () => {
  leave({ pid: process.pid });
  acquireLease(folder).release();
});

test('an unreadable lease does not block the run for ever', () => {
  writeFileSync(file, '{"pid":');
  acquireLease(folder).release();
});

test('the heartbeat goes on, and a holder that was replaced learns it and leaves the new lease alone', () => {
  vi.useFakeTimers();
  const lease = acquireLease(folder);
  const heartbeat = () => (JSON.parse(readFileSync(file, 'utf8')) as { heartbeat: number }).heartbeat;
  const first = heartbeat();
  vi.advanceTimersByTime(10_000);
  expect(heartbeat()).toBe(first + 10_000);

  leave({ pid: process.ppid });
  expect(lease.lost.aborted).toBe(false);
  vi.advanceTimersByTime(10_000);
  expect(lease.lost.aborted).toBe(true);
  expect(lease.lost.reason).toMatchObject({ code: 'run/busy' });
  lease.release();
  expect(existsSync(file)).toBe(true);
});
