/**
 * The network that a genotype stands for (DARTS, section 3.1.2): the same stem, preprocessing and classifier as the
 * supernet, with one op on each chosen edge and batch norm that is trained.
 */
import { internal } from '../errors.ts';
import type { Value } from '../graph/types.ts';
import { cnn, type CellPlan, type CnnShape } from './cnn.ts';
import type { CellGenotype, CnnGenotype } from './genotype.ts';
import type { NetworkContext } from './layers.ts';
import { operation } from './operations.ts';

/** Logits [N, classes] of the network of `genotype` for `image`. */
export function network(
  context: NetworkContext,
  shape: CnnShape,
  genotype: CnnGenotype,
  image: Value,
): Value {
  return cnn(context, shape, image, (plan) =>
    cell(context, plan, plan.reduction ? genotype.reduce : genotype.normal),
  );
}

function cell(
  context: NetworkContext,
  { reduction, sources }: CellPlan,
  { nodes, concat }: CellGenotype,
): Value {
  const { b } = context;
  const states: Value[] = [...sources];
  const stateOf = (state: number): Value => {
    const value = states[state];
    if (value === undefined) throw internal(`state ${state} is not built yet`);
    return value;
  };
  nodes.forEach((inputs, node) => {
    const terms = inputs.map(({ op, source }, i) =>
      // An edge is named by its place as well as its op: a node may read one source twice by the same op.
      b.scope(`node.${node}.${i}.${op}`, () =>
        operation(context, op, stateOf(source), reduction && source < 2 ? 2 : 1),
      ),
    );
    states.push(b.scope(`node.${node}`, () => addUp(context, terms)));
  });
  return b.op('Concat', concat.map(stateOf), { axis: 1 });
}

/** Two terms, the usual case, are an `Add`, which every provider has; `Sum` otherwise. */
function addUp({ b }: NetworkContext, terms: readonly Value[]): Value {
  const [first, second] = terms;
  if (first === undefined) throw internal('a node without inputs');
  if (second === undefined) return first;
  return terms.length === 2 ? b.op('Add', [first, second]) : b.op('Sum', terms);
}
