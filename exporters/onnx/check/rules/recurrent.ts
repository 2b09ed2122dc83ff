/** Recurrent cells: what each direction has of kernels, biases and states. */
import { showShape } from '../../../../src/graph/infer/rule.ts';
import type { NodeReader } from '../../node-reader.ts';
import { differ, first, many, rankFault, shapeOf, type Fault, type Rule } from './rule.ts';

/** @param gates how many times the hidden size a kernel holds; @param curves how many activations a direction has */
export const recurrent =
  (gates: number, curves: number): Rule =>
  (node) => {
    const [x, w, r] = [node.shape(0), node.shape(1), node.shape(2)];
    const kernels = [
      ['W', w],
      ['R', r],
    ] as const;
    const hidden = r[2];
    const wide = typeof hidden === 'number' ? hidden : undefined;
    const times = (count: number) => (wide === undefined ? undefined : count * wide);
    const batch = x[batchFirst(node) ? 0 : 1];
    const both = node.string('direction', 'forward') === 'bidirectional';
    const directions = both ? 2 : 1;
    const states = batchFirst(node) ? [batch, directions, wide] : [directions, batch, wide];
    return first(
      () => rankFault(x, 3, 'X'),
      () => rankFault(w, 3, 'W'),
      () => rankFault(r, 3, 'R'),
      () =>
        differ(x[2], w[2]) ? `X ${showShape(x)} and W ${showShape(w)}: ${x[2]} meets ${w[2]}` : undefined,
      () => {
        if (wide === undefined) return undefined;
        const told = node.int('hidden_size', wide);
        if (told !== wide) return `its hidden_size is ${told}, and R is ${showShape(r)}`;
        const odd = kernels.find(([, kernel]) => differ(kernel[1], gates * wide));
        return odd && `its ${odd[0]} ${showShape(odd[1])} does not hold ${gates} gates of ${wide}`;
      },
      () => {
        const odd = kernels.find(([, kernel]) => differ(kernel[0], directions));
        const way = both ? 'both directions' : 'one direction';
        return (
          odd &&
          `its ${odd[0]} ${showShape(odd[1])} is of ${many(Number(odd[1][0]), 'direction')}, and it goes in ${way}`
        );
      },
      () => shapeOf(node, 3, 'its B', [directions, times(2 * gates)]),
      () => shapeOf(node, 4, 'its sequence_lens', [batch]),
      () => lengthsFault(node, x[batchFirst(node) ? 1 : 0]),
      () => shapeOf(node, 5, 'its initial_h', states),
      () => shapeOf(node, 6, 'its initial_c', states),
      () => shapeOf(node, 7, 'its P', [directions, times(3)]),
      () => {
        const count = node.strings('activations')?.length ?? 0;
        const wanted = curves * directions;
        // An RNN's own default is of two, whatever its direction.
        const fits = [0, wanted, node.op === 'RNN' ? 2 : wanted].includes(count);
        return fits ? undefined : `it has ${many(count, 'activation')}, and must have ${wanted}`;
      },
    );
  };

const batchFirst = (node: NodeReader): boolean => node.int('layout', 0) === 1;

/** How long each text of a batch is. */
function lengthsFault(node: NodeReader, longest: unknown): Fault {
  if (typeof longest !== 'number') return undefined;
  const odd = node
    .knownOrNot(4)
    ?.data.find((length) => typeof length === 'number' && (length < 0 || length > longest));
  return odd === undefined ? undefined : `a text of its sequence_lens is ${odd} long, of ${longest} steps`;
}
