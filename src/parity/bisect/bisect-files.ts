/** The first place where two files part that should be equal: which node of each, and by how much. */
import { NascentError } from '../../errors.ts';
import type { ModelFile } from '../../evaluate/model-file.ts';
import { leastOf } from '../../extremes.ts';
import type { OnnxNode } from '../../../proto/onnx.ts';
import type { Reporter } from '../../run/reporter.ts';
import { isFloat, type AnyTensor } from '../../runtime/any-tensor.ts';
import type { Answers, PairInputs } from '../answers.ts';
import { isCoarse, precisionOf } from '../coarse.ts';
import { isUnanswered, unanswered } from '../every-value.ts';
import { gateOf, ownGate } from '../gates.ts';
import { isOff, layerOf, type Layer } from '../layers.ts';
import type { CheckedParityOrder } from '../order.ts';
import { asFirst, type OtherFile } from '../other-file.ts';
import type { Pair } from '../pairs.ts';
import { badness, type PairReport } from '../parity-report.ts';
import { rewrittenValues } from '../rewritten.ts';
import type { SeededCase } from '../seeded-inputs.ts';
import { valuesOf, withValues } from '../values.ts';
import type { ModelUnderTest, Open } from '../ways.ts';
import { correspond, type Corresponding } from './correspond.ts';
import { nodeDifferences } from './node-differences.ts';
import { spanOf } from './span.ts';
import { usesOf } from './sub-model.ts';

/** A node, by its name, or where it has none by what it makes. */
export interface NamedNode {
  readonly node: string;
  readonly op: string;
}

/** A value of each file that should be the same and is not, with its figures; what it is made of is the same. */
export interface FilesPlace extends Layer {
  readonly by: Corresponding['by'];
  /** What the other file makes it by, and calls it. */
  readonly other: NamedNode & { readonly value: string };
  /** What of the first file goes into it that the other file has as well, and what share of its allowance each is off. */
  readonly inputs: readonly Pick<Layer, 'value' | 'used'>[];
  /** The nodes of each file between there and here. */
  readonly between: { readonly first: readonly NamedNode[]; readonly other: readonly NamedNode[] };
  /** In what the two nodes differ, in a sentence each. */
  readonly differences: readonly string[];
}

/** What a report says of two files. */
export interface FilesBisectReport {
  /** The runtime that the other file was run in. */
  readonly name: string;
  readonly input: string;
  /** How many values correspond, by what. */
  readonly corresponding: Readonly<Record<Corresponding['by'], number>>;
  /** Null where all that corresponds is equal. */
  readonly place: FilesPlace | null;
  /** Where the other file computes in fewer bits: the value at which most noise comes in; null where none does. */
  readonly noisiest:
    (NamedNode & { readonly value: string; readonly before: number; readonly after: number }) | null;
  /** Why nobody knows of any place. */
  readonly error?: string;
}

