/** A search in thirty lines: two cells for small images, on onnxruntime, in a run folder that the commands can read. */
import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRun, search, searchPresets, silentReporter } from 'nascent';

const out = join(await mkdtemp(join(tmpdir(), 'nascent-')), 'search');

// A preset is data. This one is made smaller still, to end in seconds.
const settings = {
  ...searchPresets.quick,
  channels: 4,
  layers: 3,
  nodes: 2,
  train_images: 640,
  valid_images: 128,
};
const config = { data: 'synthetic', preset: 'quick', settings } as const;
const found = await search(
  { kind: 'new', out, engine: 'onnxruntime', config },
  silentReporter,
  new AbortController().signal,
);
console.log(out);
console.log(found.genotype);

// What it claims: the supernet learnt (chance is 10 %), alphas moved, and the run says what was returned.
const run = openRun(out);
const accuracy = Number(run.readMetrics().at(-1)?.['valid_accuracy']);
console.log(`${(100 * accuracy).toFixed(1)} % of the images that alphas are chosen by`);
assert.ok(accuracy > 0.2);
assert.ok(found.alphaEntropy < Math.log(settings.primitives.length));
assert.deepEqual(run.readAlphas().at(-1)?.['genotype'], JSON.parse(JSON.stringify(found.genotype)));
