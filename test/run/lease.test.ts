import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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

/** Takes the lease, and expects that it is this process's then, and nobody's when it is let go. */
function expectFree(): void {
  expect(isLeased(folder)).toBe(false);
  const lease = acquireLease(folder);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid, token: lease.token });
  lease.release();
  expect(readdirSync(folder)).toEqual([]);
}

test('a held run is busy, a released one is not', () => {
  const lease = acquireLease(folder);
  expect(isLeased(folder)).toBe(true);
  const who = `process ${process.pid} on ${hostname()}`;
  // It says what is done there.
  for (const [work, what] of [
    ['search', `running the search ${folder}`],
    ['train', `running the training ${folder}`],
    ['setup', `working in ${folder}`],
  ] as const) {
    expect(() => acquireLease(folder, work)).toThrow(`another process is ${what}: ${who}`);
  }
  lease.release();
  lease.release();
  expect(existsSync(file)).toBe(false);
  expectFree();
});

test('the lease of a dead process is taken over, that of a live one is not', () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  leave({ pid });
  expectFree();
  leave({ pid: process.ppid });
  expect(() => acquireLease(folder)).toThrow(/another process is working/);
});

test.skipIf(process.platform !== 'linux')(
  'a killed process whose parent has not asked after it is dead',
  () => {
    // The shell becomes a sleep, which never asks after the child that the shell had.
    const script = '(sleep 0 & echo $!; exec sleep 3 >/dev/null 2>&1) & sleep 0.3';
    const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
    leave({ pid: Number(stdout) });
    expectFree();
  },
);

test('on another machine only the heartbeat counts', () => {
  leave({ pid: 1, host: 'elsewhere', age: 60_000 });
  expect(() => acquireLease(folder)).toThrow('process 1 on elsewhere');
  leave({ pid: 1, host: 'elsewhere', age: 6 * 60_000 });
  expectFree();
});

test('after a restart in a container, a dead holder may have had this process’s number', () => {
  leave({ pid: process.pid });
  expectFree();
});

test('an unreadable lease does not block the run for ever', () => {
  writeFileSync(file, '{"pid":');
  expectFree();
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

test('a folder that is moved, deleted or replaced while it is held is told so, and nothing is made anew', () => {
  const linux = process.platform === 'linux';
  const moved = `${folder}-moved`;
  const cases: readonly (readonly [change: () => void, message: string, code: string])[] = [
    [
      () => renameSync(folder, moved),
      linux ? `${folder} was moved to ${moved}` : 'was moved or deleted',
      'run/gone',
    ],
    [
      () => rmSync(folder, { recursive: true }),
      linux ? `${folder} was deleted` : 'was moved or deleted',
      'run/gone',
    ],
    [
      () => {
        renameSync(folder, moved);
        mkdirSync(folder);
      },
      linux ? `${folder} was moved to ${moved}` : 'was deleted',
      linux ? 'run/gone' : 'run/busy',
    ],
    [() => rmSync(file), `${file} was deleted`, 'run/busy'],
    [() => leave({ pid: process.ppid }), `another process took ${folder} over`, 'run/busy'],
  ];
  for (const [change, message, code] of cases) {
    const lease = acquireLease(folder, 'train');
    lease.verify();
    change();
    const before = existsSync(folder) ? readdirSync(folder) : undefined;
    expect(() => lease.verify()).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
    expect(lease.lost.reason).toMatchObject({ code });
    lease.release();
    expect(existsSync(folder) ? readdirSync(folder) : undefined).toEqual(before);
    for (const each of [folder, moved]) rmSync(each, { recursive: true, force: true });
    mkdirSync(folder);
  }
});
