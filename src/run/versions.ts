/** The versions that a run records and `nascent --version` prints. */

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Nascent's own version. A package may name itself, so this finds package.json from the sources and from dist. */
export function nascentVersion(): string {
  return (require('nascent/package.json') as { readonly version: string }).version;
}

export function programVersions(): Record<string, string> {
  return {
    nascent: nascentVersion(),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  };
}
