/**
 * The graph of a file for what it is fed. Most files have one graph whatever they are fed. Where shapes hang on an open extent in a
 * way that no graph of ours has (positions added up along it), there is one for each set of extents; where they hang on
 * whole numbers that are fed (how many tokens a mask keeps), one for each of these.
 */
import { importOnnx, type ImportedModel, type ImportOptions } from '../../exporters/onnx/import.ts';
import type { OnnxModel } from '../../proto/onnx.ts';
import { NascentError } from '../errors.ts';
import { extentName } from '../graph/extent.ts';
import { isFloat, type AnyTensors } from '../runtime/any-tensor.ts';
import { wholeNumbers } from './graph-feeds.ts';
import { fedInputs } from './fed-inputs.ts';

/** What a graph is right for: anything, what has these extents, or these whole numbers alone. */
type Scope = 'anything' | 'extents' | 'numbers';

const narrower: Readonly<Record<Scope, Scope | undefined>> = {
  anything: 'extents',
  extents: 'numbers',
  numbers: undefined,
};

interface Read {
  readonly scope: Scope;
  readonly imported: ImportedModel;
}

/**
 * The widest graph of a model that these feeds can be run in.
 *
 * @param widest the widest scope that is tried
 * @throws NascentError 'onnx/unsupported' where there is none, with what is lacked for the extents of the feeds;
 *   'onnx/invalid' as `importOnnx`
 */
export function readFor(model: OnnxModel, what: string, feeds: AnyTensors, widest: Scope = 'anything'): Read {
  let refusal: unknown;
  for (let scope: Scope | undefined = widest; scope !== undefined; scope = narrower[scope]) {
    try {
      return { scope, imported: importOnnx(model, what, known(scope, model, feeds)) };
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
  const extents: Record<string, number> = {};
  for (const { name, shape } of fedInputs(model)) {
    const fed = feeds.get(name)?.shape;
    shape.forEach((dim, axis) => {
      const extent = fed?.[axis];
      if (typeof dim === 'string' && extent !== undefined) extents[extentName(dim)] = extent;
    });
  }
  return scope === 'extents' ? { extents } : { extents, feeds: wholeNumbers(feeds) };
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
 * @param open opens one graph, which it may have read otherwise, too
 */
export async function openedFor<T>(
  model: OnnxModel,
  what: string,
  open: (imported: ImportedModel, otherwise: (options: ImportOptions) => ImportedModel) => Promise<Opened<T>>,
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
    keep('', await open(importOnnx(model, what), (options) => importOnnx(model, what, options)));
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    widest = 'extents';
  }
  return {
    async run(feeds) {
      const found = opened.get(keyOf(widest, feeds));
      if (found !== undefined) return keep(keyOf(widest, feeds), found).run(feeds);
      const { scope, imported } = readFor(model, what, feeds, widest);
      widest = scope;
      const otherwise = (options: ImportOptions) =>
        importOnnx(model, what, { ...known(scope, model, feeds), ...options });
      return keep(keyOf(scope, feeds), await open(imported, otherwise)).run(feeds);
    },
    dispose() {
      for (const one of opened.values()) one.dispose();
    },
  };
}

function keyOf(scope: Scope, feeds: AnyTensors): string {
  if (scope === 'anything') return '';
  const fed = [...feeds].map(([name, { dtype, shape, data }]) => {
    const numbers = scope === 'numbers' && !isFloat(dtype) ? `=${data.join(',')}` : '';
    return `${name}[${shape.join(',')}]${numbers}`;
  });
  return fed.join(' ');
}
