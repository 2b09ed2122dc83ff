/** Whether a node is what the op of its type may be, at the operator set of the model. */
import type { OnnxAttribute, OnnxNode, OnnxOpset } from '../../../proto/onnx.ts';
import { checkCall } from './calls.ts';
import { checkChoices } from './choices.ts';
import { functionKeyOf, type Context } from './context.ts';
import { checkLearned } from './learned.ts';
import { checkSparse, checkTensor } from './tensor.ts';
import { lookUp, newestOf, newestOpset, rangeOf, type Parameter, type Schema } from '../schemas/schema.ts';

export function checkAttributes(node: OnnxNode, where: string, context: Context): void {
  const { faults } = context;
  const seen = new Set<string>();
  for (const attribute of node.attributes) {
    const { name } = attribute;
    if (name === '') faults.push(`${where} has an attribute without a name`);
    else if (seen.has(name)) faults.push(`${where} has two attributes named "${name}"`);
    seen.add(name);
    checkValue(attribute, `attribute "${name}" of ${where}`, context);
  }
}

function checkValue(attribute: OnnxAttribute, where: string, { faults, inFunction }: Context): void {
  if (attribute.kind === 'reference') {
    if (!inFunction) faults.push(`${where} stands for an attribute of a function, outside of any`);
  }
  if (attribute.kind === 'tensor') checkTensor(attribute.value, where, faults);
  if (attribute.kind === 'tensors') attribute.value.forEach((each) => checkTensor(each, where, faults));
  if (attribute.kind === 'sparse-tensor') checkSparse(attribute.value, where, faults);
  if (attribute.kind === 'sparse-tensors')
    attribute.value.forEach((each) => checkSparse(each, where, faults));
}

/**
 * Ops that early exporters wrote into ONNX's own domain before it had them, or that it never took in. ONNX's own checker
 * lets them pass.
 */
const experimental: ReadonlySet<string> = new Set([
  'ATen',
  'Affine',
  'ConstantFill',
  'Crop',
  'DynamicSlice',
  'GRUUnit',
  'GivenTensorFill',
  'ImageScaler',
  'ParametricSoftplus',
  'Scale',
  'ScaledTanh',
]);

/** Ops that onnxruntime's optimiser writes into ONNX's domain, and since when ONNX has them. */
const earlyOps: ReadonlyMap<string, number> = new Map([
  ['LayerNormalization', 17],
  ['SimplifiedLayerNormalization', Infinity],
]);

/** Nothing is said of what is not known: another domain, or an operator set newer than the table. */
export function checkSignature(node: OnnxNode, where: string, context: Context): void {
  const { opType } = node;
  const definition = context.functions.get(functionKeyOf(node));
  if (definition !== undefined) {
    const { inputs, outputs } = definition;
    checkCount(node.inputs.length, [0, inputs.length], where, node, 'inputs', context);
    checkCount(node.outputs.length, [0, outputs.length], where, node, 'outputs', context);
    checkCall(node, where, definition, context);
    return;
  }
  const { domain } = node;
  const isOwn = domain === '';
  const [opset, newest] = [versionOf(context.opsets, domain), newestOf(domain)];
  if (opType === '' || opset === undefined || newest === undefined) return;
  if (isOwn && experimental.has(opType)) return;
  const early = isOwn ? earlyOps.get(opType) : undefined;
  if (early !== undefined && opset < early) {
    const since = early === Infinity ? '' : ` before opset ${early}; the model is of opset ${opset}`;
    context.faults.pushSlight(`${where}: only onnxruntime has the op ${opType}${since}`);
    return;
  }
  const found = lookUp(opType, Math.min(opset, newest), domain);
  const of = isOwn ? '' : ` of ${domain}`;
  switch (found.kind) {
    case 'known':
      checkAgainst(node, where, found.schema, context);
      if (isOwn) checkSameVersion(node, where, found.schema, context);
      return;
    case 'unknown':
      if (opset <= newest) context.faults.push(`${where}: ONNX has no op "${opType}"${of}`);
      return;
    case 'not yet':
      context.faults.push(
        `${where}: ${opType} is there from opset ${found.since}${of} on; the model is of opset ${opset}`,
      );
      return;
    case 'no longer':
      // Runtimes still take trees of the older versions of other domains.
      if (!isOwn) return;
      context.faults.push(
        `${where}: ${opType} is gone since opset ${found.since}; the model is of opset ${opset}`,
      );
      return;
    default:
  }
}

/** The version of ONNX's own operator set. */
export function opsetOf(opsets: readonly OnnxOpset[]): number | undefined {
  return versionOf(opsets, '');
}

export function versionOf(opsets: readonly OnnxOpset[], domain: string): number | undefined {
  return opsets.find((each) => each.domain === domain)?.version;
}

