/**
 * A recurrent genotype as one SVG file, in the look of the convolutional ones. Numbers are those of the states: 0 is made
 * of the input and the step before, and each node reads one state.
 */
import type { RnnGenotype } from '../space/text/genotype.ts';
import { isRnnOp, type RnnOp } from '../space/text/primitives.ts';
import type { OpFamily } from '../space/images/primitives.ts';
import type { DrawnCell } from '../draw/cell-layers.ts';
import { type CellLook, drawCell } from './cell-svg.ts';
import { count, type GenotypeSvgOptions, panel, panelsSvg, wireLegend } from './panels.ts';

/** The families' colours, for other things. */
export const activationFamilies: { readonly [op in RnnOp]: OpFamily } = {
  tanh: 'sep',
  relu: 'pool',
  sigmoid: 'dil',
  identity: 'skip',
};

const look: CellLook = {
  family: (op) => (isRnnOp(op) ? activationFamilies[op] : 'other'),
  terminals: [
    ['x', 't'],
    ['h', 't−1'],
    ['h', 't'],
  ],
};

/** A recurrent cell, drawn as an SVG document. */
export function rnnGenotypeSvg(genotype: RnnGenotype, options: GenotypeSvgOptions = {}): string {
  const note = `${count(genotype.nodes.length, 'node')}, the mean of ${genotype.concat.length} is the output`;
  return panelsSvg(
    [panel('Recurrent cell', note, drawCell(drawn(genotype), look))],
    wireLegend('what state 0 is made of, and the states that are averaged into the output'),
    { ...options, description: describe(genotype) },
  );
}

/** State s of the genotype is node s of the drawing, and so state s + 2 of it. */
function drawn({ nodes, concat }: RnnGenotype): DrawnCell {
  const ofInputs = [0, 1].map((source) => ({ op: '', source }));
  return {
    nodes: [ofInputs, ...nodes.map(({ op, source }) => [{ op, source: source + 2 }])],
    concat: concat.map((state) => state + 2),
  };
}

/** What the drawing shows, for those who hear it. */
function describe({ nodes, concat }: RnnGenotype): string {
  const reads = nodes.map(({ op, source }, node) => `state ${node + 1} is ${op} of state ${source}`);
  return (
    `Recurrent cell: state 0 is made of x_t and h_{t-1}; ${reads.join('; ')}; ` +
    `the output is the mean of the states ${concat.join(', ')}.`
  );
}
