/**
 * How fast images are read from files: `npm run bench:images [-- --rounds 5 --images 192 --threads 1 --batch 32 --check]`.
 *
 * JPEG files of ImageNet's usual size, drawn by formula, are read by ours and by sharp alone, on as many decoding threads and
 * with as many images on their way. Ours decodes all of an image by sharp, then resizes as Pillow does, normalises, and sends it
 * from its thread as part of a batch; so what sharp alone takes to decode is the measure, and what it takes to give the same part
 * by its own resizing, other numbers than a published network wants, is shown beside it. Each is a process of its own; their runs
 * alternate, and medians are compared. With `--check`, a floor that is not met makes the exit code 3.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { exitCodes } from '../src/errors.ts';
import { Random } from '../src/random.ts';
import { startContestant } from './support/child.ts';
import { alternate, createVerdicts, ratio, type Measured } from './support/contest.ts';
import { columns } from './support/table.ts';

/** How many times as long as sharp's decoding ours may take at most, for the default sizes. */
const floors = { centres: 3.5, crops: 4.5 } as const;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    images: { type: 'string', default: '192' },
    threads: { type: 'string', default: '1' },
    batch: { type: 'string', default: '32' },
    check: { type: 'boolean', default: false },
  },
});
const [rounds, images, threads] = [values.rounds, values.images, values.threads].map(Number);
const say = (line: string) => console.log(line);

/** Waves of light and dark, and noise on them, as a photograph compresses. */
async function draw(path: string, random: Random): Promise<void> {
  const [width, height] = [500, 375];
  const [across, down, noise] = [
    3 + 20 * random.uniform(),
    3 + 20 * random.uniform(),
    20 + 20 * random.uniform(),
  ];
  const pixels = Uint8ClampedArray.from({ length: width * height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    const wave = Math.sin((across * x) / width + (i % 3)) * Math.cos((down * y) / height);
    return 128 + 90 * wave + noise * (random.uniform() - 0.5);
  });
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 92 })
    .toFile(path);
}

const folder = await mkdtemp(join(tmpdir(), 'nascent-bench-'));
try {
  const random = new Random(1);
  for (const split of ['train', 'val']) {
    for (const name of ['first', 'second']) {
      await mkdir(join(folder, split, name), { recursive: true });
      for (let i = 0; i < (images ?? 0) / 2; i++) await draw(join(folder, split, name, `${i}.jpg`), random);
    }
  }
  const script = join(import.meta.dirname, 'support', 'image-reader.ts');
  const readers = {
    decoded: 'sharp alone, whole images',
    centres: 'Nascent, centres of 224',
    crops: 'Nascent, augmented crops of 224',
    resized: 'sharp alone, its own resizing',
  };
  const found = await alternate(
    Object.entries(readers).map(([reader, name]) => ({
      name,
      start: () =>
        startContestant(
          process.execPath,
          [...process.execArgv, script, reader, folder, values.threads, values.batch],
          // Decoding runs on the threads that Node has for such things, whoever asks for it.
          { UV_THREADPOOL_SIZE: values.threads },
        ),
    })),
    rounds ?? 0,
  );
  const [decoded, centres, crops] = found as [Measured, Measured, Measured, Measured];
  say(
    `${images} JPEG files of 500×375 on ${threads} decoding thread${threads === 1 ? '' : 's'}, ${rounds} rounds\n`,
  );
  const perSecond = (each: Measured) => Math.round(Number(each.ready['images']) / each.median).toString();
  const ofDecoding = (each: Measured) => each.median / decoded.median;
  say(
    columns([
      ['', 'images a second', 'CPU of an image', 'time, to whole images decoded'],
      ...found.map((each) => [
        each.name,
        perSecond(each),
        `${((1000 * each.cpu) / Number(each.ready['images'])).toFixed(1)} ms`,
        ratio(ofDecoding(each)),
      ]),
    ]),
  );
  const { atMost, allMet } = createVerdicts();
  say('');
  say(atMost('Centres, of decoding alone', ofDecoding(centres), floors.centres, ratio));
  say(atMost('Crops, of decoding alone', ofDecoding(crops), floors.crops, ratio));
  if (values.check && !allMet()) process.exitCode = exitCodes.gateFailed;
} finally {
  await rm(folder, { recursive: true, force: true });
}
