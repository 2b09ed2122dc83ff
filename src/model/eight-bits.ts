/** A model in eight bits: calibrated on samples, with what each layer loses by it. */
import { foldBatchNorm } from '../../exporters/passes/fold-batch-norm.ts';
import { keptIn } from '../../exporters/passes/keep-float.ts';
import { layersOf, quantised } from '../../exporters/passes/quantise.ts';
import type { OnnxModel } from '../../proto/onnx.ts';
import { internal, NascentError } from '../errors.ts';
import type { Reporter } from '../run/reporter.ts';
import { rangesOn } from './calibrate.ts';
import { layerNoise, noisiest, type LayerNoise } from './layer-noise.ts';
import type { Model } from './model.ts';
import type { Exported } from './order.ts';

export interface EightBits {
  readonly model: OnnxModel;
  /** Of every layer in eight bits, the noisiest first. */
  readonly layers: readonly LayerNoise[];
}

/**
 * The model with batch norm folded, in eight bits, by the ranges that its values have on samples.
 *
 * @throws NascentError 'input/invalid' where the model has no samples, or `keepFloat` does not fit it; 'data/missing'
 *   where the samples are gone
 */
export async function inEightBits(
  plain: OnnxModel,
  { samples }: Model,
  { calibration, keepFloat = [] }: Pick<Exported, 'calibration' | 'keepFloat'>,
  reporter: Reporter,
): Promise<EightBits> {
  if (samples === undefined) {
    throw new NascentError('input/invalid', '--int8 is for image classifiers, and this is a language model', {
      help: 'Leave --int8 out, or take --fp16, which is for both.',
    });
  }
  const folded = foldBatchNorm(plain);
  const kept = keptIn(folded, keepFloat);
  reporter.stage('calibrate', 'Measuring ranges on samples');
  const batches = await samples();
  const [first] = batches;
  if (first === undefined) throw internal('no samples');
  const ranges = await rangesOn(folded, batches, calibration);
  const layers = await layerNoise(folded, ranges, kept, first);
  const all = layersOf(folded).length;
  reporter.note(
    `${layers.length === all ? all : `${layers.length} of ${all}`} layers in 8 bits, batch norm folded`,
  );
  reporter.note(`layers that lose most, signal to noise: ${noisiest(layers)}`);
  return { model: quantised(folded, ranges, kept), layers };
}
