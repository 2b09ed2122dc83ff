/** Everything that is wrong with a model, and what there is in it: `nascent check`. */
import { findingsIn, listed } from '../../exporters/onnx/check/check.ts';
import { opsetOf } from '../../exporters/onnx/check/node.ts';
import { importOnnx } from '../../exporters/onnx/import.ts';
import { inlinedTooFar } from '../../exporters/onnx/inlined.ts';
import { UnreadableModel, type Problem } from '../../exporters/onnx/problems.ts';
import { sentenceOf } from '../../exporters/onnx/sentence.ts';
import { sortedModel } from '../../exporters/onnx/sorted.ts';
import { newestOf, newestOpset } from '../../exporters/onnx/schemas/schema.ts';
import { decodeModel, type OnnxModel, type OnnxType, type OnnxValueInfo } from '../../proto/onnx.ts';
import { internal, kindOfGiven, NascentError } from '../errors.ts';
import { externalDataOf } from '../evaluate/external-data.ts';
import { readModelBytes } from '../evaluate/model-file.ts';
import { sha256 } from '../files/files.ts';
import { showType } from '../graph/infer/rule.ts';
import type { Graph } from '../graph/types.ts';
import { counted } from './counted.ts';
import { checkModelOrder, type CheckModelOrder } from './order.ts';
import { oddScalesIn } from './odd-scales.ts';
import { unusedIn } from './unused.ts';

/** What was found out about a model. */
export interface ModelCheck {
  /** Null where bytes were given. */
  readonly path: string | null;
  readonly bytes: number;
  readonly sha256: string;
  /** Whether there is no fault. */
  readonly sound: boolean;
  /** What the rules of ONNX forbid, and functions that no runtime has the memory for, a sentence each. */
  readonly faults: readonly string[];
  /** What they advise against, and every runtime takes; and values that nothing uses. */
  readonly warnings: readonly string[];
  /** What could not be looked into, and why. */
  readonly notes: readonly string[];
  readonly irVersion: number;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly producer: string;
  readonly nodes: number;
  /** How often each op is there, bodies of control flow and functions included; of another domain with its name. */
  readonly ops: Readonly<Record<string, number>>;
  /** Elements of all initializers. */
  readonly parameters: number;
  readonly inputs: readonly CheckedValue[];
  readonly outputs: readonly CheckedValue[];
  /** Types and shapes of all values, by inference; null where the model could not be read for it, as `notes` says. */
  readonly values: readonly CheckedValue[] | null;
}

/** A value, and its type as far as it is known: `float32[batch, 10]`. */
export interface CheckedValue {
  readonly name: string;
  readonly type: string;
}

/**
 * Looks for every fault of a model, given as a path or as bytes. Weights in other files are looked for beside the path.
 *
 * @throws NascentError 'data/missing' where there is no such file, 'onnx/invalid' where it is no ONNX model at all,
 *   'onnx/unsupported' where it is of a format that is not known
 */
export async function checkModel(model: string | Uint8Array, ...more: readonly never[]): Promise<ModelCheck> {
  requireFile(model, more);
  const path = typeof model === 'string' ? model : null;
  const bytes = typeof model === 'string' ? await readModelBytes(model) : model;
  const told: string[] = [];
  const decoded = decodeModel(bytes, path ?? 'the model', {
    faults: told,
    ...(path !== null && { external: externalDataOf(path) }),
  });
  const { faults, warnings } = findingsIn(decoded);
  const tooFar = inlinedTooFar(decoded);
  const before = [...told.map(sentenceOf), ...faults, ...(tooFar === undefined ? [] : [tooFar])];
  const { graph } = decoded;
  const sorted = sortedModel(decoded);
  const notes = [...notesOn(decoded), ...(sorted === decoded ? [] : [outOfOrder])];
  const open = told.length > 0 || tooFar !== undefined || findingsIn(sorted).grave.length > 0;
  const { values, faults: misfits, note } = open ? notRead : inferred(sorted);
  // What the checker and the reader both see, both say in the same words.
  const all = [...new Set([...before, ...misfits])];
  if (note !== undefined) notes.push(note);
  const initialised = new Set(graph.initializers.map(({ name }) => name));
  const types = new Map(values?.map((value) => [value.name, value.type]));
  const checked = ({ name, type }: OnnxValueInfo): CheckedValue => ({
    name,
    type: asFiled(type, types.get(name)),
  });
  return {
    path,
    bytes: bytes.length,
    sha256: sha256(bytes),
    sound: all.length === 0,
    faults: all,
    warnings: [...warnings, ...[...oddScalesIn(graph), ...unusedIn(sorted.graph)].map(sentenceOf)],
    notes,
    irVersion: decoded.irVersion,
    opsets: decoded.opsets,
    producer: `${decoded.producerName} ${decoded.producerVersion}`.trim(),
    nodes: graph.nodes.length,
    ops: countOps(decoded),
    parameters: graph.initializers.reduce(
      (sum, { dims }) => sum + dims.reduce((product, extent) => product * extent, 1),
      0,
    ),
    inputs: graph.inputs.filter((input) => !initialised.has(input.name)).map(checked),
    outputs: graph.outputs.map(checked),
    values,
  };
}

const outOfOrder =
  'its nodes are not in the order of their making, as ONNX demands; here they are read sorted. To sort the file, in Python: ' +
  'm = onnxruntime.transformers.onnx_model.OnnxModel(onnx.load(file)); m.topological_sort(); m.save_model_to_file(file)';

