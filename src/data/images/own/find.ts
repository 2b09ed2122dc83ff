/** Finds a user's own images, by a folder or by a table that names them. */

import { stat } from 'node:fs/promises';

import { NascentError } from '../../../errors.ts';
import { findInFolders } from './folders.ts';
import type { OwnFolders } from './splits.ts';
import { findInTable, isTableName } from './table.ts';

const help =
  'Give, by --from, a folder that holds a folder of images for each class, or such folders within train and test, ' +
  'or a CSV file with the columns path and label.';

/**
 * @param from a folder, or a CSV file
 * @param onNote told of what is passed over, and of what is missing and can be done without
 * @throws NascentError 'data/missing' where there are no images, 'data/damaged' where what is there contradicts itself
 */
export async function findOwnImages(from: string, onNote: (note: string) => void): Promise<OwnFolders> {
  const entry = await stat(from).catch(() => undefined);
  if (entry?.isDirectory() === true) return findInFolders(from, onNote);
  if (entry?.isFile() === true && isTableName(from)) return findInTable(from, onNote);
  if (entry === undefined) {
    throw new NascentError('data/missing', `there is no ${isTableName(from) ? 'file' : 'folder'} ${from}`, {
      help,
    });
  }
  throw new NascentError('input/invalid', `${from} is a file, and neither a folder nor a CSV file`, { help });
}
