import { expect, test } from 'vitest';

import type { ParityDesk } from '../../../../src/tui/interface/form/parity-form.ts';
import { parityForm } from '../../../../src/tui/interface/form/parity-form.ts';
import { newRunForm } from '../../../../src/tui/interface/form/run-form.ts';
import { beginning } from '../../../../src/tui/interface/interface.ts';
import { desk } from './desk.ts';
import { answer, press } from './held.ts';
import type { Held } from './held.ts';

const parityDesk: ParityDesk = { runtimes: ['one', 'other'], dataOf: desk.dataOf, check: () => ({}) };

test('a comparison is begun with what was answered, and is seen in the place of its form', () => {
  const hub = newRunForm(desk);
  const screens = [hub, parityForm(parityDesk, 'runs/a')] as const;
  let held: Held = { interface: { ...beginning(hub), screens }, effects: [] };
  held = answer(answer(held, 'runtimes', 'one,third'), 'images', '8');
  expect(press(held, 's').effects).toEqual([]);
  held = press(answer(held, 'runtimes', 'one,other'), 's');
  expect(held.effects).toMatchObject([
    { kind: 'command', given: ['parity', 'runs/a', '--runtimes', 'one,other', '--images', '8'] },
  ]);
  expect(held.interface.screens.map(({ name }) => name)).toEqual(['form', 'parity']);
});
