/** Inputs drawn for a model, the same each time: images as noise, words of the vocabulary, a state as a cell leaves it. */
import type { OnnxModel } from '../../proto/onnx.ts';
import { sizeOf } from '../graph/tensor.ts';
import { Random } from '../random.ts';
import type { AnyTensor, AnyTensors } from '../runtime/any-tensor.ts';

const seed = 1;

export interface MadeUp {
  readonly plain: AnyTensors;
  /** The same images before they are normalised, channels last. */
  readonly bytes: AnyTensors;
}

/** @param open how long an extent is that the model leaves open, by its name there */
export function madeUp({ graph, metadata }: OnnxModel, open: (extent: string) => number): MadeUp {
  const random = new Random(seed);
  const about = new Map(metadata);
  const plain = new Map<string, AnyTensor>();
  const bytes = new Map<string, AnyTensor>();
  for (const { name, type } of graph.inputs) {
    if (type.kind !== 'tensor' || type.dtype === 'string') continue;
    const shape = (type.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : open(dim ?? '')));
    const { dtype } = type;
    const draw = (most: number) =>
      Float64Array.from({ length: sizeOf(shape) }, () => most * random.uniform());
    if (shape.length === 4) {
      const pixels = draw(256).map(Math.floor);
      const [n = 0, channels = 0, height = 0, width = 0] = shape;
      bytes.set(name, { dtype: 'uint8', shape: [n, height, width, channels], data: pixels });
      plain.set(name, { dtype, shape, data: normalised(pixels, shape, about) });
    } else {
      // Words of the vocabulary, or a state as a cell leaves it.
      const words = Number(about.get('words') ?? 1);
      plain.set(name, { dtype, shape, data: dtype === 'int64' ? draw(words).map(Math.floor) : draw(1) });
    }
  }
  return { plain, bytes };
}

/** Of pixels [n, height, width, channels]: images [n, channels, height, width] as the network takes them. */
function normalised(pixels: Float64Array, shape: readonly number[], about: ReadonlyMap<string, string>) {
  const [n = 0, channels = 0, height = 0, width = 0] = shape;
  const [mean, std] = ['input_mean', 'input_std'].map(
    (key) => JSON.parse(about.get(key) ?? '[]') as number[],
  );
  const images = new Float64Array(pixels.length);
  let at = 0;
  for (let image = 0; image < n; image++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let position = 0; position < height * width; position++) {
        const pixel = pixels[(image * height * width + position) * channels + channel] ?? 0;
        images[at++] = (pixel / 255 - (mean?.[channel] ?? 0)) / (std?.[channel] ?? 1);
      }
    }
  }
  return images;
}
