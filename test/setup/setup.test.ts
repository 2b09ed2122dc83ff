import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { NascentError } from '../../src/errors.ts';
import { acquireLease } from '../../src/run/lease.ts';
import { addonIn } from '../../src/runtime/native-preload.ts';
import { installedPackage } from '../../src/runtime/tfjs/load.ts';
import { setup } from '../../src/setup/setup.ts';

const scratch = mkdtempSync(join(tmpdir(), 'nascent-setup-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** No tool is to be found, and the package's installer gets a refusal from this very machine. */
const bareEnv = {
  PATH: join(scratch, 'nothing'),
  TFJS_NODE_BASE_URI: 'https://127.0.0.1:9/libtensorflow-',
};

const npm = installedPackage();
const works = npm !== undefined && existsSync(addonIn(npm));

async function failureOf(promise: Promise<unknown>): Promise<NascentError> {
  const error: unknown = await promise.catch((error: unknown) => error);
  if (!(error instanceof NascentError)) throw new Error(`expected a NascentError, got ${String(error)}`);
  return error;
}

describe('setup', () => {
  it.runIf(works)('leaves alone what loads', async () => {
    const { tensorflow, failed } = await setup();
    expect(tensorflow.how).toBe('ready');
    expect(tensorflow.libraryVersion).toMatch(/^\d+\.\d+/);
    expect(failed).toEqual([]);
  });

  it.skipIf(npm === undefined || process.platform !== 'linux')(
    'where nothing works, names each way, why it failed and what to install, and leaves nothing half-made',
    async () => {
      const cache = join(scratch, 'bare');
      const lines: string[] = [];
      const log = (line: string) => void lines.push(line);
      const error = await failureOf(setup({ force: true, cache, env: bareEnv, log }));
      expect(error.code).toBe('setup/failed');
      expect(error.message).toMatch(/- the package's own installer: .*ECONNREFUSED/);
      expect(error.message).toMatch(
        /- TensorFlow's wheel: missing: python3, pip for python3, a C\+\+ compiler, make/,
      );
      expect(error.help).toContain('--engine onnxruntime');
      expect(lines.join('\n')).toContain('some hundred megabytes');
      expect(readdirSync(cache)).toEqual(['setup']);
      expect(readdirSync(join(cache, 'setup'))).toEqual([]);
    },
  );

  it('waits for another setup, and can be interrupted while it waits', async () => {
    const cache = join(scratch, 'busy');
    mkdirSync(join(cache, 'setup'), { recursive: true });
    const lease = acquireLease(join(cache, 'setup'));
    const lines: string[] = [];
    const waiting = setup({
      force: true,
      cache,
      env: bareEnv,
      signal: AbortSignal.timeout(200),
      log: (line) => void lines.push(line),
    });
    expect((await failureOf(waiting)).code).toBe('interrupted');
    expect(lines).toEqual(['Another `nascent setup` is at work; waiting for it']);
    lease.release();
  });
});
