/** What a call gives a function, held to what the function takes: which attributes, of which kinds. */
import type { OnnxAttributeKind, OnnxFunction, OnnxNode } from '../../../proto/onnx.ts';
import { functionKey, type Context } from './context.ts';

/** Of what kinds an attribute of a function may be, by its name; of any where nobody says. */
type Attributes = ReadonlyMap<string, ReadonlySet<OnnxAttributeKind>>;

const known = new WeakMap<OnnxFunction, Attributes>();

function attributesOf(definition: OnnxFunction): Attributes {
  const before = known.get(definition);
  if (before !== undefined) return before;
  const kinds = new Map(definition.attributes.map((name) => [name, new Set<OnnxAttributeKind>()]));
  for (const { name, kind } of definition.defaults ?? []) {
    if (kind !== 'reference') kinds.set(name, new Set([kind]));
  }
  const walk = (nodes: readonly OnnxNode[]): void => {
    for (const attribute of nodes.flatMap(({ attributes }) => attributes)) {
      if (attribute.kind === 'reference') kinds.get(attribute.refersTo)?.add(attribute.refersToKind);
      if (attribute.kind === 'graph') walk(attribute.value.nodes);
      if (attribute.kind === 'graphs') attribute.value.forEach(({ nodes: inner }) => walk(inner));
    }
  };
  walk(definition.nodes);
  known.set(definition, kinds);
  return kinds;
}

export function checkCall(
  node: OnnxNode,
  where: string,
  definition: OnnxFunction,
  { faults, warnings }: Pick<Context, 'faults' | 'warnings'>,
): void {
  const own = attributesOf(definition);
  for (const attribute of node.attributes) {
    const { name } = attribute;
    const kinds = own.get(name);
    if (kinds === undefined) {
      const key = functionKey(definition);
      warnings.push(`${where}: function "${key}" has no attribute "${name}", and whoever runs it ignores it`);
      continue;
    }
    const kind = attribute.kind === 'reference' ? attribute.refersToKind : attribute.kind;
    const other = [...kinds].find((each) => each !== kind);
    if (other !== undefined) {
      faults.push(`${where}: attribute "${name}" is of kind ${kind}, not ${other}`);
    }
  }
}
