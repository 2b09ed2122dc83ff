/**
 * Eight bits instead of thirty-two, written as pairs of QuantizeLinear and DequantizeLinear around what is computed, from
 * which runtimes make their integer kernels (https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html).
 *
 * Weights are int8, a scale for each channel that is given, 0 in the middle; activations are uint8, one scale and one zero
 * for each value, from the range that it was seen to have on samples. Biases are int32 in the steps of their products.
 * Inputs and outputs stay float32. Source: https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html
 */
import { internal } from '../../src/errors.ts';
import type { OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from '../../proto/onnx.ts';
import { biasesInSteps, dequantised, sharedTensors, weightsInBytes } from './integer-tensors.ts';
import { described, freeNames, node, numbersOf, tidied } from './rewriting.ts';

/** The least and the greatest number of a value on samples. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** What multiplies by weights: they become int8, axis 0 of them being the channels that are given. */
const multiplies = new Set(['Conv', 'Gemm']);
/** What has integer kernels where what goes in and what comes out is quantised. */
const carriedAlong = new Set(['Relu', 'Add', 'Sum', 'Concat', 'MaxPool', 'AveragePool', 'GlobalAveragePool']);
/** What moves numbers and leaves them as they are: what comes out has the steps of what went in. */
const moves = new Set(['Slice', 'Flatten', 'Reshape', 'MaxPool', 'Identity', 'Transpose', 'Squeeze']);

/** The nodes that multiply by weights which the file holds, in order: what is quantised. */
export function layersOf({ graph }: OnnxModel): readonly OnnxNode[] {
  const numbers = numbersOf(graph);
  return graph.nodes.filter(
    ({ opType, domain, inputs: [, weight = ''], attributes }) =>
      domain === '' &&
      multiplies.has(opType) &&
      numbers.get(weight)?.dtype === 'float32' &&
      (opType === 'Conv' ||
        attributes.some((each) => each.name === 'transB' && each.kind === 'int' && each.value === 1)),
  );
}

/** All nodes that are computed in eight bits, in order: the layers, and what is carried along between them. */
export function quantisable(model: OnnxModel): readonly OnnxNode[] {
  const layers = new Set(layersOf(model));
  return model.graph.nodes.filter(
    (each) => layers.has(each) || carriedAlong.has(each.opType) || moves.has(each.opType),
  );
}

/** The values whose ranges have to be measured: all that go into or come out of what can be quantised. */
export function activationsOf(model: OnnxModel): readonly string[] {
  const layers = new Set(layersOf(model));
  const numbers = numbersOf(model.graph);
  const names = new Set<string>();
  for (const each of quantisable(model)) {
    const data = layers.has(each) || moves.has(each.opType) ? each.inputs.slice(0, 1) : each.inputs;
    for (const name of [...data, ...each.outputs]) if (name !== '' && !numbers.has(name)) names.add(name);
  }
  return [...names];
}

/**
 * The model in eight bits.
 *
 * @param ranges of every value that `activationsOf` names
 * @param kept nodes that stay in float32, and read what they are given before it is rounded
 */
export function quantised(
  model: OnnxModel,
  ranges: ReadonlyMap<string, Range>,
  kept: ReadonlySet<OnnxNode> = new Set(),
): OnnxModel {
  const { graph } = model;
  const numbers = numbersOf(graph);
  const free = freeNames(graph);
  const layers = new Set(layersOf(model));
  const narrowed = new Set(quantisable(model).filter((each) => !kept.has(each)));
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const measured = new Set(activationsOf(model));
  const readers = readersOf(graph);
  const made: OnnxTensor[] = [];
  const nodes: OnnxNode[] = [];

  const scalar = (name: string, value: number): string => {
    const full = free(name);
    made.push({ name: full, dims: [], dtype: 'float32', data: Float32Array.of(value) });
    return full;
  };
  const shared = sharedTensors(made, free);
  const into = { nodes, made, free, shared };
  /** A value in eight bits and back, by its name; what reads it from then on reads that. */
  const through = new Map<string, string>();
  const steps = new Map<string, { readonly scale: string; readonly zero: string; readonly step: number }>();
  const stepsOf = (name: string, from: string | undefined) => {
    const inherited = from === undefined ? undefined : steps.get(from);
    if (inherited !== undefined) return inherited;
    const range = ranges.get(name);
    if (range === undefined) throw internal(`"${name}" was not measured`);
    // 0 has to be a step: pads and what ReLU gives are zeros.
    const [least, most] = [Math.min(0, range.least), Math.max(0, range.most)];
    const step = Math.fround((most - least) / 255 || 1);
    const zero = Math.min(255, Math.max(0, Math.round(-least / step)));
    const zeroName = shared(`zero.uint8.${zero}`, (called) => {
      return { name: called, dims: [], dtype: 'uint8', data: Uint8Array.of(zero) };
    });
    return { scale: scalar(`${name}.scale`, step), zero: zeroName, step };
  };
  const quantise = (name: string, from?: string): void => {
    if (through.has(name) || !measured.has(name) || outputs.has(name)) return;
    // Whatever is not computed in eight bits has no use for a value that was rounded.
    if (kept.size > 0 && !(readers.get(name) ?? []).some((reader) => narrowed.has(reader))) return;
    const own = stepsOf(name, from);
    steps.set(name, own);
    const [bytes, back] = [free(`${name}.bytes`), free(`${name}.back`)];
    nodes.push(
      node(free(`${name}.quantize`), 'QuantizeLinear', [name, own.scale, own.zero], [bytes]),
      node(free(`${name}.dequantize`), 'DequantizeLinear', [bytes, own.scale, own.zero], [back]),
    );
    through.set(name, back);
  };
  const read = (name: string) => through.get(name) ?? name;
  /** Of a value that only a ReLU reads, eight bits are best spent on what the ReLU leaves of it. */
  const isCut = (name: string) => {
    const all = readers.get(name) ?? [];
    return all.length > 0 && all.every(({ opType }) => opType === 'Relu');
  };

  for (const { name } of graph.inputs) quantise(name);
  for (const each of graph.nodes) {
    if (kept.has(each)) nodes.push(each);
    else if (layers.has(each)) {
      const [input = '', weight = '', bias = ''] = each.inputs;
      const tensor = numbers.get(weight);
      const inputStep = steps.get(input)?.step;
      if (tensor?.dtype !== 'float32' || inputStep === undefined) {
        nodes.push({ ...each, inputs: each.inputs.map(read) });
      } else {
        const weights = weightsInBytes(tensor);
        const inputs = [read(input), dequantised(weights, into)];
        const biases = numbers.get(bias);
        if (bias !== '' && biases?.dtype === 'float32') {
          inputs.push(dequantised(biasesInSteps(biases, weights.scales, inputStep), into));
        }
        nodes.push({ ...each, inputs });
      }
    } else nodes.push({ ...each, inputs: each.inputs.map(read) });
    if (!narrowed.has(each) && !kept.has(each)) continue;
    const isMoved = moves.has(each.opType) && !kept.has(each);
    for (const output of each.outputs) {
      if (!isCut(output)) quantise(output, isMoved ? each.inputs[0] : undefined);
    }
  }
  const strings = graph.initializers.filter(({ dtype }) => dtype === 'string');
  const rest = graph.initializers.filter(({ dtype }) => dtype !== 'string');
  const inside: OnnxGraph = { ...graph, nodes, initializers: [...rest, ...strings, ...made] };
  return described({ ...model, graph: tidied(inside) }, { precision: 'int8' });
}

function readersOf({ nodes }: OnnxGraph): ReadonlyMap<string, readonly OnnxNode[]> {
  const readers = new Map<string, OnnxNode[]>();
  for (const each of nodes) {
    for (const input of each.inputs) readers.set(input, [...(readers.get(input) ?? []), each]);
  }
  return readers;
}
