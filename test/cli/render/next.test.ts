import { afterEach, expect, test, vi } from 'vitest';

import { commandLine, word } from '../../../src/cli/render/next.ts';

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['npm start in a clone', 'nascent', 'start', 'npx nascent'],
  ['npx in a project', 'project', 'npx', 'npx nascent'],
  ["a script of a project, which has the package's commands on its path", 'project', 'start', 'nascent'],
  ['a shell', undefined, undefined, 'nascent'],
])('after %s', (_, name, event, command) => {
  vi.stubEnv('npm_package_name', name);
  vi.stubEnv('npm_lifecycle_event', event);
  expect(commandLine('parity runs/a')).toBe(`${command} parity runs/a`);
});

test('a path stays one word', () => {
  expect(word('runs/a-1')).toBe('runs/a-1');
  expect(word('~a')).toBe("'~a'");
  expect(word("my run's")).toBe(String.raw`'my run'\''s'`);
});
