import { describe, expect, it } from 'vitest';
import { complaint, runCommand } from '../../src/setup/command.ts';

const node = process.execPath;

describe('runCommand', () => {
  it('gives what was said and whether it went well', async () => {
    const result = await runCommand(node, ['-e', 'console.log(process.env.WORD)'], {
      env: { WORD: 'yes' },
      timeoutMs: 10_000,
    });
    expect(result).toEqual({ ok: true, stdout: 'yes\n', output: 'yes\n', reason: '' });
  });

  it('says in one line why a program failed', async () => {
    const run = async (script: string) =>
      (await runCommand(node, ['-e', script], { timeoutMs: 10_000 })).reason;
    expect(await run('throw new Error("no such host")')).toBe('no such host');
    expect(await run('process.exitCode = 7')).toBe('it ended with exit code 7');
    expect((await runCommand('no-such-program', [], { timeoutMs: 1000 })).reason).toBe(
      'no-such-program was not found',
    );
  });

  it('stops what takes too long or says nothing, with everything that it started', async () => {
    const forever = 'setInterval(() => {}, 1000)';
    // The grandchild holds stdout open: were it not stopped too, the result would not come.
    const nested = `require('child_process').spawn(process.execPath, ['-e', '${forever}'], { stdio: 'inherit' }); ${forever}`;
    expect((await runCommand(node, ['-e', nested], { timeoutMs: 300 })).reason).toBe(
      'not done after 0.3 seconds',
    );
    const quiet = await runCommand(node, ['-e', forever], { timeoutMs: 10_000, silenceMs: 200 });
    expect(quiet.reason).toBe('no sign of life for 0.2 seconds');
  });

  it('lets a silent program go on while something grows', async () => {
    let bytes = 0;
    const alive = async () => Promise.resolve((bytes += 1));
    const options = { timeoutMs: 10_000, silenceMs: 200, alive };
    expect((await runCommand(node, ['-e', 'setTimeout(() => {}, 600)'], options)).ok).toBe(true);
  });

  it('throws when it is interrupted', async () => {
    const running = runCommand(node, ['-e', 'setInterval(() => {}, 1000)'], {
      timeoutMs: 10_000,
      signal: AbortSignal.timeout(100),
    });
    await expect(running).rejects.toMatchObject({ code: 'interrupted' });
  });
});

describe('complaint', () => {
  it('finds the line that says what went wrong', () => {
    const compiler =
      'In file included from a.cc:1:\na.cc:2:10: fatal error: x.h: No such file\nmake: *** [a.o] Error 1\n';
    expect(complaint(compiler)).toBe('a.cc:2:10: fatal error: x.h: No such file');
    const nodeTrace =
      "Error: getaddrinfo ENOTFOUND host\n    at a.js:1\n  errno: -3008,\n  syscall: 'getaddrinfo',\n}\n";
    expect(complaint(nodeTrace)).toBe('getaddrinfo ENOTFOUND host');
    expect(complaint('gyp ERR! stack Error: no headers\ngyp ERR! not ok\n')).toBe('no headers');
    expect(complaint('one\ntwo\n\n')).toBe('two');
    expect(complaint('')).toBe('');
  });
});
