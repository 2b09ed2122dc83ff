/**
 * A comparison of runs and genotypes as plain data: what `nascent compare --json` prints, and what any view of it draws.
 *
 * The schema is the documentation, and the types are read off it: `nascent compare --schema` prints it as JSON Schema.
 */
import { z } from 'zod';
import { runStatuses } from '../run/record.ts';
import type { Json } from '../run/record.ts';
import { taskNames } from '../tasks/task.ts';

/** Read-only, as settings are. */
const json = z.json() as z.ZodType as z.ZodType<Json>;
const note = z.string().describe('A sentence for people.');
const task = z.enum(taskNames);
const stage = z
  .enum(['search', 'train'])
  .describe('A search and a training are never compared to each other.');
const side = z.int().nonnegative().describe('A place in `sides`.');
const number = z.number().nullable().describe('null for what is not a number.');
const members = z
  .array(side)
  .readonly()
  .describe('The sides that it is about; lists by side are in this order.');
/** One entry a side, in the order of `sides`; null where a side has none. */
const bySide = <S extends z.ZodType>(of: S, what: string) =>
  z.array(of.nullable()).readonly().describe(`By side, null where it has none: ${what}`);

const stageSchema = z.object({
  stage,
  path: z.string(),
  dataset: z.string().nullable(),
  from: z.string().nullable().describe('The folder or archive of the dataset, where it was given.'),
  preset: z.string().nullable(),
  strategy: z.string().nullable().describe('Of a search.'),
  status: z.enum(runStatuses).nullable().describe('null where run.json does not say.'),
  reason: z.string().nullable().describe('Why it stopped.'),
  seed: z.number().nullable(),
  runtime: z.string().nullable(),
  epochs: z.object({ done: z.int(), of: z.int().nullable() }),
  seconds: number.describe('Spent on it so far, pauses left out.'),
});

const sideSchema = z.object({
  mark: z.string().describe('What it is called in texts and charts: A, B, C.'),
  given: z.string().describe('As it was given: a path, a name or a notation.'),
  kind: z.enum(['search', 'training', 'genotype']).nullable().describe('null where it cannot be told.'),
  task: task.nullable(),
  stages: z
    .array(stageSchema)
    .readonly()
    .describe('Of a search, itself and the training in its folder; of a genotype none.'),
  cells: z
    .object({ from: z.string().describe('Where they are from, for people.'), notation: z.string() })
    .nullable(),
  files: z
    .array(z.object({ name: z.string(), bytes: z.int() }))
    .readonly()
    .describe('Exported models.'),
  notes: z.array(note).readonly().describe('What could not be read, and what is not final.'),
});

const settingsSchema = z.object({
  stage,
  task,
  members,
  same: z.int().describe('How many settings are the same in all members.'),
  different: z
    .array(
      z.object({
        name: z.string(),
        values: z
          .array(z.object({ value: json }).nullable())
          .readonly()
          .describe('By member.'),
      }),
    )
    .readonly(),
});

const claimSchema = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('better'),
      sides: z.array(side).readonly(),
      by: z.number().describe('From the best to the best of the others.'),
      soFar: z.boolean().describe('Whether one of them has not finished.'),
    }),
    z.object({ kind: z.literal('equal'), soFar: z.boolean() }),
    z.object({ kind: z.literal('none'), why: note }),
  ])
  .describe('Which is better; nothing is claimed of figures that are not of the same data.');

const figureSchema = z.object({
  stage,
  task,
  key: z.string().describe('As in metrics.jsonl, such as valid_accuracy.'),
  title: z.string(),
  at: z
    .enum(['best', 'last', 'end', 'file'])
    .describe('Of the epochs; of the best weights, once, at the end; or of the exported file.'),
  better: z.enum(['higher', 'lower']),
  values: bySide(z.object({ value: z.number(), epoch: z.int().nullable() }), 'the figure, epoch from 0.'),
  claim: claimSchema,
});

const curveSchema = z.object({
  stage,
  task,
  key: z.string(),
  title: z.string(),
  series: z
    .array(
      z.object({
        side,
        points: z
          .array(z.tuple([z.int(), number]).readonly())
          .readonly()
          .describe('Epoch from 0, value.'),
      }),
    )
    .readonly(),
  apart: note.nullable().describe('Why the curves say nothing of each other; null where they do.'),
});

const cellSchema = z.object({
  cell: z.string().describe('normal, reduce, or recurrent.'),
  edges: z
    .array(
      z.object({
        node: z.int().describe('From 0.'),
        source: z.int().describe('The state that is read, as the genotype numbers it.'),
        ops: z
          .array(z.array(z.string()).readonly())
          .readonly()
          .describe('By member; none where no such edge.'),
        same: z.boolean(),
      }),
    )
    .readonly(),
  same: z.int().describe('How many edges all members have, with the same op.'),
  counts: z.array(z.int()).readonly().describe('By member: its edges.'),
  skips: z.array(z.int()).readonly().describe('By member: its skip connections.'),
  outputs: z.array(z.array(z.int()).readonly()).readonly().describe('By member: the states that go out.'),
});

const cellsSchema = z.object({
  task,
  members,
  identical: z.boolean(),
  cells: z.array(cellSchema).readonly(),
});

const costSchema = z.object({
  network: z.string().describe('A network by name, or `as trained`.'),
  size: z.string(),
  parameters: z.int(),
  macs: z.int(),
  macsOf: z.string().describe('What MACs are counted for.'),
});

const costsSchema = z.object({
  values: bySide(costSchema, 'what the network of its cells costs.'),
  unbuilt: bySide(note, 'why there is no such network.'),
  apart: note.nullable().describe('Why they cannot be compared; null where they are of one network.'),
});

/** What `--json` prints. */
export const comparisonSchema = z.object({
  format: z.literal('nascent-comparison'),
  version: z.literal(1),
  sides: z.array(sideSchema).readonly(),
  settings: z.array(settingsSchema).readonly(),
  figures: z.array(figureSchema).readonly(),
  curves: z.array(curveSchema).readonly(),
  cells: z.array(cellsSchema).readonly(),
  costs: costsSchema,
  refused: z
    .array(z.object({ section: z.enum(['settings', 'figures', 'curves', 'cells', 'costs']), why: note }))
    .readonly()
    .describe('Sections in which nothing could be compared.'),
});

export type Comparison = z.output<typeof comparisonSchema>;
export type ComparedSide = z.output<typeof sideSchema>;
export type ComparedStage = z.output<typeof stageSchema>;
export type ComparedSettings = z.output<typeof settingsSchema>;
export type Claim = z.output<typeof claimSchema>;
export type Figure = z.output<typeof figureSchema>;
export type Curve = z.output<typeof curveSchema>;
export type ComparedCells = z.output<typeof cellsSchema>;
export type ComparedCell = z.output<typeof cellSchema>;
export type Cost = z.output<typeof costSchema>;
export type Costs = z.output<typeof costsSchema>;
export type Refused = Comparison['refused'][number];

/** The mark of a side. */
export function markOf(side: number): string {
  return String.fromCodePoint(65 + side);
}
