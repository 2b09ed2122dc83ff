/**
 * Which tensor of the PyTorch networks is which of ours. The two name their layers by themselves; this is the one
 * place that knows both.
 *
 * Ours → theirs is one to many: a pool of a source is built once here for all edges that leave the source, and on
 * every edge there, so its running statistics stand for several of theirs.
 */
import { internal } from '../../src/errors.ts';
import { edgeIndex } from '../../src/space/images/derive.ts';

/** What the names in a supernet depend on; an evaluation network needs nothing of it. */
export interface SupernetNames {
  readonly nodes: number;
  readonly primitives: readonly string[];
}

interface Rule {
  readonly ours: RegExp;
  readonly theirs: (groups: readonly string[], names: SupernetNames) => readonly string[];
}

const rules: readonly Rule[] = [
  {
    ours: /^(stem\S*\.(?:conv|bn))\.(.+)$/,
    theirs: ([layer, leaf]) => [`${stemLayers[layer ?? '']}.${leaf}`],
  },
  { ours: /^(cells\.\d+\.preprocess[01]\..+)$/, theirs: ([path]) => [`${path}`] },
  { ours: /^((?:auxiliary|classifier)\..+)$/, theirs: ([path]) => [`${path}`] },
  {
    // Named under the edge that asked for it first.
    ours: /^(cells\.\d+)\.(?:edge\.\d+\.\w+\.)?source\.(\d+)\.(\w+)\.(.+)$/,
    theirs: ([cell, source, op, leaf], { primitives, nodes }) =>
      edgesFrom(Number(source), nodes).map(
        (edge) => `${cell}.edges.${edge}.operations.${column(op, primitives)}.${leaf}`,
      ),
  },
  {
    ours: /^(cells\.\d+)\.edge\.(\d+)\.(\w+)\.(.+)$/,
    theirs: ([cell, edge, op, leaf], { primitives }) => [
      `${cell}.edges.${edge}.operations.${column(op, primitives)}.${leaf}`,
    ],
  },
  {
    ours: /^(cells\.\d+)\.node\.(\d+)\.(\d+)\.\w+\.(.+)$/,
    theirs: ([cell, node, input, leaf]) => [`${cell}.nodes.${node}.${input}.${leaf}`],
  },
];

/** The stems, CIFAR-10's and ImageNet's: layers with names here, places in a sequence there. */
const stemLayers: Readonly<Record<string, string>> = {
  'stem.conv': 'stem.0',
  'stem.bn': 'stem.1',
  'stem0.0.conv': 'stem.first.0',
  'stem0.0.bn': 'stem.first.1',
  'stem0.1.conv': 'stem.first.3',
  'stem0.1.bn': 'stem.first.4',
  'stem1.conv': 'stem.second.1',
  'stem1.bn': 'stem.second.2',
};

/** Last parts of names that differ. */
const leaves: readonly (readonly [RegExp, string])[] = [
  [/\.scale$/, '.weight'],
  [/\.running_variance$/, '.running_var'],
];

/** The PyTorch names of a weight or a running statistic of ours. */
export function torchNames(ours: string, names: SupernetNames): readonly string[] {
  for (const rule of rules) {
    const found = rule.ours.exec(ours);
    if (found !== null) {
      return rule
        .theirs(found.slice(1), names)
        .map((path) => leaves.reduce((text, [leaf, theirs]) => text.replace(leaf, theirs), path));
    }
  }
  throw internal(`the oracle has no counterpart of "${ours}"`);
}

function column(op: string | undefined, primitives: readonly string[]): number {
  const index = primitives.indexOf(op ?? '');
  if (index < 0) throw internal(`"${op}" is not a primitive`);
  return index;
}

function edgesFrom(source: number, nodes: number): number[] {
  const first = Math.max(0, source - 1);
  return Array.from({ length: nodes - first }, (_, i) => edgeIndex(first + i, source));
}
