/** What is carried from one part of a text to the next, and written into. */
import { showShape } from '../../../../src/graph/infer/rule.ts';
import type { NodeReader } from '../../node-reader.ts';
import { differ, dimensions, first, isOutside, rankFault, shapeOf, type Fault, type Rule } from './rule.ts';

/** A cache [batch, …], what is put into it along an axis, and where that begins in each of the batch. */
export const written: Rule = (node) => {
  const [cache, update] = [node.shape(0), node.shape(1)];
  const axis = node.int('axis', -2);
  const along = axis < 0 ? axis + cache.length : axis;
  return first(
    () => rankFault(update, cache.length, 'its update'),
    () =>
      isOutside(axis, cache.length)
        ? `its axis ${axis} is outside a tensor of ${dimensions(cache.length)}`
        : undefined,
    () => (along === 0 ? `its axis ${axis} is that of the batch` : undefined),
    () => {
      const odd = cache.findIndex((size, i) => i !== along && differ(size, update[i]));
      if (odd >= 0)
        return `its cache ${showShape(cache)} and its update ${showShape(update)} differ off axis ${axis}`;
      const [room, size] = [cache[along], update[along]];
      return typeof room === 'number' && typeof size === 'number' && size > room
        ? `its update ${showShape(update)} does not go into ${showShape(cache)}`
        : undefined;
    },
    () => shapeOf(node, 2, 'its write_indices', [cache[0]]),
  );
};

/** Queries, keys and values [batch, places, heads · size], and a state [batch, heads, size, size] between them. */
export const linearAttention: Rule = (node) => {
  const heads = ['q_num_heads', 'kv_num_heads'].map((name) => [name, node.int(name)] as const);
  const [queries = 1, own = 1] = heads.map(([, count]) => count);
  const how = node.string('update_rule', 'gated_delta');
  const [q, k, v] = [node.shape(0), node.shape(1), node.shape(2)];
  const parted = [
    ['query', q, queries],
    ['key', k, own],
    ['value', v, own],
  ] as const;
  const sizeOf = (shape: typeof q) => (typeof shape[2] === 'number' ? shape[2] / own : undefined);
  return first(
    () => {
      const odd = heads.find(([, count]) => count < 1);
      return odd && `its ${odd[0]} is ${odd[1]}, and must be positive`;
    },
    () =>
      queries % own === 0 ? undefined : `${queries} heads of its query are no multiple of ${own} of its key`,
    () =>
      first(
        ...parted.map(
          ([name, shape]) =>
            () =>
              rankFault(shape, 3, `its ${name}`),
        ),
      ),
    () =>
      first(
        ...parted.map(
          ([name, shape, count]) =>
            () =>
              headsFault(shape, count, `its ${name}`),
        ),
      ),
    () =>
      how.startsWith('gated') && !node.has(4)
        ? `its update_rule ${how} needs a decay, and it has none`
        : undefined,
    () =>
      how.endsWith('delta') && !node.has(5)
        ? `its update_rule ${how} needs a beta, and it has none`
        : undefined,
    () => shapeOf(node, 1, 'its key', [q[0], q[1], undefined]),
    () => shapeOf(node, 2, 'its value', [q[0], q[1], undefined]),
    () => shapeOf(node, 3, 'its past_state', [q[0], own, sizeOf(k), sizeOf(v)]),
    () => shapeOf(node, 4, 'its decay', [q[0], q[1], undefined]),
    () => shapeOf(node, 5, 'its beta', [q[0], q[1], undefined]),
    () => lastFault(node, 4, 'decay', [own, k[2]]),
    () => lastFault(node, 5, 'beta', [1, own]),
  );
};

function headsFault(shape: readonly unknown[], count: number, what: string): Fault {
  const size = shape[2];
  return typeof size === 'number' && size % count !== 0
    ? `${what} of ${size} does not divide into ${count} heads`
    : undefined;
}

function lastFault(node: NodeReader, index: number, name: string, among: readonly unknown[]): Fault {
  const last = node.has(index) ? node.shape(index)[2] : undefined;
  if (typeof last !== 'number' || among.some((size) => typeof size !== 'number' || size === last))
    return undefined;
  return `its ${name} is ${showShape(node.shape(index))}, and must end in ${among.join(' or ')}`;
}

/** A kernel [channels, 1, size] over [batch, channels, length], and the places before it. */
export const causal: Rule = (node) => {
  const [x, w] = [node.shape(0), node.shape(1)];
  const before = typeof w[2] === 'number' ? w[2] - 1 : undefined;
  return first(
    () => rankFault(x, 3, 'its input'),
    () => shapeOf(node, 1, 'its weight', [x[1], 1, undefined]),
    () => shapeOf(node, 2, 'its bias', [x[1]]),
    () => shapeOf(node, 3, 'its past_state', [x[0], x[1], before]),
  );
};
