/** Writes the tar archives that the tests read. */

import { gzipSync } from 'node:zlib';

/** One 512-byte ustar header. */
export function tarHeader(name: string, size: number, type = '0', prefix = ''): Uint8Array {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100);
  block.write('0000644\0', 100);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\u000000', 257);
  block.write(prefix, 345, 155);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

export function padToBlock(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
  padded.set(bytes);
  return padded;
}

export function tarGz(entries: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const blocks = entries.flatMap(([name, bytes]) => [tarHeader(name, bytes.length), padToBlock(bytes)]);
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}
