/** Where runtimes part: every value of a model in order, each as an output of its own, on one input. */
import type { OnnxModel, OnnxNode } from '../../proto/onnx.ts';
import { NascentError } from '../errors.ts';
import { mostOf } from '../extremes.ts';
import { isFloat, type AnyTensor } from '../runtime/any-tensor.ts';
import type { Answer } from './answers.ts';
import { choicesOf, type HeldRows } from './chosen-rows.ts';
import { chosenInNumber } from './chosen-values.ts';
import { spanOf } from './bisect/span.ts';
import { Comparison } from './comparison.ts';
import { allowanceOf, type Gate } from './gates.ts';
import type { Pair } from './pairs.ts';
import type { SeededCase } from './seeded-inputs.ts';
import { rewrittenValues } from './rewritten.ts';
import type { Spread } from './truth/spread.ts';
import { valuesOf } from './values.ts';
import type { OpenModel } from './ways.ts';

/** One value that a node makes, in one runtime. */
export interface Layer {
  readonly value: string;
  readonly node: string;
  readonly op: string;
  readonly largestAbsolute: number;
  /** |given − expected| / |expected|, where that is not 0. */
  readonly largestRelative: number;
  readonly cosine: number | null;
  /** Of the element that used most of its allowance. */
  readonly allowed: number;
  readonly used: number;
  readonly signalToNoise: number | null;
  /** Values that are not finite on one side only. */
  readonly notFinite: number;
  /** Of two files: it is called the same and is something else, for all that is made of it agrees. */
  readonly rewritten?: true;
}

/** Names of values, by why they cannot be compared. */
export interface NotCompared {
  /** Of another number of elements, such as channels of zeros that were added. */
  readonly otherSize: readonly string[];
  /** Whole numbers in one file and fractions in the other, such as bytes that stand for numbers by a scale. */
  readonly otherType: readonly string[];
}

/** The first value of those that are compared that is further off than allowed. */
export interface FirstOff extends Layer {
  /** The nearest values before it that are compared, and within what is allowed. */
  readonly inputs: readonly Layer[];
  /** Nodes between these and it that make nothing that is compared: it may be off from any of them on. Absent where there are none. */
  readonly before?: readonly { readonly node: string; readonly op: string }[];
}

/** Every value in between in one runtime, on one input, and where it parts from what it is held to. */
export interface LayerReport {
  /** Of the pair. */
  readonly name: string;
  /** The input, as a report calls it. */
  readonly input: string;
  /** In the order of the file. */
  readonly layers: readonly Layer[];
  /** Of two files: values called the same that are not compared, since they are of another size or kind of number there. */
  readonly notCompared?: NotCompared;
  /** The first that is further off than allowed, with what it is made of; null where none is. */
  readonly first: FirstOff | null;
  /** Why there are no layers. */
  readonly error: string | null;
}

/** Compares every value. What the runtime cannot do is told. */
export async function compareLayers(
  pair: Pair,
  open: () => Promise<OpenModel>,
  content: OnnxModel,
  { label, batch, feeds }: SeededCase,
  answer: Answer,
  gate: Gate,
  isOfFiles = false,
): Promise<LayerReport> {
  const input = `${label}, batch ${batch}`;
  let opened: OpenModel | undefined;
  try {
    opened = await open();
    const outputs = await opened.run(feeds);
    const names = chosenInNumber(content);
    const otherSize: string[] = [];
    const otherType: string[] = [];
    const compared = valuesOf(content).flatMap(([value, node]): Layer[] => {
      const [expected, given] = [answer.outputs.get(value), outputs.get(value)];
      if (expected === undefined || given === undefined) return [];
      const rows = rowsOf(value, given, answer, gate, names);
      if (rows !== undefined && rows.otherwise <= rows.most) {
        const [own, other] = [rows.given.get(value), rows.wanted.get(value)];
        if (own !== undefined && other !== undefined) {
          return [layerOf(value, node, own, other, gate, answer.spreads?.get(value))];
        }
      }
      const isOfOtherSize = given.data.length !== expected.data.length;
      if (isOfOtherSize || isFloat(given.dtype) !== isFloat(expected.dtype)) {
        (isOfOtherSize ? otherSize : otherType).push(value);
        return [];
      }
      return [layerOf(value, node, given, expected, gate, answer.spreads?.get(value))];
    });
    const layers = isOfFiles ? withRewritten(content, compared) : compared;
    const first = layers.find(isOff);
    return {
      name: pair.name,
      input,
      layers,
      ...(otherSize.length + otherType.length > 0 && { notCompared: { otherSize, otherType } }),
      first: first === undefined ? null : { ...first, ...beforeOf(content, first, layers) },
      error: layers.length === 0 ? 'no value could be compared' : null,
    };
  } catch (error) {
    if (!(error instanceof NascentError) || error.code === 'interrupted') throw error;
    return { name: pair.name, input, layers: [], first: null, error: error.message };
  } finally {
    opened?.dispose();
  }
}

/** What is known of what a value is made of. */
function beforeOf(
  { graph }: OnnxModel,
  { value: off }: Layer,
  layers: readonly Layer[],
): Pick<FirstOff, 'inputs' | 'before'> {
  const agreeing = layers.filter((layer) => !isOff(layer) && layer.rewritten !== true);
  const [span, ends] = spanOf(graph, off, new Set(agreeing.map(({ value }) => value)));
  const before = span
    .filter(({ outputs }) => !outputs.includes(off))
    .map(({ name, opType, outputs }) => ({ node: name || (outputs[0] ?? ''), op: opType }));
  const inputs = agreeing.filter(({ value }) => ends.has(value));
  return { inputs, ...(before.length > 0 && { before }) };
}

