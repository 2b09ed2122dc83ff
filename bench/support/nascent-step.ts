/**
 * Contestant: one bilevel step on tfjs-node-gpu, an alpha step of either order and the weight step after it.
 *
 * usage: nascent-step.ts order channels layers batch threads
 */
import { Random } from '../../src/random.ts';
import { createBilevel } from '../../src/search/one-shot/bilevel.ts';
import { imageSupernet } from '../../src/tasks/images/search.ts';
import { answerLines, costs } from './answer-lines.ts';
import { randomBatch } from './batch.ts';
import { countingRuntime } from './counting.ts';
import { configOf, fromArguments, shapeOf } from './size.ts';

const [order, ...rest] = process.argv.slice(2);
const size = fromArguments(rest);
const config = configOf(size, order === '2' ? 2 : 1);
const { runtime, launched } = await countingRuntime();
const store = runtime.createStore();
const bilevel = await createBilevel(
  runtime,
  store,
  imageSupernet(shapeOf(size), config),
  config,
  new Random(2),
);
const [training, valid] = [randomBatch(size.batch, 1), randomBatch(size.batch, 2)];
let count = 0;
const step = async () => {
  await bilevel.alpha({ training, valid }, ++count, config.rate);
  await bilevel.weight(training, config.rate);
};
// The first pays for what TensorFlow sets up once, and lays out what is kept.
await step();
launched();
await step();

await answerLines({ device: runtime.device, kernels: launched() }, async () => {
  const taken = await costs(step);
  return { ...taken, tensors: runtime.alive() };
});
