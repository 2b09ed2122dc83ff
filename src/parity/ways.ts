/** The ways to run a model: the file in onnxruntime or in a module of the user's, or the graph that was read from it. */
import type { Otherwise } from '../../exporters/onnx/otherwise.ts';
import type { OnnxModel } from '../../proto/onnx.ts';
import { internal } from '../errors.ts';
import { decodeModelFile } from '../evaluate/model-file.ts';
import { readModelParts } from '../evaluate/model-parts.ts';
import { openOnProvider, type Optimization } from '../evaluate/open-session.ts';
import { createReferenceRuntime } from '../runtime/reference/runtime.ts';
import type { AnyTensors } from '../runtime/any-tensor.ts';
import type { Rounding } from '../runtime/reference/arithmetic.ts';
import type { Provider } from '../runtime/onnxruntime/load.ts';
import { runtimes, type RuntimeName } from '../runtime/registry.ts';
import {
  interpolates,
  isDouble,
  leavesRowsOpen,
  normalisesGroups,
  precisionOf,
  slidesAlongChannels,
  transformsSignals,
} from './coarse.ts';
import { openedFor } from './graph-for.ts';
import { openPlugin } from './plugin.ts';
import { chosenValues } from './chosen-values.ts';
import { compiled, ranOnce } from './ran-once.ts';
import { openTruth, type Measure } from './truth/truth.ts';

export interface ModelUnderTest {
  readonly path: string;
  /** The file that the graph is read from, where it is another one: for tests of what compares them. */
  readonly graphPath?: string | undefined;
  /** Of a file whose every value is an output: the same with some of them. */
  readonly exposed?: ExposedValues | undefined;
}

export interface ExposedValues {
  readonly names: readonly string[];
  readonly withSome: <T>(names: readonly string[], body: (model: ModelUnderTest) => Promise<T>) => Promise<T>;
}

export interface OpenModel {
  run(feeds: AnyTensors): Promise<AnyTensors>;
  /** Something worth knowing about how it runs. */
  readonly note: string | undefined;
  dispose(): void;
  /** Of the truth alone. */
  readonly measure?: Measure;
  /** The most memory that its process has held so far, in bytes; where it has one of its own. */
  readonly peak?: () => number;
}

export type Way =
  | { readonly what: 'file'; readonly provider: Provider; readonly optimization: Optimization }
  /** The file in a runtime that opens it in its own way. */
  | { readonly what: 'own file'; readonly runtime: RuntimeName }
  | { readonly what: 'graph'; readonly runtime: RuntimeName }
  | { readonly what: 'plugin'; readonly module: string }
  /** The graph in double precision, and how far float32 is from it. */
  | { readonly what: 'truth' };

/** Opens a model in a runtime, which messages call `name`. */
export type Open = (name: string, way: Way, model: ModelUnderTest, signal: AbortSignal) => Promise<OpenModel>;

/**
 * Where rows of a batch are quantised by as many scales as a runtime has threads, every scale is between that of all rows
 * and a row's own. A few of them, since each moves numbers in a way of its own.
 */
const rowScales = [1 / 3, 2 / 3, 1];

interface OtherWay {
  readonly otherwise: Otherwise;
  /** Where what it costs is seen in float32 alone. */
  readonly rounding?: Rounding;
}

function inFloat32(otherwise: Otherwise): OtherWay {
  return { otherwise, rounding: 'each op' };
}

/** In what ways a runtime may do what a file says otherwise than it is defined. */
function otherWays(model: OnnxModel): readonly OtherWay[] {
  const rows = leavesRowsOpen(model) ? rowScales.map((rowsApart) => ({ otherwise: { rowsApart } })) : [];
  const places = ['divided', 'multiplied'] as const;
  return [
    ...rows,
    ...(interpolates(model) ? places.map((way) => ({ otherwise: { places: way } })) : []),
    ...(transformsSignals(model) && !isDouble(model) ? [{ otherwise: { chirps: true } }] : []),
    ...(slidesAlongChannels(model) ? [inFloat32({ runningWindows: true })] : []),
    ...(normalisesGroups(model) ? [inFloat32({ squaresOfAll: true })] : []),
  ];
}

/** Opens a model in this very process. */
export async function openWay(way: Way, { path, graphPath = path }: ModelUnderTest): Promise<OpenModel> {
  if (way.what === 'plugin') return openPlugin(way.module, path);
  if (way.what === 'file') {
    const { session, note } = await openOnProvider(path, way.provider, way.optimization);
    return { run: async (feeds) => session.runAny(feeds), note, dispose: () => session.dispose() };
  }
  if (way.what === 'own file') {
    const { runs } = runtimes[way.runtime];
    if (!('openFile' in runs)) throw internal(`${way.runtime} opens no files`);
    return runs.openFile(await readModelParts(path));
  }
  const { model } = await decodeModelFile(graphPath);
  if (way.what === 'truth') {
    const chosen = chosenValues(model);
    const { run: measure, dispose } = await openedFor(
      model,
      graphPath,
      async ({ imported, otherwise, staged }) => {
        const others = otherWays(model).map((way) => ({
          imported: otherwise(way.otherwise),
          rounding: way.rounding,
        }));
        const measure = await openTruth(
          imported,
          precisionOf(model),
          others,
          staged,
          chosen,
          isDouble(model),
        );
        return { run: measure, dispose() {} };
      },
      async (part, feeds) => ranOnce(createReferenceRuntime(), part, feeds),
    );
    const run: OpenModel['run'] = async (feeds) => (await measure(feeds)).outputs;
    return { run, measure, note: undefined, dispose };
  }
  const runtime = await runtimes[way.runtime].open();
  const opened = await openedFor<AnyTensors>(
    model,
    graphPath,
    async ({ imported }) => compiled(runtime, imported),
    async (part, feeds) => ranOnce(runtime, part, feeds),
  );
  return { ...opened, note: undefined };
}
