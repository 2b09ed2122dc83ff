/** Windows that go over an image, and what each of its channels has. */
import { showShape } from '../../../src/graph/infer/rule.ts';
import type { NodeReader } from '../node-reader.ts';
import { differ, first, rankFault, type Fault, type Rule } from './rule.ts';

/** Lists that have an entry, or two, for each axis of an image. */
export function windowFault(node: NodeReader, spatial: number): Fault {
  for (const name of ['strides', 'dilations', 'kernel_shape']) {
    const list = node.ints(name);
    if (list === undefined) continue;
    if (list.length !== spatial) return `its ${name} ${showShape(list)} must be ${spatial} numbers`;
    if (list.some((value) => value <= 0)) return `its ${name} ${showShape(list)} must be positive`;
  }
  const pads = node.ints('pads');
  if (pads !== undefined && pads.length !== 2 * spatial) {
    return `its pads ${showShape(pads)} must be ${2 * spatial} numbers`;
  }
  return undefined;
}

/** @param turned of a ConvTranspose, whose kernel is laid out the other way */
export function convolutionFault(node: NodeReader, kernel: number, bias: number, turned = false): Fault {
  const [x, w] = [node.shape(0), node.shape(kernel)];
  const group = node.int('group', 1);
  const [front, back] = [w[0], w[1]];
  return first(
    () => (x.length < 3 ? `its image ${showShape(x)} must have 3 dimensions or more` : undefined),
    () => rankFault(w, x.length, 'its kernel'),
    () => windowFault(node, x.length - 2),
    () => {
      const told = node.ints('kernel_shape');
      const own = w.slice(2);
      if (told === undefined || !told.some((size, i) => differ(size, own[i]))) return undefined;
      return `its kernel_shape is ${showShape(told)}, and its kernel ${showShape(w)}`;
    },
    () => (group < 1 ? `its group is ${group}, and must be positive` : undefined),
    () => {
      const channels = turned ? front : typeof back === 'number' ? back * group : back;
      const groups = group === 1 ? '' : ` in ${group} groups`;
      if (differ(x[1], channels)) {
        return `its image has ${x[1]} channels, and its kernel ${showShape(w)}${groups} takes ${channels}`;
      }
      if (typeof front === 'number' && front % group !== 0) {
        return `${front} channels do not come in ${group} groups`;
      }
      const made = turned ? (typeof back === 'number' ? back * group : back) : front;
      if (!node.has(bias)) return undefined;
      const b = node.shape(bias);
      const isFit = b.length === 1 && !differ(b[0], made);
      return isFit ? undefined : `its bias is ${showShape(b)}, and it makes ${made} channels`;
    },
  );
}

export const pool: Rule = (node) => {
  const x = node.shape(0);
  if (x.length < 3) return `its image ${showShape(x)} must have 3 dimensions or more`;
  return windowFault(node, x.length - 2);
};

/** Parameters of which each channel has one. */
export const perChannel =
  (names: readonly string[]): Rule =>
  (node) => {
    // Before opset 9, every place might have its own.
    if (node.int('spatial', 1) !== 1) return undefined;
    const x = node.shape(0);
    for (const [i, name] of names.entries()) {
      const shape = node.has(i + 1) ? node.shape(i + 1) : undefined;
      if (shape === undefined || (shape.length === 1 && !differ(shape[0], x[1]))) continue;
      return `its ${name} is ${showShape(shape)}, and its input has ${x[1] ?? 'no'} channels`;
    }
    return undefined;
  };

/** Channels that become places, or places that become channels. */
export const blocks =
  (ofDepth: boolean): Rule =>
  (node) => {
    const x = node.shape(0);
    const size = node.int('blocksize');
    const along = ofDepth ? [x[1]] : x.slice(2);
    const by = ofDepth ? size * size : size;
    return first(
      () => rankFault(x, 4, 'its image'),
      () => (size < 1 ? `its blocksize is ${size}, and must be positive` : undefined),
      () => {
        const odd = along.find((dim) => typeof dim === 'number' && dim % by !== 0);
        return odd === undefined ? undefined : `${odd} does not divide by ${by}`;
      },
    );
  };
