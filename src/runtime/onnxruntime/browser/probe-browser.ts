/** Probe: a browser runs a model of two nodes, with each provider in a page of its own. */
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, NascentError } from '../../../errors.ts';
import type { Chromium } from '../../browser/chromium.ts';
import { answer } from '../../probe/answer.ts';
import { tinyInput, tinyModel, tinyOutput } from '../../probe/tiny-model.ts';
import { openInPage, startBrowser, type Adapter, type BrowserProvider } from './file.ts';

export interface BrowserAnswer {
  /** `Chrome/156.0.8078.108`. */
  readonly browser: string;
  readonly isSandboxed: boolean;
  readonly tried: Readonly<Record<BrowserProvider, ProviderAnswer>>;
}

type ProviderAnswer =
  | { readonly ok: true; readonly adapter: Adapter | undefined }
  | { readonly ok: false; readonly reason: string; readonly fix?: string };

/** A driver may hang, and the other provider is ready all the same. */
const patience = 40_000;

answer(async (): Promise<BrowserAnswer> => {
  const chromium = await startBrowser(['wasm', 'webgpu']);
  const [wasm, webgpu] = await Promise.all([tryProvider(chromium, 'wasm'), tryProvider(chromium, 'webgpu')]);
  chromium.drop();
  return { browser: chromium.version, isSandboxed: chromium.isSandboxed, tried: { wasm, webgpu } };
});

async function tryProvider(chromium: Chromium, provider: BrowserProvider): Promise<ProviderAnswer> {
  const late = delay(patience).then((): never => {
    throw new Error(`no answer within ${patience / 1000} seconds`);
  });
  const work = async (): Promise<ProviderAnswer> => {
    const model = { path: 'probe', bytes: tinyModel(), external: new Map() };
    const session = await openInPage(chromium, model, provider);
    tinyOutput(await session.run(tinyInput()));
    session.dispose();
    return { ok: true, adapter: session.adapter };
  };
  return Promise.race([work(), late]).catch((error: unknown) => ({
    ok: false,
    reason: messageOf(error),
    ...(error instanceof NascentError && { fix: error.help }),
  }));
}
