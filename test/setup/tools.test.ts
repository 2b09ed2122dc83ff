import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findTools, missingTools } from '../../src/setup/tools.ts';

const scratch = mkdtempSync(join(tmpdir(), 'nascent-tools-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function tool(name: string, script: string): void {
  writeFileSync(join(scratch, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(scratch, name), 0o755);
}

describe('findTools', () => {
  it.skipIf(process.platform === 'win32')('names everything that lacks in one message', async () => {
    const env = { PATH: scratch };
    await expect(findTools(env)).rejects.toThrow(
      /missing: python3, pip for python3, a C\+\+ compiler, make\./,
    );
    tool('python3', '[ "$1" = --version ]');
    tool('c++', 'exit 0');
    await expect(findTools(env)).rejects.toThrow(/missing: pip for python3, make\./);
    tool('python3', 'exit 0');
    tool('make', 'exit 0');
    const { python, compiler, nodeGyp } = await findTools(env);
    expect({ python, compiler }).toEqual({ python: 'python3', compiler: 'c++' });
    expect(nodeGyp.join(' ')).toContain('node-gyp');
  });

  it('takes the compiler that CXX names', async () => {
    tool('my-c++', 'exit 0');
    expect((await findTools({ PATH: scratch, CXX: 'my-c++' })).compiler).toBe('my-c++');
  });
});

describe('missingTools', () => {
  const python = { name: 'python3', apt: 'python3', dnf: 'python3', brew: 'python' };
  const compiler = { name: 'a C++ compiler', apt: 'g++', dnf: 'gcc-c++' };

  it('gives the command for each system', () => {
    expect(missingTools([python, compiler], 'linux')).toBe(
      'missing: python3, a C++ compiler. Install with `sudo apt-get install python3 g++` (Debian, Ubuntu) or `sudo dnf install python3 gcc-c++` (Fedora, RHEL)',
    );
    expect(missingTools([python, compiler], 'darwin')).toBe(
      'missing: python3, a C++ compiler. Install with `xcode-select --install` and `brew install python`',
    );
  });
});
