/** What each runtime is good for. */
import { allPairs } from '../../src/parity/pairs.ts';
import { runtimeNames, runtimes } from '../../src/runtime/registry.ts';
import { table } from './table.ts';

export function runtimeFeatures(): string[] {
  const rows = runtimeNames.map((name) => {
    const { title, engine, slow } = runtimes[name];
    const one = allPairs.find(({ runtime }) => runtime === name);
    const role = name === 'reference' ? 'the truth that the others are held to' : (one?.runs ?? '—');
    return [name, title, engine === null ? '—' : '✔', role, slow ? 'slow' : ''];
  });
  return [
    '## Runtimes',
    'What `search` and `train` can run on, and what `parity` runs there: the file itself, or the graph that was read from it.',
    table(['runtime', 'kernels', 'search, train', 'parity', ''], ...rows),
  ];
}
