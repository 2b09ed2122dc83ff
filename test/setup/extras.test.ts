import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import {
  extraNames,
  extraPackages,
  findExtra,
  hasWholeExtra,
  keptExtra,
  type ExtraName,
} from '../../src/runtime/extra/packages.ts';
import { setUpExtras } from '../../src/setup/extras.ts';

const scratch = mkdtempSync(join(tmpdir(), 'nascent-extras-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** An npm that does `what` for every package. */
function npmThat(name: string, what: string): readonly string[] {
  const script = join(scratch, `${name}.cjs`);
  writeFileSync(script, `const fs = require('node:fs');\n${what}`);
  return [process.execPath, script];
}

function contextOf(name: string) {
  const cache = join(scratch, name);
  mkdirSync(cache);
  return { cache, log: () => {}, signal: undefined };
}

function makeWhole(name: ExtraName, folder: string): void {
  mkdirSync(join(folder, 'dist'));
  for (const file of extraPackages[name].files) writeFileSync(join(folder, file), '');
}

it('says of each why the registry does not give it, and leaves nothing behind', async () => {
  const npm = npmThat('none', `console.error('npm error network is unreachable'); process.exit(1);`);
  const context = contextOf('unreachable');
  const error = await setUpExtras(context, npm).catch((e: unknown) => e);
  for (const name of extraNames) {
    expect(error).toMatchObject({
      code: 'setup/failed',
      message: expect.stringContaining(
        `${name} could not be fetched: npm pack ended with 1: network is unreachable`,
      ) as string,
    });
  }
  expect(readdirSync(context.cache, { recursive: true })).toEqual(['runtimes']);
});

it('takes no other archive than the one it knows, whatever its name', async () => {
  const other = join(scratch, 'other.tgz');
  writeFileSync(other, gzipSync(Buffer.alloc(1024)));
  const npm = npmThat('other', `fs.copyFileSync(${JSON.stringify(other)}, 'archive.tgz');`);
  const context = contextOf('tampered');
  await expect(setUpExtras(context, npm)).rejects.toThrow(
    "the registry's onnxruntime-web 1.30.0 is not the archive that Nascent knows",
  );
  expect(readdirSync(context.cache, { recursive: true })).toEqual(['runtimes']);
});

it('leaves one that an earlier setup kept without some files as it is where a whole one cannot be had', async () => {
  const context = contextOf('earlier');
  const npm = npmThat('away', 'process.exit(1);');
  for (const name of extraNames) {
    const folder = join(keptExtra(name, context.cache), 'node_modules', name);
    mkdirSync(folder, { recursive: true });
    const [{ version }] = extraPackages[name].archives;
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ version }));
  }
  await expect(setUpExtras(context, npm)).rejects.toThrow('onnxruntime-web could not be fetched');
  for (const name of extraNames) expect(findExtra(name, context.cache)).toBeDefined();
});

it('finds what was kept, and fetches it no second time', async () => {
  const context = contextOf('kept');
  for (const name of extraNames) {
    const [{ version }] = extraPackages[name].archives;
    const folder = join(keptExtra(name, context.cache), 'node_modules', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ version }));
    expect(findExtra(name, context.cache)?.version).toBe(version);
    expect(hasWholeExtra(name, context.cache)).toBe(false);
    makeWhole(name, folder);
    expect(hasWholeExtra(name, context.cache)).toBe(true);
  }
  const npm = npmThat('never', 'process.exit(1);');
  expect(await setUpExtras(context, npm)).toEqual(
    extraNames.map((name) => ({ name, version: extraPackages[name].archives[0].version })),
  );
});

it("takes the one that is whole before a project's own that lacks files", () => {
  const { cache } = contextOf('project');
  const project = join(scratch, 'project-modules');
  for (const name of extraNames) {
    const kept = join(keptExtra(name, cache), 'node_modules', name);
    const own = join(project, name);
    const [major] = extraPackages[name].archives[0].version.split('.');
    const [ownVersion, keptVersion] = [`${major}.90.0`, `${major}.91.0`];
    for (const [folder, version] of [
      [own, ownVersion],
      [kept, keptVersion],
    ] as const) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ version }));
    }
    expect(findExtra(name, cache, [project])?.version).toBe(ownVersion);
    makeWhole(name, kept);
    expect(findExtra(name, cache, [project])?.version).toBe(keptVersion);
    makeWhole(name, own);
    expect(findExtra(name, cache, [project])?.version).toBe(ownVersion);
  }
});

it("passes over a project's own of a major version that is something else", () => {
  const { cache } = contextOf('major');
  const project = join(scratch, 'project-of-old');
  const name = '@techstark/opencv-js';
  const kept = join(keptExtra(name, cache), 'node_modules', name);
  const own = join(project, name);
  for (const [folder, version] of [
    [own, '4.12.0-release.1'],
    [kept, '5.0.0-release.1'],
  ] as const) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ version }));
    makeWhole(name, folder);
  }
  expect(findExtra(name, cache, [project])?.version).toBe('5.0.0-release.1');
});

it('puts a whole one in the place of a damaged one', async () => {
  const context = contextOf('damaged');
  const npm = npmThat('gone', 'process.exit(1);');
  for (const name of extraNames) {
    const folder = join(keptExtra(name, context.cache), 'node_modules', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"vers');
    expect(findExtra(name, context.cache)).toBeUndefined();
  }
  await expect(setUpExtras(context, npm)).rejects.toThrow('onnxruntime-web could not be fetched');
  for (const name of extraNames) expect(existsSync(keptExtra(name, context.cache))).toBe(false);
});
