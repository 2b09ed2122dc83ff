/** Equations of an Einsum: as many terms as inputs, and letters that stand for one extent each. */
import { showShape } from '../../../../src/graph/infer/rule.ts';
import type { Dim, Shape } from '../../../../src/graph/types.ts';
import { differ, dimensions, type Fault, type Rule } from './rule.ts';

/** What each letter of an equation stands for: an axis of 1 goes with any. */
export const einsum: Rule = (node) => {
  const equation = node.string('equation', '').replaceAll(' ', '');
  const [left = '', right] = equation.split('->');
  const terms = left.split(',');
  if (terms.length !== node.inputCount) {
    return `its equation "${equation}" is of ${terms.length} inputs, and it has ${node.inputCount}`;
  }
  const known = new Map<string, Dim>();
  for (const [i, term] of terms.entries()) {
    const fault = termFault(term, node.shape(i), known);
    if (fault !== undefined) return fault;
  }
  const unknown = right
    ?.replace('...', '')
    .split('')
    .find((letter) => /[A-Za-z]/.test(letter) && !left.includes(letter));
  return unknown === undefined ? undefined : `"${unknown}" of its result is in no input of "${equation}"`;
};

/** Adds what the letters of a term stand for to those that are known. */
function termFault(term: string, shape: Shape, known: Map<string, Dim>): Fault {
  const isOpen = term.includes('...');
  const letters = term.replace('...', '');
  if (!/^[A-Za-z]*$/.test(letters)) return `"${term}" of its equation has signs that are no letters`;
  if (isOpen ? letters.length > shape.length : letters.length !== shape.length) {
    return `"${term}" of its equation is of ${dimensions(letters.length)}, and its input is ${showShape(shape)}`;
  }
  const before = isOpen ? term.indexOf('...') : letters.length;
  for (const [i, letter] of letters.split('').entries()) {
    const extent = shape[i < before ? i : i + shape.length - letters.length] ?? 1;
    const other = known.get(letter) ?? 1;
    if (other !== 1 && extent !== 1 && differ(other, extent)) {
      return `"${letter}" of its equation is ${other} and ${extent}`;
    }
    if (other === 1) known.set(letter, extent);
  }
  return undefined;
}
