/**
 * Eight bits for language models of recurrent cells, whose values have ranges that hang on the text: they are found as the
 * model runs, by DynamicQuantizeLinear, and need no samples.
 *
 * Weights are int8, 0 in the middle, and multiply by MatMulInteger, in the body of a Scan as outside: of a matrix, a scale
 * for each column; of an embedding, which is looked up in bytes and may be the decoder as well, for each word. Biases,
 * activations, what stands between products, the state, inputs and outputs stay float32.
 * Source: https://onnx.ai/onnx/operators/onnx__MatMulInteger.html
 */
import {
  dataTypes,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
} from '../../proto/onnx.ts';
import { described, freeNames, node, numbersOf, readsOf, tidied } from './rewriting.ts';

/** A weight in bytes, and the scales of its words or columns. */
interface Bytes {
  readonly bytes: string;
  readonly scales: string;
}

/** How a weight is read: a word at a time, by row, or as a matrix to multiply by, whose columns have a scale each. */
type Reading = 'rows' | 'columns';

/** The nodes that multiply by weights which the file holds, or look them up, bodies included, in order. */
export function textLayersOf({ graph }: OnnxModel): readonly OnnxNode[] {
  const readings = readingsOf(graph);
  return nodesOf(graph).filter((each) => weightOf(each, readings) !== undefined);
}

/** The model in eight bits. */
export function quantisedText(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const readings = readingsOf(graph);
  const numbers = numbersOf(graph);
  const free = freeNames(graph);
  const made: OnnxTensor[] = [];
  const before: OnnxNode[] = [];
  const quantised = new Map<string, Bytes>();

  const bytesOf = (weight: string): Bytes => {
    const known = quantised.get(weight);
    if (known !== undefined) return known;
    const turned = turnOf(graph, weight);
    const tensor = numbers.get(weight);
    if (turned !== undefined) {
      const rows = bytesOf(turned);
      const bytes = { bytes: free(`${weight}.integers`), scales: free(`${weight}.scales`) };
      before.push(
        node(free(`${weight}.turned`), 'Transpose', [rows.bytes], [bytes.bytes], transposes),
        node(free(`${weight}.turned_scales`), 'Transpose', [rows.scales], [bytes.scales], transposes),
      );
      quantised.set(weight, bytes);
      return bytes;
    }
    const [rows = 0, columns = 0] = tensor?.dims ?? [];
    const byRow = readings.get(weight) === 'rows';
    const { bytes: data, scales } = inBytes(
      tensor?.dtype === 'float32' ? tensor.data : [],
      rows,
      columns,
      byRow,
    );
    const names = { bytes: free(`${weight}.integers`), scales: free(`${weight}.scales`) };
    made.push({ name: names.bytes, dims: [rows, columns], dtype: 'int8', data });
    made.push({ name: names.scales, dims: byRow ? [rows, 1] : [1, columns], dtype: 'float32', data: scales });
    quantised.set(weight, names);
    return names;
  };

  const lookedUp = (each: OnnxNode, weight: Bytes): readonly OnnxNode[] => {
    const [, words = ''] = each.inputs;
    const [answer = ''] = each.outputs;
    const own = (what: string) => free(`${each.name}.${what}`);
    const [integers, floats, scales] = [own('integers'), own('floats'), own('scales')];
    return [
      node(own('bytes'), 'Gather', [weight.bytes, words], [integers], each.attributes),
      cast(own('cast'), integers, floats),
      node(own('steps'), 'Gather', [weight.scales, words], [scales], each.attributes),
      node(each.name, 'Mul', [floats, scales], [answer]),
    ];
  };
  const multiplied = (each: OnnxNode, weight: Bytes): readonly OnnxNode[] => {
    const [input = '', , bias = ''] = each.inputs;
    const [answer = ''] = each.outputs;
    const own = (what: string) => free(`${each.name}.${what}`);
    const [bytes, step, zero] = [own('bytes'), own('step'), own('zero')];
    const [sums, floats, steps] = [own('sums'), own('floats'), own('steps')];
    const product = bias === '' ? answer : own('product');
    return [
      node(own('quantize'), 'DynamicQuantizeLinear', [input], [bytes, step, zero]),
      node(own('integers'), 'MatMulInteger', [bytes, weight.bytes, zero], [sums]),
      cast(own('cast'), sums, floats),
      node(own('scale'), 'Mul', [step, weight.scales], [steps]),
      node(bias === '' ? each.name : own('mul'), 'Mul', [floats, steps], [product]),
      ...(bias === '' ? [] : [node(each.name, 'Add', [product, bias], [answer])]),
    ];
  };

  const rewritten = (nodes: readonly OnnxNode[]): OnnxNode[] =>
    nodes.flatMap((each) => {
      const weight = weightOf(each, readings);
      if (weight === undefined) {
        const attributes = each.attributes.map((given) =>
          given.kind === 'graph'
            ? { ...given, value: { ...given.value, nodes: rewritten(given.value.nodes) } }
            : given,
        );
        return [{ ...each, attributes }];
      }
      return each.opType === 'Gather' ? lookedUp(each, bytesOf(weight)) : multiplied(each, bytesOf(weight));
    });

  const nodes = rewritten(graph.nodes);
  // A transposed weight that nothing reads any more.
  const all = { ...graph, nodes: [...before, ...nodes], initializers: [...graph.initializers, ...made] };
  const reads = readsOf(all);
  const kept = all.nodes.filter(
    ({ opType, outputs }) => opType !== 'Transpose' || outputs.some((name) => reads.has(name)),
  );
  return described({ ...model, graph: tidied({ ...all, nodes: kept }) }, { precision: 'int8' });
}

