/**
 * A recurrent genotype: for each node the one state that it reads and its activation, and which states make the output.
 *
 * State 0 is what the cell makes of its input and its previous output; node i is state i + 1 and reads one of the states
 * 0 … i. The output is the mean of the states in `concat` (the official code's name for it, though nothing is
 * concatenated). ENAS's published cell averages some of its nodes only, so a subset is legal.
 */
import { z } from 'zod';
import { didYouMean, NascentError } from '../../errors.ts';
import { isRnnOp, rnnOps, type RnnOp } from './primitives.ts';

/** How a node is made: the activation of its candidate, and the state it reads. */
export interface RnnNode {
  readonly op: RnnOp;
  readonly source: number;
}

/** A recurrent cell (DARTS, section 3.2): nodes, each a function of an earlier one, and which of them are averaged. */
export interface RnnGenotype {
  /** Node i at index i. */
  readonly nodes: readonly RnnNode[];
  /** State numbers (≥ 1) that the output is the mean of. */
  readonly concat: readonly number[];
}

const genotypeShape = z.strictObject({
  nodes: z.array(z.strictObject({ op: z.string(), source: z.int() })).min(1),
  concat: z.array(z.int()).min(1),
});

/**
 * Checks plain data from outside (parsed JSON, a parsed notation) and returns it as a genotype.
 *
 * @throws NascentError `space/invalid-genotype`, naming the first position that is wrong, as in
 *   "recurrent cell, node 2: unknown op 'tan'".
 */
export function validateRnnGenotype(data: unknown): RnnGenotype {
  const parsed = genotypeShape.safeParse(data);
  if (!parsed.success) throw shapeError(parsed.error.issues[0]);
  const nodes = parsed.data.nodes.map(({ op, source }, node) => checkNode(node, op, source));
  const seen = new Set<number>();
  for (const state of parsed.data.concat) {
    if (state < 1 || state > nodes.length) {
      throw invalid(
        `${cell}, concat: state ${state} is not a node of this cell`,
        `The cell has ${nodes.length === 1 ? '1 node' : `${nodes.length} nodes`}, so concat may hold the states 1 to ` +
          `${nodes.length}; state 0 is made of the input and is not averaged.`,
      );
    }
    if (seen.has(state)) {
      throw invalid(`${cell}, concat: state ${state} is listed twice`, 'List each state once.');
    }
    seen.add(state);
  }
  return { nodes, concat: [...parsed.data.concat] };
}

const cell = 'recurrent cell';

function checkNode(node: number, op: string, source: number): RnnNode {
  const where = `${cell}, node ${node}`;
  if (op === 'none') {
    throw invalid(
      `${where}: op 'none' cannot be part of a genotype`,
      "'none' means no edge, and only competes during a search. Give the node another op.",
    );
  }
  if (!isRnnOp(op)) {
    const close = didYouMean(op, rnnOps);
    throw invalid(
      `${where}: unknown op '${op}'`,
      `${close === undefined ? '' : `Did you mean '${close}'? `}The ops are: ${rnnOps.join(', ')}.`,
    );
  }
  if (source < 0 || source > node) {
    throw invalid(
      `${where}: source ${source} is out of range`,
      `Node ${node} may read the states 0 to ${node}: 0 is made of the input, and node i is state i + 1, so a node ` +
        'reads only nodes before it.',
    );
  }
  return { op, source };
}

/** A zod issue, in terms of nodes. */
function shapeError(issue: z.core.$ZodIssue | undefined): NascentError {
  const [part, index, key] = issue?.path ?? [];
  const words = [cell];
  if (part === 'nodes' && index !== undefined) words.push(`node ${String(index)}`);
  else if (part !== undefined)
    words.push(index === undefined ? String(part) : `${String(part)}[${String(index)}]`);
  if (key !== undefined) words.push(String(key));
  const why =
    issue?.code === 'unrecognized_keys'
      ? `unknown key '${issue.keys[0] ?? ''}'`
      : issue?.code === 'too_small'
        ? 'empty'
        : issue?.code === 'invalid_type'
          ? `expected ${issue.expected === 'int' || issue.expected === 'number' ? 'an integer' : issue.expected}`
          : (issue?.message ?? 'not a genotype');
  return invalid(
    `${words.join(', ')}: ${why}`,
    'A recurrent genotype has nodes (each {"op", "source"}) and concat (state numbers).',
  );
}

function invalid(message: string, help: string): NascentError {
  return new NascentError('space/invalid-genotype', message, { help });
}
