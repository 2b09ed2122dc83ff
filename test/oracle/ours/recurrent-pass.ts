/** One pass of a recurrent network, and an evaluation, as both kinds of question about recurrent networks want them. */
import { grad } from '../../../src/autodiff/grad.ts';
import type { Tensor } from '../../../src/graph/tensor.ts';
import type { Graph, Value } from '../../../src/graph/types.ts';
import type { Runtime, Store } from '../../../src/runtime/runtime.ts';
import { openLoss, type LossGraph } from '../../../src/learn/loss-graph.ts';
import { textFeeds } from '../../../src/tasks/text/feeds.ts';
import { toTorch } from '../recurrent-names.ts';
import {
  hiddenOf,
  maskRandom,
  masksFrom,
  textOf,
  type AnyRecurrentQuestion,
} from '../recurrent-questions.ts';
import { add, type Answer } from './answer.ts';

/** Adds weights to `<group>/weights`, running statistics to `<group>/statistics`, all under PyTorch's names. */
export function addStates(answer: Answer, group: string, ours: ReadonlyMap<string, Tensor>): void {
  for (const [name, tensor] of toTorch(ours)[0]) {
    add(answer, `${group}/${name.includes('running') ? 'statistics' : 'weights'}/${name}`, tensor);
  }
}

/** Loss, NLL, hidden state, all gradients, the next running statistics. */
export async function addRecurrentPass(
  answer: Answer,
  runtime: Runtime,
  question: AnyRecurrentQuestion,
  network: LossGraph,
): Promise<void> {
  const { b, loss, reports, weights, alphas, statistics } = openLoss(network);
  const wrt = [...weights, ...alphas];
  const outputs: Record<string, Value> = { loss, ...reports };
  grad(b, loss, wrt).forEach((gradient, i) => (outputs[`gradient ${wrt[i]?.name}`] = gradient));
  for (const [name, value] of statistics) outputs[`next ${name}`] = value;
  const graph = b.finish('pass', outputs);
  const program = await runtime.compile(graph);
  const feeds = new Map([
    ...textFeeds(textOf(question, 'train', 0)),
    ...masksFrom(question, maskRandom('pass')),
    ['hidden_in', hiddenOf(question, 'training')] as const,
  ]);
  for (const { value } of graph.inputs) {
    const tensor = question.state.get(value.name);
    if (tensor !== undefined) feeds.set(value.name, tensor);
  }
  const results = await program.run(feeds);
  program.dispose();
  const under = (prefix: string) =>
    new Map(
      [...results].flatMap(([name, tensor]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [],
      ),
    );
  add(answer, 'pass/loss', results.get('loss'));
  add(answer, 'pass/nll', results.get('nll'));
  add(answer, 'pass/hidden', results.get('hidden_out'));
  addStates(answer, 'pass', under('gradient '));
  addStates(answer, 'pass', under('next '));
  for (const { name } of alphas) add(answer, `pass/alphas/${name}`, results.get(`gradient ${name}`));
}

/** @param store holds the weights that the graph goes by */
export async function addRecurrentEvaluation(
  answer: Answer,
  runtime: Runtime,
  question: AnyRecurrentQuestion,
  graph: Graph,
  store: Store,
): Promise<void> {
  const program = await runtime.compile(graph, { store });
  const feeds = textFeeds(textOf(question, 'train', 0)).set('hidden_in', hiddenOf(question, 'training'));
  const results = await program.run(feeds);
  program.dispose();
  add(answer, 'evaluation/nll', results.get('nll'));
  add(answer, 'evaluation/hidden', results.get('hidden_out'));
}
