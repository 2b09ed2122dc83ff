/**
 * Images as files have them: bytes, channels last. What `--preprocess` puts before a network is what the pipeline of the
 * training does to an image, (x / 255 − mean) / deviation, so that who deploys the model cannot get it wrong.
 */
import { internal, NascentError } from '../../src/errors.ts';
import type { OnnxTensor } from '../../proto/onnx.ts';
import { dataTypes } from '../../proto/onnx.ts';
import { described, freeNames, node, retyped, type Pass } from './rewriting.ts';

/** Of each channel, of values from 0 to 1. */
export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * The model with an input `image` uint8 [batch, height, width, channels] in place of its normalised float32 NCHW one,
 * of the same name.
 *
 * @throws NascentError 'input/invalid' where it does not take images
 */
export function preprocess({ mean, std }: Normalisation): Pass {
  return (model) => {
    const { graph } = model;
    const [input, ...others] = graph.inputs;
    const type = input?.type;
    if (input === undefined || type?.kind !== 'tensor' || type.shape?.length !== 4 || others.length > 0) {
      throw new NascentError('input/invalid', 'the model takes no images, and --preprocess is of images', {
        help: 'Leave out --preprocess: words are looked up in the vocabulary beside the model.',
      });
    }
    const [batch, channels, height, width] = type.shape;
    if (channels !== mean.length) throw internal(`${mean.length} means for ${channels} channels`);
    const free = freeNames(graph);
    const scope = (name: string) => free(`preprocess.${name}`);
    const constant = (name: string, values: readonly number[]): OnnxTensor => ({
      name: scope(name),
      dims: [1, values.length, 1, 1],
      dtype: 'float32',
      data: Float32Array.from(values),
    });
    // x / 255 / deviation − mean / deviation: two operations instead of three.
    const scale = constant(
      'scale',
      std.map((deviation) => 1 / (255 * deviation)),
    );
    const shift = constant(
      'shift',
      std.map((deviation, i) => (mean[i] ?? 0) / deviation),
    );
    const [planar, real, scaled, normalised] = ['planar', 'float', 'scaled', 'normalised'].map(scope) as [
      string,
      string,
      string,
      string,
    ];
    const rename = (name: string) => (name === input.name ? normalised : name);
    return described(
      {
        ...model,
        graph: {
          ...graph,
          inputs: [retyped(input, { dtype: 'uint8', shape: [batch, height, width, channels] })],
          initializers: [...graph.initializers, scale, shift],
          nodes: [
            // Bytes are moved, not the four times as many of floats.
            node(
              scope('transpose'),
              'Transpose',
              [input.name],
              [planar],
              [{ name: 'perm', kind: 'ints', value: [0, 3, 1, 2] }],
            ),
            node(
              scope('cast'),
              'Cast',
              [planar],
              [real],
              [{ name: 'to', kind: 'int', value: dataTypes.float32.code }],
            ),
            node(scope('mul'), 'Mul', [real, scale.name], [scaled]),
            node(scope('sub'), 'Sub', [scaled, shift.name], [normalised]),
            ...graph.nodes.map((each) => ({ ...each, inputs: each.inputs.map(rename) })),
          ],
        },
      },
      { input_layout: 'NHWC', input_range: '[0, 255], normalised in the model' },
    );
  };
}
