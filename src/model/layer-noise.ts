/**
 * Which layers eight bits cost most: each computed twice on what it is given on samples, in float32 and in eight bits, with
 * everything before it left exact. So a layer is charged with what it loses itself, and not with what reaches it.
 */
import { layersOf, quantised, type Range } from '../../exporters/passes/quantise.ts';
import { exposeValues } from '../../proto/expose.ts';
import { encodeModel, type OnnxModel, type OnnxNode } from '../../proto/onnx.ts';
import type { AnyTensor, AnyTensors } from '../runtime/any-tensor.ts';
import { createOnnxSessionFromFile } from '../runtime/onnxruntime/file.ts';

/** Plain data: what a layer loses. */
export interface LayerNoise {
  /** The name of the node. */
  readonly layer: string;
  readonly op: string;
  /** Of its answers, signal to noise in decibels: 10 · log₁₀(Σ exact² / Σ (exact − eight bits)²); null where exact. */
  readonly snr: number | null;
}

/** So many images are enough for a power of all positions and channels. */
const usualImages = 4;

/**
 * Of every layer in eight bits, the noisiest first.
 *
 * @param model in float32, its batch norm folded
 * @param sample a batch of its only input
 * @throws NascentError 'runtime/failed'
 */
export async function layerNoise(
  model: OnnxModel,
  ranges: ReadonlyMap<string, Range>,
  kept: ReadonlySet<OnnxNode>,
  sample: AnyTensor,
): Promise<readonly LayerNoise[]> {
  const layers = layersOf(model).filter((layer) => !kept.has(layer));
  const exact = await valuesOf(model, layers, firstOf(sample));
  const found: LayerNoise[] = [];
  for (const layer of layers) {
    const alone = onlyLayer(model, layer);
    const [given = ''] = layer.inputs;
    const [answer = ''] = layer.outputs;
    const [input, wanted] = [exact.get(given), exact.get(answer)];
    if (input === undefined || wanted === undefined) continue;
    const rounded = (await run(encodeModel(quantised(alone, ranges)), new Map([[given, input]]))).get(answer);
    if (rounded !== undefined) {
      found.push({ layer: layer.name, op: layer.opType, snr: decibels(wanted.data, rounded.data) });
    }
  }
  return found.toSorted((a, b) => (a.snr ?? Infinity) - (b.snr ?? Infinity));
}

function firstOf({ dtype, shape: [batch = 1, ...rest], data }: AnyTensor): AnyTensor {
  const images = Math.min(batch, usualImages);
  return { dtype, shape: [images, ...rest], data: data.slice(0, (data.length / batch) * images) };
}

/** What goes into and comes out of each layer. */
async function valuesOf(
  model: OnnxModel,
  layers: readonly OnnxNode[],
  sample: AnyTensor,
): Promise<AnyTensors> {
  const { inputs, outputs } = model.graph;
  const input = inputs[0]?.name ?? '';
  const known = new Set([...inputs, ...outputs].map(({ name }) => name));
  const wanted = new Set(layers.flatMap((layer) => [layer.inputs[0] ?? '', ...layer.outputs]));
  const exposed = exposeValues(
    encodeModel(model),
    [...wanted].filter((name) => !known.has(name)),
  );
  return new Map([...(await run(exposed, new Map([[input, sample]]))), [input, sample]]);
}

async function run(model: Uint8Array, feeds: AnyTensors): Promise<AnyTensors> {
  const session = await createOnnxSessionFromFile(model, 'cpu');
  try {
    return await session.runAny(feeds);
  } finally {
    session.dispose();
  }
}

/** A model of one layer, its weights included. */
function onlyLayer(model: OnnxModel, layer: OnnxNode): OnnxModel {
  const [given = '', ...weights] = layer.inputs;
  const any = (name: string) => ({
    name,
    type: { kind: 'tensor', dtype: 'float32' } as const,
  });
  const { graph } = model;
  return {
    ...model,
    graph: {
      ...graph,
      nodes: [layer],
      inputs: [any(given)],
      outputs: layer.outputs.map(any),
      initializers: graph.initializers.filter(({ name }) => weights.includes(name)),
      valueInfo: [],
    },
  };
}

function decibels(exact: ArrayLike<number>, rounded: ArrayLike<number>): number | null {
  let [signal, noise] = [0, 0];
  for (let i = 0; i < exact.length; i++) {
    signal += (exact[i] ?? 0) ** 2;
    noise += ((exact[i] ?? 0) - (rounded[i] ?? Number.NaN)) ** 2;
  }
  return noise === 0 ? null : 10 * Math.log10(signal / noise);
}

/** `cells.0.conv 21.3 dB, …`: the noisiest, so many of them. */
export function noisiest(layers: readonly LayerNoise[], count = 3): string {
  return layers
    .slice(0, count)
    .map(({ layer, snr }) => `${layer} ${snr === null ? 'exact' : `${snr.toFixed(1)} dB`}`)
    .join(', ');
}
