/** Queries, keys and values [batch, heads, places, size], or [batch, places, heads · size]. */
import { showShape } from '../../../src/graph/infer/rule.ts';
import type { Dim } from '../../../src/graph/types.ts';
import { differ, first, rankFault, type Fault, type Rule } from './rule.ts';

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
    () =>
      rank === 4 ? sharedFault(q[1], k[1]) : sharedFault(node.int('q_num_heads'), node.int('kv_num_heads')),
  );
};

/** As many heads of queries share each of keys. */
function sharedFault(queries: Dim | undefined, keys: Dim | undefined): Fault {
  if (typeof queries !== 'number' || typeof keys !== 'number' || keys === 0) return undefined;
  return queries % keys === 0 ? undefined : `${queries} heads of Q are no multiple of ${keys} of K`;
}
