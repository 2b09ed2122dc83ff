/** Searches and trainings of either task on data that a test made, without a dataset's name. */
import type { ImageDataset } from '../../src/data/images/dataset.ts';
import { datasetSource, type ImageSource } from '../../src/data/images/source.ts';
import type { TextCorpus } from '../../src/data/text/corpus.ts';
import type { Run } from '../../src/run/directory.ts';
import type { Reporter } from '../../src/run/reporter.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { search, type SearchResult } from '../../src/search/search.ts';
import type { CnnGenotype } from '../../src/space/images/genotype.ts';
import type { RnnGenotype } from '../../src/space/text/genotype.ts';
import { halves } from '../../src/tasks/images/open.ts';
import type { SearchConfig } from '../../src/tasks/images/search-settings.ts';
import { imageSearch } from '../../src/tasks/images/search.ts';
import { images } from '../../src/tasks/images/task.ts';
import type { TrainConfig } from '../../src/tasks/images/train-settings.ts';
import { imageTraining } from '../../src/tasks/images/train.ts';
import { searchTexts, trainingTexts } from '../../src/tasks/text/open.ts';
import type { RnnSearchConfig } from '../../src/tasks/text/search-settings.ts';
import { textSearch } from '../../src/tasks/text/search.ts';
import { text } from '../../src/tasks/text/task.ts';
import type { RnnTrainConfig } from '../../src/tasks/text/train-settings.ts';
import { textTraining } from '../../src/tasks/text/train.ts';
import { train, type TrainResult } from '../../src/train/train.ts';

interface Options {
  readonly checkpointSeconds?: number;
}

export async function searchImages(
  run: Run,
  config: SearchConfig,
  dataset: ImageDataset,
  runtime: Runtime,
  reporter: Reporter,
  signal: AbortSignal,
  options: Options = {},
): Promise<SearchResult> {
  const searching = await imageSearch(
    halves(datasetSource(dataset, { cutout: config.cutout })),
    config,
    reporter,
  );
  return search(images, searching, config, runtime, { run, reporter, signal, ...options });
}

export async function searchText(
  run: Run,
  config: RnnSearchConfig,
  corpus: TextCorpus,
  runtime: Runtime,
  reporter: Reporter,
  signal: AbortSignal,
  options: Options = {},
): Promise<SearchResult> {
  const searching = textSearch(searchTexts(corpus, config), config);
  return search(text, searching, config, runtime, { run, reporter, signal, ...options });
}

export interface TrainData {
  readonly training: ImageSource;
  readonly testing: ImageSource | undefined;
}

export async function trainImages(
  run: Run,
  config: TrainConfig,
  genotype: CnnGenotype,
  { training, testing }: TrainData,
  runtime: Runtime,
  reporter: Reporter,
  signal: AbortSignal,
  options: Options = {},
): Promise<TrainResult> {
  const measured =
    testing === undefined ? undefined : ({ source: testing, split: 'test', on: 'test images' } as const);
  const opened = await imageTraining(
    { training, measured, close: async () => {} },
    config,
    genotype,
    reporter,
  );
  return train(images.metric, opened, config, runtime, { run, reporter, signal, ...options });
}

export async function trainText(
  run: Run,
  config: RnnTrainConfig,
  genotype: RnnGenotype,
  corpus: TextCorpus,
  runtime: Runtime,
  reporter: Reporter,
  signal: AbortSignal,
  options: Options = {},
): Promise<TrainResult> {
  const opened = textTraining(trainingTexts(corpus, config), config, genotype);
  return train(text.metric, opened, config, runtime, { run, reporter, signal, ...options });
}
