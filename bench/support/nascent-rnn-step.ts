/**
 * Contestant: one first-order step of a recurrent search on tfjs-node-gpu, by the programs that a search runs: the
 * alphas' pass and update, then the weights'. Drawing the masks is part of it.
 *
 * usage: nascent-rnn-step.ts batch bptt units words threads
 */
import type { TextSlice } from '../../src/data/text/batches.ts';
import { Random } from '../../src/random.ts';
import { createBilevel } from '../../src/search/one-shot/bilevel.ts';
import { textSupernet } from '../../src/tasks/text/search.ts';
import { answerLines, costs } from './answer-lines.ts';
import { countingRuntime } from './counting.ts';
import { rnnConfigOf, rnnFromArguments, rnnShapeOf } from './rnn-size.ts';

const size = rnnFromArguments(process.argv.slice(2));
const config = rnnConfigOf(size);
const { runtime, launched } = await countingRuntime();
const store = runtime.createStore();
const random = new Random(2);
const supernet = textSupernet(rnnShapeOf(size), config, { random: random.fork('masks') });
const bilevel = await createBilevel(runtime, store, supernet, config, random.fork('weights'));
const [training, valid] = [randomText('training'), randomText('valid')];
let count = 0;
const step = async () => {
  await bilevel.alpha({ training, valid }, ++count, config.rate);
  await bilevel.weight(training, config.rate);
};
launched();
// The first run pays for what TensorFlow sets up once.
await step();

await answerLines({ device: runtime.device, kernels: launched() }, async () => {
  const taken = await costs(step);
  return { ...taken, tensors: runtime.alive() };
});

function randomText(name: string): TextSlice {
  const own = random.fork(name);
  const { bptt: length, batch, words } = size;
  const drawn = () => Int32Array.from({ length: length * batch }, () => own.integer(words));
  return { length, batch, data: drawn(), targets: drawn() };
}
