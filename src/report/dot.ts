/**
 * A genotype as Graphviz text, for those who lay out drawings themselves: `dot -Tsvg genotype.dot`.
 */
import { legalText } from '../draw/svg-text.ts';
import type { CellGenotype, CnnGenotype } from '../space/images/genotype.ts';
import { type OpFamily, opFamily } from '../space/images/primitives.ts';
import type { RnnGenotype } from '../space/text/genotype.ts';
import { activationFamilies } from './rnn-svg.ts';

const colours: { readonly [F in OpFamily]: string } = {
  sep: '#2f6fe4',
  dil: '#8b5cf6',
  pool: '#b36f05',
  skip: '#12805a',
  other: '#c92f66',
};

/** One digraph with a cluster for each cell. */
export function genotypeDot(genotype: CnnGenotype, options: { readonly title?: string } = {}): string {
  return digraph(options.title ?? 'genotype', [
    ...cluster('normal', 'Normal cell', genotype.normal),
    ...cluster('reduce', 'Reduction cell', genotype.reduce),
  ]);
}

/** One digraph of the cell, its nodes numbered as its states. */
export function rnnGenotypeDot(
  { nodes, concat }: RnnGenotype,
  options: { readonly title?: string } = {},
): string {
  return digraph(options.title ?? 'genotype', [
    `  ${terminal('x', 'x_t')}`,
    `  ${terminal('previous', 'h_{t-1}')}`,
    ...[0, ...nodes.map((_, node) => node + 1)].map((state) => `  state_${state} [label="${state}"];`),
    `  ${terminal('out', 'h_t')}`,
    ...['x', 'previous'].map((name) => `  ${name} -> state_0 [color="${plain}"];`),
    ...nodes.map(
      ({ op, source }, node) =>
        `  state_${source} -> state_${node + 1} ${labelled(op, colours[activationFamilies[op]])}`,
    ),
    ...concat.map((state) => `  state_${state} -> out [color="${plain}"];`),
  ]);
}

/** Of an edge that is as it is. */
const plain = '#94a3b8';

function digraph(title: string, lines: readonly string[]): string {
  return `${[
    `digraph ${quoted(title)} {`,
    '  rankdir=LR; fontname="sans-serif";',
    '  node [fontname="sans-serif", fontsize=12, shape=circle, style=filled, fillcolor="#e2e8f0"];',
    '  edge [fontname="sans-serif", fontsize=11];',
    ...lines,
    '}',
  ].join('\n')}\n`;
}

function terminal(name: string, text: string): string {
  return `${name} [label=${quoted(text)}, shape=box, style="rounded,filled", fillcolor="#ffffff"];`;
}

function labelled(op: string, colour: string): string {
  return `[label=${quoted(op)}, color="${colour}", fontcolor="${colour}"];`;
}

function cluster(id: string, label: string, cell: CellGenotype): readonly string[] {
  const state = (index: number): string => `${id}_${index}`;
  const edges = cell.nodes.flatMap((inputs, node) =>
    inputs.map(
      ({ op, source }) => `    ${state(source)} -> ${state(node + 2)} ${labelled(op, colours[opFamily(op)])}`,
    ),
  );
  return [
    `  subgraph cluster_${id} {`,
    `    label=${quoted(label)}; color="#cbd5e1"; style=rounded;`,
    `    ${terminal(state(0), 'c_{k-2}')}`,
    `    ${terminal(state(1), 'c_{k-1}')}`,
    ...cell.nodes.map((_, node) => `    ${state(node + 2)} [label="${node}"];`),
    `    ${terminal(`${id}_out`, 'c_{k}')}`,
    ...edges,
    ...cell.concat.map((source) => `    ${state(source)} -> ${id}_out [color="${plain}"];`),
    '  }',
  ];
}

/** A quoted DOT string; Graphviz would read a backslash as the start of an escape. */
function quoted(text: string): string {
  return `"${legalText(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
