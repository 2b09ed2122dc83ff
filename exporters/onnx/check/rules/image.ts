/** Windows that go over an image, and what each of its channels has. */
import { showShape } from '../../../../src/graph/infer/rule.ts';
import type { Shape } from '../../../../src/graph/types.ts';
import type { NodeReader } from '../../node-reader.ts';
import { differ, first, many, rankFault, shapeOf, type Fault, type Rule } from './rule.ts';

/** Lists that have an entry, or two, for each axis of an image. */
export function windowFault(node: NodeReader, spatial: number): Fault {
  for (const name of ['strides', 'dilations', 'kernel_shape']) {
    const list = node.ints(name);
    if (list === undefined) continue;
    if (list.length !== spatial) return `its ${name} ${showShape(list)} must be ${many(spatial, 'number')}`;
    if (list.some((value) => value <= 0)) return `its ${name} ${showShape(list)} must be positive`;
  }
  const pads = node.ints('pads');
  if (pads === undefined) return undefined;
  if (pads.length !== 2 * spatial)
    return `its pads ${showShape(pads)} must be ${many(2 * spatial, 'number')}`;
  if (pads.some((pad) => pad < 0)) return `its pads ${showShape(pads)} must not be negative`;
  return undefined;
}

const padding = (node: NodeReader): string => node.string('auto_pad', 'NOTSET') || 'NOTSET';

/** Of pads and a rule that makes them, one is told. Of a pool, runtimes take both, and the rule counts. */
function doublyPadded(node: NodeReader): Fault {
  if (padding(node) === 'NOTSET' || node.ints('pads') === undefined) return undefined;
  return `it has pads beside auto_pad ${padding(node)}, and must have one of them`;
}

/**
 * A window must go into the image at least once. Of a pool, runtimes take one that has no place for one of nothing.
 *
 * @param least how many places there must be
 */
function tooWide(node: NodeReader, image: Shape, kernel: Shape, least: 0 | 1): Fault {
  // What is left over at the end may have a window of its own, and padding may be what is wanting.
  if (padding(node).startsWith('SAME') || node.int('ceil_mode', 0) !== 0) return undefined;
  const pads = padding(node) === 'NOTSET' ? (node.ints('pads') ?? []) : [];
  const [strides, dilations] = [node.ints('strides') ?? [], node.ints('dilations') ?? []];
  for (const [i, size] of image.entries()) {
    const window = kernel[i];
    if (typeof size !== 'number' || typeof window !== 'number') continue;
    const reach = (window - 1) * (dilations[i] ?? 1) + 1;
    const padded = size + (pads[i] ?? 0) + (pads[i + image.length] ?? 0);
    const beyond = (padded - reach) / (strides[i] ?? 1);
    const places = (least === 0 ? Math.trunc(beyond) : Math.floor(beyond)) + 1;
    if (places < least) return `its window of ${reach} does not go into ${padded}, padding included`;
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
    () => doublyPadded(node),
    () => (turned ? turnedFault(node, x.length - 2) : tooWide(node, x.slice(2), w.slice(2), 1)),
    () => toldFault(node, w),
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

function toldFault(node: NodeReader, w: Shape): Fault {
  const told = node.ints('kernel_shape');
  const own = w.slice(2);
  if (told === undefined || !told.some((size, i) => differ(size, own[i]))) return undefined;
  return `its kernel_shape is ${showShape(told)}, and its kernel ${showShape(w)}`;
}

/** What a ConvTranspose adds to the end, and the size that it is told to make. */
function turnedFault(node: NodeReader, spatial: number): Fault {
  const [extra, made] = [node.ints('output_padding'), node.ints('output_shape')];
  if (extra !== undefined && extra.length !== spatial)
    return `its output_padding ${showShape(extra)} must be ${many(spatial, 'number')}`;
  if (made !== undefined && made.length !== spatial)
    return `its output_shape ${showShape(made)} must be ${many(spatial, 'number')}`;
  const odd = [...(extra ?? []), ...(made ?? [])].find((value) => value < 0);
  return odd === undefined ? undefined : `its ${odd} of output_padding or output_shape must not be negative`;
}

export const pool: Rule = (node) => {
  const x = node.shape(0);
  if (x.length < 3) return `its image ${showShape(x)} must have 3 dimensions or more`;
  return first(
    () => windowFault(node, x.length - 2),
    () => tooWide(node, x.slice(2), node.ints('kernel_shape') ?? [], 0),
  );
};

/** Maxima that go back to where they were. */
export const unpool: Rule = (node) => {
  const x = node.shape(0);
  return first(
    () => (x.length < 3 ? `its image ${showShape(x)} must have 3 dimensions or more` : undefined),
    () => windowFault(node, x.length - 2),
    () => shapeOf(node, 1, 'its tensor of indices', x),
    () => shapeOf(node, 2, 'its output_shape', [x.length]),
  );
};

/** A kernel that reads places beside its own: offsets are two numbers a place of the kernel, and a mask is one. */
export const deformed: Rule = (node) => {
  const [x, w] = [node.shape(0), node.shape(1)];
  const groups = node.int('group', 1);
  return first(
    () => (x.length < 3 ? `its image ${showShape(x)} must have 3 dimensions or more` : undefined),
    () => rankFault(w, x.length, 'its kernel'),
    () => windowFault(node, x.length - 2),
    () => toldFault(node, w),
    () => {
      const [own, taken] = [x[1], w[1]];
      if (typeof taken !== 'number' || !differ(own, taken * groups)) return undefined;
      return `its image has ${own} channels, and its kernel ${showShape(w)} takes ${taken * groups}`;
    },
    () => rankFault(node.shape(2), x.length, 'its offset'),
    () => shapeOf(node, 3, 'its bias', [w[0]]),
    () => (node.has(4) ? rankFault(node.shape(4), x.length, 'its mask') : undefined),
  );
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
