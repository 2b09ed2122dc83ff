/**
 * Contestant: one step of the evaluation of DARTS_V2 on tfjs-node-gpu, by the program that training runs. Drawing the masks
 * of drop path is part of it.
 *
 * usage: nascent-train-step.ts channels layers batch threads
 */
import { initialise } from '../../src/graph/initialise.ts';
import { scalar } from '../../src/graph/tensor.ts';
import { Random } from '../../src/random.ts';
import { dropPathCount, dropPathInput } from '../../src/space/images/drop-path.ts';
import { publishedGenotypes } from '../../src/space/images/published.ts';
import { dropPathMasks } from '../../src/tasks/images/drop-path.ts';
import { batchFeeds } from '../../src/tasks/images/feeds.ts';
import { lossOptionsOf } from '../../src/tasks/images/train.ts';
import { trainPresets } from '../../src/tasks/images/train-settings.ts';
import { trainingStep } from '../../src/tasks/images/training-step.ts';
import { answerLines, costs } from './answer-lines.ts';
import { randomBatch } from './batch.ts';
import { countingRuntime } from './counting.ts';
import { classes, fromArguments } from './size.ts';

const { channels, layers, batch } = fromArguments(process.argv.slice(2));
const settings = trainPresets.cifar10;
const { momentum, weight_decay: weightDecay, clip, rate, drop_path: dropPath } = settings;
const genotype = publishedGenotypes.DARTS_V2;
const shape = { channels, layers, stem: settings.stem, classes, image: [3, 32, 32] } as const;
const { runtime, nativeOps, launched } = await countingRuntime();
const options = { momentum, weightDecay, clip };
const { graph, updates } = trainingStep(shape, genotype, batch, options, lossOptionsOf(settings));
const store = runtime.createStore();
store.write(initialise(graph, new Random(2)));
const program = await runtime.compile(graph, { store, updates });
const feeds = batchFeeds(randomBatch(batch, 1)).set('rate', scalar(rate));
const random = new Random(3);
const paths = dropPathCount(shape, genotype);
const step = async () =>
  program.run(feeds.set(dropPathInput, dropPathMasks(paths * batch, dropPath, random)));
// The first pays for what TensorFlow sets up once, and lays out what is kept.
await step();
launched();
await step();

await answerLines({ device: runtime.device, nativeOps, kernels: launched() }, async () => {
  const taken = await costs(step);
  return { ...taken, tensors: runtime.alive() };
});
