/** The library of ops of our own: when it is used, what it hangs on, and that threads change nothing. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';

import { NascentError } from '../../../src/errors.ts';
import { addonIn, setUpFolders } from '../../../src/runtime/native-preload.ts';
import { loadTensorFlow } from '../../../src/runtime/tfjs/load.ts';
import { nativeOpsFile, nativeOpsFor } from '../../../src/runtime/tfjs/native-ops.ts';

const loaded = await loadTensorFlow().catch((error: unknown) => {
  if (error instanceof NascentError && error.code === 'runtime/unavailable') return undefined;
  throw error;
});

describe.skipIf(loaded?.nativeOps !== true)('ops of our own', () => {
  it('give the same bytes twice, and on any number of threads', () => {
    const digest = (threads: string) =>
      execFileSync(process.execPath, ['--import', 'tsx', 'test/runtime/tfjs/native-digest.ts'], {
        env: { ...process.env, TF_NUM_INTRAOP_THREADS: threads },
        encoding: 'utf8',
      });
    const one = digest('1');
    expect(one).toMatch(/^[0-9a-f]{64} [0-9a-f]{64}\n$/);
    const [first, second] = one.trim().split(' ');
    expect(second).toBe(first);
    expect(digest('3')).toBe(one);
  });

  it('are turned off by NASCENT_NATIVE=0', () => {
    const addon = addonIn(setUpFolders().built);
    expect(nativeOpsFor(addon)).toBe(nativeOpsFile());
    vi.stubEnv('NASCENT_NATIVE', '0');
    expect(nativeOpsFor(addon)).toBeUndefined();
    vi.unstubAllEnvs();
  });
});

it('are kept by what they depend on', () => {
  expect(nativeOpsFile('cache')).toMatch(/^cache\/native-ops\/[0-9a-f]{16}\/nascent_ops\.so$/);
  expect(nativeOpsFile('cache')).toBe(nativeOpsFile('cache'));
});
