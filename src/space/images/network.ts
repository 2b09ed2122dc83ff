/**
 * The network that a genotype stands for (DARTS, section 3.1.2): the same stem, preprocessing and classifier as the
 * supernet, with one op on each chosen edge and batch norm that is trained.
 */
import { internal } from '../../errors.ts';
import type { Value } from '../../graph/types.ts';
import { auxiliaryCell, auxiliaryHead } from './auxiliary.ts';
import { cnn, type CellPlan, type CnnShape } from './cnn.ts';
import { canDrop, dropPath, dropPathInputs, type DropPath } from './drop-path.ts';
import type { CellGenotype, CnnGenotype } from './genotype.ts';
import type { NetworkContext } from './layers.ts';
import { operation, strideFrom } from './operations.ts';

/** What a network has in training only. */
export interface TrainingParts {
  /** A second classifier two thirds up the network, whose loss is added to that of the first. */
  readonly auxiliary?: boolean;
  /** Masks on the paths of every node, which are an input of the graph: see `drop-path.ts`. */
  readonly dropPath?: boolean;
}

export interface NetworkOutputs {
  /** [N, classes] */
  readonly logits: Value;
  /** [N, classes] of the auxiliary head, where there is one. */
  readonly auxiliary: Value | undefined;
}

/** Logits [N, classes] of the network of `genotype` for `image`. */
export function network(
  context: NetworkContext,
  shape: CnnShape,
  genotype: CnnGenotype,
  image: Value,
): Value {
  return trainedNetwork(context, shape, genotype, image).logits;
}

/** The network with what it has in training only. */
export function trainedNetwork(
  context: NetworkContext,
  shape: CnnShape,
  genotype: CnnGenotype,
  image: Value,
  parts: TrainingParts = {},
): NetworkOutputs {
  const paths = parts.dropPath === true ? dropPathInputs(context.b, shape, genotype, image) : undefined;
  let features: Value | undefined;
  const logits = cnn(context, shape, image, (plan) => {
    const output = cell(context, plan, plan.reduction ? genotype.reduce : genotype.normal, paths);
    if (plan.index === auxiliaryCell(shape.layers)) features = output;
    return output;
  });
  if (parts.auxiliary !== true) return { logits, auxiliary: undefined };
  if (features === undefined) throw internal('no cell for the auxiliary head');
  return { logits, auxiliary: auxiliaryHead(context, shape, features) };
}

function cell(
  context: NetworkContext,
  { reduction, sources }: CellPlan,
  { nodes, concat }: CellGenotype,
  paths: DropPath | undefined,
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
      b.scope(`node.${node}.${i}.${op}`, () => {
        const stride = strideFrom(reduction, source);
        const y = operation(context, op, stateOf(source), stride);
        return paths !== undefined && canDrop(op, stride) ? dropPath(context, y, paths) : y;
      }),
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
