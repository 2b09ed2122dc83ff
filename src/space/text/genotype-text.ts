/**
 * A recurrent genotype as text: canonical JSON, the content of a run's `genotype.json`, and the tuple notation of the
 * official code, `Genotype(recurrent=[('sigmoid', 0), …], concat=range(1, 9))`.
 */
import { NascentError } from '../../errors.ts';
import { readGenotypeJson } from '../images/genotype-json.ts';
import {
  isList,
  notationEdge,
  printStates,
  readNotation,
  requireFields,
  type NotationForm,
} from '../notation.ts';
import { validateRnnGenotype, type RnnGenotype } from './genotype.ts';

/** Canonical JSON text, a line for each node, ending in a newline. */
export function rnnGenotypeToJson({ nodes, concat }: RnnGenotype): string {
  const lines = nodes.map(({ op, source }) => `    { "op": "${op}", "source": ${source} }`);
  return `{\n  "nodes": [\n${lines.join(',\n')}\n  ],\n  "concat": [${concat.join(', ')}]\n}\n`;
}

/**
 * Reads JSON text in any layout.
 *
 * @throws NascentError `space/invalid-genotype` if it is not JSON or not a legal genotype.
 */
export function rnnGenotypeFromJson(text: string): RnnGenotype {
  return validateRnnGenotype(readGenotypeJson(text));
}

/** One line, in the field order of the official code. */
export function rnnGenotypeToNotation({ nodes, concat }: RnnGenotype): string {
  const pairs = nodes.map(({ op, source }) => `('${op}', ${source})`);
  return `Genotype(recurrent=[${pairs.join(', ')}], concat=${printStates(concat)})`;
}

const form: NotationForm = {
  fields: ['recurrent', 'concat'],
  example: "Genotype(recurrent=[('sigmoid', 0), …], concat=range(1, 9))",
};

/**
 * Reads the first and only `Genotype(…)` in `text`.
 *
 * @throws NascentError `space/invalid-genotype`, with the position in the text or in the genotype.
 */
export function rnnGenotypeFromNotation(text: string): RnnGenotype {
  const fields = readNotation(text, form);
  if (fields.has('normal') || fields.has('reduce')) {
    throw new NascentError(
      'space/invalid-genotype',
      'genotype: this is the genotype of convolutional cells',
      { help: `A recurrent genotype is written ${form.example}.` },
    );
  }
  requireFields(fields, form);
  const recurrent = fields.get('recurrent');
  const nodes = isList(recurrent)
    ? recurrent.map((pair, node) => notationEdge(pair, `recurrent cell, node ${node}`, "('sigmoid', 0)"))
    : recurrent;
  return validateRnnGenotype({ nodes, concat: fields.get('concat') });
}
