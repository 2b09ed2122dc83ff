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
  [counted('oracle.txt'), oracle],
  [counted('readme.txt'), readme],
  [counted('package.txt'), packaged],
];
let [passed, failed, skipped] = [0, 0, 0];

// A seed that nobody tried can find what was there before this change: it is told, and is a fault to mend, but it does
// not say that this change is wrong. What holds for the usual seed is counted above.
const [held, found] = vitest('properties.json');
passed += held;
if (found > 0 || fresh !== 0) {
  console.log(
    `FOUND by a fresh seed: ${found} properties do not hold; replay them with the FC_SEED printed above`,
  );
}
for (const [[p, f, s], code] of parts) {
  passed += p;
  failed += f === 0 && code !== 0 ? 1 : f;
  skipped += s;
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