interface TwoFiles {
  readonly file: ModelFile;
  readonly model: ModelUnderTest;
  readonly other: OtherFile;
  readonly asked: readonly Pair[];
  readonly pairs: readonly PairReport[];
  readonly inputs: PairInputs;
  readonly answersTo: (model: ModelUnderTest, cases: PairInputs) => Promise<Answers>;
  /** The input on which a pair is worst. */
  readonly inputOf: (pair: PairReport) => Promise<SeededCase>;
  readonly openIn: Open;
  readonly resolved: CheckedParityOrder;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/**
 * Undefined where the other file does what the first does, or cannot be run.
 *
 * @throws NascentError 'input/invalid' where nothing of one file corresponds to anything of the other
 */
export async function bisectFiles(task: TwoFiles): Promise<FilesBisectReport | undefined> {
  const { file, model, other, asked, pairs, openIn, resolved, reporter, signal } = task;
  const [worst] = pairs
    .filter(({ failures }) => failures.length > 0)
    .toSorted((a, b) => badness(b) - badness(a));
  const pair = asked.find(({ name }) => name === worst?.name);
  if (worst === undefined || pair === undefined) {
    reporter.note('the other file does what the first does, so that there is no place to look for');
    return undefined;
  }
  reporter.stage('bisect', 'the first place where the two files differ');
  const input = await task.inputOf(worst);
  const about = { name: pair.name, input: `${input.label}, batch ${input.batch}` };
  const unknown = (error: string): FilesBisectReport => ({
    ...about,
    corresponding: countsOf([]),
    place: null,
    noisiest: null,
    error: `${unanswered}: ${error}`,
  });
  const content = other.file.model;
  const found = async (): Promise<FilesBisectReport> =>
    withValues(model, file.model, async (exposed) =>
      withValues({ path: other.file.path }, content, async (exposedOther) => {
        const known = await task.answersTo(exposed, { seeded: [input], real: undefined });
        const answer = known.seeded[0];
        if (answer === undefined) return unknown(known.lost?.message ?? known.untold ?? 'nothing answers');
        const gate = ownGate(gateOf(resolved, precisionOf(file.model), known.measured), file.model, pair);
        const theirValues = valuesOf(content);
        const own = new Map(theirValues.map(([value]) => [value, value]));
        const opened = asFirst(await openIn(pair.name, pair.way, exposedOther, signal), other.matching, own);
        const given = await opened.run(input.feeds).finally(() => opened.dispose());
        const compared = (value: string, node: OnnxNode, expected: AnyTensor, tensor: AnyTensor) =>
          layerOf(value, node, tensor, expected, gate, answer.spreads?.get(value));
        const ourValues = valuesOf(file.model);
        const makers = new Map(ourValues);
        const all = correspond(
          { values: ourValues, tensors: answer.outputs },
          { values: theirValues, tensors: given },
          other.matching.values,
          (name, our, their) => {
            const node = makers.get(name);
            const layer = node === undefined ? undefined : compared(name, node, our, their);
            return layer !== undefined && !isOff(layer);
          },
        );
        if (all.length === 0) throw nothingCorresponds(file, other);
        const layers = all.flatMap((one): readonly (readonly [Corresponding, Layer])[] => {
          const [node, expected, tensor] = [
            makers.get(one.ours),
            answer.outputs.get(one.ours),
            given.get(one.theirs),
          ];
          if (node === undefined || expected === undefined || tensor === undefined) return [];
          // Bytes stand for numbers by a scale that is not theirs.
          if (isFloat(expected.dtype) !== isFloat(tensor.dtype)) return [];
          return [[one, compared(one.ours, node, expected, tensor)]];
        });
        const report = {
          ...about,
          corresponding: countsOf(all),
          noisiest: isCoarse(content) ? noisiestOf(file, layers) : null,
        };
        return { ...report, place: placeOf(task, layers) };
      }),
    );
  return found().catch((error: unknown) => {
    if (isUnanswered(error)) return unknown(error.message);
    throw error;
  });
}

function placeOf(
  { file, other }: TwoFiles,
  layers: readonly (readonly [Corresponding, Layer])[],
): FilesPlace | null {
  const off = new Set(layers.filter(([, layer]) => isOff(layer)).map(([, { value }]) => value));
  const rewritten = rewrittenValues(file.model, off, new Set(layers.map(([, { value }]) => value)));
  const isDifferent = ({ value }: Layer) => off.has(value) && !rewritten.has(value);
  const first = layers.find(([, layer]) => isDifferent(layer));
  if (first === undefined) return null;
  const [{ theirs, by }, layer] = first;
  const equal = layers.filter(([, one]) => !off.has(one.value));
  const [ourSpan, ourEnds] = spanOf(file.model.graph, layer.value, new Set(equal.map(([one]) => one.ours)));
  const [theirSpan] = spanOf(other.file.model.graph, theirs, new Set(equal.map(([one]) => one.theirs)));
  const [ourNode, theirNode] = [ourSpan.at(-1), theirSpan.at(-1)];
  const isAlone = ourSpan.length === 1 && theirSpan.length === 1;
  return {
    ...layer,
    by,
    other: { ...namedNode(theirNode, theirs), value: theirs },
    inputs: equal.filter(([one]) => ourEnds.has(one.ours)).map(([, { value, used }]) => ({ value, used })),
    between: {
      first: ourSpan.map((node) => namedNode(node, layer.value)),
      other: theirSpan.map((node) => namedNode(node, theirs)),
    },
    differences:
      isAlone && ourNode !== undefined && theirNode !== undefined
        ? nodeDifferences([file.model, ourNode], [other.file.model, theirNode])
        : [],
  };
}

function namedNode(node: OnnxNode | undefined, value: string): NamedNode {
  if (node === undefined) return { node: value, op: 'input' };
  return { node: node.name === '' ? (node.outputs[0] ?? value) : node.name, op: node.opType };
}

/** The value that has lost most of the signal that all it is made of still had. */
function noisiestOf(
  { model }: ModelFile,
  layers: readonly (readonly [Corresponding, Layer])[],
): FilesBisectReport['noisiest'] {
  const known = new Map(layers.map(([, layer]) => [layer.value, layer]));
  const makers = new Map(valuesOf(model));
  const losses = [...known.values()].flatMap(({ value, node, op, signalToNoise: after }) => {
    const maker = makers.get(value);
    const sources = (maker === undefined ? [] : usesOf(maker)).flatMap(
      (name) => known.get(name)?.signalToNoise ?? [],
    );
    if (after === null || sources.length === 0) return [];
    return [{ value, node, op, before: leastOf(sources), after }];
  });
  const [most] = losses.toSorted((a, b) => b.before - b.after - (a.before - a.after));
  return most !== undefined && most.before > most.after ? most : null;
}

function countsOf(all: readonly Corresponding[]): FilesBisectReport['corresponding'] {
  const count = (by: Corresponding['by']) => all.filter((one) => one.by === by).length;
  return { name: count('name'), value: count('value'), shape: count('shape') };
}

function nothingCorresponds(file: ModelFile, other: OtherFile): NascentError {
  return new NascentError(
    'input/invalid',
    `nothing that ${other.file.path} computes corresponds to anything in ${file.path}: no value has the name of another, is equal to it, or is of the same op and shape in the same place`,
    { help: 'Give a file and what was made of it: before and after a simplifier, float32 and int8.' },
  );
}
