/** The smallest part of a model in which a runtime is still not what it is held to, on the values that are there. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeModel, type OnnxModel, type OnnxNode } from '../../../proto/onnx.ts';
import { internal, NascentError } from '../../errors.ts';
import type { ModelFile } from '../../evaluate/model-file.ts';
import type { Reporter } from '../../run/reporter.ts';
import type { AnyTensor, AnyTensors } from '../../runtime/any-tensor.ts';
import { precisionOf } from '../coarse.ts';
import { Comparison } from '../comparison.ts';
import { allowanceOf, gateOf, ownGate, type GivenGate, type Measurement } from '../gates.ts';
import { compareLayers } from '../layers.ts';
import { standInName, standInWay, type Pair } from '../pairs.ts';
import type { SeededCase } from '../seeded-inputs.ts';
import type { Measured } from '../truth/truth.ts';
import { withValues } from '../values.ts';
import type { ModelUnderTest, Open, OpenModel } from '../ways.ts';
import { shrink } from './shrink.ts';
import { isFree, subModel, type SubModel } from './sub-model.ts';

export interface BisectTask {
  readonly file: ModelFile;
  readonly model: ModelUnderTest;
  /** The runtime that failed. */
  readonly pair: Pair;
  /** Whether it could not run the model at all. */
  readonly isRefusal: boolean;
  /** On which it failed. */
  readonly input: SeededCase;
  readonly gate: GivenGate;
  readonly open: Open;
  readonly seconds: number;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** A part that still fails, with what it is fed and what is right. */
export interface Culprit {
  readonly part: SubModel;
  readonly expected: AnyTensors;
  readonly verdict: Verdict;
  /** How many nodes the model has, those that make a constant left out. */
  readonly of: number;
  /** Whether no node of it can be left out; otherwise time was up. */
  readonly minimal: boolean;
  readonly tried: number;
}

/** How a part fails. */
export type Verdict =
  | {
      readonly kind: 'differs';
      readonly output: string;
      readonly largest: number;
      readonly allowed: number;
      readonly notFinite: number;
    }
  | { readonly kind: 'refused'; readonly error: string };

/**
 * Looks for it: the node whose value is off first, alone; then with more and more of what it is made of; then the whole, made
 * smaller by delta debugging. Undefined where not even the whole differs when it is cut out.
 *
 * @throws NascentError of whoever gives the values in between, where nobody can; the signal's reason
 */
