/** Cells side by side: which edges and ops are the same. Nodes are taken in their order, as the genotypes number them. */
import type { Genotype } from '../space/space.ts';
import type { TaskName } from '../tasks/task.ts';
import { tasks } from '../tasks/tasks.ts';
import type { ComparedCell, ComparedCells } from './model.ts';
import type { ReadSide } from './read-side.ts';

/** A cell of either space as edges into nodes. */
interface EdgedCell {
  readonly nodes: readonly (readonly { readonly op: string; readonly source: number }[])[];
  readonly concat: readonly number[];
}

/** By task, of the sides that have cells of it. */
export function compareCells(sides: readonly ReadSide[]): readonly ComparedCells[] {
  return (['images', 'text'] as const).flatMap((task) => {
    const members = sides.flatMap(({ genotype, task: own }, side) =>
      genotype === undefined || own !== task ? [] : [{ side, cells: cellsOf(genotype.value) }],
    );
    if (members.length < 2) return [];
    const names = Object.keys(members[0]?.cells ?? {});
    const cells = names.map((cell) =>
      compareCell(
        cell,
        task,
        members.map(({ cells: own }) => own[cell] ?? { nodes: [], concat: [] }),
      ),
    );
    const alike = new Set(members.map((member) => JSON.stringify(member.cells)));
    return [{ task, members: members.map(({ side }) => side), identical: alike.size === 1, cells }];
  });
}

/** Both cells of a pair; a recurrent cell, of which every node reads one state. */
function cellsOf(genotype: Genotype): Readonly<Record<string, EdgedCell>> {
  if ('normal' in genotype) return { normal: genotype.normal, reduce: genotype.reduce };
  const { nodes, concat } = genotype;
  return { recurrent: { nodes: nodes.map((node) => [node]), concat } };
}

function compareCell(cell: string, task: TaskName, of: readonly EdgedCell[]): ComparedCell {
  const nodes = Math.max(...of.map((each) => each.nodes.length));
  const edges = Array.from({ length: nodes }, (_, node) => {
    const inputs = of.map((each) => each.nodes[node] ?? []);
    const sources = [...new Set(inputs.flat().map(({ source }) => source))].sort((a, b) => a - b);
    return sources.map((source) => {
      // In order: a node may read a state twice, and a sum does not know which was first.
      const ops = inputs.map((each) =>
        each
          .filter((input) => input.source === source)
          .map(({ op }) => op)
          .sort(),
      );
      return { node, source, ops, same: new Set(ops.map((each) => each.join())).size === 1 };
    });
  }).flat();
  const { skip } = tasks[task].space;
  return {
    cell,
    edges,
    same: edges.reduce((sum, { ops }) => sum + shared(ops), 0),
    counts: of.map((each) => each.nodes.flat().length),
    skips: of.map((each) => each.nodes.flat().filter(({ op }) => op === skip).length),
    outputs: of.map(({ concat }) => concat),
  };
}

/** How many ops are in all lists, as often as in each. */
function shared(lists: readonly (readonly string[])[]): number {
  const count = (list: readonly string[], op: string) => list.filter((each) => each === op).length;
  const ops = [...new Set(lists.flat())];
  return ops.reduce((sum, op) => sum + Math.min(...lists.map((list) => count(list, op))), 0);
}
