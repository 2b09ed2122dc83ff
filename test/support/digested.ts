/** Values with large arrays in them, to be compared: `toEqual` looks at an array element by element, and takes seconds. */
import { sha256 } from '../../src/files/files.ts';

/** The value with each typed array replaced by its type, length and hash: equal where the bits are. */
export function digested(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `${value.constructor.name} of ${value.byteLength} bytes, ${sha256(bytes)}`;
  }
  if (Array.isArray(value)) return value.map(digested);
  if (value instanceof Map) return [...value].map(([key, held]) => [key, digested(held)]);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, digested(held)]));
}
