/**
 * The runtimes, one row each. What names them, offers them, tries them or opens them reads this table; a row that lacks
 * something does not compile.
 *
 * Native libraries are loaded by the runtimes' own modules, and only when a row's functions are called.
 */
import type { ModelParts, OpenFile } from './file-runtime.ts';
import type { BrowserProvider } from './onnxruntime/browser/file.ts';
import type { Provider } from './onnxruntime/load.ts';
import type { Finding, Machine } from './probe/finding.ts';
import type { Runtime } from './runtime.ts';

/** What there is to know of a runtime. */
export interface RuntimeRow {
  /** Whose kernels it runs and where, for people. */
  readonly title: string;
  /** What it is given of a model: the file itself, or the graph that was read from it. */
  readonly runs:
    | { readonly what: 'file'; readonly provider: Provider }
    /** It has its own way to open one, and runs nothing else. */
    | { readonly what: 'file'; readonly provider: null; readonly openFile: OpenFile }
    | { readonly what: 'graph' };
  /** What it computes on. Those that may want a graphics card are tried one at a time. */
  readonly device: 'processor' | 'graphics card' | 'either';
  readonly where: 'here' | 'in a browser';
  /**
   * Whether a comparison of all has it, or whoever names it. A browser is started only for whoever asks for it, by
   * `--browser` or by name. OpenCV lacks ops that every transformer has, and is off by more than float32 explains where it
   * takes a short way to an exponential: whoever deploys in it is to know, and nobody else's comparison is to fail by it.
   */
  readonly asked: 'always' | 'by name';
  /** What `--engine` calls it; null where it is not offered for search and training. */
  readonly engine: string | null;
  /** Plain JavaScript: a real network takes it a second an image and more. */
  readonly slow: boolean;
  /** Really tries it, in a process that may be lost. Never rejects. */
  readonly probe: (machine: Machine) => Promise<Finding>;
  /** @throws NascentError 'runtime/unavailable' */
  readonly open: () => Promise<Runtime>;
}

/** In the order in which a search would rather have them. */
const rows = {
  'tfjs-node-gpu': {
    title: 'TensorFlow’s, on the processor or on CUDA',
    runs: { what: 'graph' },
    device: 'either',
    where: 'here',
    asked: 'always',
    engine: 'tfjs-node-gpu',
    slow: false,
    probe: async (machine) => (await probes()).probeTensorFlow(machine),
    async open() {
      const { requireAddon } = await import('./tfjs/trial.ts');
      await requireAddon();
      return (await import('./tfjs/runtime.ts')).createTfjsRuntime('tensorflow');
    },
  },
  'onnxruntime-cpu': {
    title: 'onnxruntime’s, on the processor',
    runs: { what: 'file', provider: 'cpu' },
    device: 'processor',
    where: 'here',
    asked: 'always',
    engine: 'onnxruntime',
    slow: false,
    probe: async (machine) => (await probes()).probeOnnxruntimeCpu(machine),
    open: () => onnxruntime('cpu'),
  },
  'onnxruntime-cuda': {
    title: 'onnxruntime’s, on CUDA',
    runs: { what: 'file', provider: 'cuda' },
    device: 'graphics card',
    where: 'here',
    asked: 'always',
    engine: null,
    slow: false,
    probe: async (machine) => (await probes()).probeCuda(machine),
    open: () => onnxruntime('cuda'),
  },
  'onnxruntime-webgpu': {
    title: 'onnxruntime’s, on WebGPU',
    runs: { what: 'file', provider: 'webgpu' },
    device: 'graphics card',
    where: 'here',
    asked: 'always',
    engine: null,
    slow: false,
    probe: async (machine) => (await probes()).probeWebGpu(machine),
    open: () => onnxruntime('webgpu'),
  },
  'onnxruntime-web': {
    title: 'onnxruntime’s in WebAssembly, on one thread',
    runs: {
      what: 'file',
      provider: null,
      openFile: async (model) => (await import('./onnxruntime/web/file.ts')).openInWeb(model),
    },
    device: 'processor',
    where: 'here',
    asked: 'always',
    engine: null,
    slow: false,
    probe: async (machine) => (await import('./extra/probes.ts')).probeOnnxruntimeWeb(machine),
    open: async () => onlyFiles('onnxruntime-web'),
  },
  'browser-wasm': {
    title: 'onnxruntime’s in WebAssembly, in a browser, on one thread',
    runs: { what: 'file', provider: null, openFile: async (model) => inBrowser(model, 'wasm') },
    device: 'processor',
    where: 'in a browser',
    asked: 'by name',
    engine: null,
    slow: false,
    probe: async (machine) => (await import('./extra/probes.ts')).probeBrowser('wasm', machine),
    open: async () => onlyFiles('browser-wasm'),
  },
  'browser-webgpu': {
    title: 'onnxruntime’s on WebGPU, in a browser',
    runs: { what: 'file', provider: null, openFile: async (model) => inBrowser(model, 'webgpu') },
    device: 'either',
    where: 'in a browser',
    asked: 'by name',
    engine: null,
    slow: false,
    probe: async (machine) => (await import('./extra/probes.ts')).probeBrowser('webgpu', machine),
    open: async () => onlyFiles('browser-webgpu'),
  },
  'tfjs-wasm': {
    title: 'tfjs’s in WebAssembly',
    runs: { what: 'graph' },
    device: 'processor',
    where: 'here',
    asked: 'always',
    engine: null,
    slow: false,
    probe: async (machine) => (await import('./extra/probes.ts')).probeTfjsWasm(machine),
    open: async () => (await import('./tfjs/runtime.ts')).createTfjsRuntime('wasm'),
  },
  opencv: {
    title: 'OpenCV’s in WebAssembly, on one thread',
    runs: {
      what: 'file',
      provider: null,
      openFile: async (model) => (await import('./opencv/file.ts')).openInOpenCv(model),
    },
    device: 'processor',
    where: 'here',
    asked: 'by name',
    engine: null,
    slow: false,
    probe: async (machine) => (await import('./extra/probes.ts')).probeOpenCv(machine),
    open: async () => onlyFiles('opencv'),
  },
  'tfjs-cpu': {
    title: 'tfjs’s, in plain JavaScript',
    runs: { what: 'graph' },
    device: 'processor',
    where: 'here',
    asked: 'always',
    engine: 'tfjs-cpu',
    slow: true,
    probe: async (machine) => (await probes()).probeTfjsCpu(machine),
    open: async () => (await import('./tfjs/runtime.ts')).createTfjsRuntime('cpu'),
  },
  reference: {
    title: 'our own, in plain JavaScript and double precision',
    runs: { what: 'graph' },
    device: 'processor',
    where: 'here',
    asked: 'always',
    engine: 'reference',
    slow: true,
    probe: async () => (await probes()).probeReference(),
    open: async () => (await import('./reference/runtime.ts')).createReferenceRuntime(),
  },
} as const satisfies Readonly<Record<string, RuntimeRow>>;

