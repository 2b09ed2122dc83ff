/** What our side makes of a question about the training of a recurrent cell: SGD, then averaged SGD. */
import { initialise } from '../../../src/graph/initialise.ts';
import { scalar, type Tensor } from '../../../src/graph/tensor.ts';
import { Random } from '../../../src/random.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { averagedStep, averagingBegins, type Averaging } from '../../../src/tasks/text/averaging.ts';
import { hiddenNames } from '../../../src/tasks/text/carried.ts';
import {
  averageName,
  derivedLoss,
  rnnEvaluation,
  rnnTrainingStep,
} from '../../../src/tasks/text/training-step.ts';
import { textFeeds } from '../../../src/tasks/text/feeds.ts';
import {
  hiddenOf,
  maskRandom,
  masksFrom,
  networkSettings,
  textOf,
  type RecurrentQuestion,
} from '../recurrent-questions.ts';
import { add, type Answer } from './answer.ts';
import { addRecurrentEvaluation, addRecurrentPass, addStates } from './recurrent-pass.ts';

export async function answerRecurrent(runtime: Runtime, question: RecurrentQuestion): Promise<Answer> {
  const { shape, genotype, settings, state, rates } = question;
  const network = networkSettings(settings);
  const answer: Answer = new Map();
  await addRecurrentPass(answer, runtime, question, {
    graph: derivedLoss(shape, genotype, network),
    updates: new Map(),
    reports: ['nll', 'hidden_out'],
  });

  const store = runtime.createStore();
  const options = { weightDecay: settings.weight_decay, clip: settings.clip };
  const { graph, updates } = rnnTrainingStep(shape, genotype, network, options);
  store.write(initialise(graph, new Random(0)));
  store.write(state);
  store.write(new Map([[hiddenNames.training, hiddenOf(question, 'training')]]));
  const program = await runtime.compile(graph, { store, updates });
  const held = async (nameOf: (weight: string) => string): Promise<ReadonlyMap<string, Tensor>> => {
    const all = await store.read();
    return new Map(
      [...state.keys()].flatMap((name) => {
        const tensor = all.get(nameOf(name));
        return tensor === undefined ? [] : [[name, tensor] as const];
      }),
    );
  };
  let averaging: Averaging | null = null;
  for (const [step, given] of rates.entries()) {
    const { rate, share, next } = averagedStep(averaging, given);
    const feeds = new Map([
      ...textFeeds(textOf(question, 'train', step)),
      ...masksFrom(question, maskRandom(String(step))),
      ['rate', scalar(rate)] as const,
      ['share', scalar(share)] as const,
    ]);
    const outputs = await program.run(feeds);
    add(answer, `training/losses/${step}.train`, outputs.get('loss'));
    add(answer, `training/losses/${step}.nll`, outputs.get('nll'));
    add(answer, `training/losses/${step}.norm`, outputs.get('gradient_norm'));
    if (step === 0) addStates(answer, 'first', await held((name) => name));
    averaging = step === 0 ? averagingBegins : next;
  }
  add(answer, 'training/hidden', (await store.read([hiddenNames.training])).get(hiddenNames.training));
  addStates(answer, 'training', await held((name) => name));
  addStates(answer, 'averages', await held(averageName));
  const size = { steps: settings.bptt, batch: settings.batch_size };
  await addRecurrentEvaluation(answer, runtime, question, rnnEvaluation(shape, genotype, size), store);
  program.dispose();
  store.dispose();
  return answer;
}
