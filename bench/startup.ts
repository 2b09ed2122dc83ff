/**
 * How long `nascent` takes to start, beside Node alone: `npm run bench:startup [-- RUNS]`.
 *
 * The machine may be busy with other things, so the commands take turns and what is shown are medians; the ratio is what
 * to look at. `--version` and `--help` are to take at most twice what Node itself takes; the export of the paper's cells
 * at most a second more than Node does.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { columns, median } from './support/table.ts';

const main = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
if (!existsSync(main)) throw new Error('there is no build to measure; run `npm run build` first');
const runs = Number(process.argv[2] ?? 15);
if (!Number.isInteger(runs) || runs < 1) throw new Error('the number of runs is a whole number, 1 or more');

const folder = mkdtempSync(join(tmpdir(), 'nascent-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const commands: readonly (readonly string[])[] = [
  ['--version'],
  ['--help'],
  ['search', '--help'],
  ['describe', '--genotype', 'DARTS_V2', '--network', 'cifar10'],
  ['export', '--help'],
  ['export', '--genotype', 'DARTS_V2', '--out', join(folder, 'model.onnx')],
];

const bare = { name: 'node -e 0', args: ['-e', '0'], ms: new Array<number>() };
const measured = [
  bare,
  ...commands.map((args) => ({
    name: `nascent ${args.join(' ').replace(`${folder}/`, '')}`,
    args: [main, ...args],
    ms: new Array<number>(),
  })),
];

// The first round fills the caches of the disk and of the compiler, and does not count.
for (let round = 0; round <= runs; round++) {
  for (const { name, args, ms } of measured) {
    const begin = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const took = performance.now() - begin;
    if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
    if (round > 0) ms.push(took);
  }
}

console.log(`Node ${process.versions.node}, medians of ${runs} runs\n`);
const rows = measured.map(({ name, ms }) => {
  // Each run beside the bare one of its own round, which met the same machine.
  const ratio = median(ms.map((took, round) => took / (bare.ms[round] ?? Number.NaN)));
  return [name, `${median(ms).toFixed(0)} ms`, `${ratio.toFixed(2)} ×`];
});
console.log(columns(rows));
