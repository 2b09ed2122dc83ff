/** What our side makes of a question about an evaluation network: one pass, inference, training steps. */
import type { Tensor } from '../../../src/graph/tensor.ts';
import { scalar } from '../../../src/graph/tensor.ts';
import { initialise } from '../../../src/graph/initialise.ts';
import { Random } from '../../../src/random.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { inferenceGraph } from '../../../src/space/images/network-graphs.ts';
import { trainedNetwork } from '../../../src/space/images/network.ts';
import { trainingStep } from '../../../src/tasks/images/training-step.ts';
import { batchOf, sgdOf, stepCount, type EvaluationQuestion } from '../questions.ts';
import { add, addEvaluation, addState, type Answer } from './answer.ts';
import { addPass } from './pass.ts';

export async function answerEvaluation(runtime: Runtime, question: EvaluationQuestion): Promise<Answer> {
  const { shape, genotype, settings, batch, state, added } = question;
  const answer: Answer = new Map();
  const parts = { auxiliary: added.auxiliary !== undefined, dropPath: added.dropPath !== undefined };
  await addPass(answer, runtime, question, (context, image) => ({
    ...trainedNetwork(context, shape, genotype, image, parts),
    alphas: [],
  }));
  await addEvaluation(answer, runtime, inferenceGraph(shape, genotype), question);

  const store = runtime.createStore();
  const { graph, updates } = trainingStep(shape, genotype, batch, sgdOf(settings), added);
  store.write(initialise(graph, new Random(0)));
  store.write(state);
  const program = await runtime.compile(graph, { store, updates });
  for (let step = 0; step < stepCount; step++) {
    const feeds: Map<string, Tensor> = batchOf(question, 'train', step);
    const outputs = await program.run(feeds.set('rate', scalar(settings.rate)));
    add(answer, `training/losses/${step}.train`, outputs.get('loss'));
    add(answer, `training/losses/${step}.norm`, outputs.get('gradient_norm'));
  }
  await addState(answer, 'training', store, question);
  program.dispose();
  store.dispose();
  return answer;
}
