/** One pass over a batch, with everything that it makes: logits, loss, every gradient, the next running statistics. */
import { grad } from '../../../src/autodiff/grad.ts';
import { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Tensor } from '../../../src/graph/tensor.ts';
import type { Value } from '../../../src/graph/types.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { imageInput } from '../../../src/space/images/cnn.ts';
import { networkContext, type NetworkContext } from '../../../src/space/images/layers.ts';
import { classification } from '../../../src/tasks/images/loss.ts';
import type { LossOptions } from '../../../src/tasks/images/training-step.ts';
import { weightsOf } from '../../../src/learn/step-graph.ts';
import { batchOf, type Question } from '../questions.ts';
import { add, addNamed, type Answer } from './answer.ts';

export interface PassNetwork {
  readonly logits: Value;
  readonly alphas: readonly Value[];
  /** Logits of the auxiliary head, where there is one. */
  readonly auxiliary?: Value | undefined;
}

/** @param build the network, in train mode */
export async function addPass(
  answer: Answer,
  runtime: Runtime,
  question: Question,
  build: (context: NetworkContext, image: Value) => PassNetwork,
): Promise<void> {
  const b = new GraphBuilder();
  const context = networkContext(b, { mode: 'train', affine: question.kind === 'evaluation' });
  const image = imageInput(b, question.shape, question.batch);
  const labels = b.input('labels', [question.batch], { dtype: 'int64' });
  const { logits, alphas, auxiliary } = build(context, image);
  const added: LossOptions = question.kind === 'evaluation' ? question.added : {};
  const lossOf = (each: Value) => classification(b, each, labels, added.labelSmoothing).loss;
  const loss =
    auxiliary === undefined
      ? lossOf(logits)
      : b.op('Add', [lossOf(logits), b.op('Mul', [lossOf(auxiliary), b.constant(added.auxiliary ?? 0)])]);
  const weights = weightsOf(b);
  const wrt = [...alphas, ...weights];
  const gradients = grad(b, loss, wrt);
  const outputs = new Map<string, Value>([
    ['logits', logits],
    ['loss', loss],
  ]);
  if (auxiliary !== undefined) outputs.set('auxiliary', auxiliary);
  gradients.forEach((gradient, i) => outputs.set(`gradient ${wrt[i]?.name}`, gradient));
  for (const [name, value] of context.statistics) outputs.set(`next ${name}`, value);

  // Running statistics feed only their own next value, and a graph drops what nothing needs.
  const graph = b.finish('pass', Object.fromEntries(outputs));
  const program = await runtime.compile(graph);
  const feeds = new Map<string, Tensor>(batchOf(question, 'train', 0));
  for (const { value } of graph.inputs) {
    const tensor = question.state.get(value.name);
    if (tensor !== undefined) feeds.set(value.name, tensor);
  }
  const results = await program.run(feeds);
  program.dispose();

  add(answer, 'pass/logits', results.get('logits'));
  add(answer, 'pass/loss', results.get('loss'));
  if (auxiliary !== undefined) add(answer, 'pass/auxiliary', results.get('auxiliary'));
  for (const { name } of alphas) add(answer, `pass/alphas/${name}`, results.get(`gradient ${name}`));
  for (const { name } of weights)
    addNamed(answer, 'pass/weights', name, results.get(`gradient ${name}`), question);
  for (const name of context.statistics.keys())
    addNamed(answer, 'pass/statistics', name, results.get(`next ${name}`), question);
}
