/**
 * The graph of a file for what it is fed. Most files have one graph whatever they are fed. Where shapes hang on an open extent in a
 * way that no graph of ours has (positions added up along it), there is one for each set of extents; where they hang on
 * whole numbers that are fed (how many tokens a mask keeps), one for each of these; and where they hang on numbers that are
 * computed (how many boxes are found), one for each input, which is read in stages: what is before such numbers is run, and
 * then more can be read.
 */
import { createHash } from 'node:crypto';
import {
  importOnnx,
  importStage,
  type ImportedModel,
  type ImportOptions,
} from '../../exporters/onnx/import.ts';
import type { OnnxModel } from '../../proto/onnx.ts';
import { NascentError } from '../errors.ts';
import { extentName } from '../graph/extent.ts';
import type { Tensor, Tensors } from '../graph/tensor.ts';
import { isFloat, type AnyTensor, type AnyTensors } from '../runtime/any-tensor.ts';
import { wholeNumbers } from './graph-feeds.ts';
import { fedInputs } from './fed-inputs.ts';

/** What a graph is right for: anything, what has these extents, these whole numbers, or these inputs alone. */
type Scope = 'anything' | 'extents' | 'numbers' | 'inputs';

const narrower: Readonly<Record<Scope, Scope | undefined>> = {
  anything: 'extents',
  extents: 'numbers',
  numbers: 'inputs',
  inputs: undefined,
};

interface Read {
  readonly scope: Scope;
  readonly imported: ImportedModel;
  /** What has to be told before more can be read; none where this is all. */
  readonly asked: ReadonlySet<string>;
}

/**
 * The widest graph of a model that these feeds can be run in, as far as that can be said without a run.
 *
 * @param widest the widest scope that is tried
 * @throws NascentError 'onnx/unsupported' where there is none, with what is lacked for the extents of the feeds;
 *   'onnx/invalid' as `importOnnx`
 */
export function readFor(model: OnnxModel, what: string, feeds: AnyTensors, widest: Scope = 'anything'): Read {
  let refusal: unknown;
  for (let scope: Scope | undefined = widest; scope !== undefined; scope = narrower[scope]) {
    try {
      return { scope, ...importStage(model, what, known(scope, model, feeds)) };
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      // Open extents are not the reason any more, and numbers that are fed are rarely one.
      if (refusal === undefined || scope === 'extents') refusal = error;
    }
  }
  throw refusal;
}

function isUnsupported(error: unknown): boolean {
  return error instanceof NascentError && error.code === 'onnx/unsupported';
}

function known(scope: Scope, model: OnnxModel, feeds: AnyTensors): ImportOptions {
  if (scope === 'anything') return {};
  const found = new Map<string, number>();
  for (const { name, shape } of fedInputs(model)) {
    const fed = feeds.get(name)?.shape;
    shape.forEach((dim, axis) => {
      const extent = fed?.[axis];
      if (typeof dim === 'string' && extent !== undefined) found.set(extentName(dim), extent);
    });
  }
  const extents = Object.fromEntries(found);
  if (scope === 'extents') return { extents };
  const whole = { extents, feeds: wholeNumbers(feeds) };
  return scope === 'numbers' ? whole : { ...whole, told: new Map() };
}

/**
 * The graph of a model for certain feeds, whatever shapes hang on, and what had to be told for it to be read.
 *
 * @param run gives the outputs of a part of the graph for those feeds
 */
export async function readInStages(
  model: OnnxModel,
  what: string,
  options: ImportOptions,
  run: (part: ImportedModel) => Promise<Tensors>,
): Promise<{ readonly imported: ImportedModel; readonly told: Tensors }> {
  const [told, kept] = [new Map<string, Tensor>(), new Map<string, Tensor>()];
  for (;;) {
    const { asked, imported } = importStage(model, what, { ...options, told, kept });
    if (asked.size === 0) return { imported: importOnnx(model, what, { ...options, told }), told };
    for (const [name, tensor] of await run(imported)) {
      (asked.has(name) ? told : kept).set(name, tensor);
    }
  }
}

