/** Stand-ins for npm, so that getting a package needs no network. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A stand-in for npm: leaves `tarball` in its working folder and the arguments it got in `npm-args.json` beside it. */
export async function fakeNpm(folder: string, tarball: Uint8Array): Promise<readonly string[]> {
  const [script, source] = [join(folder, 'npm.mjs'), join(folder, 'small.tgz')];
  await writeFile(source, tarball);
  const log = join(folder, 'npm-args.json');
  await writeFile(
    script,
    `import { copyFileSync, writeFileSync } from 'node:fs';
     writeFileSync(${JSON.stringify(log)}, JSON.stringify(process.argv.slice(2)));
     copyFileSync(${JSON.stringify(source)}, 'small-1.0.0.tgz');`,
  );
  return [process.execPath, script];
}

/** A stand-in for an npm that fails as npm fails. */
export async function failingNpm(folder: string, stderr: string): Promise<readonly string[]> {
  const script = join(folder, 'failing-npm.mjs');
  await writeFile(script, `process.stderr.write(${JSON.stringify(stderr)}); process.exitCode = 1;`);
  return [process.execPath, script];
}
