/**
 * Runs the commands in the README, as they stand there: each `sh` block whose fence says `ci`, in order, in one folder
 * with a clone's files. A block that ends with another exit code than 0 is a failure.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const readme = readFileSync('README.md', 'utf8');
const blocks = [...readme.matchAll(/^```sh ci\n(.*?)^```$/gms)]
  .map(([, text]) => inThisClone(text ?? ''))
  .filter((text) => text !== '');

/** The clone is here, its packages are installed, and its tests have been run: those lines are behind us. */
function inThisClone(block: string): string {
  return block
    .split('\n')
    .filter((line) => !line.startsWith('git clone') && !line.includes('npm test'))
    .map((line) => line.replace('npm ci && ', ''))
    .join('\n')
    .trim();
}

let [passed, failed] = [0, 0];
for (const block of blocks) {
  console.log(`\n$ ${block.replaceAll('\n', '\n$ ')}`);
  const started = performance.now();
  const { status } = spawnSync('bash', ['-euo', 'pipefail', '-c', block], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${process.cwd()}/node_modules/.bin:${process.env['PATH'] ?? ''}` },
  });
  console.log(`(${Math.round((performance.now() - started) / 1000)} s, exit code ${status})`);
  if (status === 0) passed++;
  else failed++;
}
if (blocks.length === 0) failed++;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