/** A graph for what is fed, and how it would be read otherwise. */
export interface GraphFor {
  readonly imported: ImportedModel;
  readonly otherwise: (options: ImportOptions) => ImportedModel;
  /** Where it was read in stages: what was told, and how it is read where something else is. */
  readonly staged?: Staged;
}

export interface Staged {
  readonly told: Tensors;
  /** Undefined where there is more to be told then. */
  readonly readWith: (told: Tensors) => ImportedModel | undefined;
  readonly readBy: (run: (part: ImportedModel) => Promise<Tensors>) => Promise<ImportedModel>;
}

interface Opened<T> {
  readonly run: (feeds: AnyTensors) => Promise<T>;
  readonly dispose: () => void;
}

/** Graphs of so many feeds are kept open: a few batches take turns. */
const mostOpen = 4;

/**
 * A model that is opened anew for feeds that no graph that is open is for.
 *
 * @param open opens one graph
 * @param runOnce runs a graph of which nothing else is wanted
 */
export async function openedFor<T>(
  model: OnnxModel,
  what: string,
  open: (graph: GraphFor) => Promise<Opened<T>>,
  runOnce: (part: ImportedModel, feeds: AnyTensors) => Promise<Tensors>,
): Promise<Opened<T>> {
  let widest: Scope = 'anything';
  const opened = new Map<string, Opened<T>>();
  const keep = (key: string, one: Opened<T>): Opened<T> => {
    // What was used last is last.
    opened.delete(key);
    opened.set(key, one);
    const [oldest] = opened.keys();
    if (oldest !== undefined && opened.size > mostOpen) {
      opened.get(oldest)?.dispose();
      opened.delete(oldest);
    }
    return one;
  };
  try {
    // Ahead of the first feeds, so that opening it is no part of the first run.
    const imported = importOnnx(model, what);
    keep('', await open({ imported, otherwise: (options) => importOnnx(model, what, options) }));
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    widest = 'extents';
  }
  return {
    async run(feeds) {
      const found = opened.get(keyOf(widest, feeds));
      if (found !== undefined) return keep(keyOf(widest, feeds), found).run(feeds);
      const { scope, imported, asked } = readFor(model, what, feeds, widest);
      widest = scope;
      const options = known(scope, model, feeds);
      const graph =
        asked.size === 0
          ? { imported, otherwise: (more: ImportOptions) => importOnnx(model, what, { ...options, ...more }) }
          : await graphInStages(model, what, options, async (part) => runOnce(part, feeds));
      return keep(keyOf(scope, feeds), await open(graph)).run(feeds);
    },
    dispose() {
      for (const one of opened.values()) one.dispose();
    },
  };
}

async function graphInStages(
  model: OnnxModel,
  what: string,
  options: ImportOptions,
  run: (part: ImportedModel) => Promise<Tensors>,
): Promise<GraphFor> {
  const { imported, told } = await readInStages(model, what, options, run);
  return {
    imported,
    otherwise: (more) => importOnnx(model, what, { ...options, told, ...more }),
    staged: {
      told,
      readWith(other) {
        const stage = importStage(model, what, { ...options, told: other });
        return stage.asked.size === 0 ? stage.imported : undefined;
      },
      readBy: async (by) => (await readInStages(model, what, options, by)).imported,
    },
  };
}

function keyOf(scope: Scope, feeds: AnyTensors): string {
  if (scope === 'anything') return '';
  const fed = [...feeds].map(([name, { dtype, shape, data }]) => {
    const counts = scope === 'inputs' || (scope === 'numbers' && !isFloat(dtype));
    return `${name}[${shape.join(',')}]${counts ? `=${digestOf(data)}` : ''}`;
  });
  return fed.join(' ');
}

/** Told apart from others, however many they are. */
function digestOf(data: AnyTensor['data']): string {
  return createHash('sha256').update(Float64Array.from(data)).digest('base64');
}
