#!/usr/bin/env node
/**
 * The command `nascent`.
 *
 * Nothing is imported before Node's version is known to do: an older Node would fail on what is imported, with a stack
 * that says nothing. So that it can read this file, its syntax is old.
 */

/** The first version that works, as `engines` in package.json has it too. */
const needed = [20, 19] as const;

const [major, minor] = process.versions.node.split('.').map(Number);

if (major! < needed[0] || (major === needed[0] && minor! < needed[1])) {
  console.error(
    `✖ Nascent needs Node ${needed.join('.')} or later, and this is Node ${process.versions.node}`,
  );
  process.exitCode = 1;
} else {
  // From Node 22 on, what was compiled is kept for the next call.
  const { enableCompileCache } = process.getBuiltinModule('node:module') as {
    enableCompileCache?: () => void;
  };
  if (enableCompileCache !== undefined) enableCompileCache();
  void import('./shell/start.ts').then(({ start }) => start());
}
