/** The page in which a browser runs a model: it fetches model and inputs from its own server, and posts outputs to it. */
import { arrays } from './pack.ts';

export const pageHtml = '<!doctype html><meta charset="utf-8"><title>Nascent</title>';

/** As a browser reads it. Tensors come and go as `pack.ts` says. */
export const pageScript = `import * as ort from './onnxruntime.mjs';

// One thread: more need headers that not every server sends.
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm: new URL('onnxruntime.wasm', import.meta.url).href };
ort.env.logLevel = 'fatal';

const arrays = {
  ${Object.entries(arrays)
    .map(([type, { name }]) => `${type}: ${name}`)
    .join(', ')},
};
let session;

const told = async (work) => {
  try {
    return { value: (await work()) ?? null };
  } catch (error) {
    return { error: typeof error === 'number' ? '' : String(error?.message ?? error) };
  }
};
const asked = async (name) => {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(name + ' is not there: ' + response.status);
  return response.arrayBuffer();
};
const ended = (bytes) => Math.ceil(bytes / 8) * 8;

function unpacked(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  let at = ended(4 + length);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return Object.fromEntries(header.map(({ name, type, dims, bytes }) => {
    const Numbers = arrays[type];
    const data = new Numbers(buffer, at, bytes / Numbers.BYTES_PER_ELEMENT);
    at += ended(bytes);
    return [name, new ort.Tensor(type, data, dims)];
  }));
}

function packed(tensors) {
  const all = Object.entries(tensors).map(([name, { type, dims, data }]) => {
    if (!ArrayBuffer.isView(data)) throw new Error('the output ' + name + ' is of type ' + type + ', which is no number');
    return { header: { name, type, dims, bytes: data.byteLength }, data };
  });
  const header = new TextEncoder().encode(JSON.stringify(all.map((one) => one.header)));
  const gap = (bytes) => new Uint8Array(ended(bytes) - bytes);
  return new Blob([
    Uint32Array.of(header.length), header, gap(4 + header.length),
    ...all.flatMap(({ data }) => [data, gap(data.byteLength)]),
  ]);
}

/** What WebGPU computes on, or why on nothing. */
export const adapter = () => told(async () => {
  if (navigator.gpu === undefined) throw new Error('the browser has no WebGPU');
  const found = await navigator.gpu.requestAdapter();
  if (found === null) throw new Error('the browser finds no adapter for WebGPU');
  const { vendor, architecture, description, isFallbackAdapter = false } = found.info;
  return { name: description || [vendor, architecture].filter(Boolean).join(' '), isFallbackAdapter };
});

export const open = (provider, external, strict) => told(async () => {
  session = await ort.InferenceSession.create(new Uint8Array(await asked('model')), {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    logSeverityLevel: 4,
    externalData: await Promise.all(external.map(async (path, i) => ({
      path, data: new Uint8Array(await asked('external/' + i)),
    }))),
    ...(strict && { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
  });
});

/** In the order of the file. */
export const names = () => told(async () => ({ inputNames: [...session.inputNames], outputNames: [...session.outputNames] }));

export const run = (id) => told(async () => {
  const results = await session.run(unpacked(await asked('feeds/' + id)));
  const response = await fetch(new URL('outputs/' + id, import.meta.url), { method: 'POST', body: packed(results) });
  if (!response.ok) throw new Error('the outputs could not be sent: ' + response.status);
});
`;
