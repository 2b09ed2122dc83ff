/**
 * What the images of a run are like, in its `images.json`: all that an export has to know of them, so that it needs
 * neither the images nor where they were; and by what a run that is resumed knows whether its images are still those
 * that it began with.
 */
import type { ImageSource } from '../../data/images/source.ts';
import { NascentError } from '../../errors.ts';
import { sha256 } from '../../files/files.ts';
import { readArtefact, writeArtefact } from '../../run/artefacts/artefact.ts';
import { images as imagesFile, type ImageFacts } from '../../run/artefacts/data.ts';
import type { Run } from '../../run/directory.ts';
import { isFactless } from '../factless.ts';
import type { DataFacts } from '../task.ts';

/**
 * The facts of what a run learns from. Reads all that lies in memory, and lists what lies in files.
 *
 * @param apart images that it learns from as well, and that are none of `images`
 */
export async function imageFacts(images: ImageSource, apart?: ImageSource): Promise<DataFacts> {
  const { name, channels, height, width, count, classes, mean, std } = images;
  const facts: ImageFacts = {
    name,
    channels,
    height,
    width,
    count,
    classes,
    mean,
    std,
    sha256: await digestOf(images, apart),
  };
  return {
    notes: [],
    figures: {},
    requireSame: (run) => requireSame(run, facts),
    async write(run) {
      await writeArtefact(run, imagesFile, facts);
    },
  };
}

async function digestOf(images: ImageSource, apart: ImageSource | undefined): Promise<string> {
  const digest = await images.digest();
  return apart === undefined ? digest : sha256(Buffer.from(`${digest} ${await apart.digest()}`));
}

/**
 * Checks, before anything is written, that a run is resumed on the images that it began with: their order in an epoch is
 * drawn by their number, and a label is a place in the list of classes.
 */
function requireSame(run: Run, now: ImageFacts): void {
  if (isFactless(run, imagesFile.name, 'the images')) return;
  const began = readImageFacts(run);
  const differences = [...differencesOf(began, now)];
  if (differences.length === 0) return;
  throw new NascentError(
    'input/invalid',
    `the images of ${now.name} are not those that ${run.path} began with: ${differences.join('; ')}`,
    { help: 'Put the images that it began with back, or start a new run on these.' },
  );
}

function* differencesOf(began: ImageFacts, now: ImageFacts): Generator<string> {
  if (began.count !== undefined && began.count !== now.count) {
    yield `there are ${now.count} to train on and were ${began.count}`;
  }
  const [sides, sidesThen] = [sidesOf(now), sidesOf(began)];
  if (sides !== sidesThen) yield `they are ${sides} and were ${sidesThen}`;
  const { length } = now.classes;
  const label = now.classes.findIndex((each, i) => each !== began.classes[i]);
  if (length !== began.classes.length) yield `there are ${length} classes and were ${began.classes.length}`;
  else if (label >= 0)
    yield `class ${label + 1} is "${now.classes[label]}" and was "${began.classes[label]}"`;
  else if (began.count === now.count && began.sha256 !== undefined && began.sha256 !== now.sha256) {
    yield 'as many as there were, with the same classes, but others or in another order';
  }
}

function sidesOf({ channels, width, height }: ImageFacts): string {
  return `${width}×${height} pixels${channels === 1 ? ' of grey' : ''}`;
}

/** @throws NascentError 'run/damaged' where the file is not there or not whole, naming the field */
export function readImageFacts(run: Run): ImageFacts {
  const found = readArtefact(run, imagesFile);
  if (found !== undefined) return found;
  throw new NascentError('run/damaged', `${run.path} has no ${imagesFile.name}`, {
    help: 'Train again, or restore the file from a copy of the run.',
  });
}
