/** What our side makes of a question about a recurrent search. */
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { Random } from '../../../src/random.ts';
import { architectOf } from '../../support/architect.ts';
import { textBilevel } from '../../support/text-bilevel.ts';
import { rnnSearchEvaluation, rnnSearchLoss } from '../../../src/tasks/text/search-loss.ts';
import { noPenalties } from '../../../src/space/text/loss.ts';
import { hiddenNames } from '../../../src/tasks/text/carried.ts';
import { textFeeds } from '../../../src/tasks/text/feeds.ts';
import { textSupernet } from '../../../src/tasks/text/search.ts';
import {
  hiddenOf,
  maskRandom,
  masksFrom,
  networkSettings,
  recurrentSteps,
  textOf,
  type RecurrentSearchQuestion,
} from '../recurrent-questions.ts';
import { add, type Answer } from './answer.ts';
import { addRecurrentEvaluation, addRecurrentPass, addStates } from './recurrent-pass.ts';

export async function answerRecurrentSearch(
  runtime: Runtime,
  question: RecurrentSearchQuestion,
): Promise<Answer> {
  const { shape, settings, state } = question;
  const answer: Answer = new Map();
  await addRecurrentPass(answer, runtime, question, rnnSearchLoss(shape, networkSettings(settings)));
  const store = runtime.createStore();
  store.write(state);
  const size = { steps: settings.bptt, batch: settings.batch_size };
  await addRecurrentEvaluation(answer, runtime, question, rnnSearchEvaluation(shape, size), store);
  store.dispose();
  await addUnrolled(answer, runtime, question);
  for (const order of [1, 2] as const) await addSteps(answer, runtime, question, order);
  return answer;
}

/** The second-order gradient by itself, all its passes with the same masks. */
async function addUnrolled(
  answer: Answer,
  runtime: Runtime,
  question: RecurrentSearchQuestion,
): Promise<void> {
  const { shape, settings, state } = question;
  const store = runtime.createStore();
  store.write(state);
  const loss = rnnSearchLoss(shape, { ...networkSettings(settings), penalties: noPenalties });
  const { lookAhead } = textSupernet(shape, settings, { random: new Random(0) });
  const architect = architectOf(runtime, store, { training: loss, valid: loss }, lookAhead);
  const fed = (split: 'train' | 'valid') =>
    new Map([
      ...textFeeds(textOf(question, split, 0)),
      ...masksFrom(question, maskRandom('pass')),
      ['hidden_in', hiddenOf(question, split === 'train' ? 'training' : 'valid')] as const,
    ]);
  const { gradients, outputs } = await architect.gradient(fed('train'), fed('valid'), settings.rate);
  add(answer, 'unrolled/loss', outputs.get('loss'));
  add(answer, 'unrolled/hidden', outputs.get('hidden_out'));
  add(answer, 'unrolled/alphas/alpha', gradients.get('gradient.alpha'));
  const after = [...(await store.read())].filter(([name]) => name.startsWith('cell.norm.'));
  addStates(answer, 'unrolled', new Map(after));
  store.dispose();
}

/** Bilevel steps by the very programs that a search runs. */
async function addSteps(
  answer: Answer,
  runtime: Runtime,
  question: RecurrentSearchQuestion,
  order: 1 | 2,
): Promise<void> {
  const { shape, settings, state } = question;
  const store = runtime.createStore();
  const bilevel = await textBilevel(runtime, store, shape, { ...settings, order }, new Random(0));
  store.write(state);
  for (const text of ['training', 'valid'] as const) {
    store.write(new Map([[hiddenNames[text], hiddenOf(question, text)]]));
  }
  const group = `order${order}`;
  for (let step = 0; step < recurrentSteps; step++) {
    const [training, valid] = [textOf(question, 'train', step), textOf(question, 'valid', step)];
    const masks = maskRandom(`${order}.${step}`);
    await bilevel.alpha({ training, valid }, step + 1, settings.rate, masks);
    const outputs = await bilevel.weight(training, settings.rate, masks);
    add(answer, `${group}/losses/${step}.train`, outputs.get('loss'));
    add(answer, `${group}/losses/${step}.nll`, outputs.get('nll'));
    add(answer, `${group}/losses/${step}.norm`, outputs.get('gradient_norm'));
  }
  const after = await store.read();
  add(answer, `${group}/alphas/alpha`, after.get('alpha'));
  for (const moment of ['mean', 'square']) {
    add(answer, `${group}/adam/${moment}.alpha`, after.get(`adam.${moment}.alpha`));
  }
  for (const text of ['training', 'valid'] as const) {
    add(answer, `${group}/hidden/${text}`, after.get(hiddenNames[text]));
  }
  addStates(answer, group, new Map([...after].filter(([name]) => state.has(name))));
  store.dispose();
}
