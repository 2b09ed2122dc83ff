/**
 * `--functions`: each cell as a call of a function that the file holds, one for each kind of cell. The graph is as many
 * nodes as the network has cells, and few more; weights stay outside, as inputs of the calls, and numbers in which cells of
 * a kind differ (groups of a depthwise convolution, strides) are attributes of the function.
 *
 * Cells are of a kind where their nodes are the same, in the same order, with the same wiring. Runtimes put the functions in
 * place of their calls before anything else, so nothing is computed otherwise. Source: https://onnx.ai/onnx/intro/concepts.html
 */
import { internal, NascentError } from '../../src/errors.ts';
import type { OnnxAttribute, OnnxFunction, OnnxModel, OnnxNode } from '../../proto/onnx.ts';
import { sortedModel } from '../onnx/sorted.ts';
import { freeNames, opsetOf, tidied } from './rewriting.ts';

/** What functions of ours are in. */
export const functionDomain = 'nascent';

/** How nodes of a cell are named: of a convolutional network the cell, of an unrolled recurrent one the step. */
const cellName = /^(?:cells\.\d+|cell\.step\.\d+)(?=\.)/;

/** The nodes of a cell, and how its values are called from within. */
interface Cell {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  /** Values from outside, in the order in which they are first read. */
  readonly inputs: readonly string[];
  /** All values that its nodes make, in order. */
  readonly made: readonly string[];
}

/** A number, or several, which a function is told: of each cell of the kind what it is. */
interface Told {
  readonly name: string;
  readonly of: readonly OnnxAttribute[];
}

/** @throws NascentError 'input/invalid' where the model has no cells that could be called */
export function inFunctions(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const cells = cellsOf(graph.nodes);
  if (cells.length === 0) {
    throw new NascentError('input/invalid', '--functions found no cell to make a function of', {
      help: 'A Scan holds its cell once already: leave --functions out, or give --unroll.',
    });
  }
  const kinds = [...groupedBy(cells, kindOf).values()];
  const leaving = readOutside(model, cells);
  const free = freeNames(graph);
  const titles = titlesOf(kinds);
  const calls = new Map<string, OnnxNode>();
  const functions = kinds.map((kind, i) => {
    const made = functionOf(kind, titles[i] ?? '', leaving, opsetOf(model));
    for (const [cell, call] of made.calls(free)) calls.set(cell, call);
    return made.definition;
  });
  // A value that a cell makes early may be read before the cell's last node, where the call stands.
  return sortedModel({
    ...model,
    opsets: [...model.opsets, { domain: functionDomain, version: 1 }],
    functions: [...model.functions, ...functions],
    graph: tidied({ ...graph, nodes: withCalls(graph.nodes, cells, calls) }),
  });
}

function cellsOf(nodes: readonly OnnxNode[]): readonly Cell[] {
  const named = groupedBy(nodes, ({ name }) => cellName.exec(name)?.[0] ?? '');
  return [...named].flatMap(([name, own]) => {
    // A graph within a node reads values by their names, which are others in a function.
    const holdsGraph = own.some(({ attributes }) => attributes.some(({ kind }) => kind.startsWith('graph')));
    if (name === '' || holdsGraph) return [];
    const made = new Set(own.flatMap(({ outputs }) => outputs).filter((output) => output !== ''));
    const read = own.flatMap(({ inputs }) => inputs).filter((input) => input !== '' && !made.has(input));
    return [{ name, nodes: own, inputs: [...new Set(read)], made: [...made] }];
  });
}

/** In the order in which keys first come; Node 20 has no Map.groupBy. */
function groupedBy<T>(all: readonly T[], keyOf: (each: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const each of all) {
    const key = keyOf(each);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
  }
  return groups;
}

/** What may be told to a function: numbers. */
function isNumbers({ kind }: OnnxAttribute): boolean {
  return kind === 'int' || kind === 'ints' || kind === 'float' || kind === 'floats';
}

/** The same for two cells that one function can stand for. */
function kindOf({ nodes, inputs, made }: Cell): string {
  const number = new Map([...inputs, ...made].map((name, i) => [name, i]));
  const numbered = (names: readonly string[]) => names.map((name) => number.get(name) ?? null);
  return written(
    nodes.map(({ opType, domain, inputs: given, outputs, attributes }) => [
      opType,
      domain,
      numbered(given),
      numbered(outputs),
      attributes.map((each) => (isNumbers(each) ? [each.name, each.kind] : each)),
    ]),
  );
}

function written(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint' ? `${part}n` : ArrayBuffer.isView(part) ? [...(part as Uint8Array)] : part,
  );
}

/** Of every cell, which of the values that it makes are read by others, by position. */
function readOutside({ graph }: OnnxModel, cells: readonly Cell[]): ReadonlyMap<string, ReadonlySet<number>> {
  const owner = new Map(cells.flatMap((cell) => cell.nodes.map((node) => [node, cell.name] as const)));
  const readers = new Map<string, Set<string>>();
  const read = (name: string, by: string) => readers.set(name, (readers.get(name) ?? new Set()).add(by));
  for (const node of graph.nodes) for (const input of node.inputs) read(input, owner.get(node) ?? '');
  for (const { name } of graph.outputs) read(name, '');
  return new Map(
    cells.map(({ name, made }) => [
      name,
      new Set(
        made.flatMap((value, i) => ([...(readers.get(value) ?? [])].some((by) => by !== name) ? [i] : [])),
      ),
    ]),
  );
}

