/** Every file that a run's folder may hold. */

import { runRecordSchema } from '../record.ts';
import { alphas } from './alphas.ts';
import type { JsonArtefact, LogArtefact, OtherArtefact } from './artefact.ts';
import { corpus, images } from './data.ts';
import { eventsFile, loggedEventSchema } from './events.ts';
import { genotype } from './genotype.ts';
import { metrics } from './metrics.ts';
import { parity, validation } from './results.ts';

const run: JsonArtefact<typeof runRecordSchema> = {
  name: 'run.json',
  title: 'configuration as resolved, versions, seed, engine, status',
  format: 'json',
  version: 1,
  schema: runRecordSchema,
  summarise: ({ kind, status, engine, seed }) => [
    ['kind', kind],
    ['status', status],
    ['engine', engine],
    ['seed', String(seed)],
  ],
};

const events: LogArtefact<typeof loggedEventSchema> = {
  name: eventsFile,
  title: 'what happened to the run, a line an event',
  format: 'json lines',
  schema: loggedEventSchema,
  summarise: (records) => [
    ['events', String(records.length)],
    ['last', records.at(-1)?.kind ?? 'none'],
  ],
  charts: [],
};

const others: readonly OtherArtefact[] = [
  { name: 'vocabulary.txt', title: 'the words of the text, in the order of their numbers', format: 'text' },
  { name: 'model.onnx', title: 'the trained network', format: 'onnx' },
  { name: 'report.html', title: 'the run as one page', format: 'html' },
  { name: 'MODEL_CARD.md', title: 'the card of the model', format: 'text' },
  { name: 'checkpoints', title: 'where it can be resumed: the last three, and the best', format: 'folder' },
  { name: 'control', title: 'what its process is asked to do', format: 'folder' },
  { name: 'train', title: 'of a search: the training of its cells, a run of its own', format: 'folder' },
];

/** The table, a row a file. */
export const artefacts = [
  run,
  metrics,
  alphas,
  events,
  genotype,
  images,
  corpus,
  validation,
  parity,
  ...others,
] as const;
