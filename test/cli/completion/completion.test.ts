/** The scripts are run by the shells they are for. */

import { spawnSync } from 'node:child_process';

import { beforeAll, describe, expect, test } from 'vitest';

import { searchPresets } from '../../../src/tasks/images/search-settings.ts';
import { bashCompletion } from '../../../src/cli/completion/bash.ts';
import { fishCompletion } from '../../../src/cli/completion/fish.ts';
import { completedCommands } from '../../../src/cli/completion/model.ts';
import type { CompletedCommand } from '../../../src/cli/completion/model.ts';
import { zshCompletion } from '../../../src/cli/completion/zsh.ts';
import { commandNames, createProgram } from '../../../src/cli/program.ts';
import { call } from '../call.ts';

let commands: readonly CompletedCommand[];
beforeAll(async () => {
  commands = completedCommands(await createProgram());
});

type Complete = (typed: readonly string[]) => readonly string[];

function run(shell: string, given: readonly string[], input = ''): readonly string[] {
  const { status, stdout, stderr } = spawnSync(shell, given, { input, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

const word = (text: string) => `'${text}'`;

/** What each shell offers for the last word; the files of the folder where the script offers none. */
const shells: { readonly [shell: string]: Complete } = {
  bash: (typed) =>
    run(
      'bash',
      ['--norc', '--noprofile'],
      `${bashCompletion(commands)}
COMP_WORDS=(nascent ${typed.map(word).join(' ')}); COMP_CWORD=${typed.length}
_nascent
if ((\${#COMPREPLY[@]})); then printf '%s\\n' "\${COMPREPLY[@]}"; else echo FILES; fi`,
    ),
  // Outside its line editor zsh completes nothing, so what the script asks of it is written down.
  zsh: (typed) =>
    run(
      'zsh',
      ['-f'],
      `compdef() { : }
${zshCompletion(commands)}
compadd() { shift; print -l -- "$@" }
compset() { : }
_files() { echo FILES }
_describe() { print -l -- \${\${(P)2}%%:*} }
words=(nascent ${typed.map(word).join(' ')}); CURRENT=${typed.length + 1}
_nascent`,
    ),
  fish: (typed) => {
    const line = `nascent ${typed.join(' ')}`;
    const offered = run('fish', [
      '--no-config',
      '-c',
      `${fishCompletion(commands)}\ncomplete -C ${word(line)}`,
    ]);
    return offered.map((each) => each.split('\t')[0] ?? '');
  },
};

describe.each(Object.entries(shells))('%s', (shell, complete) => {
  const missing = spawnSync(shell, ['--version']).status !== 0;
  const why = missing ? ` (skipped: ${shell} is missing)` : '';
  /** zsh and bash differ in who leaves out what does not begin as typed. */
  const offered = (...typed: string[]) => {
    const begun = (typed.at(-1) ?? '').replace(/^--\w+=/, '');
    return complete(typed).filter((each) => each === 'FILES' || each.startsWith(begun));
  };

  test.skipIf(missing)(`commands, and those below one${why}`, () => {
    expect(offered('')).toEqual(expect.arrayContaining([...commandNames]));
    expect(offered('des')).toEqual(['describe']);
    expect(offered('data', '')).toEqual(['get', 'info', 'list']);
    expect(offered('--verbose', 'data', '')).toEqual(['get', 'info', 'list']);
  });

  test.skipIf(missing)(`options${why}`, () => {
    expect(offered('search', '--pre')).toEqual(['--preset']);
    expect(offered('search', '--out', 'data', '--pre')).toEqual(['--preset']);
    expect(offered('describe', '--')).toEqual(
      expect.arrayContaining(['--genotype', '--json', '--help', '--quiet', '--no-color']),
    );
    expect(offered('describe', '--')).not.toContain('--preset');
  });

  test.skipIf(missing)(`names that an option or an argument takes${why}`, () => {
    expect(offered('search', '--preset', '')).toEqual(expect.arrayContaining(Object.keys(searchPresets)));
    expect(offered('search', '--order', '')).toEqual(['1', '2']);
    expect(offered('completion', '')).toEqual(['bash', 'fish', 'zsh']);
    expect(offered('data', 'get', 'cif')).toEqual(['cifar10', 'cifar100']);
    expect(offered('control', 'runs/search-1', 'pau')).toEqual(['pause']);
  });

  test.skipIf(missing)(`nothing of ours where a file may be given${why}`, () => {
    for (const typed of [
      ['search', '--out', ''],
      ['validate', ''],
    ]) {
      const names = new Set(commandNames);
      expect(offered(...typed).filter((each) => names.has(each) && each !== 'report')).toEqual([]);
      if (shell !== 'fish') expect(offered(...typed)).toEqual(['FILES']);
    }
  });
});

test('bash splits --option=value at the sign', () => {
  expect(shells['bash']?.(['search', '--order', '=', ''])).toEqual(['1', '2']);
  expect(shells['bash']?.(['search', '--order', '='])).toEqual(['1', '2']);
});

test('the command prints a script, or says which shells there are', async () => {
  const printed = await call('completion', 'bash');
  expect(printed).toEqual({ exitCode: 0, stdout: bashCompletion(commands), stderr: '' });
  expect(await call('completion', 'bsh')).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining('bash'),
  });
});
