/** Options of an export in any combination: what is written is a sound model with the same answers, or the reason is said. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { NascentError } from '../../src/errors.ts';
import { readModelFile } from '../../src/evaluate/model-file.ts';
import { exportGenotype } from '../../src/model/export.ts';
import type { GenotypeExport } from '../../src/model/order.ts';
import { calibrations } from '../../src/model/ranges.ts';
import { silentReporter } from '../../src/run/reporter.ts';
import { publishedGenotypes } from '../../src/space/images/published.ts';
import { publishedRnnGenotypes } from '../../src/space/text/published.ts';
import { temporaryFolder } from '../data/temporary.ts';
import { tries } from '../support/properties.ts';

/** Mostly not asked for: of all at once there is always something that is refused. */
const rarely = <T>(asked: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: asked });
const yes = rarely(fc.constant(true as const));

/** The page brings 14 MB that are the same whatever the model is: it is tried by itself. */
const options = fc.record({
  opset: fc.constantFrom(13, 15, 17, 18, 20, 21, 22),
  passes: fc.record({
    int8: yes,
    fp16: yes,
    foldBatchNorm: yes,
    softmax: yes,
    topK: rarely(fc.constantFrom(1, 3, 11)),
    preprocess: yes,
    functions: yes,
  }),
  format: rarely(fc.constantFrom('ort' as const, 'transformers' as const)),
  externalData: yes,
  calibration: rarely(fc.constantFrom(...calibrations)),
  keepFloat: rarely(fc.constantFrom(['Gemm'], ['cells.1', 'stem'], ['Conv', 'Gemm'], ['nothing'])),
  maxDrop: rarely(fc.constantFrom(0, 5)),
});

const orders = fc.oneof(
  options.map((given) => ({
    ...given,
    task: 'images' as const,
    shape: { channels: 2, layers: 3, classes: 10, image: [3, 32, 32] as const },
    genotype: publishedGenotypes.DARTS_V2,
    seed: 2,
  })),
  fc.tuple(options, fc.option(fc.constantFrom(1, 3), { nil: undefined })).map(([given, unroll]) => ({
    ...given,
    unroll,
    task: 'text' as const,
    shape: { words: 7, units: 5 },
    genotype: publishedRnnGenotypes.DARTS_V2,
    seed: 2,
  })),
);

it('every combination is written and proven, or refused with what to do', async () => {
  let [written, refused] = [0, 0];
  const folder = await temporaryFolder();
  await fc.assert(
    fc.asyncProperty(orders, async (drawn) => {
      const out = join(
        folder,
        String(written + refused),
        drawn.format === 'ort' ? 'model.ort' : 'model.onnx',
      );
      const order = { ...drawn, out } as unknown as GenotypeExport;
      const outcome = await exportGenotype(order, silentReporter).catch((error: unknown) => error);
      if (outcome instanceof Error) {
        refused++;
        expect(outcome).toBeInstanceOf(NascentError);
        expect((outcome as NascentError).code, outcome.message).toBe('input/invalid');
        expect((outcome as NascentError).help).not.toBe('');
        expect(existsSync(out)).toBe(false);
        return;
      }
      written++;
      const { int8, ...others } = drawn.passes;
      const { proof, likeness } = outcome as Awaited<ReturnType<typeof exportGenotype>>;
      if (Object.values(others).some((asked) => asked !== undefined)) {
        expect(proof?.apart).toBeLessThanOrEqual(proof?.allowed ?? 0);
      }
      if (int8 === true) expect(likeness?.cosine).toBeGreaterThan(0.99);
      if (drawn.format === 'ort') return;
      const inside = join(out, 'onnx');
      const [file = ''] =
        drawn.format === 'transformers' ? readdirSync(inside).filter((name) => name.endsWith('.onnx')) : [''];
      // Decoded and checked by the rules of the format.
      await readModelFile(file === '' ? out : join(inside, file));
    }),
    { numRuns: tries(40) },
  );
  expect(written).toBeGreaterThan(5);
  expect(refused).toBeGreaterThan(5);
});
