/**
 * Whether the inputs of a node are of types that its op takes, and of one type where they must be; and of what types its
 * outputs are. Only the table of ops is asked, so that a file is judged that cannot be read, too. What is not known, such
 * as what an op of another domain gives, is not judged.
 */
import { dataTypeOf, type OnnxDataType } from '../../../proto/data-type.ts';
import { byteLengthOf, type OnnxAttribute, type OnnxNode } from '../../../proto/onnx.ts';
import type { Context } from './context.ts';
import { lookUp, newestOf, type Parameter, type Schema } from '../schemas/schema.ts';
import {
  elementOf,
  heldBy,
  holding,
  showValueType,
  valueTypeOf,
  type MaybeType,
  type ValueType,
} from './value-types.ts';

/** The type of a value of the file, where it is known. */
export type TypeOf = (name: string) => MaybeType;

/**
 * Tells what is wrong with the types of a node of a domain of ONNX; gives the types of its outputs.
 *
 * @param opset the version of the domain
 */
export function checkTypes(
  node: OnnxNode,
  where: string,
  opset: number | undefined,
  typeOf: TypeOf,
  { faults }: Pick<Context, 'faults'>,
): readonly MaybeType[] {
  if (opset === undefined || opset > (newestOf(node.domain) ?? 0)) return [];
  const found = lookUp(node.opType, opset, node.domain);
  if (found.kind !== 'known') return [];
  const { schema } = found;
  /** What stands for a type of the op, and the name of the parameter that said so. */
  const bound = new Map<string, { readonly type: ValueType; readonly by: string }>();
  /** What may be of two types, or of one that is wrong. Nothing follows of it, so that a fault is told once. */
  const torn = new Set<string>();
  const given: MaybeType[] = [];
  node.inputs.forEach((name, index) => {
    const parameter = parameterAt(schema.inputs, index);
    const type = name === '' ? undefined : typeOf(name);
    if (parameter === undefined || type === undefined) return;
    // Of many, the name is what tells one from the other.
    const called = parameter.option === 'variadic' ? `"${name}"` : `${parameter.name} ("${name}")`;
    if (!takes(schema, parameter, type)) {
      // Whoever reads the file knows the type, and may compute with it.
      faults.pushSlight(
        `${where}: its input ${called} is ${showValueType(type)}, which ${node.opType} does not take`,
      );
      torn.add(parameter.type);
      return;
    }
    given[index] = type;
    if (!parameter.alike) return;
    const before = bound.get(parameter.type);
    if (before === undefined) bound.set(parameter.type, { type, by: called });
    else if (before.type !== type) {
      torn.add(parameter.type);
      const both = `${showValueType(before.type)} and ${showValueType(type)}`;
      faults.pushSlight(
        `${where}: its inputs ${before.by} and ${called} must be of one type, and are ${both}`,
      );
    }
  });
  const [items, item] = [given[0] && heldBy('seq', given[0]), given[1]];
  if (node.opType === 'SequenceInsert' && items !== undefined && item !== undefined && items !== item) {
    faults.pushSlight(`${where}: it puts ${showValueType(item)} into a sequence of ${showValueType(items)}`);
  }
  checkBits(node, where, given[0], faults);
  const held = torn.size === 0 ? holdings.get(node.opType)?.(given, node) : undefined;
  const told = node.domain === '' ? (held ?? toldBy(node)) : encodedBy(node, opset, 'values');
  const key = encodedBy(node, opset, 'keys');
  if (key !== undefined && given[0] !== undefined && key !== given[0]) {
    faults.pushSlight(`${where}: its keys are ${key}, and its input ${showValueType(given[0])}`);
  }
  /** What is meant where a node does not say what it gives. */
  const unsaid = (parameter: Parameter): MaybeType => {
    const meant = isUnsaid(node) ? (meantTypes.get(node.opType) ?? given[0]) : undefined;
    return meant !== undefined && takes(schema, parameter, meant) ? meant : undefined;
  };
  return node.outputs.map((_, index) => {
    const parameter = parameterAt(schema.outputs, index);
    if (parameter === undefined || !parameter.alike || torn.has(parameter.type)) return undefined;
    const type = bound.get(parameter.type)?.type ?? onlyType(schema, parameter) ?? told ?? unsaid(parameter);
    if (type !== undefined && !takes(schema, parameter, type)) {
      faults.pushSlight(
        `${where}: its output ${parameter.name} is ${showValueType(type)}, which ${node.opType} does not give`,
      );
    }
    return type;
  });
}

/** What is read as another type has as many bits. */
function checkBits(node: OnnxNode, where: string, from: MaybeType, faults: Context['faults']): void {
  if (node.opType !== 'BitCast' || node.domain !== '') return;
  const [own, to] = [elementOf(from), toldBy(node)];
  if (own === undefined || to === undefined || own === 'string' || to === 'string') return;
  const [bits, wanted] = [byteLengthOf(own, 8), byteLengthOf(to, 8)];
  if (bits === wanted) return;
  faults.pushSlight(`${where}: it reads ${own}, of ${bits} bits, as ${to}, of ${wanted}`);
}

/** What the elements of the outputs of a node are, where the table of ops says it. */
export function outputTypes(
  node: OnnxNode,
  opset: number | undefined,
  typeOf: TypeOf,
): readonly (OnnxDataType | undefined)[] {
  return checkTypes(node, '', opset, typeOf, { faults: { push() {}, pushSlight() {} } }).map(elementOf);
}

