/**
 * Adds up what the parts of CI counted, and prints one closing line: `N passed, N failed, N skipped`. A part that
 * ended badly without counting a failure (lint, a crash) is one failure.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, ...codes] = process.argv.slice(2);
const [tests, fresh, oracle, readme, packaged] = codes.map(Number);

/** The last `N passed, N failed[, N skipped]` in a part's output. */
function counted(name) {
  const file = join(folder, name);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const found = [...text.matchAll(/(\d+) passed, (\d+) failed(?:, (\d+) skipped)?/g)].at(-1);
  return (found ?? [0, 0, 0, 0]).slice(1).map((count) => Number(count ?? 0));
}

function vitest(name) {
  const file = join(folder, name);
  if (!existsSync(file)) return [0, 0, 0];
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(file, 'utf8'));
  return [numPassedTests, numFailedTests, numPendingTests];
}

const parts = [
  [vitest('tests.json'), tests],
  [vitest('properties.json'), fresh],
  [counted('oracle.txt'), oracle],
  [counted('readme.txt'), readme],
  [counted('package.txt'), packaged],
];
let [passed, failed, skipped] = [0, 0, 0];
for (const [[p, f, s], code] of parts) {
  passed += p;
  failed += f === 0 && code !== 0 ? 1 : f;
  skipped += s;
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
