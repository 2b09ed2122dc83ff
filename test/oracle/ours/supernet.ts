/** What our side makes of a question about the supernet: one pass, both architecture gradients, bilevel steps. */
import { internal } from '../../../src/errors.ts';
import type { Batch } from '../../../src/data/images/batches.ts';
import type { Tensor } from '../../../src/graph/tensor.ts';
import { Random } from '../../../src/random.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { createBilevel } from '../../../src/search/one-shot/bilevel.ts';
import { searchEvaluation, supernetLoss } from '../../../src/tasks/images/supernet-loss.ts';
import { imageSupernet } from '../../../src/tasks/images/search.ts';
import { architectOf } from '../../support/architect.ts';
import { alphaInputs, supernet } from '../../../src/space/images/supernet.ts';
import { velocityName } from '../../../src/learn/optimizers.ts';
import { batchOf, stepCount, type SupernetQuestion } from '../questions.ts';
import { add, addEvaluation, addNamed, addState, type Answer } from './answer.ts';
import { addPass } from './pass.ts';

export async function answerSupernet(runtime: Runtime, question: SupernetQuestion): Promise<Answer> {
  const answer: Answer = new Map();
  await addPass(answer, runtime, question, (context, image) => {
    const alphas = alphaInputs(context.b, question.shape);
    const logits = supernet(context, question.shape, image, alphas);
    return { logits, alphas: [alphas.normal, alphas.reduce] };
  });
  await addEvaluation(answer, runtime, searchEvaluation(question.shape), question);
  await addUnrolled(answer, runtime, question);
  for (const order of [1, 2] as const) await addSteps(answer, runtime, question, order);
  return answer;
}

/** The second-order gradient by itself, with momentum under way. */
async function addUnrolled(answer: Answer, runtime: Runtime, question: SupernetQuestion): Promise<void> {
  const { settings, state, velocities } = question;
  const store = runtime.createStore();
  store.write(state);
  store.write(new Map([...velocities].map(([name, tensor]) => [velocityName(name), tensor])));
  const loss = supernetLoss(question.shape, question.batch);
  const options = { momentum: settings.momentum, weightDecay: settings.weight_decay };
  const architect = architectOf(runtime, store, { training: loss, valid: loss }, options);
  const { gradients, outputs } = await architect.gradient(
    batchOf(question, 'train', 0),
    batchOf(question, 'valid', 0),
    settings.rate,
  );
  add(answer, 'unrolled/loss', outputs.get('loss'));
  for (const [name, tensor] of gradients)
    add(answer, `unrolled/alphas/${name.slice('gradient.'.length)}`, tensor);
  const after = await store.read();
  for (const name of question.state.keys()) {
    if (/\.running_\w+$/.test(name)) addNamed(answer, 'unrolled/statistics', name, after.get(name), question);
  }
  store.dispose();
}

/** Bilevel steps by the very programs that a search runs. */
async function addSteps(
  answer: Answer,
  runtime: Runtime,
  question: SupernetQuestion,
  order: 1 | 2,
): Promise<void> {
  const { settings, shape, batch, state } = question;
  const store = runtime.createStore();
  const config = { ...settings, order, batch_size: batch };
  const bilevel = await createBilevel(runtime, store, imageSupernet(shape, config), config, new Random(0));
  store.write(state);
  const group = `order${order}`;
  for (let step = 0; step < stepCount; step++) {
    const [training, valid] = [asBatch(question, 'train', step), asBatch(question, 'valid', step)];
    const looked = await bilevel.alpha({ training, valid }, step + 1, settings.rate);
    const { outputs: stepped } = await bilevel.weight(training, settings.rate);
    add(answer, `${group}/losses/${step}.valid`, looked.get('loss'));
    add(answer, `${group}/losses/${step}.train`, stepped.get('loss'));
    add(answer, `${group}/losses/${step}.norm`, stepped.get('gradient_norm'));
  }
  const after = await store.read();
  for (const [name, tensor] of after) {
    if (name.startsWith('alpha.')) add(answer, `${group}/alphas/${name}`, tensor);
    if (name.startsWith('adam.')) add(answer, `${group}/adam/${name.slice('adam.'.length)}`, tensor);
  }
  await addState(answer, group, store, question);
  store.dispose();
}

function asBatch(question: SupernetQuestion, split: 'train' | 'valid', step: number): Batch {
  const feeds = batchOf(question, split, step);
  return {
    shape: [question.batch, ...question.shape.image],
    images: numbers(feeds.get('image'), Float32Array),
    labels: numbers(feeds.get('labels'), Int32Array),
    size: question.batch,
  };
}

function numbers<T>(tensor: Tensor | undefined, kind: new (...args: never[]) => T): T {
  if (!(tensor?.data instanceof kind)) throw internal('a batch holds something else');
  return tensor.data;
}
