/**
 * A genotype as Graphviz text, for those who lay out drawings themselves: `dot -Tsvg genotype.dot`.
 */
import type { CellGenotype, CnnGenotype } from '../space/genotype.ts';
import { type OpFamily, opFamily } from '../space/primitives.ts';

const colours: { readonly [F in OpFamily]: string } = {
  sep: '#2f6fe4',
  dil: '#8b5cf6',
  pool: '#b36f05',
  skip: '#12805a',
  other: '#c92f66',
};

/** One digraph with a cluster for each cell. */
export function genotypeDot(genotype: CnnGenotype, options: { readonly title?: string } = {}): string {
  return `${[
    `digraph ${quoted(options.title ?? 'genotype')} {`,
    '  rankdir=LR; fontname="sans-serif";',
    '  node [fontname="sans-serif", fontsize=12, shape=circle, style=filled, fillcolor="#e2e8f0"];',
    '  edge [fontname="sans-serif", fontsize=11];',
    ...cluster('normal', 'Normal cell', genotype.normal),
    ...cluster('reduce', 'Reduction cell', genotype.reduce),
    '}',
  ].join('\n')}\n`;
}

function cluster(id: string, label: string, cell: CellGenotype): readonly string[] {
  const state = (index: number): string => `${id}_${index}`;
  const terminal = (name: string, text: string): string =>
    `    ${name} [label=${quoted(text)}, shape=box, style="rounded,filled", fillcolor="#ffffff"];`;
  const edges = cell.nodes.flatMap((inputs, node) =>
    inputs.map(({ op, source }) => {
      const colour = colours[opFamily(op)];
      return `    ${state(source)} -> ${state(node + 2)} [label=${quoted(op)}, color="${colour}", fontcolor="${colour}"];`;
    }),
  );
  return [
    `  subgraph cluster_${id} {`,
    `    label=${quoted(label)}; color="#cbd5e1"; style=rounded;`,
    terminal(state(0), 'c_{k-2}'),
    terminal(state(1), 'c_{k-1}'),
    ...cell.nodes.map((_, node) => `    ${state(node + 2)} [label="${node}"];`),
    terminal(`${id}_out`, 'c_{k}'),
    ...edges,
    ...cell.concat.map((source) => `    ${state(source)} -> ${id}_out [color="#94a3b8"];`),
    '  }',
  ];
}

/** A quoted DOT string; Graphviz would read a backslash as the start of an escape. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
