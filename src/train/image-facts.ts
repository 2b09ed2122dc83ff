/**
 * What the images that a network was trained on are like, in the run's `images.json`: all that an export has to know
 * of them, so that it needs neither the images nor where they were.
 */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ImageSource } from '../data/source.ts';
import { NascentError } from '../errors.ts';
import type { Run } from '../run/directory.ts';

const perChannel = z.tuple([z.number(), z.number(), z.number()]).readonly();

const schema = z.strictObject({
  name: z.string(),
  channels: z.literal(3),
  height: z.int().positive(),
  width: z.int().positive(),
  /** The name of each label, by label. */
  classes: z.array(z.string()).min(1).readonly(),
  /** Of pixels scaled to [0, 1]. */
  mean: perChannel,
  std: perChannel,
});

export type ImageFacts = z.output<typeof schema>;

const fileName = 'images.json';

export async function writeImageFacts(run: Run, images: ImageSource): Promise<void> {
  const { name, channels, height, width, classes, mean, std } = images;
  const facts: ImageFacts = { name, channels, height, width, classes, mean, std };
  await run.writeFile(fileName, `${JSON.stringify(facts, undefined, 2)}\n`);
}

/** @throws NascentError 'run/damaged' where the file is not there or not whole, naming the field */
export function readImageFacts(run: Run): ImageFacts {
  const file = run.file(fileName);
  const help = 'Train again, or restore the file from a copy of the run.';
  if (!existsSync(file)) throw new NascentError('run/damaged', `${run.path} has no ${fileName}`, { help });
  const parsed = schema.safeParse(parsedJson(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  throw new NascentError('run/damaged', `${file}: ${field === '' ? 'it' : field}: ${issue?.message ?? ''}`, {
    help,
  });
}

/** Undefined, which no schema takes, where it is not JSON. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
