/**
 * The DARTS supernet: every edge of every cell is a mixture of all primitives, weighted by a softmax over its row of
 * alpha (DARTS, section 2.2, equation 2). All cells of one kind share one alpha.
 *
 * Two forms are built, equal but for rounding. `plain` is the definition, Σ w·op(x), and stays as what `fast` is
 * tested against. `fast` puts the weight of an op that ends in batch norm into that batch norm's scale, so that mixing
 * costs no pass over its activations, forward or back. In both, a pool of a source is built once for all edges that
 * leave the source: it has no weights, and its batch norm is not trained.
 */
import { internal } from '../../errors.ts';
import type { GraphBuilder } from '../../graph/builder.ts';
import type { Value } from '../../graph/types.ts';
import { cnn, type CellPlan, type CnnShape } from './cnn.ts';
import { edgeCount, edgeIndex } from './derive.ts';
import type { NetworkContext } from './layers.ts';
import { carriesScale, isPool, scaledOperation, searchOperation } from './operations.ts';
import type { CnnPrimitive } from './primitives.ts';

export interface SupernetShape extends CnnShape {
  /** Intermediate nodes of a cell. */
  readonly nodes: number;
  readonly primitives: readonly CnnPrimitive[];
}

export interface Alphas {
  /** [edges, primitives] */
  readonly normal: Value;
  readonly reduce: Value;
}

/** The architecture parameters, inputs `alpha.normal` and `alpha.reduce`, starting at 10⁻³ times a standard normal. */
export function alphaInputs(b: GraphBuilder, { nodes, primitives }: SupernetShape): Alphas {
  const shape = [edgeCount(nodes), primitives.length];
  const options = { role: 'alpha', initializer: { kind: 'normal', deviation: 1e-3 } } as const;
  return { normal: b.input('alpha.normal', shape, options), reduce: b.input('alpha.reduce', shape, options) };
}

/** Logits [N, classes] of the supernet for `image`. */
export function supernet(
  context: NetworkContext,
  shape: SupernetShape,
  image: Value,
  alphas: Alphas,
  form: 'fast' | 'plain' = 'fast',
): Value {
  const weights = {
    normal: mixingWeights(context.b, alphas.normal),
    reduce: mixingWeights(context.b, alphas.reduce),
  };
  return cnn(context, shape, image, (plan) =>
    searchCell(context, shape, plan, plan.reduction ? weights.reduce : weights.normal, form),
  );
}

/** softmax(alpha), taken apart: the weight of primitive k on edge e, [1], at e·primitives + k. */
function mixingWeights(b: GraphBuilder, alpha: Value): readonly Value[] {
  const flat = b.op('Reshape', [b.op('Softmax', [alpha], { axis: -1 })], { shape: [-1] });
  const count = flat.type.shape[0];
  if (typeof count !== 'number') throw internal('alpha has an open shape');
  return b.node('Split', [flat], { axis: 0, split: Array.from({ length: count }, () => 1) });
}

function searchCell(
  context: NetworkContext,
  { nodes, primitives }: SupernetShape,
  { reduction, sources }: CellPlan,
  weights: readonly Value[],
  form: 'fast' | 'plain',
): Value {
  const { b } = context;
  const states: Value[] = [...sources];
  const strideFrom = (source: number) => (reduction && source < 2 ? 2 : 1);

  const shared = new Map<string, Value>();
  const pooled = (op: CnnPrimitive, source: number): Value => {
    const key = `source.${source}.${op}`;
    const known = shared.get(key);
    if (known !== undefined) return known;
    const built = b.scope(key, () => searchOperation(context, op, stateOf(source), strideFrom(source)));
    shared.set(key, built);
    return built;
  };
  const stateOf = (source: number): Value => {
    const state = states[source];
    if (state === undefined) throw internal(`state ${source} is not built yet`);
    return state;
  };

  for (let node = 0; node < nodes; node++) {
    const terms: Value[] = [];
    for (let source = 0; source < node + 2; source++) {
      const edge = edgeIndex(node, source);
      const stride = strideFrom(source);
      primitives.forEach((op, k) => {
        if (op === 'none') return;
        const weight = weights[edge * primitives.length + k];
        if (weight === undefined) throw internal(`edge ${edge} has no weight for ${op}`);
        terms.push(
          b.scope(`edge.${edge}.${op}`, () => {
            if (form === 'fast' && carriesScale(op, stride)) {
              return scaledOperation(context, op, stateOf(source), stride, weight);
            }
            const y = isPool(op) ? pooled(op, source) : searchOperation(context, op, stateOf(source), stride);
            return b.op('Mul', [y, weight]);
          }),
        );
      });
    }
    states.push(b.scope(`node.${node}`, () => b.op('Sum', terms)));
  }
  return b.op('Concat', states.slice(2), { axis: 1 });
}
