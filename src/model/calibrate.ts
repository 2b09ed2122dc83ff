/** The range of each value of a network on samples, which eight bits are spread over. */
import { activationsOf, type Range } from '../../exporters/passes/quantise.ts';
import { exposeValues } from '../../proto/expose.ts';
import { encodeModel, type OnnxModel } from '../../proto/onnx.ts';
import type { AnyTensor } from '../runtime/any-tensor.ts';
import { createOnnxSessionFromFile } from '../runtime/onnxruntime/file.ts';
import { oneByOne } from './samples.ts';
import { count, cutRange, emptyHistogram, type Calibration, type Histogram } from './ranges.ts';

/**
 * The range that eight bits are spread over, of every value which can be quantised, by what it was on these inputs, one
 * batch after the other: once for the least and the greatest, and once more where the distribution is asked for.
 *
 * @param samples batches of the model's only input
 * @throws NascentError 'runtime/unavailable', 'runtime/failed'
 */
export async function rangesOn(
  model: OnnxModel,
  samples: readonly AnyTensor[],
  method: Calibration = 'min-max',
): Promise<ReadonlyMap<string, Range>> {
  const ranges = new Map<string, Range>();
  const widen = (name: string, data: AnyTensor['data']): void => {
    let { least, most } = ranges.get(name) ?? { least: Infinity, most: -Infinity };
    for (const value of data) {
      if (value < least) least = value;
      if (value > most) most = value;
    }
    ranges.set(name, { least, most });
  };
  const histograms = new Map<string, Histogram>();
  const single = samples.flatMap(oneByOne);
  await withValues(model, async (valuesOf) => {
    for (const sample of single) await valuesOf(sample, widen);
    if (method === 'min-max') return;
    for (const [name, range] of ranges) histograms.set(name, emptyHistogram(range));
    for (const sample of single) {
      await valuesOf(sample, (name, data) => {
        const histogram = histograms.get(name);
        if (histogram !== undefined) count(histogram, data);
      });
    }
  });
  return new Map(
    [...ranges].map(([name, range]) => {
      const histogram = histograms.get(name);
      return [name, histogram === undefined ? range : cutRange(method, range, histogram)];
    }),
  );
}

type See = (name: string, data: AnyTensor['data']) => void;

/** Opens the model with everything that can be quantised among its outputs, and shows what it is for an input. */
async function withValues(
  model: OnnxModel,
  use: (valuesOf: (sample: AnyTensor, see: See) => Promise<void>) => Promise<void>,
): Promise<void> {
  const { inputs, outputs } = model.graph;
  const seen = new Set([...inputs, ...outputs].map(({ name }) => name));
  const exposed = exposeValues(
    encodeModel(model),
    activationsOf(model).filter((name) => !seen.has(name)),
  );
  const session = await createOnnxSessionFromFile(exposed, 'cpu');
  const input = inputs[0]?.name ?? '';
  try {
    await use(async (sample, see) => {
      see(input, sample.data);
      for (const [name, { data }] of await session.runAny(new Map([[input, sample]]))) see(name, data);
    });
  } finally {
    session.dispose();
  }
}
