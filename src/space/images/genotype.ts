/**
 * A genotype: the discrete architecture that a search ends with, and the rules a legal one obeys.
 *
 * The states of a cell are numbered 0 and 1 for its two inputs, c_{k-2} and c_{k-1}, and i + 2 for node i, so node i
 * can read the states 0 … i + 1. A node is the sum of its inputs; the cell's output is the concatenation of the
 * states in `concat`.
 *
 * Published cells bound what may be refused here: NASNet reads one source twice in a node, and AmoebaNet does not
 * concatenate every unused node.
 */
import { z } from 'zod';
import { didYouMean, NascentError } from '../../errors.ts';
import { type CnnOp, cnnOps, isCnnOp } from './primitives.ts';

/** One edge into a node: the op on it and the state it reads. */
export interface NodeInput {
  readonly op: CnnOp;
  readonly source: number;
}

/** One cell: what each node is computed from, and which nodes are its output. */
export interface CellGenotype {
  /** The inputs of node i at index i; two in every published cell, one or more in ours. */
  readonly nodes: readonly (readonly NodeInput[])[];
  /** State numbers (≥ 2) in the order in which their channels are concatenated. */
  readonly concat: readonly number[];
}

/** The architecture of a convolutional network: its two kinds of cell (DARTS, section 2.1). */
export interface CnnGenotype {
  readonly normal: CellGenotype;
  readonly reduce: CellGenotype;
}

export type CellKind = keyof CnnGenotype;

const cellShape = z.strictObject({
  nodes: z.array(z.array(z.strictObject({ op: z.string(), source: z.int() })).min(1)).min(1),
  concat: z.array(z.int()).min(1),
});
const genotypeShape = z.strictObject({ normal: cellShape, reduce: cellShape });

/**
 * Checks plain data from outside (parsed JSON, a parsed tuple notation) and returns it as a genotype.
 *
 * @throws NascentError `space/invalid-genotype`, naming the first position that is wrong, as in
 *   "normal cell, node 2, second input: unknown op 'sep_conv_3x4'".
 */
export function validateGenotype(data: unknown): CnnGenotype {
  const parsed = genotypeShape.safeParse(data);
  if (!parsed.success) throw shapeError(parsed.error.issues[0], data);
  return {
    normal: checkCell('normal', parsed.data.normal),
    reduce: checkCell('reduce', parsed.data.reduce),
  };
}

function checkCell(kind: CellKind, cell: z.infer<typeof cellShape>): CellGenotype {
  const nodes = cell.nodes.map((inputs, node) =>
    inputs.map(({ op, source }, input) =>
      checkInput(describe([kind, 'nodes', node, input]), node, op, source),
    ),
  );
  const last = nodes.length + 1;
  const seen = new Set<number>();
  for (const state of cell.concat) {
    const where = describe([kind, 'concat']);
    if (state < 2 || state > last) {
      throw invalid(
        `${where}: state ${state} is not a node of this cell`,
        `The cell has ${plural(nodes.length, 'node')}, so concat may hold the states 2 to ${last}; ` +
          'states 0 and 1 are the inputs of the cell and cannot be concatenated.',
      );
    }
    if (seen.has(state)) {
      throw invalid(`${where}: state ${state} is listed twice`, 'List each state once.');
    }
    seen.add(state);
  }
  return { nodes, concat: [...cell.concat] };
}

function checkInput(where: string, node: number, op: string, source: number): NodeInput {
  if (op === 'none') {
    throw invalid(
      `${where}: op 'none' cannot be part of a genotype`,
      "'none' means no edge, and only competes during a search. Leave the input out or give it another op.",
    );
  }
  if (!isCnnOp(op)) {
    const close = didYouMean(op, cnnOps);
    throw invalid(
      `${where}: unknown op '${op}'`,
      `${close === undefined ? '' : `Did you mean '${close}'? `}The ops are: ${cnnOps.join(', ')}.`,
    );
  }
  if (source < 0 || source > node + 1) {
    throw invalid(
      `${where}: source ${source} is out of range`,
      `Node ${node} may read the states 0 to ${node + 1}: 0 and 1 are the inputs of the cell, ` +
        `and node i is state i + 2, so a node reads only nodes before it.`,
    );
  }
  return { op, source };
}

/** A zod issue, in terms of cells, nodes and inputs. */
function shapeError(issue: z.core.$ZodIssue | undefined, data: unknown): NascentError {
  const path = issue?.path ?? [];
  const where = describe(path);
  const help =
    'A genotype has a normal and a reduce cell, each with nodes (for each node its inputs, {"op", "source"}) ' +
    'and concat (state numbers).';
  if (issue?.code === 'invalid_type') {
    const found = valueAt(data, path);
    if (found === undefined) return invalid(`${where}: missing`, help);
    // Every number of a genotype is a whole one, whatever zod calls it.
    const expected = issue.expected === 'int' || issue.expected === 'number' ? 'integer' : issue.expected;
    return invalid(`${where}: expected ${article(expected)}, got ${show(found)}`, help);
  }
  if (issue?.code === 'unrecognized_keys') {
    return invalid(`${where}: unknown key '${issue.keys[0] ?? ''}'`, help);
  }
  if (issue?.code === 'too_small') {
    return invalid(
      `${where}: empty`,
      'A cell has at least one node, a node at least one input, and concat one state.',
    );
  }
  return invalid(`${where}: ${issue?.message ?? 'not a genotype'}`, help);
}

/** ['normal', 'nodes', 2, 1, 'op'] → "normal cell, node 2, second input, op". */
function describe(path: readonly PropertyKey[]): string {
  const [kind, part, node, input, key] = path;
  if (kind === undefined) return 'genotype';
  const words = [kind === 'reduce' ? 'reduction cell' : `${String(kind)} cell`];
  if (part === 'nodes') {
    if (node === undefined) words.push('nodes');
    else words.push(`node ${String(node)}`);
    if (typeof input === 'number') words.push(`${ordinal(input)} input`);
    if (key !== undefined) words.push(String(key));
  } else if (part !== undefined) {
    words.push(node === undefined ? String(part) : `${String(part)}[${String(node)}]`);
  }
  return words.join(', ');
}

function ordinal(index: number): string {
  return ['first', 'second', 'third', 'fourth', 'fifth'][index] ?? `number ${index + 1}`;
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

function article(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function invalid(message: string, help: string): NascentError {
  return new NascentError('space/invalid-genotype', message, { help });
}
