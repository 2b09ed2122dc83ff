/**
 * A genotype as JSON: the content of a run's `genotype.json`.
 *
 * The text is canonical (one key order, one layout, a line for each node), so equal genotypes are equal files and a
 * diff of two files shows the nodes that differ.
 */
import { NascentError } from '../../errors.ts';
import { type CellGenotype, type CnnGenotype, validateGenotype } from './genotype.ts';

/** Canonical JSON text, ending in a newline. */
export function genotypeToJson(genotype: CnnGenotype): string {
  return `{\n  "normal": ${cellJson(genotype.normal)},\n  "reduce": ${cellJson(genotype.reduce)}\n}\n`;
}

function cellJson(cell: CellGenotype): string {
  const nodes = cell.nodes.map((inputs) => {
    const edges = inputs.map(({ op, source }) => `{ "op": "${op}", "source": ${source} }`);
    return `      [${edges.join(', ')}]`;
  });
  return `{\n    "nodes": [\n${nodes.join(',\n')}\n    ],\n    "concat": [${cell.concat.join(', ')}]\n  }`;
}

/**
 * Reads JSON text in any layout.
 *
 * @throws NascentError `space/invalid-genotype` if it is not JSON or not a legal genotype.
 */
export function genotypeFromJson(text: string): CnnGenotype {
  return validateGenotype(readGenotypeJson(text));
}

/**
 * The value of a `genotype.json`, whatever kind of genotype it is of, not validated yet.
 *
 * @throws NascentError `space/invalid-genotype` if it is not JSON.
 */
export function readGenotypeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NascentError('space/invalid-genotype', `genotype: not JSON (${(cause as Error).message})`, {
      help: 'Check that the file is whole; `nascent search` writes it as genotype.json.',
      cause,
    });
  }
}
