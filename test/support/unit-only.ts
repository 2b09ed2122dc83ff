/** Before every file of the `unit` tests: no machine code and no process, whichever way a test came to it. */
import processes from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

const refuse = (what: string) => (): never => {
  throw new Error(
    `a unit test tried to ${what}: what a test imports decides its project, see test/support/projects.ts`,
  );
};

process.dlopen = refuse('load a native library');
for (const name of ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'] as const) {
  Object.assign(processes, { [name]: refuse('start a process') });
}
syncBuiltinESMExports();
