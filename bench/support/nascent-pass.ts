/**
 * Contestant: one first-order pass on tfjs-node-gpu. Forward, backward, gradients of every weight and of the alphas,
 * which stay on the device, as they do in a step.
 *
 * usage: nascent-pass.ts channels layers batch threads
 */
import { grad } from '../../src/autodiff/grad.ts';
import { initialise } from '../../src/graph/initialise.ts';
import { Random } from '../../src/random.ts';
import type { Graph } from '../../src/graph/types.ts';
import type { Program } from '../../src/runtime/runtime.ts';
import { openLoss } from '../../src/learn/loss-graph.ts';
import { batchFeeds } from '../../src/tasks/images/feeds.ts';
import { supernetLoss } from '../../src/tasks/images/supernet-loss.ts';
import { finishStep, type StepGraph } from '../../src/learn/step-graph.ts';
import { answerLines, costs } from './answer-lines.ts';
import { randomBatch } from './batch.ts';
import { countingRuntime } from './counting.ts';
import { fromArguments, shapeOf } from './size.ts';

const size = fromArguments(process.argv.slice(2));
const { runtime, nativeOps, launched } = await countingRuntime();
const loss = supernetLoss(shapeOf(size), size.batch);
const feeds = batchFeeds(randomBatch(size.batch, 1));

/** Each gradient becomes the state `gradient.<name>`. */
function pass(): StepGraph {
  const { b, loss: value, weights, alphas, statistics } = openLoss(loss);
  const wrt = [...alphas, ...weights];
  const gradients = grad(b, value, wrt);
  const updates = new Map(statistics);
  wrt.forEach(({ name }, i) => {
    const gradient = gradients[i];
    if (gradient !== undefined) updates.set(`gradient.${name}`, gradient);
  });
  return finishStep(b, 'pass', { loss: value }, updates);
}

const store = runtime.createStore();
const start = initialise(loss.graph, new Random(2));
store.write(start);
store.write(new Map([...start].map(([name, tensor]) => [`gradient.${name}`, tensor])));

async function kernelsOf(graph: Graph, updates: ReadonlyMap<string, string>): Promise<number> {
  const program = await runtime.compile(graph, { store, updates });
  const count = await kernelsOfRun(program);
  program.dispose();
  return count;
}

/** Of the second run: the first pays for what TensorFlow sets up once, and lays out what is kept. */
async function kernelsOfRun(program: Program): Promise<number> {
  await program.run(feeds);
  launched();
  await program.run(feeds);
  return launched();
}

const forwardKernels = await kernelsOf(loss.graph, loss.updates);
const { graph, updates } = pass();
const program = await runtime.compile(graph, { store, updates });
const kernels = await kernelsOfRun(program);

await answerLines({ device: runtime.device, nativeOps, forwardKernels, kernels }, async () => {
  const taken = await costs(() => program.run(feeds));
  return { ...taken, tensors: runtime.alive() };
});
