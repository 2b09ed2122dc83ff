import { expect, test } from 'vitest';

import { deriveForm } from '../../../../src/tui/interface/form/derive-form.ts';
import { shownCommand } from '../../../../src/tui/interface/form/state.ts';
import { answer, commandsAsTyped, formIn, open } from './held.ts';

commandsAsTyped();

test('cells are derived of an epoch, with a limit', () => {
  const held = open(deriveForm({ derived: async () => [] }, 'runs/a'));
  const answers = answer(answer(held, 'epoch', '-1'), 'max-skips', '1');
  expect(shownCommand(formIn(answers))).toBe('nascent derive runs/a --epoch=-1 --max-skips 1');
});
