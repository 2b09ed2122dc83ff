/**
 * Before npm packs (`npm run package`): leaves, of all declarations in `dist`, those that the library's own lead to, which is a quarter of
 * them. The others belong to the command, which nobody imports, and would be a sixth of the package.
 *
 * The compiler's record of what it wrote goes too, so that the next build writes them all again.
 *
 * usage, in the repository: node .ci/declarations.mjs
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** What a declaration imports: `from './a.js'`, `import './a.js'` or `import('./a.js')`. */
const imports = /\b(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g;
const declaration = (name) => name.replace(/(\.d)?\.[jt]sx?$/, '.d.ts');

/** Every declaration that one leads to, itself with them. */
function reached(entry) {
  const found = new Set();
  const open = [resolve(entry)];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const [, name] of readFileSync(file, 'utf8').matchAll(imports)) {
      const imported = resolve(dirname(file), declaration(name));
      if (!existsSync(imported)) throw new Error(`${file} imports ${name}, which has no declarations`);
      open.push(imported);
    }
  }
  return found;
}

const kept = reached('dist/src/index.d.ts');
for (const name of readdirSync('dist', { recursive: true })) {
  const file = resolve('dist', name);
  if (name.endsWith('.d.ts') && !kept.has(file)) rmSync(file);
}
rmSync(join('dist', '.tsbuildinfo'), { force: true });
