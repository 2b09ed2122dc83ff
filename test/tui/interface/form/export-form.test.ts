import { expect, test } from 'vitest';

import { exportForm } from '../../../../src/tui/interface/form/export-form.ts';
import { fieldsOf, shownCommand } from '../../../../src/tui/interface/form/state.ts';
import { exportDesk } from './desk.ts';
import { answer, commandsAsTyped, formIn, goTo, open, press } from './held.ts';

commandsAsTyped();

test('an export is the command with what differs', () => {
  let held = open(exportForm(exportDesk, 'runs/text'));
  expect(shownCommand(formIn(held))).toBe('nascent export runs/text');
  held = press(goTo(held, 'opset'), 'right');
  held = answer(press(goTo(held, 'checkpoint'), 'right'), 'unroll', '12');
  expect(shownCommand(formIn(held))).toBe(
    'nascent export runs/text --checkpoint last --opset 15 --unroll 12',
  );
  expect(
    fieldsOf(formIn(answer(held, 'unroll', '0'))).find(({ key }) => key === 'unroll')?.wrong,
  ).toBeDefined();
  expect(fieldsOf(formIn(open(exportForm(exportDesk, 'runs/a')))).map(({ key }) => key)).not.toContain(
    'unroll',
  );
});

test('what an export does with the model is asked where it is of use', () => {
  let held = open(exportForm(exportDesk, 'runs/a'));
  held = answer(press(goTo(held, 'softmax'), 'right'), 'top-k', '5');
  expect(shownCommand(formIn(held))).toBe('nascent export runs/a --softmax --top-k 5');
  const asked = (run: string) => fieldsOf(formIn(open(exportForm(exportDesk, run))));
  const ofText = asked('runs/text').map(({ key }) => key);
  expect(ofText).toEqual(expect.arrayContaining(['fp16', 'int8']));
  for (const key of ['softmax', 'calibration', 'keep-float']) {
    expect(ofText).not.toContain(key);
    expect(asked('runs/a').map((field) => field.key)).toContain(key);
  }
});

test('int8 is asked for in words of the task', () => {
  const helpOf = (run: string) =>
    fieldsOf(formIn(open(exportForm(exportDesk, run)))).find(({ key }) => key === 'int8')?.help;
  expect(helpOf('runs/text')).toContain('as the model runs');
  expect(helpOf('runs/a')).toContain('training images');
  const held = press(goTo(open(exportForm(exportDesk, 'runs/text')), 'int8'), 'right');
  expect(shownCommand(formIn(held))).toBe('nascent export runs/text --int8');
});
