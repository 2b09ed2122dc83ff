/** A model file in onnxruntime-web, in a page of a real browser. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { internal, NascentError } from '../../../errors.ts';
import { startChromium, type Chromium, type Page } from '../../browser/chromium.ts';
import { findBrowser } from '../../browser/find.ts';
import { findExtra, howToGetExtra } from '../../extra/packages.ts';
import type { FileSession, ModelParts } from '../../file-runtime.ts';
import { oneLine } from '../../probe/reasons.ts';
import { refused } from '../file.ts';
import { sessionNames, type SessionNames } from '../names.ts';
import { pack, unpack } from './pack.ts';
import { pageHtml, pageScript } from './page.ts';
import { startPageServer, type PageServer } from './server.ts';

export type BrowserProvider = 'wasm' | 'webgpu';

/** Of the package: its script, which loads its WebAssembly. */
const files: Readonly<Record<BrowserProvider, readonly [script: string, wasm: string]>> = {
  wasm: ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm'],
  webgpu: ['ort.webgpu.bundle.min.mjs', 'ort-wasm-simd-threaded.asyncify.wasm'],
};

export interface PageSession extends FileSession {
  /** What WebGPU computes on. */
  readonly adapter: Adapter | undefined;
}

export interface Adapter {
  readonly name: string;
  /** Whether it is no card, but the processor. */
  readonly isFallbackAdapter: boolean;
}

/**
 * Opens a model in a browser of its own.
 *
 * @throws NascentError 'runtime/unavailable' where there is no browser, no package or no WebGPU; 'onnx/invalid' and
 *   'onnx/unsupported' with onnxruntime's reason
 */
export async function openInBrowser(model: ModelParts, provider: BrowserProvider): Promise<FileSession> {
  const chromium = await startBrowser([provider]);
  try {
    const session = await openInPage(chromium, model, provider);
    return {
      ...session,
      dispose() {
        session.dispose();
        chromium.drop();
      },
    };
  } catch (error) {
    chromium.drop();
    throw error;
  }
}

/** @throws NascentError 'runtime/unavailable' where there is none, or it does not start */
export async function startBrowser(providers: readonly BrowserProvider[]): Promise<Chromium> {
  return startChromium(findBrowser(), providers.includes('webgpu') ? ['--enable-unsafe-webgpu'] : []);
}

/** Opens a model in a page of a browser that runs. @throws NascentError as `openInBrowser` does */
export async function openInPage(
  chromium: Chromium,
  { path, bytes, external }: ModelParts,
  provider: BrowserProvider,
): Promise<PageSession> {
  const [script, wasm] = await Promise.all(partsOf(provider).map(async (file) => readFile(file)));
  const server = await startPageServer();
  try {
    const served: readonly (readonly [string, Uint8Array | string | undefined])[] = [
      ['', pageHtml],
      ['page.mjs', pageScript],
      ['onnxruntime.mjs', script],
      ['onnxruntime.wasm', wasm],
      ['model', bytes],
      ...[...external.values()].map((data, i) => [`external/${i}`, data] as const),
    ];
    for (const [name, body] of served) server.serve(name, body ?? '');
    const page = await chromium.open(server.url);
    const adapter = provider === 'webgpu' ? await adapterOf(page) : undefined;
    const note = await openModel(page, path, provider, [...external.keys()]);
    // The page has them now.
    for (const [name] of served) server.takeBack(name);
    const names = await namesOf(page, bytes);
    return { note, adapter, run: running(page, server, path, names), dispose: () => server.close() };
  } catch (error) {
    server.close();
    throw error;
  }
}

/** What is needed of the package, which may be there without. */
function partsOf(provider: BrowserProvider): readonly string[] {
  const folder = findExtra('onnxruntime-web')?.folder;
  const parts = files[provider].map((name) => join(folder ?? '', 'dist', name));
  if (folder !== undefined && parts.every((part) => existsSync(part))) return parts;
  const reason =
    folder === undefined ? 'onnxruntime-web is not installed' : `${folder} holds nothing for browsers`;
  throw new NascentError('runtime/unavailable', reason, {
    help: howToGetExtra('onnxruntime-web'),
  });
}

async function adapterOf(page: Page): Promise<Adapter> {
  const found = await asked<Adapter>(page, 'adapter()');
  if ('value' in found) return found.value;
  throw new NascentError('runtime/unavailable', found.error, {
    help: 'Update the browser or the driver of the graphics card; chrome://gpu says what it finds.',
  });
}

/** First without what the provider lacks being run elsewhere: a comparison of the processor with itself proves nothing. */
async function openModel(
  page: Page,
  path: string,
  provider: BrowserProvider,
  external: readonly string[],
): Promise<string | undefined> {
  const open = async (strict: boolean) => {
    const opened = await asked<null>(
      page,
      `open(${JSON.stringify(provider)}, ${JSON.stringify(external)}, ${strict})`,
    );
    return 'error' in opened ? refused(`"${path}"`, new Error(readable(opened.error))) : undefined;
  };
  if (provider === 'wasm') {
    const error = await open(false);
    if (error !== undefined) throw error;
    return undefined;
  }
  if ((await open(true)) === undefined) return undefined;
  const error = await open(false);
  if (error !== undefined) throw error;
  return `some nodes have no kernel on ${provider} and run on the processor`;
}

async function namesOf(page: Page, bytes: Uint8Array): Promise<SessionNames> {
  const told = await asked<Parameters<typeof sessionNames>[0]>(page, 'names()');
  if ('error' in told) throw internal(`the page does not say what inputs are called: ${told.error}`);
  return sessionNames(told.value, bytes);
}

function running(
  page: Page,
  server: PageServer,
  path: string,
  { theirs, output }: SessionNames,
): FileSession['run'] {
  let count = 0;
  return async (feeds) => {
    const id = ++count;
    server.serve(`feeds/${id}`, pack(new Map([...feeds].map(([name, tensor]) => [theirs(name), tensor]))));
    const ran = await asked<null>(page, `run(${id})`).finally(() => server.takeBack(`feeds/${id}`));
    if ('error' in ran) {
      const reason = oneLine(readable(ran.error));
      throw new NascentError('runtime/failed', `onnxruntime-web failed to run "${path}": ${reason}`, {
        help: 'Check that the inputs are what the model takes.',
      });
    }
    const outputs = server.posted(`outputs/${id}`);
    if (outputs === undefined) throw internal('the page ran the model and sent nothing');
    return new Map([...unpack(outputs)].map(([name, tensor]) => [output(name), tensor]));
  };
}

type Told<T> = { readonly value: T } | { readonly error: string };

async function asked<T>(page: Page, call: string): Promise<Told<T>> {
  return (await page.evaluate(`import('./page.mjs').then((page) => page.${call})`)) as Told<T>;
}

/** What WebAssembly throws and nobody catches in it has no words. */
function readable(error: string): string {
  return error === '' ? 'it ended with an exception of its own, as where memory runs out' : error;
}
