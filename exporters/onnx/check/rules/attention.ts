/** Queries, keys and values [batch, heads, places, size], or [batch, places, heads · size]. */
import { showShape } from '../../../../src/graph/infer/rule.ts';
import type { Dim, Shape } from '../../../../src/graph/types.ts';
import { differ, first, many, rankFault, type Fault, type Rule } from './rule.ts';

const counts = ['q_num_heads', 'kv_num_heads'];

export const attention: Rule = (node) => {
  const [q, k, v] = [node.shape(0), node.shape(1), node.shape(2)];
  const rank = q.length;
  return first(
    () => (rank === 3 || rank === 4 ? undefined : `Q has ${rank} dimensions, and must have 3 or 4`),
    () => rankFault(k, rank, 'K'),
    () => rankFault(v, rank, 'V'),
    () => {
      const odd = [k, v].find((each) => differ(each[0], q[0]));
      return odd && `Q ${showShape(q)} and ${showShape(odd)} are not of one batch`;
    },
    () =>
      differ(k.at(-2), v.at(-2)) ? `K ${showShape(k)} and V ${showShape(v)} are not as long` : undefined,
    () => {
      if (rank !== 4) return undefined;
      if (differ(q[3], k[3])) return `Q ${showShape(q)} and K ${showShape(k)}: ${q[3]} meets ${k[3]}`;
      return differ(k[1], v[1]) ? `K ${showShape(k)} and V ${showShape(v)} differ in heads` : undefined;
    },
    () => {
      const missing = rank === 3 ? counts.find((name) => node.attribute(name) === undefined) : undefined;
      if (missing !== undefined) return `Q has 3 dimensions, and ${missing} is not told`;
      const odd = counts.find((name) => node.int(name, 1) < 1);
      return odd && `its ${odd} is ${node.int(odd)}, and must be positive`;
    },
    () => {
      if (rank !== 3) return undefined;
      const [queries, own] = [node.int('q_num_heads'), node.int('kv_num_heads')];
      const parted = [
        ['Q', q, queries],
        ['K', k, own],
        ['V', v, own],
      ] as const;
      const odd = parted.find(([, shape, heads]) => typeof shape[2] === 'number' && shape[2] % heads !== 0);
      if (odd !== undefined)
        return `${odd[0]} ${showShape(odd[1])} does not divide into ${many(odd[2], 'head')}`;
      const [wide, long] = [sizeIn(q, queries), sizeIn(k, own)];
      return differ(wide, long)
        ? `Q ${showShape(q)} in ${many(queries, 'head')} and K ${showShape(k)} in ${own}: ${wide} meets ${long}`
        : undefined;
    },
    () =>
      rank === 4 ? sharedFault(q[1], k[1]) : sharedFault(node.int('q_num_heads'), node.int('kv_num_heads')),
  );
};

const sizeIn = ([, , size]: Shape, heads: number): Dim | undefined =>
  typeof size === 'number' ? size / heads : size;

/** As many heads of queries share each of keys. */
function sharedFault(queries: Dim | undefined, keys: Dim | undefined): Fault {
  if (typeof queries !== 'number' || typeof keys !== 'number' || keys === 0) return undefined;
  return queries % keys === 0 ? undefined : `${queries} heads of Q are no multiple of ${keys} of K`;
}
