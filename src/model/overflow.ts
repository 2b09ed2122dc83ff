/** Which values of a network float16 does not hold: those beyond ±65504 on samples become infinite in it. */
import { foldBatchNorm } from '../../exporters/passes/fold-batch-norm.ts';
import { keptFromHalf } from '../../exporters/passes/keep-float.ts';
import { readsOf } from '../../exporters/passes/rewriting.ts';
import { largestHalf } from '../../proto/half.ts';
import { exposeValues } from '../../proto/expose.ts';
import { encodeModel, type OnnxModel, type OnnxNode } from '../../proto/onnx.ts';
import type { AnyTensors } from '../runtime/any-tensor.ts';
import { createOnnxSessionFromFile } from '../runtime/onnxruntime/file.ts';
import { madeUp } from './made-up.ts';
import type { Model } from './model.ts';
import type { Exported } from './order.ts';
import { oneByOne } from './samples.ts';

/** Plain data: a value that becomes infinite in float16, or would where it is not kept. */
export interface Overflow {
  /** What it is called in the graph. */
  readonly value: string;
  /** The largest that it is on samples, without its sign. */
  readonly largest: number;
  /** The nodes that make and read it, by name. */
  readonly nodes: readonly string[];
}

const batch = 4;

/**
 * The values of the network, the largest first, that are beyond float16 and that anything in float16 makes or reads. Within
 * the body of a Scan nothing is looked at.
 *
 * onnxruntime's processor computes float16 in float32 where it can, so an export's own proof does not show them; a graphics
 * card does.
 *
 * @throws NascentError 'runtime/failed'; 'data/missing' where the samples are gone
 */
export async function overflowing(
  plain: OnnxModel,
  { samples }: Pick<Model, 'samples'>,
  { passes = {}, keepFloat = [] }: Pick<Exported, 'passes' | 'keepFloat'>,
): Promise<readonly Overflow[]> {
  const model = passes.foldBatchNorm === true ? foldBatchNorm(plain) : plain;
  const kept = keptFromHalf(model, keepFloat);
  const input = model.graph.inputs[0]?.name ?? '';
  const feeds: readonly AnyTensors[] =
    samples === undefined
      ? [madeUp(model, () => batch).plain]
      : (await samples()).flatMap(oneByOne).map((sample) => new Map([[input, sample]]));
  const largest = await largestOf(model, feeds);
  return [...largest]
    .filter(([, size]) => !(size <= largestHalf))
    .map(([value, size]) => ({ value, size, touching: touching(model, value) }))
    .filter(({ touching: nodes }) => nodes.some((each) => !kept.has(each)))
    .toSorted((a, b) => b.size - a.size)
    .map(({ value, size, touching: nodes }) => ({
      value,
      largest: size,
      nodes: nodes.map(({ name }) => name),
    }));
}

/** What a value is at most, without its sign, of all that a node of the graph gives. */
async function largestOf(
  model: OnnxModel,
  feeds: readonly AnyTensors[],
): Promise<ReadonlyMap<string, number>> {
  const { nodes, inputs, outputs } = model.graph;
  const seen = new Set([...inputs, ...outputs].map(({ name }) => name));
  const made = nodes.flatMap((each) => each.outputs).filter((name) => name !== '' && !seen.has(name));
  const session = await createOnnxSessionFromFile(exposeValues(encodeModel(model), made), 'cpu');
  const largest = new Map<string, number>();
  try {
    for (const feed of feeds) {
      for (const [name, { dtype, data }] of await session.runAny(feed)) {
        if (dtype !== 'float32') continue;
        let most = largest.get(name) ?? 0;
        for (const value of data) most = Math.max(most, Math.abs(value));
        largest.set(name, most);
      }
    }
  } finally {
    session.dispose();
  }
  return largest;
}

/** Those that make a value, or read it, themselves or by a body in them. */
function touching({ graph }: OnnxModel, value: string): readonly OnnxNode[] {
  const reads = (each: OnnxNode) => readsOf({ ...graph, nodes: [each], outputs: [] }).has(value);
  return graph.nodes.filter((each) => each.outputs.includes(value) || reads(each));
}

/** So many are named. */
const shown = 5;

/** What is said of them, and which nodes to keep. */
export function overflowNote(found: readonly Overflow[]): string {
  const named = found
    .slice(0, shown)
    .map(({ value, largest }) => `${value} ${largest.toPrecision(2)}`)
    .join(', ');
  const more = found.length > shown ? `, and ${found.length - shown} more` : '';
  const nodes = [...new Set(found.flatMap((each) => each.nodes))].join(',');
  return `beyond ±${largestHalf}, which float16 ends at, and so infinite in it: ${named}${more}; keep what makes and reads them: --keep-float ${nodes}`;
}
