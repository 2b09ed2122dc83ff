/**
 * The tuple notation of papers, logs and the official DARTS code:
 *
 *     Genotype(normal=[('sep_conv_3x3', 1), ('sep_conv_3x3', 0), …], normal_concat=range(2, 6),
 *              reduce=[…], reduce_concat=[2, 3, 4, 5])
 *
 * The flat list of pairs means two inputs a node. A genotype with another number of inputs cannot be written that way
 * and gets one list a node, `normal=[[('skip_connect', 0)], …]`, which is read as well.
 */
import { NascentError } from '../../errors.ts';
import { type CellGenotype, type CnnGenotype, validateGenotype } from './genotype.ts';
import {
  isList,
  notationEdge,
  printStates,
  readNotation,
  requireFields,
  type NotationForm,
  type NotationValue,
} from '../notation.ts';

/** One line, in the field order of the official code. */
export function genotypeToNotation(genotype: CnnGenotype): string {
  const { normal, reduce } = genotype;
  return (
    `Genotype(normal=${printNodes(normal)}, normal_concat=${printStates(normal.concat)}, ` +
    `reduce=${printNodes(reduce)}, reduce_concat=${printStates(reduce.concat)})`
  );
}

function printNodes(cell: CellGenotype): string {
  const pairs = cell.nodes.map((inputs) => inputs.map(({ op, source }) => `('${op}', ${source})`));
  const flat = pairs.every((inputs) => inputs.length === 2);
  return flat
    ? `[${pairs.flat().join(', ')}]`
    : `[${pairs.map((inputs) => `[${inputs.join(', ')}]`).join(', ')}]`;
}

/**
 * Reads the first and only `Genotype(…)` in `text`.
 *
 * @throws NascentError `space/invalid-genotype`, with the position in the text or in the genotype.
 */
export function genotypeFromNotation(text: string): CnnGenotype {
  return fromFields(readNotation(text, form));
}

const form: NotationForm = {
  fields: ['normal', 'normal_concat', 'reduce', 'reduce_concat'],
  example:
    "Genotype(normal=[('sep_conv_3x3', 0), …], normal_concat=range(2, 6), reduce=[…], reduce_concat=[…])",
};

function fromFields(fields: ReadonlyMap<string, NotationValue>): CnnGenotype {
  if (fields.has('recurrent')) {
    throw invalid(
      'genotype: this is the genotype of a recurrent cell',
      'A convolutional genotype has normal, normal_concat, reduce and reduce_concat.',
    );
  }
  requireFields(fields, form);
  const cellData = (kind: 'normal' | 'reduce'): unknown => ({
    nodes: groupByNode(kind, fields.get(kind)),
    concat: fields.get(`${kind}_concat`),
  });
  return validateGenotype({ normal: cellData('normal'), reduce: cellData('reduce') });
}

/** Pairs to inputs: two a node in a flat list, or as grouped in a list of lists. */
function groupByNode(kind: string, value: NotationValue | undefined): unknown {
  if (!isList(value)) return value;
  const cell = kind === 'reduce' ? 'reduction cell' : `${kind} cell`;
  if (value.some((item) => isList(item) && isList(item[0]))) {
    return value.map((node, i) =>
      isList(node) ? node.map((pair, j) => toInput(pair, `${cell}, node ${i}, input ${j + 1}`)) : node,
    );
  }
  const inputs = value.map((pair, i) => toInput(pair, `${cell}, pair ${i + 1}`));
  if (inputs.length % 2 === 1) {
    throw invalid(
      `${cell}: ${inputs.length} (op, source) ${inputs.length === 1 ? 'pair' : 'pairs'}, an odd number`,
      'A flat list has two pairs a node. Add or remove one, or write one list a node: [[(…), (…)], [(…)]].',
    );
  }
  return Array.from({ length: inputs.length / 2 }, (_, node) => inputs.slice(2 * node, 2 * node + 2));
}

function toInput(pair: NotationValue, where: string): { readonly op: string; readonly source: number } {
  return notationEdge(pair, where, "('sep_conv_3x3', 0)");
}

function invalid(message: string, help: string): NascentError {
  return new NascentError('space/invalid-genotype', message, { help });
}
