/**
 * Runs the commands of the README as they are written there: each block that begins with ```sh ci, in order, in this
 * clone. A block fails when its exit code is not 0. The last line is `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const readme = readFileSync('README.md', 'utf8');
const blocks = [...readme.matchAll(/^```sh ci\n(.*?)^```$/gms)]
  .map(([, text]) => inThisClone(text ?? ''))
  .filter((text) => text !== '');

/** Without what has been done by now: this is the clone, its packages are installed, and its tests have been run. */
function inThisClone(block: string): string {
  return block
    .split('\n')
    .filter((line) => !line.startsWith('git clone') && !line.includes('npm test'))
    .map((line) => line.replace('npm ci && ', ''))
    .join('\n')
    .trim();
}

let passed = 0;
const failures: string[] = [];
for (const block of blocks) {
  console.log(`\n$ ${block.replaceAll('\n', '\n$ ')}`);
  const started = performance.now();
  const { status } = spawnSync('bash', ['-euo', 'pipefail', '-c', block], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${process.cwd()}/node_modules/.bin:${process.env['PATH'] ?? ''}` },
  });
  console.log(`(${Math.round((performance.now() - started) / 1000)} s, exit code ${status})`);
  if (status === 0) passed++;
  else failures.push(`${block.split('\n').join('; ')}: exit code ${status}`);
}
if (blocks.length === 0) failures.push('README.md has no block that begins with ```sh ci');
for (const failure of failures) console.log(`FAILED  ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
