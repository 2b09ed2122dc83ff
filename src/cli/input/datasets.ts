/** The datasets that the command line knows. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { filesToGet } from '../../data/images/cifar10/check.ts';
import { cifar10 } from '../../data/images/cifar10/format.ts';
import { getCifar10 } from '../../data/images/cifar10/get.ts';
import type { GetOptions, GetResult } from '../../data/get.ts';
import { cifar10Directory } from '../../data/images/cifar10/load.ts';
import { getText, textStatus } from '../../data/text/get.ts';
import { ptb, wikitext2 } from '../../data/text/releases.ts';
import type { TextRelease } from '../../data/text/releases.ts';
import type { DataReport } from '../../setup/doctor.ts';

export interface Dataset {
  /** As people write it. */
  readonly title: string;
  readonly get: (options: GetOptions) => Promise<GetResult>;
  /** Whether it is in the cache, every byte of it. */
  readonly status: (signal?: AbortSignal) => Promise<DataReport>;
}

export const datasets: ReadonlyMap<string, Dataset> = new Map([
  ['cifar10', { title: 'CIFAR-10', get: getCifar10, status: cifar10Status }],
  [ptb.name, textDataset(ptb)],
  [wikitext2.name, textDataset(wikitext2)],
]);

function textDataset(release: TextRelease): Dataset {
  return {
    title: release.title,
    get: (options) => getText(release, options),
    status: async (signal) => {
      const status = await textStatus(release, { signal });
      return status === 'ready' ? { status } : { status, fix: `nascent data get ${release.name}` };
    },
  };
}

async function cifar10Status(signal?: AbortSignal): Promise<DataReport> {
  const folder = cifar10Directory();
  const needed = await filesToGet(folder, cifar10.files, signal);
  if (needed.length === 0) return { status: 'ready' };
  const some = cifar10.files.some(({ name }) => existsSync(join(folder, name)));
  return { status: some ? 'damaged' : 'missing', fix: 'nascent data get cifar10' };
}