/** The rows of a value that are to be compared, where numbers choose some of many. */
function rowsOf(
  value: string,
  given: AnyTensor,
  answer: Answer,
  gate: Gate,
  names: ReadonlySet<string>,
): HeldRows | undefined {
  const outputs = answer.outputs.get(value);
  if (outputs === undefined || answer.chosen?.every((one) => one.has(value)) !== true) return undefined;
  const alone = {
    ...answer,
    outputs: new Map([[value, outputs]]),
    chosen: answer.chosen.map((one) => new Map([...one].filter(([name]) => name === value))),
  };
  return choicesOf([alone], gate, names)?.(new Map([[value, given]]), alone);
}

/** One value, of as many elements on both sides. */
export function layerOf(
  value: string,
  node: OnnxNode,
  given: AnyTensor,
  expected: AnyTensor,
  gate: Gate,
  spread: Spread | undefined,
): Layer {
  const comparison = new Comparison();
  const allowance = allowanceOf(gate, value, expected, spread);
  comparison.add(value, given, expected, allowance, () => 'the input');
  const { worst, ...distances } = comparison.distances;
  const { largestAbsolute, largestRelative, cosine, used, signalToNoise, notFinite } = distances;
  return {
    value,
    node: node.name || value,
    op: node.opType,
    largestAbsolute,
    largestRelative,
    cosine,
    allowed: worst?.allowed ?? 0,
    used,
    signalToNoise,
    notFinite,
  };
}

/** Whether a value is further off than allowed, and is meant to be the same. */
export function isOff({ used, notFinite, rewritten }: Layer): boolean {
  return rewritten !== true && (used > 1 || notFinite > 0);
}

function withRewritten(content: OnnxModel, layers: readonly Layer[]): readonly Layer[] {
  const off = new Set(layers.filter(isOff).map(({ value }) => value));
  const rewritten = rewrittenValues(content, off, new Set(layers.map(({ value }) => value)));
  return layers.map((layer) => (rewritten.has(layer.value) ? { ...layer, rewritten: true } : layer));
}

/** How many are not compared, and why; undefined where all are. */
export function notComparedText(layers: readonly LayerReport[]): string | undefined {
  const most = (why: keyof NotCompared) =>
    mostOf([0, ...layers.map(({ notCompared }) => notCompared?.[why].length ?? 0)]);
  const said = (number: number, what: string) =>
    number === 0 ? [] : [`${number} ${number === 1 ? 'is' : 'are'} ${what}`];
  const reasons = [
    ...said(most('otherSize'), 'of another size in the other file'),
    ...said(most('otherType'), 'of whole numbers in one file only'),
  ];
  return reasons.length === 0 ? undefined : `${reasons.join(' and ')}, and not compared`;
}

/** Whether a runtime that was run has outputs further off than allowed. */
export function differs(
  pairs: readonly { readonly name: string; readonly failures: readonly unknown[] }[],
  name: string,
): boolean {
  return pairs.some((pair) => pair.name === name && pair.failures.length > 0);
}

/**
 * What no layer shows though outputs differ: a runtime that gives every value may not put nodes together as it does for the
 * outputs alone.
 */
const unseen =
  'that is with every value asked for, which keeps nodes from being put together as they are for the ' +
  'outputs alone: --bisect finds the part that differs';

/** Of values that are off where nothing made of them is: whether that is meant so, nobody can tell. */
function hiddenText(others: number, of: number): string {
  const [are, them] = others === 1 ? ['is', 'it'] : ['are', 'them'];
  return (
    `of ${of} values ${others} ${are} further off than allowed, and nothing that is made of ${them} is: ` +
    'something else by the same name, or hidden by what comes after'
  );
}

/**
 * A line or two for each runtime.
 *
 * @param isOffOutside whether its outputs are not within what is allowed
 */
export function layerText({ name, input, layers, first, error }: LayerReport, isOffOutside: boolean): string {
  if (error !== null) return `${name}: ${error}`;
  if (first === null) {
    const others = layers.filter(({ rewritten }) => rewritten === true).length;
    const none =
      others > 0
        ? hiddenText(others, layers.length)
        : layers.length === 1
          ? 'the one value is within what is allowed'
          : `none of ${layers.length} values is further off than allowed`;
    const on = ` on ${input}`;
    return isOffOutside ? `${name}: ${none}${on}; ${unseen}` : `${name}: ${none}`;
  }
  const times = first.used === Infinity ? 'all' : `${first.used.toPrecision(2)} times`;
  const { before = [] } = first;
  const inputs = first.inputs.map(({ value, used }) => `${value} (${Math.round(100 * used)} %)`);
  const off =
    first.notFinite > 0
      ? `${first.notFinite} values are not finite on one side only`
      : `off by ${first.largestAbsolute.toExponential(1)}, ${times} what is allowed`;
  const made = inputs.length === 0 ? 'inputs and weights' : inputs.join(', ');
  const at = `${first.op} "${first.node}": ${off}`;
  if (before.length === 0) return `${name}: on ${input}, first at ${at}; it is made of ${made}`;
  return (
    `${name}: on ${input}, first seen at ${at}; ` +
    `${before.length === 1 ? `${nodeText(before[0])} before it is` : `${before.length} nodes before it are`} not compared, ` +
    `so that it may be off from any of them on, back to ${made}`
  );
}

function nodeText(node: { readonly node: string; readonly op: string } | undefined): string {
  return node === undefined ? '' : `${node.op} "${node.node}"`;
}
