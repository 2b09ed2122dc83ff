/** Attributes that may be only some words, or codes of types. */
import { dataTypeOf } from '../../../proto/data-type.ts';
import type { OnnxAttribute, OnnxNode } from '../../../proto/onnx.ts';
import type { Context, Faults } from './context.ts';
import { choicesOf } from '../schemas/choices.ts';

/** Attributes that hold the code of a type. 0 is "not said". */
const typeCodes: ReadonlySet<string> = new Set(['to', 'dtype', 'output_dtype', 'output_datatype']);

/** Tells which attributes of a node of ONNX's own domain are not what they may be. */
export function checkChoices(
  node: OnnxNode,
  where: string,
  opset: number,
  { faults, warnings }: Pick<Context, 'faults' | 'warnings'>,
): void {
  for (const attribute of node.attributes) {
    checkCode(node, attribute, where, faults);
    const choices = choicesOf(node.opType, attribute.name, opset);
    if (choices === undefined) continue;
    const given = attribute.kind === 'string' ? [attribute.value] : textsOf(attribute);
    // Of activations, capitals are all the same to runtimes.
    const same = (word: string) => (attribute.name === 'activations' ? word.toLowerCase() : word);
    const isAmong = (word: string, among: Iterable<string>) => Array.from(among, same).includes(same(word));
    const odd = given.find((word) => !isAmong(word, choices.now));
    if (odd === undefined) continue;
    const verb = attribute.kind === 'strings' ? 'hold' : 'is';
    const fault = `${where}: its ${attribute.name} ${verb} "${odd}", and in opset ${opset} may be ${choices.now.filter(Boolean).join(', ')}`;
    if (isAmong(odd, choices.early)) warnings.push(`${fault}; runtimes take it`);
    // What another version of the op has is known to whoever reads it.
    else if (isAmong(odd, choices.ever)) faults.pushSlight(fault);
    else faults.push(fault);
  }
}

function textsOf(attribute: OnnxAttribute): readonly string[] {
  return attribute.kind === 'strings' ? attribute.value : [];
}

function checkCode({ opType }: OnnxNode, attribute: OnnxAttribute, where: string, faults: Faults): void {
  if (attribute.kind !== 'int' || !typeCodes.has(attribute.name)) return;
  const code = Number(attribute.value);
  const isUnsaid = code === 0 && opType !== 'Cast';
  if (isUnsaid || dataTypeOf(code) !== undefined) return;
  faults.push(`${where}: its ${attribute.name} is ${code}, which is the code of no type`);
}
