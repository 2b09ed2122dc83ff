import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import sharp from 'sharp';
import { expect, it } from 'vitest';

import { transformFile } from '../../../src/data/images/imagenet/transform.ts';
import { readPicture } from '../../../src/data/images/picture.ts';
import { whyUnreadable } from '../../../src/data/images/unreadable.ts';
import { temporaryFolder } from '../temporary.ts';

const normalisation = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

it('says of each file that is no image why it is none, to a run as to a prediction', async () => {
  const folder = await temporaryFolder();
  // A PNG that says of itself that it is larger than it is.
  const huge = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  huge.writeUInt32BE(16_384, 16);
  huge.writeUInt32BE(16_384, 20);
  huge.writeUInt32BE(crc32(huge.subarray(12, 29)), 29);
  await writeFile(join(folder, 'empty.png'), '');
  await writeFile(join(folder, 'text.png'), 'not an image');
  await mkdir(join(folder, 'folder.png'));
  await symlink('nowhere.png', join(folder, 'link.png'));
  await writeFile(join(folder, 'huge.png'), huge);
  const reasons = {
    'empty.png': 'it is empty',
    'folder.png': 'it is a folder',
    'text.png': 'it is no image of a format that is read',
    'link.png': 'it is a link to a file that is not there',
    'huge.png': 'it has more than the 268,402,689 pixels that are read',
  };
  for (const [file, reason] of Object.entries(reasons)) {
    const path = join(folder, file);
    expect(await transformFile(path, { kind: 'centre', size: 8, resize: 8 })).toEqual({
      kind: 'unreadable',
      reason,
    });
    await expect(readPicture(path, { size: 8, resize: 8, normalisation })).rejects.toMatchObject({
      code: 'data/damaged',
      message: `${path} is no image that can be read: ${reason}`,
    });
  }
  await expect(
    readPicture(join(folder, 'none.png'), { size: 8, resize: 8, normalisation }),
  ).rejects.toMatchObject({ code: 'data/missing', message: `there is no file ${join(folder, 'none.png')}` });
});

it('says that a user may not read a file, of which the decoder says that it is no image', async () => {
  // Whoever runs the tests may be allowed to read everything.
  const refused = () => Promise.reject(Object.assign(new Error('permission denied'), { code: 'EACCES' }));
  const decoder = new Error('Input file contains unsupported image format');
  expect(await whyUnreadable('a.png', decoder, refused)).toBe('this user may not read it');
});
