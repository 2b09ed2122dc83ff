/**
 * Contestant: a model file in onnxruntime on the CPU, with the settings that it has by itself but for the threads. Runs a
 * batch of images; or, for a batch of 0, opens the file.
 *
 * usage: onnxruntime-file.ts file batch threads
 */
import { loadOnnxruntime } from '../../src/runtime/onnxruntime/load.ts';
import { answerLines, costs } from './answer-lines.ts';
import { randomBatch } from './batch.ts';

const [file = '', batch = '1', threads = '1'] = process.argv.slice(2);
const ort = await loadOnnxruntime('cpu');
const open = () =>
  ort.InferenceSession.create(file, { intraOpNumThreads: Number(threads), logSeverityLevel: 4 });

if (batch === '0') {
  // The first pays for pages of the file that were not in memory.
  await (await open()).release();
  await answerLines({}, async () => {
    const opened: Awaited<ReturnType<typeof open>>[] = [];
    const taken = await costs(async () => opened.push(await open()));
    for (const session of opened) await session.release();
    return taken;
  });
} else {
  const session = await open();
  const { images, shape } = randomBatch(Number(batch), 1);
  const feeds = { [session.inputNames[0] ?? '']: new ort.Tensor('float32', images, shape) };
  const run = () => session.run(feeds);
  const logits = (await run())[session.outputNames[0] ?? '']?.data ?? [];
  await answerLines({ logits: Array.from(logits, Number) }, () => costs(run));
}