const probes = () => import('./probe/probes.ts');
const onnxruntime = async (provider: Provider) =>
  (await import('./onnxruntime/runtime.ts')).createOnnxRuntime(provider);
const inBrowser = async (model: ModelParts, provider: BrowserProvider) =>
  (await import('./onnxruntime/browser/file.ts')).openInBrowser(model, provider);

async function onlyFiles(name: string): Promise<Runtime> {
  const { NascentError } = await import('../errors.ts');
  throw new NascentError('runtime/unavailable', `${name} runs model files, and no other graphs`, {
    help: 'Give it a model file: `nascent parity`, or `nascent run --runtime`.',
  });
}

type Rows = typeof rows;

/** Every way to run a graph. The providers of onnxruntime are runtimes of their own. */
export type RuntimeName = keyof Rows;
/** One of `engineNames`. */
export type EngineName = Exclude<Rows[RuntimeName]['engine'], null>;

/** The table. */
export const runtimes: { readonly [N in RuntimeName]: RuntimeRow } = rows;
/** Every runtime, the fastest first. */
export const runtimeNames = Object.keys(rows) as readonly RuntimeName[];

/** Those that `--browser` adds. */
export const browserRuntimes: readonly RuntimeName[] = runtimeNames.filter(
  (name) => rows[name].where === 'in a browser',
);

/** The runtime that `--engine` calls so. */
export function runtimeOfEngine(engine: EngineName): RuntimeName {
  const found = runtimeNames.find((name) => rows[name].engine === engine);
  if (found === undefined) throw new Error(`internal: no runtime is the engine ${engine}`);
  return found;
}

/** What a search or a training can run on, as `--engine` calls it, the fastest first. */
export const engineNames: readonly EngineName[] = runtimeNames
  .map((name) => rows[name].engine)
  .filter((engine) => engine !== null);

/** The execution providers of onnxruntime for Node. */
export const providers: readonly Provider[] = runtimeNames.flatMap((name) => {
  const { runs }: RuntimeRow = rows[name];
  return runs.what === 'file' && runs.provider !== null ? [runs.provider] : [];
});