/** `NormalCell`, `ReductionCell`, `Step`, with a number where there are several. */
function titlesOf(kinds: readonly (readonly Cell[])[]): readonly string[] {
  const titles = kinds.map(([first]) => {
    if (first?.name.startsWith('cell.step.')) return 'Step';
    return first?.nodes.some(isHalving) ? 'ReductionCell' : 'NormalCell';
  });
  return titles.map((title, i) => {
    const before = titles.slice(0, i).filter((each) => each === title).length;
    return before === 0 ? title : `${title}${before + 1}`;
  });
}

/** Inputs of a cell may be halved before any; within a reduction cell, what an edge computes is. */
function isHalving({ name, attributes }: OnnxNode): boolean {
  return (
    name.includes('.node.') &&
    attributes.some((each) => each.name === 'strides' && each.kind === 'ints' && each.value.includes(2))
  );
}

function functionOf(
  kind: readonly Cell[],
  title: string,
  leaving: ReadonlyMap<string, ReadonlySet<number>>,
  opset: number,
) {
  const [first] = kind;
  if (first === undefined) throw internal('a kind of no cells');
  const given = kind.flatMap(({ name }) => [...(leaving.get(name) ?? [])]);
  const outputs = [...new Set(given)].toSorted((a, b) => a - b);
  const inside = insideNames(first);
  const called = (name: string) => (name === '' ? '' : (inside.get(name) ?? name));
  const told = toldTo(kind);
  const definition: OnnxFunction = {
    name: title,
    domain: functionDomain,
    inputs: first.inputs.map(called),
    outputs: outputs.map((i) => called(first.made[i] ?? '')),
    attributes: [...new Set([...told.values()].map(({ name }) => name))],
    nodes: first.nodes.map((node) => ({
      ...node,
      name: node.name.slice(first.name.length + 1),
      inputs: node.inputs.map(called),
      outputs: node.outputs.map(called),
      attributes: node.attributes.map((each): OnnxAttribute => {
        const found = told.get(each);
        if (found === undefined || each.kind === 'reference') return each;
        return { name: each.name, kind: 'reference', refersTo: found.name, refersToKind: each.kind };
      }),
    })),
    opsets: [{ domain: '', version: opset }],
  };
  const calls = (free: (wanted: string) => string): readonly (readonly [string, OnnxNode])[] =>
    kind.map((cell, which) => [
      cell.name,
      {
        name: free(cell.name),
        opType: title,
        domain: functionDomain,
        inputs: cell.inputs,
        outputs: outputs.map((i) => cell.made[i] ?? ''),
        attributes: [
          ...new Map(
            [...told.values()].map(({ name, of }) => [name, { ...of[which], name } as OnnxAttribute]),
          ).values(),
        ],
      },
    ]);
  return { definition, calls };
}

/** Names within a function: those of the cell without the cell, and what comes from elsewhere by number. */
function insideNames({ name, inputs, made }: Cell): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const give = (value: string, wanted: string): void => {
    let own = wanted;
    for (let i = 1; taken.has(own); i++) own = `${wanted}_${i}`;
    taken.add(own);
    names.set(value, own);
  };
  const short = (value: string) => (value.startsWith(`${name}.`) ? value.slice(name.length + 1) : undefined);
  let others = 0;
  for (const value of inputs) give(value, short(value) ?? `input${others++}`);
  for (const value of made) give(value, short(value) ?? value);
  return names;
}

/** Of the first cell's attributes, those that the kind differs in; what always changes together is told once. */
function toldTo(kind: readonly Cell[]): ReadonlyMap<OnnxAttribute, Told> {
  const told = new Map<OnnxAttribute, Told>();
  const known = new Map<string, Told>();
  const [first] = kind;
  const taken = new Map<string, number>();
  first?.nodes.forEach((node, n) => {
    node.attributes.forEach((attribute, a) => {
      if (!isNumbers(attribute)) return;
      const of = kind.map(({ nodes }) => nodes[n]?.attributes[a]).filter((each) => each !== undefined);
      const key = written(of);
      if (of.every((each) => written(each) === written(attribute))) return;
      const found = known.get(key);
      if (found !== undefined) {
        told.set(attribute, found);
        return;
      }
      const before = taken.get(attribute.name) ?? 0;
      taken.set(attribute.name, before + 1);
      const made = { name: before === 0 ? attribute.name : `${attribute.name}_${before + 1}`, of };
      known.set(key, made);
      told.set(attribute, made);
    });
  });
  return told;
}

/** A cell is called where the last of its nodes was: all that it reads is there. */
function withCalls(
  nodes: readonly OnnxNode[],
  cells: readonly Cell[],
  calls: ReadonlyMap<string, OnnxNode>,
): readonly OnnxNode[] {
  const member = new Map(cells.flatMap((cell) => cell.nodes.map((node) => [node, cell] as const)));
  return nodes.flatMap((node) => {
    const cell = member.get(node);
    if (cell === undefined) return [node];
    const call = calls.get(cell.name);
    return cell.nodes.at(-1) === node && call !== undefined ? [call] : [];
  });
}
