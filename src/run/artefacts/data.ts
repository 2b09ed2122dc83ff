/**
 * images.json and corpus.json: the data that a run is made with, so that it is resumed on the same, and exported where
 * the data are not.
 *
 * Fields that are optional came when there were runs without them.
 */

import { z } from 'zod';

import type { JsonArtefact } from './artefact.ts';

/** Files from before it was written down are of the first version. */
const version = z.literal(1).default(1);

const number = z.number();
const perChannel = z.union([z.tuple([number, number, number]).readonly(), z.tuple([number]).readonly()]);

const imagesSchema = z.strictObject({
  version,
  name: z.string(),
  channels: z.literal([1, 3]),
  height: z.int().positive(),
  width: z.int().positive(),
  /** Images that are learnt from. */
  count: z.int().positive().optional(),
  /** The name of each label, by label. */
  classes: z.array(z.string()).min(1).readonly(),
  /** Of pixels scaled to [0, 1]. */
  mean: perChannel,
  std: perChannel,
  /** Of pixels and labels, or of what can be afforded of files: `ImageSource.digest`. */
  sha256: z.string().optional(),
});

export type ImageFacts = Omit<z.output<typeof imagesSchema>, 'version'>;

export const images: JsonArtefact<typeof imagesSchema> = {
  name: 'images.json',
  title: 'the images that it is made with',
  format: 'json',
  version: 1,
  schema: imagesSchema,
  summarise: ({ name, channels, width, height, classes, count }) => [
    ['images', count === undefined ? name : `${count} of ${name}`],
    ['size', `${width}×${height} pixels${channels === 1 ? ' of grey' : ''}`],
    ['classes', String(classes.length)],
  ],
};

const used = z.strictObject({
  tokens: z.int().nonnegative(),
  /** Of the word numbers, as int32. */
  sha256: z.string(),
});

const corpusSchema = z.strictObject({
  version,
  name: z.string(),
  title: z.string(),
  /** What it is read by; runs from before there was a choice were by words. */
  level: z.enum(['word', 'character']).optional(),
  /** Words of the vocabulary, or characters. */
  words: z.int().positive(),
  vocabulary_sha256: z.string(),
  /** Where the vocabulary is limited: different words that are `<unk>` for it, and how often they come in each text. */
  limited: z
    .strictObject({
      limit: z.int().positive(),
      words: z.int().nonnegative(),
      tokens: z.record(z.enum(['train', 'valid', 'test']), z.int().nonnegative()),
    })
    .optional(),
  /** What is used of each text that is used, limits applied. */
  used: z.partialRecord(z.enum(['train', 'valid', 'test']), used).optional(),
  /** What must be said wherever results are shown. */
  notes: z.array(z.string()).readonly(),
  /**
   * On what is tested on, of the model that knows how often words come in what is trained on and nothing else. A search
   * tests nothing.
   */
  unigram_test_perplexity: z.number().optional(),
});

export type CorpusFacts = Omit<z.output<typeof corpusSchema>, 'version'>;

export const corpus: JsonArtefact<typeof corpusSchema> = {
  name: 'corpus.json',
  title: 'the text that it is made with',
  format: 'json',
  version: 1,
  schema: corpusSchema,
  summarise: ({ title, level = 'word', words, limited }) => [
    ['text', title],
    [
      'vocabulary',
      `${words} ${level}s${(limited?.words ?? 0) === 0 ? '' : `, ${limited?.words ?? 0} others are <unk>`}`,
    ],
  ],
};
