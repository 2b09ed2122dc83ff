import { describe, expect, it } from 'vitest';
import { engineNamed, openEngine } from '../../src/runtime/engine.ts';
import { engineNames, providers, runtimeNames, runtimes } from '../../src/runtime/registry.ts';
import type { RuntimeRow } from '../../src/runtime/registry.ts';

describe('the table of runtimes', () => {
  it.each(['onnxruntime-cpu', 'tfjs-cpu', 'reference'] as const)('opens %s under its name', async (name) => {
    const runtime = await runtimes[name].open();
    expect(runtime.name).toBe(name);
    expect(
      (await runtimes[name].probe({ driver: undefined, timeoutMs: 60_000, signal: undefined })).status,
    ).toBe('ready');
  });

  it('gives each engine one runtime, which is found again by its name', async () => {
    const offered = runtimeNames.filter((name) => runtimes[name].engine !== null);
    expect(offered.map((name) => runtimes[name].engine)).toEqual(engineNames);
    expect(new Set(engineNames).size).toBe(engineNames.length);
    for (const name of offered) expect(engineNamed(name)).toBe(runtimes[name].engine);
    expect((await openEngine('reference')).why).toMatch(/^reference on .*, as asked$/);
  });

  it('names the provider of what runs a file, and has the slow ones last', () => {
    expect(providers.map((provider) => `onnxruntime-${provider}`)).toEqual(
      runtimeNames.filter(
        (name) => 'provider' in runtimes[name].runs && runtimes[name].runs.provider !== null,
      ),
    );
    const slow = runtimeNames.map((name) => runtimes[name].slow);
    expect(slow).toEqual([...slow].sort((a, b) => Number(a) - Number(b)));
  });

  it('says of a runtime of model files that it runs no other graphs', async () => {
    await expect(runtimes['onnxruntime-web'].open()).rejects.toThrow(
      'onnxruntime-web runs model files, and no other graphs',
    );
  });

  it('does not compile where a row lacks something', () => {
    const { open: _, ...rest } = runtimes.reference;
    // @ts-expect-error it cannot be opened
    const row: RuntimeRow = rest;
    expect(row).not.toHaveProperty('open');
  });
});
