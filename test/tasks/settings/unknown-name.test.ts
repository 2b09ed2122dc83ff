import { expect, it } from 'vitest';
import { unknownName } from '../../../src/tasks/settings/unknown-name.ts';

it('names the nearest and all there are, in the plural', () => {
  expect(unknownName('strategy', 'dart', ['darts', 'random']).help).toBe(
    'Did you mean darts? Strategies: darts, random.',
  );
  expect(unknownName('preset', 'large', ['quick']).help).toBe('Presets: quick.');
});
