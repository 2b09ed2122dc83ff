/** A small network as a file, with statistics that no fault can hide behind, and what parity needs to run on it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { toOnnxModel } from '../../exporters/onnx/export.ts';
import { encodeModel, type OnnxModel, type OnnxTensor } from '../../proto/onnx.ts';
import { datasetNamed } from '../../src/data/registry.ts';
import { initialise } from '../../src/graph/initialise.ts';
import type { Tensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { Random } from '../../src/random.ts';
import type { RuntimeReport } from '../../src/runtime/probe/probe.ts';
import type { RuntimeName } from '../../src/runtime/runtime.ts';
import { inferenceGraph } from '../../src/space/images/network-graphs.ts';
import type { CnnGenotype } from '../../src/space/images/genotype.ts';
import { readModelFile } from '../../src/evaluate/model-file.ts';
import type { Subject } from '../../src/parity/compare-all.ts';
import { openWay } from '../../src/parity/ways.ts';
import { temporaryFolder } from '../data/temporary.ts';

/** Every kind of layer in a few: strided and dilated convolutions, both pools, skips. */
const genotype: CnnGenotype = {
  normal: {
    nodes: [
      [
        { op: 'sep_conv_3x3', source: 0 },
        { op: 'avg_pool_3x3', source: 1 },
      ],
      [
        { op: 'dil_conv_3x3', source: 2 },
        { op: 'skip_connect', source: 0 },
      ],
    ],
    concat: [2, 3],
  },
  reduce: {
    nodes: [
      [
        { op: 'max_pool_3x3', source: 0 },
        { op: 'sep_conv_3x3', source: 1 },
      ],
      [
        { op: 'avg_pool_3x3', source: 1 },
        { op: 'skip_connect', source: 2 },
      ],
    ],
    concat: [2, 3],
  },
};

export interface Network {
  readonly graph: Graph;
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly model: OnnxModel;
}

/** Images are 3×size×size, classes ten. */
export function network(size: number, metadata: Readonly<Record<string, string>> = {}): Network {
  const graph = inferenceGraph({ channels: 4, layers: 3, classes: 10, image: [3, size, size] }, genotype);
  const random = new Random(5);
  const weights = initialise(graph, random);
  for (const { value } of graph.inputs) {
    const tensor = weights.get(value.name);
    if (tensor === undefined || tensor.shape.length !== 1) continue;
    // Scales, biases, means and variances as training leaves them: none of them 0 or 1.
    const data = Float32Array.from(tensor.data, () => 0.4 + 0.8 * random.uniform());
    weights.set(value.name, { ...tensor, data });
  }
  return { graph, weights, model: toOnnxModel(graph, { weights, metadata }) };
}

/** The metadata that `nascent export` writes, for the synthetic images. */
export async function syntheticMetadata(): Promise<Record<string, string>> {
  const { name, classes, mean, std } = await datasetNamed('synthetic').load('test');
  return {
    dataset: name,
    labels: JSON.stringify(classes),
    input_mean: JSON.stringify(mean),
    input_std: JSON.stringify(std),
  };
}

/** The path of a file that is gone after the test. */
export async function written(model: OnnxModel | Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), 'model.onnx');
  await writeFile(path, model instanceof Uint8Array ? model : encodeModel(model));
  return path;
}

/** `file` for onnxruntime, and `graph` for every other runtime, which need not be the same. */
export async function subject(
  file: OnnxModel,
  graph: OnnxModel = file,
  runtimes: readonly RuntimeName[] = ['onnxruntime-cpu', 'reference'],
): Promise<Subject> {
  return {
    file: await readModelFile(await written(file)),
    graphPath: await written(graph),
    probed: runtimes.map(ready),
    // Seconds a test in processes of their own, which have tests of their own.
    open: async (_, way, model) => openWay(way, model),
  };
}

export function ready(name: RuntimeName): RuntimeReport {
  return { name, version: '1.0', device: 'cpu', status: 'ready' };
}

/** The model with one of its initializers changed. */
export function withTensor(
  model: OnnxModel,
  name: string,
  change: (values: Float32Array) => Float32Array,
): OnnxModel {
  let found = false;
  const initializers = model.graph.initializers.map((tensor): OnnxTensor => {
    if (tensor.name !== name || tensor.dtype !== 'float32') return tensor;
    found = true;
    return { ...tensor, data: change(Float32Array.from(tensor.data)) };
  });
  if (!found) throw new Error(`no float32 initializer ${name}`);
  return { ...model, graph: { ...model.graph, initializers } };
}