/** Trees, encoders and what else is learnt without gradients. */
const learned = 'ai.onnx.ml';

function checkAgainst(node: OnnxNode, where: string, schema: Schema, context: Context): void {
  const { faults, opsets } = context;
  const { opType, inputs, outputs } = node;
  checkCount(inputs.length, rangeOf(schema.inputs), where, node, 'inputs', context);
  checkCount(outputs.length, rangeOf(schema.outputs), where, node, 'outputs', context);
  checkGiven(inputs, schema.inputs, `${where} leaves out its input`, context);
  checkGiven(outputs, schema.outputs, `${where} leaves out its output`, context);
  checkMany(node, where, schema, context);
  // What a newer operator set has added to the op is not known.
  const opset = versionOf(opsets, node.domain) ?? 0;
  if (opset > (newestOf(node.domain) ?? 0)) return;
  if (node.domain === '' || node.domain === learned) checkChoices(node, where, opset, context);
  if (node.domain === learned) checkLearned(node, where, opset, context);
  for (const attribute of node.attributes) {
    // The format keeps such names for whoever runs a model.
    if (attribute.name.startsWith('__')) continue;
    const expected = schema.attributes.get(attribute.name);
    const kind = attribute.kind === 'reference' ? attribute.refersToKind : attribute.kind;
    if (expected === undefined) {
      faults.push(`${where}: ${opType} has no attribute "${attribute.name}"${atVersion(schema)}`);
    } else if (kind !== expected.kind) {
      faults.push(`${where}: attribute "${attribute.name}" is of kind ${kind}, not ${expected.kind}`);
    }
  }
  for (const [name, { required }] of schema.attributes) {
    if (required && !node.attributes.some((attribute) => attribute.name === name)) {
      faults.push(`${where} lacks the attribute "${name}"`);
    }
  }
}

/** A function may be of another operator set than the model, as long as its ops are the same in both. */
function checkSameVersion({ opType }: OnnxNode, where: string, { since }: Schema, context: Context): void {
  const [own, outer] = [opsetOf(context.opsets), opsetOf(context.model.opsets)];
  if (!context.inFunction || outer === undefined || own === outer || outer > newestOpset) return;
  const there = lookUp(opType, outer);
  if (there.kind === 'known' && there.schema.since === since) return;
  context.faults.push(
    `${where}: ${opType} is another op in opset ${own}, the function's, than in ${outer}, the model's`,
  );
}

function atVersion({ since }: Schema): string {
  return since === 1 ? '' : ` (of opset ${since})`;
}

/** A parameter that must be given is not left out by an empty name either. */
function checkGiven(
  names: readonly string[],
  parameters: readonly Parameter[],
  what: string,
  { faults }: Context,
): void {
  names.forEach((name, index) => {
    const parameter = parameters[index];
    if (name === '' && parameter?.option === 'required')
      faults.push(`${what} ${index + 1}, "${parameter.name}"`);
  });
}

/** Ops that take as many as they are told, each of which is something. */
const counting: ReadonlySet<string> = new Set(['Loop', 'Scan', 'SequenceConstruct', 'SequenceMap']);

/** Of inputs of any number, none is left out before the last one: what would stand for it? At the end, runtimes pass over it. */
function checkMany(
  { opType, inputs }: OnnxNode,
  where: string,
  { inputs: all }: Schema,
  context: Context,
): void {
  const [first, last] = [all.length - 1, all.at(-1)];
  if (last?.option !== 'variadic') return;
  const end = counting.has(opType) ? inputs.length : inputs.findLastIndex((name) => name !== '');
  inputs.forEach((name, index) => {
    if (name !== '' || index < first || (index > first && index >= end)) return;
    context.faults.push(`${where} leaves out its input ${index + 1}, one of its "${last.name}"`);
  });
}

function checkCount(
  given: number,
  [least, most]: readonly [number, number],
  where: string,
  { opType, domain }: OnnxNode,
  what: 'inputs' | 'outputs',
  { faults, opsets }: Context,
): void {
  // A newer operator set may have added some at the end.
  const unknown = given > most && (versionOf(opsets, domain) ?? 0) > (newestOf(domain) ?? Infinity);
  if ((given >= least && given <= most) || unknown) return;
  const verb = what === 'inputs' ? 'takes' : 'has';
  const count = given === 1 ? `1 ${what.slice(0, -1)}` : `${given} ${what}`;
  faults.push(`${where} has ${count}; ${opType} ${verb} ${range([least, most])}`);
}

function range([least, most]: readonly [number, number]): string {
  if (least === most) return `${least}`;
  return most === Infinity ? `${least} or more` : `${least} to ${most}`;
}
