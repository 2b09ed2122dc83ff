/** What a side makes of a question: tensors under the names that `pytorch/answer.py` uses. */
import { internal } from '../../../src/errors.ts';
import type { Tensor } from '../../../src/graph/tensor.ts';
import type { Graph } from '../../../src/graph/types.ts';
import type { Runtime, Store } from '../../../src/runtime/runtime.ts';
import { torchNames } from '../names.ts';
import { batchOf, type Question } from '../questions.ts';

export type Answer = Map<string, Tensor>;

export function add(answer: Answer, key: string, tensor: Tensor | undefined): void {
  if (tensor === undefined) throw internal(`our side has no "${key}"`);
  answer.set(key, tensor);
}

/** Adds a tensor of ours under each name that it has in PyTorch. */
export function addNamed(
  answer: Answer,
  group: string,
  ours: string,
  tensor: Tensor | undefined,
  { names }: Question,
): void {
  for (const theirs of torchNames(ours, names)) add(answer, `${group}/${theirs}`, tensor);
}

/** Weights, their velocities and running statistics, as they stand in the store. */
export async function addState(
  answer: Answer,
  group: string,
  store: Store,
  question: Question,
): Promise<void> {
  const held = await store.read();
  for (const name of question.state.keys()) {
    if (name.startsWith('alpha.')) continue;
    const velocity = held.get(`velocity.${name}`);
    const what = velocity === undefined ? 'statistics' : 'weights';
    addNamed(answer, `${group}/${what}`, name, held.get(name), question);
    if (velocity !== undefined) addNamed(answer, `${group}/velocity`, name, velocity, question);
  }
}

/** Logits by running statistics, of the first training batch. */
export async function addEvaluation(
  answer: Answer,
  runtime: Runtime,
  graph: Graph,
  question: Question,
): Promise<void> {
  const store = runtime.createStore();
  store.write(question.state);
  const program = await runtime.compile(graph, { store });
  const image = batchOf(question, 'train', 0).get('image');
  if (image === undefined) throw internal('a batch without images');
  add(answer, 'evaluation/logits', (await program.run(new Map([['image', image]]))).get('logits'));
  program.dispose();
  store.dispose();
}
