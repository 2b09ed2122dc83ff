/** What ONNX says of an op at an operator set: its inputs, outputs, attributes and types, read from `table.ts`. */
import type { OnnxAttributeKind } from '../../../proto/onnx.ts';
import { newestOpset, otherDomains, table, typeSets } from './table.ts';

export { newestOpset };

export interface Parameter {
  readonly name: string;
  readonly option: 'required' | 'optional' | 'variadic';
  /** Of a variadic parameter: how many there are at least. */
  readonly least: number;
  /** Of a variadic parameter: whether all of it is of one type. */
  readonly alike: boolean;
  /** The name of a type in `types`, or a type. */
  readonly type: string;
}

export interface Schema {
  readonly since: number;
  readonly inputs: readonly Parameter[];
  readonly outputs: readonly Parameter[];
  readonly attributes: ReadonlyMap<string, { readonly kind: OnnxAttributeKind; readonly required: boolean }>;
  /** What a type may be, by its name. */
  readonly types: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What there is to know of an op at an operator set. */
export type Lookup =
  | { readonly kind: 'known'; readonly schema: Schema }
  /** No version of ONNX has it. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not yet'; readonly since: number }
  | { readonly kind: 'no longer'; readonly since: number };

/** The newest operator set of a domain of ONNX that the table knows; undefined of a domain that is not ONNX's. */
export function newestOf(domain: string): number | undefined {
  return domain === '' ? newestOpset : otherOf(domain)?.newest;
}

function otherOf(domain: string) {
  return Object.hasOwn(otherDomains, domain) ? otherDomains[domain] : undefined;
}

/** The newest version of `op` that `opset` has. */
export function lookUp(op: string, opset: number, domain = ''): Lookup {
  const known = domain === '' ? table : (otherOf(domain)?.table ?? {});
  const versions = Object.hasOwn(known, op) ? known[op] : undefined;
  if (versions === undefined) return { kind: 'unknown' };
  const line = versions.findLast((version) => sinceOf(version) <= opset);
  if (line === undefined) return { kind: 'not yet', since: sinceOf(versions[0] ?? '') };
  if (line.endsWith('| deprecated')) return { kind: 'no longer', since: sinceOf(line) };
  return { kind: 'known', schema: schemaOf(line) };
}

/** [least, most] of how many there are. */
export function rangeOf(parameters: readonly Parameter[]): readonly [number, number] {
  let least = 0;
  parameters.forEach(({ option, least: arity }, index) => {
    if (option === 'required') least = index + 1;
    if (option === 'variadic' && arity > 0) least = index + arity;
  });
  return [least, parameters.at(-1)?.option === 'variadic' ? Infinity : parameters.length];
}

const read = new Map<string, Schema>();

function schemaOf(line: string): Schema {
  const before = read.get(line);
  if (before !== undefined) return before;
  const [since = '', inputs = '', outputs = '', attributes = '', types = ''] = line.split('|');
  const schema: Schema = {
    since: Number(since),
    inputs: words(inputs).map(parameterOf),
    outputs: words(outputs).map(parameterOf),
    attributes: new Map(
      words(attributes).map((word) => {
        const [, name = '', mark, kind] = /^(.*?)(!?):(.*)$/.exec(word) ?? [];
        return [name, { kind: kind as OnnxAttributeKind, required: mark === '!' }];
      }),
    ),
    types: new Map(
      words(types).map((word) => {
        const [name = '', set = ''] = word.split('=');
        return [name, new Set(typeSets[Number(set)]?.split(','))];
      }),
    ),
  };
  read.set(line, schema);
  return schema;
}

function parameterOf(word: string): Parameter {
  const [, name = '', mark = '', least = '', type = ''] = /^([^?*~:]*)([?*~]?)(\d*):(.*)$/.exec(word) ?? [];
  const option = mark === '' ? 'required' : mark === '?' ? 'optional' : 'variadic';
  return { name, option, least: Number(least), alike: mark !== '~', type };
}

function sinceOf(line: string): number {
  return Number.parseInt(line, 10);
}

function words(text: string): readonly string[] {
  return text.split(' ').filter(Boolean);
}
