/**
 * Which tests are `unit`, `native` and `e2e`: a rule over what a test imports, itself or through what it imports.
 *
 * Nobody keeps a list. A test belongs to the first of these that holds:
 *
 * 1. `e2e`: a whole command, or a job in a process of its own, is within its reach;
 * 2. `native`: a native library is;
 * 3. `e2e`: it can start some other process;
 * 4. `unit`: none of them, not even by an `import()` that it may never come to.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

export const projectNames = ['unit', 'native', 'e2e'] as const;
export type ProjectName = (typeof projectNames)[number];

/** Modules that mean whole commands and jobs in processes of their own. */
export const wholeCommands: readonly string[] = ['src/cli/main.ts', 'src/run/child.ts'];

/** Libraries that load machine code, or hold one that does. */
export const nativeLibrary: RegExp = /^(@tensorflow\/|onnxruntime-|sharp$)/;

/** protobufjs-cli has jsdoc read what it wrote. */
const startsProcesses = /^((node:)?(child_process|cluster)|protobufjs-cli\/.*)$/;

/** Every file of tests, from the root of the repository, by its project. */
export function testProjects(): Readonly<Record<ProjectName, readonly string[]>> {
  const projects: Record<ProjectName, string[]> = { unit: [], native: [], e2e: [] };
  for (const file of testFiles()) projects[projectOf(file)].push(file);
  return projects;
}

/** The files of tests but for the oracle, which is a command of its own. */
export function testFiles(folder: string = 'test'): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return path === 'test/oracle' ? [] : testFiles(path);
      return /\.test\.tsx?$/.test(entry.name) ? [path] : [];
    })
    .sort();
}

export function projectOf(test: string): ProjectName {
  const reached = [...reachOf(test)];
  if (reached.some((target) => wholeCommands.includes(target))) return 'e2e';
  if (reached.some((target) => nativeLibrary.test(target))) return 'native';
  return reached.some((target) => startsProcesses.test(target)) ? 'e2e' : 'unit';
}

/** All that a file can import: files of ours from the root, and packages by their names. */
export function reachOf(file: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [file];
  for (let target = open.pop(); target !== undefined; target = open.pop()) {
    if (reached.has(target)) continue;
    reached.add(target);
    open.push(...importsOf(target));
  }
  return reached;
}

const known = new Map<string, readonly string[]>();

function importsOf(file: string): readonly string[] {
  if (!/\.tsx?$/.test(file)) return [];
  const found = known.get(file) ?? readImports(file);
  known.set(file, found);
  return found;
}

/** Values, not types: `import type` is gone when a test runs. A module that is named by its URL counts, too. */
function readImports(file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const statements = text.matchAll(/^(?:import|export)\s(?!type\b)(?:[^'";]*?\sfrom\s*)?\s*'([^']+)'/gm);
  const calls = text.matchAll(/\b(?:import|require|resolve|mock|importActual)\(\s*'([^']+)'/g);
  const urls = text.matchAll(/new URL\(\s*'([^']+)',\s*import\.meta\.url/g);
  return [
    ...[...statements, ...calls].map(([, target = '']) =>
      target.startsWith('.') ? fromRoot(file, target) : target,
    ),
    ...[...urls].map(([, target = '']) => fromRoot(file, target)),
  ].flatMap((target) => moduleAt(target));
}

const fromRoot = (file: string, target: string) => relative(root, resolve(root, dirname(file), target));

/** A package as it is named; a file of ours as it is called, also where its ending is left out. */
function moduleAt(target: string): readonly string[] {
  if (/^[@\w]/.test(target) && !/^(src|test|exporters|proto|examples|fixtures)\//.test(target))
    return [target];
  return [target, `${target}.ts`].filter((path) => /\.tsx?$/.test(path) && existsSync(join(root, path)));
}
