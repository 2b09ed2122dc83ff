/** Probe: a browser runs a model of two nodes. Argument: the provider. */
import { answer } from '../../probe/answer.ts';
import { tinyInput, tinyModel, tinyOutput } from '../../probe/tiny-model.ts';
import { openInBrowser, type Adapter, type BrowserProvider } from './file.ts';

export interface BrowserAnswer {
  readonly browser: string;
  readonly adapter: Adapter | undefined;
}

answer(async (): Promise<BrowserAnswer> => {
  const provider: BrowserProvider = process.argv[2] === 'webgpu' ? 'webgpu' : 'wasm';
  const session = await openInBrowser({ path: 'probe', bytes: tinyModel(), external: new Map() }, provider);
  tinyOutput(await session.run(tinyInput()));
  session.dispose();
  return { browser: session.browser, adapter: session.adapter };
});
