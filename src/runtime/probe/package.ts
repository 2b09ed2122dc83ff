/** Where an installed package is, and its version, asked without running any of it. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

export interface InstalledPackage {
  readonly folder: string;
  readonly version: string;
}

const require = createRequire(import.meta.url);

/** The package as Nascent would import it; undefined where it is not installed. */
export function findPackage(name: string): InstalledPackage | undefined {
  try {
    const file = require.resolve(`${name}/package.json`);
    const { version } = require(file) as { readonly version: string };
    return { folder: dirname(file), version };
  } catch {
    return undefined;
  }
}