export async function bisect(task: BisectTask): Promise<Culprit | undefined> {
  const { file, seconds, reporter, signal } = task;
  const { model } = file;
  const { values, suspect } = await valuesBetween(task);
  const all = model.graph.nodes.flatMap((node, i) => (isFree(node) ? [] : [i]));
  const until = performance.now() + 1000 * seconds;
  const known = new Map<string, Found | undefined>();
  const folder = await mkdtemp(join(tmpdir(), 'nascent-bisect-'));
  const found = async (part: readonly number[], only?: ReadonlySet<string>): Promise<Found | undefined> => {
    const key = `${part.join(',')};${[...(only ?? [])].join(',')}`;
    if (!known.has(key)) {
      signal.throwIfAborted();
      known.set(key, await failing(task, model, new Set(part), values, folder, only));
      reporter.progress(known.size, known.size + 1, 'parts', `${part.length} nodes`);
    }
    return known.get(key);
  };
  try {
    reporter.stage('bisect', `the smallest part of the model in which ${task.pair.name} differs`);
    const start = await startOf(model, all, suspect, async (part) => (await found(part)) !== undefined);
    if (start === undefined) return undefined;
    const shrunk = await shrink(
      start,
      async (part) => (await found(part)) !== undefined,
      () => performance.now() > until,
    );
    const whole = await found(shrunk.items);
    if (whole === undefined) throw internal('a part that failed does not fail');
    // With that output alone, where it fails alone.
    const { verdict } = whole;
    const alone =
      verdict.kind === 'differs' ? await found(shrunk.items, new Set([verdict.output])) : undefined;
    return { ...(alone ?? whole), of: all.length, minimal: shrunk.minimal, tried: known.size };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Found = Pick<Culprit, 'part' | 'expected' | 'verdict'>;

/** A part that fails, as small as can be guessed. */
async function startOf(
  { graph }: OnnxModel,
  all: readonly number[],
  suspect: string | undefined,
  fails: (part: readonly number[]) => Promise<boolean>,
): Promise<readonly number[] | undefined> {
  const first = graph.nodes.findIndex(({ outputs }) => suspect !== undefined && outputs.includes(suspect));
  if (first >= 0) {
    for (let steps = 0, size = 0; ; steps = Math.max(1, 2 * steps)) {
      const part = around(graph.nodes, first, steps).filter((i) => all.includes(i));
      if (part.length === size || 2 * part.length > all.length) break;
      size = part.length;
      if (await fails(part)) return part;
    }
  }
  return (await fails(all)) ? all : undefined;
}

/** A node, and those that it is made of, over as many steps; and as many of those that are made of it. */
function around(nodes: readonly OnnxNode[], first: number, steps: number): readonly number[] {
  const makers = new Map(nodes.flatMap(({ outputs }, i) => outputs.map((name) => [name, i] as const)));
  const readers = nodes.map((_, i) => i).filter((i) => i > first);
  let [part, edge] = [new Set([first]), [first]];
  for (let step = 0; step < steps; step++) {
    const above = edge.flatMap((i) => nodes[i]?.inputs.map((name) => makers.get(name)) ?? []);
    const made = new Set([...part].flatMap((i) => nodes[i]?.outputs ?? []));
    const below = readers.filter((i) => nodes[i]?.inputs.some((name) => made.has(name)));
    edge = [...above.filter((i) => i !== undefined), ...below].filter((i) => !part.has(i));
    part = new Set([...part, ...edge]);
  }
  return [...part].toSorted((a, b) => a - b);
}

/** Whether a part fails, and how. What cannot be cut out, or of which nobody knows what is right, does not. */
async function failing(
  task: BisectTask,
  model: OnnxModel,
  chosen: ReadonlySet<number>,
  values: AnyTensors,
  folder: string,
  only?: ReadonlySet<string>,
): Promise<Found | undefined> {
  const part = subModel(model, chosen, values, only);
  if (part === undefined) return undefined;
  const path = join(folder, 'part.onnx');
  const { pair, open, signal, isRefusal } = task;
  const written = quietly(() => encodeModel(part.model));
  if (written === undefined) return undefined;
  await writeFile(path, written);
  const [measured, given] = await Promise.all([
    within(async () => open('reference', { what: 'truth' }, { path }, signal), measuredOn(part.feeds)),
    within(
      async () => open(pair.name, pair.way, { path }, signal),
      async (opened) => opened.run(part.feeds),
    ),
  ]);
  signal.throwIfAborted();
  if (measured instanceof NascentError) return undefined;
  const { outputs: expected } = measured;
  if (given instanceof NascentError) {
    return isRefusal ? { part, expected, verdict: { kind: 'refused', error: given.message } } : undefined;
  }
  const verdict = isRefusal ? undefined : verdictOf(task, measured, given);
  return verdict && { part, expected, verdict };
}

/** How far off the output is that is furthest beyond what it may be. */
function verdictOf(
  { file, gate: given, pair }: BisectTask,
  measured: Measured,
  got: AnyTensors,
): Verdict | undefined {
  const { outputs, spreads } = measured;
  const gate = ownGate(gateOf(given, precisionOf(file.model), measurementsOf(measured)), file.model, pair);
  let worst: { readonly used: number; readonly verdict: Verdict } | undefined;
  for (const [output, truth] of outputs) {
    const tensor = got.get(output);
    if (tensor?.data.length !== truth.data.length) continue;
    const spread = spreads.get(output);
    const comparison = new Comparison();
    const allowance = allowanceOf(gate, output, truth, spread);
    comparison.add(output, tensor, truth, allowance, () => 'the input');
    const { used, notFinite, largestAbsolute: largest, worst: at } = comparison.distances;
    const badness = notFinite > 0 ? Infinity : used;
    if (badness <= 1 || badness <= (worst?.used ?? 0)) continue;
    const allowed = at?.allowed ?? 0;
    worst = { used: badness, verdict: { kind: 'differs', output, largest, allowed, notFinite } };
  }
  return worst?.verdict;
}

function measurementsOf({ outputs, spreads }: Measured): readonly Measurement[] {
  return [...outputs].flatMap(([output, truth]) => {
    const spread = spreads.get(output);
    return spread === undefined ? [] : [{ output, truth, spread }];
  });
}

function measuredOn(feeds: AnyTensors): (opened: OpenModel) => Promise<Measured> {
  return async ({ measure }) => {
    if (measure === undefined) throw internal('the truth is not measured');
    return measure(feeds);
  };
}

interface Between {
  readonly values: AnyTensors;
  /** The value that is further off than allowed first, where there is one. */
  readonly suspect: string | undefined;
}

/** Every value of the model on the input: of the truth where that is known, in the types of the file. */
async function valuesBetween(task: BisectTask): Promise<Between> {
  const { file, model, pair, input, isRefusal, open, reporter, signal } = task;
  reporter.stage('bisect', 'every value in between, for parts of the model to be fed');
  return withValues(model, file.model, async (exposed) => {
    const [exact, own] = [
      await within(
        async () => open('reference', { what: 'truth' }, exposed, signal),
        measuredOn(input.feeds),
      ),
      await within(
        async () => open(standInName, standInWay, exposed, signal),
        async (opened) => opened.run(input.feeds),
      ),
    ];
    signal.throwIfAborted();
    if (exact instanceof NascentError && own instanceof NascentError) throw exact;
    const values = new Map<string, AnyTensor>(input.feeds);
    for (const given of [own, exact instanceof NascentError ? exact : exact.outputs]) {
      if (given instanceof NascentError) continue;
      for (const [name, tensor] of given) values.set(name, asTyped(tensor, values.get(name)));
    }
    if (isRefusal || exact instanceof NascentError) return { values, suspect: undefined };
    const gate = gateOf(task.gate, precisionOf(file.model), measurementsOf(exact));
    const openPair = async () => open(pair.name, pair.way, exposed, signal);
    const { first } = await compareLayers(
      pair,
      openPair,
      file.model,
      input,
      exact,
      ownGate(gate, file.model, pair),
    );
    return { values, suspect: first?.value };
  });
}

/** The exact numbers, as the file's own type holds them; where that is no float32, the file's own. */
function asTyped(exact: AnyTensor, own: AnyTensor | undefined): AnyTensor {
  const isSingle = (own ?? exact).dtype === 'float32' && exact.dtype === 'float32';
  if (isSingle) return { ...exact, data: Float32Array.from(exact.data) };
  return own ?? exact;
}

/** What comes of an opened model, or what it throws that a person can act on. */
async function within<T>(
  open: () => Promise<OpenModel>,
  action: (opened: OpenModel) => Promise<T>,
): Promise<T | NascentError> {
  let opened: OpenModel | undefined;
  try {
    opened = await open();
    return await action(opened);
  } catch (error) {
    if (error instanceof NascentError) return error;
    throw error;
  } finally {
    opened?.dispose();
  }
}

function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof NascentError) return undefined;
    throw error;
  }
}
