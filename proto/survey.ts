/**
 * How much there is in a file, before any of it is decoded. A part may take two bytes in the file and a hundred decoded, so
 * that a file of megabytes can be made that takes gigabytes; no model has millions of nodes, names or extents.
 *
 * Walks the wire format (a tag, a length, …) through the messages that may hold many parts, and allocates nothing. What
 * is malformed is the decoder's to find.
 */

/** A list of numbers that are decoded to objects, one for each. */
const integers = 'integers';

type Layout = { readonly [field: number]: Layout | typeof integers };

const shape: Layout = { 1: {} };
const type: { [field: number]: Layout } = {};
type[1] = { 2: shape };
type[8] = { 2: shape };
type[4] = { 1: type };
type[9] = { 1: type };
type[5] = { 2: type };
const valueInfo: Layout = { 2: type, 4: {} };
const tensor: Layout = { 1: integers, 7: integers, 11: integers, 13: {}, 16: {} };
const sparse: Layout = { 1: tensor, 2: tensor, 3: integers };
const graph: { [field: number]: Layout } = {};
const attribute: Layout = {
  5: tensor,
  6: graph,
  8: integers,
  10: tensor,
  11: graph,
  14: type,
  15: type,
  22: sparse,
  23: sparse,
};
const node: Layout = { 5: attribute, 9: {} };
graph[1] = node;
graph[5] = tensor;
for (const field of [11, 12, 13]) graph[field] = valueInfo;
for (const field of [14, 16]) graph[field] = {};
graph[15] = sparse;
const modelFunction: Layout = { 7: node, 9: {}, 11: attribute, 12: valueInfo, 14: {} };
const model: Layout = { 7: graph, 8: {}, 14: {}, 20: { 1: graph, 2: graph }, 25: modelFunction };

/** Deeper than the decoder goes. */
const mostLevels = 128;

/** How many parts a model has, counted no further than `most`: fields, and numbers that are decoded one by one. */
export function partsOfModel(bytes: Uint8Array, most: number): number {
  return parts(bytes, model, most);
}

/** The same of a tensor in a file of its own. */
export function partsOfTensor(bytes: Uint8Array, most: number): number {
  return parts(bytes, tensor, most);
}

function parts(bytes: Uint8Array, layout: Layout, most: number): number {
  let count = 0;
  let at = 0;
  /** A number of the wire; NaN where there is none. */
  const varint = (end: number): number => {
    let value = 0;
    for (let shift = 1; at < end; shift *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * shift;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  /** False where there is nothing more to be learnt. */
  const walk = (end: number, within: Layout, level: number): boolean => {
    while (at < end) {
      if (++count > most || level > mostLevels) return false;
      const tag = varint(end);
      const [field, kind] = [Math.floor(tag / 8), tag % 8];
      if (kind === 0) {
        if (Number.isNaN(varint(end))) return false;
      } else if (kind === 1 || kind === 5) {
        at += kind === 1 ? 8 : 4;
      } else if (kind === 2) {
        const length = varint(end);
        const stop = at + length;
        if (!(stop <= end)) return false;
        const inner = within[field];
        if (inner === integers) {
          for (; at < stop && count <= most; at++) if ((bytes[at] ?? 0) < 0x80) count++;
        } else if (inner !== undefined && !walk(stop, inner, level + 1)) {
          return false;
        }
        at = stop;
      } else if (kind !== 3 && kind !== 4) {
        return false;
      }
    }
    return true;
  };
  walk(bytes.length, layout, 0);
  return count;
}
