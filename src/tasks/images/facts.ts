/**
 * What the images that a network was trained on are like, in the run's `images.json`: all that an export has to know
 * of them, so that it needs neither the images nor where they were; and by what a training that is gone on with knows
 * whether its images are still those that it began with.
 */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { ImageSource } from '../../data/images/source.ts';
import { NascentError } from '../../errors.ts';
import type { Run } from '../../run/directory.ts';

const perChannel = z.tuple([z.number(), z.number(), z.number()]).readonly();

const schema = z.strictObject({
  name: z.string(),
  channels: z.literal(3),
  height: z.int().positive(),
  width: z.int().positive(),
  /** Images that are trained on. Runs from before it was written down lack it. */
  count: z.int().positive().optional(),
  /** The name of each label, by label. */
  classes: z.array(z.string()).min(1).readonly(),
  /** Of pixels scaled to [0, 1]. */
  mean: perChannel,
  std: perChannel,
});

export type ImageFacts = z.output<typeof schema>;

const fileName = 'images.json';

export async function writeImageFacts(run: Run, images: ImageSource): Promise<void> {
  const { name, channels, height, width, count, classes, mean, std } = images;
  const facts: ImageFacts = { name, channels, height, width, count, classes, mean, std };
  await run.writeFile(fileName, `${JSON.stringify(facts, undefined, 2)}\n`);
}

/**
 * Checks, before anything is written, that a training is gone on with on images like those that it began with: as many,
 * of the same classes. Their order in an epoch is drawn by their number, and a label is a place in the list of classes.
 * The images themselves are not looked at: there may be more than a million.
 *
 * @throws NascentError 'input/invalid' saying what differs; 'run/damaged' where what was written down cannot be read
 */
export function requireSameImages(run: Run, { name, count, classes }: ImageSource): void {
  // Stopped before it was written, it has trained on nothing yet.
  if (!existsSync(run.file(fileName))) return;
  const began = readImageFacts(run);
  const [now, then] = [classes.length, began.classes.length];
  const label = classes.findIndex((each, i) => each !== began.classes[i]);
  const differences = [
    ...(began.count === undefined || began.count === count
      ? []
      : [`there are ${count} to train on and were ${began.count}`]),
    ...(now === then ? [] : [`there are ${now} classes and were ${then}`]),
    ...(now !== then || label < 0
      ? []
      : [`class ${label + 1} is "${classes[label]}" and was "${began.classes[label]}"`]),
  ];
  if (differences.length === 0) return;
  throw new NascentError(
    'input/invalid',
    `the images of ${name} are not those that ${run.path} began with: ${differences.join('; ')}`,
    { help: 'Put the images that it began with back, or start a new run on these.' },
  );
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
