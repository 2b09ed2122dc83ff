import { afterEach, expect, test, vi } from 'vitest';

import { commandLine, word } from '../../src/cli/next.ts';

afterEach(() => vi.unstubAllEnvs());

test('in a clone, npm runs it', () => {
  vi.stubEnv('npm_package_name', 'nascent');
  vi.stubEnv('npm_lifecycle_event', 'start');
  expect(commandLine('parity runs/a')).toBe('npm run nascent -- parity runs/a');
  vi.stubEnv('npm_package_name', 'another');
  expect(commandLine('parity runs/a')).toBe('nascent parity runs/a');
});

test('a path stays one word', () => {
  expect(word('runs/a-1')).toBe('runs/a-1');
  expect(word("my run's")).toBe(String.raw`'my run'\''s'`);
});
