import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, describe, expect, it } from 'vitest';

import { DecodePool, defaultWorkers } from '../../../../src/data/images/imagenet/decode-pool.ts';
import { transformFile } from '../../../../src/data/images/imagenet/transform.ts';
import type { Transform } from '../../../../src/data/images/imagenet/transform.ts';

const folder = fileURLToPath(new URL('../../../../fixtures/imagenet/train/n01440764', import.meta.url));
const path = (number: number) => join(folder, `n01440764_${number}.JPEG`);
const centre: Transform = { kind: 'centre', size: 8, resize: 9 };
const pool = new DecodePool(1);
afterAll(() => pool.close());

describe('DecodePool', () => {
  it('gives what the transform gives, each to who asked for it', async () => {
    const numbers = [3, 1, 9, 1, 0, 7, 5, 2];
    const results = await Promise.all(numbers.map((number) => pool.decode(path(number), centre)));
    expect(results).toEqual(await Promise.all(numbers.map((number) => transformFile(path(number), centre))));
    expect(await pool.decode('nowhere.JPEG', centre)).toMatchObject({ kind: 'unreadable' });
  });

  it('takes a mistake of ours for what it is, not for a broken image, and goes on', async () => {
    await expect(pool.decode(path(1), { ...centre, size: -1 })).rejects.toThrow(
      `internal: decoding ${path(1)}: RangeError`,
    );
    expect(await pool.decode(path(1), centre)).toMatchObject({ kind: 'image' });
  });

  it('closed, keeps nobody waiting', async () => {
    const closing = new DecodePool(1);
    const waiting = [closing.decode(path(1), centre), closing.decode(path(2), centre)];
    const outcomes = Promise.allSettled(waiting);
    await closing.close();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(closing.decode(path(1), centre)).rejects.toThrow('were closed');
    await new DecodePool(1).close();
  });

  it('leaves a core to the engine, and has a thread even on one core', () => {
    expect(defaultWorkers()).toBeGreaterThanOrEqual(1);
    expect(() => new DecodePool(0)).toThrow('internal: 0 decoding threads');
  });
});
