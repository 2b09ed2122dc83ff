/** Which datasets there are, for which task, and how each is had. */
import { datasets, howToGet } from '../../src/data/registry.ts';
import { code, table } from './table.ts';

const use = {
  memory: 'in memory',
  files: 'decoded as the run goes',
  decoded: 'decoded once, in memory',
} as const;

export function datasetFeatures(): string[] {
  return [
    '## Datasets',
    table(
      ['name', 'what', 'task', 'in use', 'how to have it'],
      ...datasets.map((row) => [
        code(row.name),
        `${row.title}: ${row.description}`,
        row.task,
        row.task === 'images' ? use[row.held] : 'in memory',
        row.origin.kind === 'published' ? code(howToGet(row)) : howToGet(row),
      ]),
    ),
  ];
}