/** The job of the command: the file is opened in a process that may be lost. */
export async function checkModelJob(order: CheckModelOrder): Promise<ModelCheck> {
  return checkModel(checkModelOrder.parse(order).model);
}

/** A program that is not checked by a compiler may hand over anything. */
function requireFile(given: unknown, more: readonly unknown[]): void {
  if (more.length > 0) {
    throw new NascentError('input/invalid', 'checkModel takes nothing beside the model', {
      help: "Give it where the file is: checkModel('model.onnx').",
    });
  }
  if (typeof given === 'string' || given instanceof Uint8Array) return;
  throw new NascentError(
    'input/invalid',
    `checkModel takes a path or the bytes of a file, and was given ${kindOfGiven(given)}`,
    {
      help: "Give it where the file is: checkModel('model.onnx').",
    },
  );
}

/** @throws NascentError 'gate/failed' where there are faults */
export function requireSound({ path, faults }: ModelCheck): void {
  if (!Array.isArray(faults)) {
    throw new NascentError('input/invalid', 'requireSound takes what checkModel gives', {
      help: "Give it that: requireSound(await checkModel('model.onnx')).",
    });
  }
  if (faults.length === 0) return;
  const many = counted(faults);
  const count = many === 1 ? 'a fault' : `${many.toLocaleString('en')} faults`;
  throw new NascentError('gate/failed', `${path ?? 'the model'} has ${count}`, {
    help: 'The program that wrote it, or what changed it since, has to be mended.',
  });
}

function notesOn(model: OnnxModel): string[] {
  const opset = opsetOf(model.opsets);
  const others = model.opsets
    .map(({ domain }) => domain)
    .filter(
      (domain) => newestOf(domain) === undefined && !model.functions.some((each) => each.domain === domain),
    );
  return [
    ...(opset !== undefined && opset > newestOpset
      ? [`it is of opset ${opset}, newer than ${newestOpset}: what that changed is not known here`]
      : []),
    ...(others.length > 0 ? [sentenceOf(`ops of the domain ${others.join(', ')} are not judged`)] : []),
  ];
}

interface Inferred {
  readonly values: readonly CheckedValue[] | null;
  readonly faults: readonly string[];
  /** Why there are no values, where it is not for the faults. */
  readonly note?: string;
}

const notRead: Inferred = {
  values: null,
  faults: [],
  note: 'types are inferred where there are no faults',
};

/**
 * What inference gives. A value that is said to be of another type than its node gives is a fault, and a node that is
 * given what its op forbids; what cannot be read is none.
 */
function inferred(model: OnnxModel): Inferred {
  try {
    const { graph } = importOnnx(model, 'it', { checks: true });
    return { values: valuesOf(graph), faults: [] };
  } catch (error) {
    if (!(error instanceof NascentError)) throw error;
    const problems = error.cause instanceof UnreadableModel ? error.cause.problems : [];
    const isFault = ({ code }: Problem) => code === 'type' || code === 'shape';
    const faults = problems.filter(isFault).map(({ text }) => text);
    const rest = problems.filter((problem) => !isFault(problem)).map(({ text }) => text);
    if (faults.length === 0)
      return { values: null, faults, note: `types are not inferred, for ${error.message}` };
    if (rest.length === 0) return { values: null, faults };
    return {
      values: null,
      faults,
      note: `beside its faults, some of it cannot be read as a graph: ${listed(rest)}`,
    };
  }
}

function valuesOf(graph: Graph): readonly CheckedValue[] {
  const values = [...graph.inputs.map(({ value }) => value), ...graph.nodes.flatMap((node) => node.outputs)];
  const named = new Map(values.map((value) => [value.name, showType(value.type)]));
  for (const { name, value } of graph.outputs) named.set(name, showType(value.type));
  return [...named].map(([name, type]) => ({ name, type }));
}

/** The file's own type, and what is known of its extents: a graph holds bfloat16 as float32. */
function asFiled(type: OnnxType, known: string | undefined): string {
  if (known === undefined || type.kind !== 'tensor') return known ?? typeText(type);
  return `${type.dtype}${known.slice(known.indexOf('['))}`;
}

/** A type, for people. */
export function typeText(type: OnnxType): string {
  switch (type.kind) {
    case 'tensor':
    case 'sparse-tensor': {
      const shape = type.shape === undefined ? '' : `[${type.shape.map((dim) => dim ?? '?').join(', ')}]`;
      return `${type.kind === 'tensor' ? '' : 'sparse '}${type.dtype}${shape}`;
    }
    case 'sequence':
    case 'optional':
      return `${type.kind} of ${typeText(type.element)}`;
    case 'map':
      return `map from ${type.key} to ${typeText(type.value)}`;
    case 'opaque':
      return `${type.domain}.${type.name}`;
    case 'unknown':
      return 'unknown';
    default:
      throw internal(`no type of kind ${JSON.stringify(type)}`);
  }
}

function countOps(model: OnnxModel): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  const walk = (nodes: OnnxModel['graph']['nodes']): void => {
    for (const { opType, domain, attributes } of nodes) {
      const name = domain === '' ? opType : `${domain}.${opType}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      for (const attribute of attributes) {
        if (attribute.kind === 'graph') walk(attribute.value.nodes);
        if (attribute.kind === 'graphs') attribute.value.forEach((graph) => walk(graph.nodes));
      }
    }
  };
  walk(model.graph.nodes);
  for (const definition of model.functions) walk(definition.nodes);
  return Object.fromEntries([...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}
