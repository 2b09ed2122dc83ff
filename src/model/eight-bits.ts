/** A model in eight bits: calibrated on samples, with what each layer loses by it. */
import { foldBatchNorm } from '../../exporters/passes/fold-batch-norm.ts';
import { keptFromBytes } from '../../exporters/passes/keep-float.ts';
import { layersOf, quantised } from '../../exporters/passes/quantise.ts';
import { channelsTogether, widenDepthwise } from '../../exporters/passes/widen-depthwise.ts';
import { quantisedText, textLayersOf } from '../../exporters/passes/quantise-text.ts';
import type { OnnxModel } from '../../proto/onnx.ts';
import { internal } from '../errors.ts';
import type { Reporter } from '../run/reporter.ts';
import type { AnyTensor } from '../runtime/any-tensor.ts';
import { rangesOn } from './calibrate.ts';
import { layerNoise, noisiest, type LayerNoise } from './layer-noise.ts';
import type { Model } from './model.ts';
import type { Exported } from './order.ts';
import type { Calibration } from './ranges.ts';

export interface EightBits {
  readonly model: OnnxModel;
  /** Of every layer in eight bits, the noisiest first; null of a language model. */
  readonly layers: readonly LayerNoise[] | null;
  /** A batch of its only input, of what it was calibrated on; undefined of a language model. */
  readonly sample: AnyTensor | undefined;
}

/**
 * The model with batch norm folded, in eight bits, by the ranges that its values have on samples; one without samples, a
 * language model, by those that they have as it runs.
 *
 * @throws NascentError 'input/invalid' where `keepFloat` does not fit the model; 'data/missing' where the samples are gone
 */
export async function inEightBits(
  plain: OnnxModel,
  { samples }: Model,
  { calibration, keepFloat = [] }: Pick<Exported, 'calibration' | 'keepFloat'>,
  reporter: Reporter,
): Promise<EightBits> {
  if (samples === undefined) return textInEightBits(plain, reporter);
  const names = keepFloat.filter((each) => !isCount(each));
  const noisy = Math.max(0, ...keepFloat.filter(isCount).map(Number));
  const folded = foldBatchNorm(plain);
  keptFromBytes(folded, names);
  reporter.stage('calibrate', 'Measuring ranges on samples');
  const batches = await samples();
  const [first] = batches;
  if (first === undefined) throw internal('no samples');
  let found = await measuredOn(folded, names, batches, first, calibration);
  if (noisy > 0) {
    const worst = found.layers.slice(0, noisy).map(({ layer }) => layer);
    const left = `left in float32, of the most noise: ${noisiest(found.layers, noisy)}`;
    found = await measuredOn(folded, [...names, ...worst], batches, first, calibration);
    reporter.note(left);
  }
  const { wide, pairs, kept, ranges, layers } = found;
  const all = layersOf(wide).length;
  reporter.note(
    `${layers.length === all ? all : `${layers.length} of ${all}`} layers in 8 bits, batch norm folded`,
  );
  if (pairs.length > 0) {
    const wider = pairs.map(([before, after]) => `${before} → ${after}`).join(', ');
    reporter.note(
      `channels of zeros around depthwise convolutions, ${wider}: integer kernels take ${channelsTogether} at a time`,
    );
  }
  reporter.note(`layers that lose most, signal to noise: ${noisiest(layers)}`);
  return { model: quantised(wide, ranges, kept), layers, sample: first };
}

/** Instead of names, how many of the noisiest layers stay in float32. */
const isCount = (asked: string) => /^\d+$/.test(asked);

/** The model as eight bits take it, the ranges of its values, and what each layer loses by these. */
async function measuredOn(
  folded: OnnxModel,
  keepFloat: readonly string[],
  batches: readonly AnyTensor[],
  first: AnyTensor,
  calibration: Calibration | undefined,
) {
  const stays = keptFromBytes(folded, keepFloat);
  const { model: wide, pairs } = widenDepthwise(folded, (node) => !stays.has(node));
  const kept = keptFromBytes(wide, keepFloat);
  const ranges = await rangesOn(wide, batches, calibration);
  return { wide, pairs, kept, ranges, layers: await layerNoise(wide, ranges, kept, first) };
}

function textInEightBits(plain: OnnxModel, reporter: Reporter): EightBits {
  const layers = textLayersOf(plain).length;
  reporter.note(
    `${layers} layers in 8 bits: the embedding, and all products with weights, by ranges found as the model runs; ` +
      'the state, biases and what lies between products stay in float32',
  );
  return { model: quantisedText(plain), layers: null, sample: undefined };
}
