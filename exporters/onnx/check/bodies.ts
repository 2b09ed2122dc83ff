/**
 * Types of what goes into bodies of control flow, and of what comes out of them: what a node gives its body is what the body
 * says that it takes, and what is handed from round to round stays of one type.
 *
 * ONNX operators If, Loop, Scan, SequenceMap.
 */
import type { OnnxGraph, OnnxNode } from '../../../proto/onnx.ts';
import type { Told } from './context.ts';
import { heldBy, holding, showValueType, type MaybeType, type ValueType } from './value-types.ts';

/** A node that holds graphs, and what is known of it. */
export interface Holder {
  readonly node: OnnxNode;
  readonly where: string;
  readonly opset: number;
  /** Of its inputs. */
  readonly given: readonly MaybeType[];
  /** The types of what a body gives, where it is given such. */
  readonly follow: (body: OnnxGraph, given: readonly MaybeType[]) => readonly MaybeType[];
  readonly faults: Told;
}

/** The types of the node's outputs. */
type FollowBodies = (holder: Holder) => readonly MaybeType[];

export const bodyOps: ReadonlyMap<string, FollowBodies> = new Map([
  ['If', followBranches],
  ['Loop', followLoop],
  ['Scan', followScan],
  ['SequenceMap', followMap],
]);

function bodyOf({ attributes }: OnnxNode, name: string): OnnxGraph | undefined {
  const found = attributes.find((attribute) => attribute.name === name);
  return found?.kind === 'graph' ? found.value : undefined;
}

/** How many inputs a body must be given: those with an initializer may be left out. */
function countFault(holder: Holder, what: string, body: OnnxGraph, given: number): void {
  const own = new Set(body.initializers.map(({ name }) => name));
  const needed = body.inputs.filter(({ name }) => !own.has(name)).length;
  if (given >= needed && given <= body.inputs.length) return;
  const count = body.inputs.length === 1 ? '1 input' : `${body.inputs.length} inputs`;
  holder.faults.push(
    `${holder.where}: its ${what} has ${count}, and is given ${given === 0 ? 'none' : given}`,
  );
}

function followBranches(holder: Holder): readonly MaybeType[] {
  const { node, where, follow, faults } = holder;
  const [yes, no] = ['then_branch', 'else_branch'].map((name) => {
    const branch = bodyOf(node, name);
    if (branch === undefined) return [];
    countFault(holder, name, branch, 0);
    return follow(branch, []);
  });
  return node.outputs.map((name, i) => {
    const [a, b] = [yes?.[i], no?.[i]];
    if (a === undefined || b === undefined) return a ?? b;
    if (a === b) return a;
    faults.push(
      `${where}: its branches give "${name}" as ${showValueType(a)} and ${showValueType(b)}, and must give one type`,
    );
    return undefined;
  });
}

/** What is carried from round to round, as it goes in and as it comes back. */
function carried(
  given: readonly MaybeType[],
  made: readonly MaybeType[],
  differ: (i: number, before: ValueType, after: ValueType) => void,
): readonly MaybeType[] {
  return given.map((before, i) => {
    const after = made[i];
    if (before === undefined || after === undefined || before === after) return before ?? after;
    // What may be nothing goes with what is something.
    if (heldBy('optional', before) === undefined && heldBy('optional', after) === undefined) {
      differ(i, before, after);
    }
    return undefined;
  });
}

function followLoop(holder: Holder): readonly MaybeType[] {
  const { node, where, given, follow, faults } = holder;
  const body = bodyOf(node, 'body');
  if (body === undefined) return [];
  const states = given.slice(2);
  const [goesOn, ...made] = follow(body, ['int64', 'bool', ...states]);
  if (goesOn !== undefined && goesOn !== 'bool') {
    faults.push(
      `${where}: its body says by "${body.outputs[0]?.name}" whether it goes on, which is ${showValueType(goesOn)}, not bool`,
    );
  }
  const last = carried(states, made, (i, before, after) => {
    const types = `as ${showValueType(before)}, and its body hands it on as ${showValueType(after)}`;
    faults.push(`${where}: it is given "${node.inputs[i + 2]}" ${types}`);
  });
  return [...last, ...made.slice(states.length)];
}

function followScan(holder: Holder): readonly MaybeType[] {
  const { node, opset, follow } = holder;
  const body = bodyOf(node, 'body');
  const count = node.attributes.find(({ name }) => name === 'num_scan_inputs');
  if (body === undefined || count?.kind !== 'int') return [];
  // In the first version, how long each sequence is comes before everything.
  const lead = opset < 9 ? 1 : 0;
  const given = holder.given.slice(lead);
  const states = given.slice(0, Math.max(0, given.length - Number(count.value)));
  countFault(holder, 'body', body, given.length);
  const made = follow(body, given);
  // A Scan of one step may hand on another type than it is given: nobody refuses it.
  return [...carried(states, made, () => {}), ...made.slice(states.length)];
}

/** A sequence is gone along, and a tensor is the same each time. */
function followMap({ node, given, follow }: Holder): readonly MaybeType[] {
  const body = bodyOf(node, 'body');
  if (body === undefined) return [];
  const made = follow(
    body,
    given.map((type) => type && (heldBy('seq', type) ?? type)),
  );
  return made.map((type) => type && holding('seq', type));
}
