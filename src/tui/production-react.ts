/**
 * The only way to what draws with React: it is loaded here in its production build.
 *
 * React's reconciler picks its build by NODE_ENV when it is loaded. The development build, which it takes if nothing is
 * said, leaves entries of `performance.measure` behind at every drawing: a million in two hours. NODE_ENV is set only
 * while the packages are loaded, all at once and without a turn of the event loop, so that no child process inherits it:
 * npm, which `nascent setup` may run, would leave packages out by it.
 */

import { createRequire } from 'node:module';

/** Loads React's packages; what imports them afterwards gets the same. */
export function loadProductionReact(): void {
  const ours = createRequire(import.meta.url);
  const inks = createRequire(ours.resolve('ink'));
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    for (const name of ['react', 'react/jsx-runtime']) ours(name);
    for (const name of ['react-reconciler', 'react-reconciler/constants.js', 'scheduler']) inks(name);
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}