/** The last of an op's parameters may stand for any number. */
function parameterAt(parameters: readonly Parameter[], index: number): Parameter | undefined {
  const last = parameters.at(-1);
  return parameters[index] ?? (last?.option === 'variadic' ? last : undefined);
}

function takes({ types }: Schema, { type }: Parameter, given: ValueType): boolean {
  return types.get(type)?.has(given) ?? type === given;
}

/** The type of a parameter that has only one. */
function onlyType({ types }: Schema, { type }: Parameter): MaybeType {
  const allowed = types.get(type) ?? new Set([type]);
  const [only] = allowed;
  return allowed.size === 1 ? only : undefined;
}

/** Ops that give what they are given the type of, unless `dtype` says otherwise. */
const like: ReadonlySet<string> = new Set(['Bernoulli', 'EyeLike', 'RandomNormalLike', 'RandomUniformLike']);

/** What others give, unless it is said. */
const meantTypes: ReadonlyMap<string, OnnxDataType> = new Map([
  ['Multinomial', 'int32'],
  ['RandomNormal', 'float32'],
  ['RandomUniform', 'float32'],
  ['HannWindow', 'float32'],
  ['HammingWindow', 'float32'],
  ['BlackmanWindow', 'float32'],
  ['MelWeightMatrix', 'float32'],
]);

function isUnsaid({ opType, domain, attributes }: OnnxNode): boolean {
  const isOne = domain === '' && (like.has(opType) || meantTypes.has(opType));
  return isOne && !attributes.some(({ name }) => name === 'dtype' || name === 'output_datatype');
}

type Given = readonly MaybeType[];

const itemOf = ([list]: Given): MaybeType => list && heldBy('seq', list);

/** What a node makes that holds its input, or is what its input holds. */
const holdings: ReadonlyMap<string, (given: Given, node: OnnxNode) => MaybeType> = new Map<
  string,
  (given: Given, node: OnnxNode) => MaybeType
>([
  ['SequenceConstruct', (given) => inSequence(given.find((type) => type !== undefined))],
  ['SplitToSequence', ([x]) => inSequence(x)],
  ['SequenceEmpty', (_, { attributes }) => inSequence(emptyOf(attributes))],
  ['SequenceAt', itemOf],
  ['ConcatFromSequence', itemOf],
  [
    'Optional',
    ([x], { attributes }) => {
      const type = attributes.find(({ name }) => name === 'type');
      const held = x ?? (type?.kind === 'type' ? valueTypeOf(type.value) : undefined);
      return held && holding('optional', held);
    },
  ],
  // From opset 18 on, it is also given what it gives.
  ['OptionalGetElement', ([x]) => x && (heldBy('optional', x) ?? x)],
]);

function inSequence(item: MaybeType): MaybeType {
  return item && holding('seq', item);
}

/** Of what a sequence is that holds nothing yet. */
function emptyOf(attributes: readonly OnnxAttribute[]): MaybeType {
  const code = attributes.find(({ name }) => name === 'dtype');
  if (code === undefined) return 'float32';
  return code.kind === 'int' ? dataTypeOf(Number(code.value)) : undefined;
}

/** What the attributes of a node say of the type of what it gives, and what is meant where they say nothing. */
function toldBy({ opType, attributes }: OnnxNode): OnnxDataType | undefined {
  const found = (name: string): OnnxAttribute | undefined => attributes.find((each) => each.name === name);
  // Of what is in the sequence, not of the sequence.
  if (opType === 'SequenceEmpty') return undefined;
  if (opType === 'Constant') {
    const [only] = attributes;
    return only === undefined ? undefined : constantType(only);
  }
  if (opType === 'ConstantOfShape') {
    const value = found('value');
    return value === undefined ? 'float32' : constantType(value);
  }
  const code = found('to') ?? found('dtype') ?? found('output_datatype') ?? found('output_dtype');
  // 0 is "not said", as if it were not there.
  if (code !== undefined && !(code.kind === 'int' && Number(code.value) === 0)) {
    return code.kind === 'int' ? dataTypeOf(Number(code.value)) : undefined;
  }
  if (opType === 'QuantizeLinear') return 'uint8';
  // Its mean and deviation are of what it computes in: its inputs may be narrower.
  return opType === 'LayerNormalization' ? stashType(found('stash_type')) : undefined;
}

/** Of what type the keys or the values of a LabelEncoder are, since they may be of several. */
function encodedBy(
  { opType, domain, attributes }: OnnxNode,
  version: number,
  what: 'keys' | 'values',
): OnnxDataType | undefined {
  // The first version has classes, and no keys.
  if (opType !== 'LabelEncoder' || domain !== 'ai.onnx.ml' || version < 2) return undefined;
  const told = attributes.filter(({ name }) => name.startsWith(`${what}_`));
  const [only] = told;
  return only === undefined || told.length > 1 ? undefined : constantType(only);
}

function stashType(attribute: OnnxAttribute | undefined): OnnxDataType | undefined {
  if (attribute === undefined) return 'float32';
  return attribute.kind === 'int' ? dataTypeOf(Number(attribute.value)) : undefined;
}

function constantType(attribute: OnnxAttribute): OnnxDataType | undefined {
  if (attribute.kind === 'tensor') return attribute.value.dtype;
  if (attribute.kind === 'sparse-tensor') return attribute.value.values.dtype;
  return typesOfKinds[attribute.kind];
}

const typesOfKinds: Readonly<Partial<Record<OnnxAttribute['kind'], OnnxDataType>>> = {
  float: 'float32',
  floats: 'float32',
  int: 'int64',
  ints: 'int64',
  string: 'string',
  strings: 'string',
};
