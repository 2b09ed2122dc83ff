/** Why an image file cannot be read: what the file system says of it goes before what the decoder makes of that. */

import { lstat, open } from 'node:fs/promises';

import { messageOf } from '../../errors.ts';
import { errorCodeOf } from '../../files/files.ts';

/** Of files that sharp cannot open it says the same as of files that are no images, whatever the reason. */
export async function whyUnreadable(path: string, error: unknown, openFile = open): Promise<string> {
  return (await whyNotOpened(path, openFile)) ?? whyNotDecoded(error);
}

/** Undefined for a file that can be opened and holds something. */
async function whyNotOpened(path: string, openFile: typeof open): Promise<string | undefined> {
  try {
    const file = await openFile(path);
    try {
      const stat = await file.stat();
      if (stat.isDirectory()) return 'it is a folder';
      return stat.size === 0 ? 'it is empty' : undefined;
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = errorCodeOf(error) ?? messageOf(error);
    if (code === 'EACCES' || code === 'EPERM') return 'this user may not read it';
    if (code !== 'ENOENT') return `it cannot be opened: ${code}`;
    const link = await lstat(path).catch(() => undefined);
    return link?.isSymbolicLink() === true
      ? 'it is a link to a file that is not there'
      : 'there is no such file';
  }
}

/** libvips keeps its messages in one place for all threads, where another image's can have emptied it. */
function whyNotDecoded(error: unknown): string {
  const [first = ''] = messageOf(error).trim().split('\n');
  if (first === '' || first === 'Unknown error') return 'it cannot be decoded';
  if (first.includes('unsupported image format')) return 'it is no image of a format that is read';
  if (first.includes('exceeds pixel limit')) return 'it has more than the 268,402,689 pixels that are read';
  return first;
}