const transposes = [{ name: 'perm', kind: 'ints', value: [1, 0] }] as const;

function cast(name: string, from: string, to: string): OnnxNode {
  return node(name, 'Cast', [from], [to], [{ name: 'to', kind: 'int', value: dataTypes.float32.code }]);
}

function nodesOf({ nodes }: OnnxGraph): readonly OnnxNode[] {
  return nodes.flatMap((each) => [
    each,
    ...each.attributes.flatMap((given) => (given.kind === 'graph' ? nodesOf(given.value) : [])),
  ]);
}

/** The weight that a value is the transpose of; undefined where it is none. */
function turnOf({ nodes }: OnnxGraph, name: string): string | undefined {
  return nodes.find(({ opType, outputs }) => opType === 'Transpose' && outputs[0] === name)?.inputs[0];
}

/** Of each matrix of the file, and of its transpose, how it is read. One that is looked up has its scales by word. */
function readingsOf(graph: OnnxGraph): ReadonlyMap<string, Reading> {
  const numbers = numbersOf(graph);
  const readings = new Map<string, Reading>();
  for (const { name, dtype, dims } of numbers.values()) {
    if (dtype !== 'float32' || dims.length !== 2) continue;
    const isTurned = graph.nodes.some(
      ({ opType, inputs }) => (opType === 'Gather' || opType === 'Transpose') && inputs[0] === name,
    );
    readings.set(name, isTurned ? 'rows' : 'columns');
  }
  for (const { opType, inputs, outputs } of graph.nodes) {
    const [from = '', to = ''] = [inputs[0], outputs[0]];
    if (opType === 'Transpose' && readings.get(from) === 'rows') readings.set(to, 'columns');
  }
  return readings;
}

/** The weight that a node multiplies by or looks up, where it can be in bytes. */
function weightOf(
  { opType, domain, inputs: [first = '', second = ''], attributes }: OnnxNode,
  readings: ReadonlyMap<string, Reading>,
): string | undefined {
  if (domain !== '') return undefined;
  if (opType === 'Gather') return readings.get(first) === 'rows' ? first : undefined;
  if (opType !== 'MatMul' && opType !== 'Gemm') return undefined;
  const isPlain = attributes.every(({ name, ...given }) => {
    const value = given.kind === 'int' || given.kind === 'float' ? given.value : undefined;
    return name === 'alpha' || name === 'beta' ? value === 1 : value === 0;
  });
  return isPlain && readings.get(second) === 'columns' ? second : undefined;
}

/** Integers from −127 to 127, and the steps that each row or column counts in. */
function inBytes(
  data: ArrayLike<number>,
  rows: number,
  columns: number,
  byRow: boolean,
): { readonly bytes: Int8Array; readonly scales: Float32Array } {
  const scaleAt = (i: number) => (byRow ? Math.floor(i / columns) : i % columns);
  const largest = new Float64Array(byRow ? rows : columns);
  for (let i = 0; i < data.length; i++) {
    largest[scaleAt(i)] = Math.max(largest[scaleAt(i)] ?? 0, Math.abs(data[i] ?? 0));
  }
  const scales = Float32Array.from(largest, (most) => Math.fround(most / 127) || 1);
  const bytes = Int8Array.from({ length: data.length }, (_, i) => {
    return Math.max(-127, Math.min(127, Math.round((data[i] ?? 0) / (scales[scaleAt(i)] ?? 1))));
  });
  return { bytes, scales };
}
