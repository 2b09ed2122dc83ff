/** Where runtimes part: every value of a model in order, each as an output of its own, on one input. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OnnxModel, OnnxNode } from '../../proto/onnx.ts';
import { exposeValues } from '../../proto/expose.ts';
import { NascentError } from '../errors.ts';
import type { Answer } from './answers.ts';
import { Comparison } from './comparison.ts';
import { allowanceOf, type Gate } from './gates.ts';
import type { Pair } from './pairs.ts';
import type { SeededCase } from './seeded-inputs.ts';
import type { ModelUnderTest, OpenModel } from './ways.ts';

/** One value that a node makes, in one runtime. */
export interface Layer {
  readonly value: string;
  readonly node: string;
  readonly op: string;
  readonly largestAbsolute: number;
  /** Of the element that used most of its allowance. */
  readonly allowed: number;
  readonly used: number;
  readonly signalToNoise: number | null;
  /** Values that are not finite on one side only. */
  readonly notFinite: number;
}

export interface LayerReport {
  /** Of the pair. */
  readonly name: string;
  /** In the order of the file. */
  readonly layers: readonly Layer[];
  /** The first that is further off than allowed, with what it is made of; null where none is. */
  readonly first: (Layer & { readonly inputs: readonly Layer[] }) | null;
  /** Why there are no layers. */
  readonly error: string | null;
}

/** Their values are no tensors. */
const tensorless = /^(Sequence|Optional|SplitToSequence|Constant$)/;

/** The values that nodes make, graph outputs among them, with their nodes, in the order of the file. */
function valuesOf({ graph }: OnnxModel): readonly (readonly [value: string, node: OnnxNode])[] {
  return graph.nodes
    .filter(({ opType }) => !tensorless.test(opType))
    .flatMap((node) => node.outputs.filter((name) => name !== '').map((name) => [name, node] as const));
}

/** Runs `body` on a model whose every value is an output, in a file that is gone afterwards. */
export async function withLayers<T>(
  model: ModelUnderTest,
  content: OnnxModel,
  body: (exposed: ModelUnderTest) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'nascent-layers-'));
  const outputs = new Set(content.graph.outputs.map(({ name }) => name));
  const names = valuesOf(content)
    .map(([value]) => value)
    .filter((value) => !outputs.has(value));
  const exposed = async (path: string, name: string): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, exposeValues(await readFile(path), names));
    return file;
  };
  try {
    const path = await exposed(model.path, 'model.onnx');
    const graphPath =
      model.graphPath === undefined ? undefined : await exposed(model.graphPath, 'graph.onnx');
    return await body({ path, graphPath });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Compares every value. What the runtime cannot do is told. */
export async function compareLayers(
  pair: Pair,
  open: () => Promise<OpenModel>,
  content: OnnxModel,
  { feeds }: SeededCase,
  answer: Answer,
  gate: Gate,
): Promise<LayerReport> {
  let opened: OpenModel | undefined;
  try {
    opened = await open();
    const outputs = await opened.run(feeds);
    const layers = valuesOf(content).flatMap(([value, node]): Layer[] => {
      const [expected, given] = [answer.outputs.get(value), outputs.get(value)];
      if (expected === undefined || given?.data.length !== expected.data.length) return [];
      const comparison = new Comparison();
      const spread = answer.spreads?.get(value);
      const allowance = { ...allowanceOf(gate, value, expected, spread), loose: spread?.loose };
      comparison.add(value, given, expected, allowance, () => 'the input');
      const { largestAbsolute, used, worst, signalToNoise, notFinite } = comparison.distances;
      const said = { value, node: node.name || value, op: node.opType };
      return [{ ...said, largestAbsolute, allowed: worst?.allowed ?? 0, used, signalToNoise, notFinite }];
    });
    const first = layers.find(({ used, notFinite }) => used > 1 || notFinite > 0);
    const made = content.graph.nodes.find(({ outputs: own }) => own.includes(first?.value ?? ''));
    const inputs = layers.filter(({ value }) => made?.inputs.includes(value) === true);
    return {
      name: pair.name,
      layers,
      first: first === undefined ? null : { ...first, inputs },
      error: layers.length === 0 ? 'no value could be compared' : null,
    };
  } catch (error) {
    if (!(error instanceof NascentError) || error.code === 'interrupted') throw error;
    return { name: pair.name, layers: [], first: null, error: error.message };
  } finally {
    opened?.dispose();
  }
}

/** A line or two for each runtime. */
export function layerText({ name, layers, first, error }: LayerReport): string {
  if (error !== null) return `${name}: ${error}`;
  if (first === null) return `${name}: none of ${layers.length} values is further off than allowed`;
  const times = first.used === Infinity ? 'all' : `${first.used.toPrecision(2)} times`;
  const inputs = first.inputs.map(({ value, used }) => `${value} (${Math.round(100 * used)} %)`);
  const off =
    first.notFinite > 0
      ? `${first.notFinite} values are not finite on one side only`
      : `off by ${first.largestAbsolute.toExponential(1)}, ${times} what is allowed`;
  return (
    `${name}: first at ${first.op} "${first.node}": ${off}` +
    (inputs.length === 0 ? '; it is made of inputs and weights' : `; it is made of ${inputs.join(', ')}`)
  );
}
