/** The range of each value of a network on samples, which eight bits are spread over. */
import { activationsOf, type Range } from '../../exporters/passes/quantise.ts';
import { exposeValues } from '../../proto/expose.ts';
import { encodeModel, type OnnxModel } from '../../proto/onnx.ts';
import type { AnyTensor } from '../runtime/any-tensor.ts';
import { createOnnxSessionFromFile } from '../runtime/onnxruntime/file.ts';

/**
 * The least and the greatest that every value which can be quantised was on these inputs, one batch after the other.
 *
 * @param samples batches of the model's only input
 * @throws NascentError 'runtime/unavailable', 'runtime/failed'
 */
export async function rangesOn(
  model: OnnxModel,
  samples: readonly AnyTensor[],
): Promise<ReadonlyMap<string, Range>> {
  const names = activationsOf(model);
  const ranges = new Map<string, Range>();
  const widen = (name: string, data: AnyTensor['data']): void => {
    let { least, most } = ranges.get(name) ?? { least: Infinity, most: -Infinity };
    for (const value of data) {
      if (value < least) least = value;
      if (value > most) most = value;
    }
    ranges.set(name, { least, most });
  };
  const { inputs, outputs } = model.graph;
  const seen = new Set([...inputs, ...outputs].map(({ name }) => name));
  const exposed = exposeValues(
    encodeModel(model),
    names.filter((name) => !seen.has(name)),
  );
  const session = await createOnnxSessionFromFile(exposed, 'cpu');
  try {
    for (const sample of samples) {
      const name = inputs[0]?.name ?? '';
      widen(name, sample.data);
      for (const [output, { data }] of await session.runAny(new Map([[name, sample]]))) widen(output, data);
    }
  } finally {
    session.dispose();
  }
  return ranges;
}
