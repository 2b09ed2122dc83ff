import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

import { temporaryFolder } from '../data/temporary.ts';
import { projectOf, reachOf, testFiles, testProjects, wholeCommands } from '../support/projects.ts';

const root = resolve(import.meta.dirname, '../..');

describe('a test belongs to the project that its imports say', () => {
  /**
   * Project of a test that imports a file by way of another. The texts below quote with ", and name the root as ROOT,
   * or this file would itself import what they do.
   */
  async function projectOfOneThatImports(text: string): Promise<string> {
    const folder = await temporaryFolder();
    const between = join(folder, 'between');
    mkdirSync(between);
    const written = text.replaceAll('"', "'").replaceAll('ROOT', relative(between, root));
    writeFileSync(join(between, 'end.ts'), written);
    writeFileSync(join(between, 'index.ts'), `export * from './end.ts';\n`);
    const test = join(folder, 'some.test.ts');
    writeFileSync(test, `import {\n  end,\n} from './between/index.ts';\n\nend();\n`);
    return projectOf(relative(root, test));
  }

  it.each<readonly [project: string, text: string]>([
    ['unit', 'import { sep } from "node:path";'],
    ['unit', 'import type { Tensor } from "onnxruntime-node";'],
    ['native', 'import { Tensor } from "onnxruntime-node";'],
    ['native', 'import "@tensorflow/tfjs-backend-cpu";'],
    ['native', 'export const load = () => import("sharp");'],
    ['native', 'const sharp = createRequire(import.meta.url).resolve("sharp");'],
    ['native', 'import { spawn } from "node:child_process";\nimport sharp from "sharp";'],
    ['native', 'const worker = new URL("ROOT/src/data/images/imagenet/worker.ts", import.meta.url);'],
    ['e2e', 'import { spawn } from "node:child_process";'],
    ...wholeCommands.map((path) => ['e2e', `import sharp from "sharp";\nimport "ROOT/${path}";`] as const),
  ])('%s: %s', async (project, text) => {
    expect(await projectOfOneThatImports(text)).toBe(project);
  });

  it('and every test to exactly one', () => {
    const { unit, native, e2e } = testProjects();
    expect([...unit, ...native, ...e2e].sort()).toEqual(testFiles());
    for (const some of [unit, native, e2e]) expect(some.length).toBeGreaterThan(0);
    expect(unit).toContain('test/house/projects.test.ts');
  });

  it('follows what is imported to its end', () => {
    expect(reachOf('test/random.test.ts')).toContain('src/random.ts');
    expect(reachOf('src/runtime/engine.ts')).toContain('onnxruntime-node');
  });
});

// The names are put together, or this file would not be a unit test itself.
describe('a unit test that gets round the rule is stopped when it runs', () => {
  const required = createRequire(import.meta.url);

  it('at a native library', () => {
    expect(() => required(['onnxruntime', 'node'].join('-'))).toThrow('a unit test tried to load a native');
  });

  it('at a process', () => {
    const processes = required(['child', 'process'].join('_')) as { spawnSync(command: string): unknown };
    expect(() => processes.spawnSync('true')).toThrow('a unit test tried to start a process');
  });
});

describe('properties', () => {
  const texts = testFiles().map((file) => [file, readFileSync(join(root, file), 'utf8')] as const);
  const filesWith = (pattern: RegExp) => texts.filter(([, text]) => pattern.test(text)).map(([file]) => file);

  it('take their seed from the environment (FC_SEED), and none of their own', () => {
    expect(filesWith(/numRuns[^{}]*\bseed:|\bseed:[^{}]*\bnumRuns/)).toEqual([]);
  });

  it('ask for their number of runs with `tries`, which FC_RUNS overrides', () => {
    expect(filesWith(/^(?!.*\bsample\b).*numRuns: \d/m)).toEqual([]);
  });
});
