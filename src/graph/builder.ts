/**
 * Builds graphs, and refuses wrong nodes while doing it.
 *
 * Equal nodes are built once (hash-consing): a ReLU that five edges share is one node, whoever asks for it. That is
 * sound because a graph is a pure function: nothing in it has an effect or draws a random number.
 */
import { internal, NascentError } from '../errors.ts';
import type { OpAttributes, OpName } from './attributes.ts';
import { BrokenRule, requireHoldable, showType } from './infer/rule.ts';
import { ops } from './ops.ts';
import { exactly, print } from './print.ts';
import type {
  DType,
  Dim,
  Graph,
  GraphInput,
  GraphOutput,
  Initializer,
  InputRole,
  Node,
  TensorType,
  Value,
} from './types.ts';

/** Ops with no attributes at all may leave them out. */
type AttributesArgument<K extends OpName> =
  Record<string, never> extends OpAttributes[K]
    ? [attributes?: OpAttributes[K]]
    : [attributes: OpAttributes[K]];

/**
 * Builds one graph: declares inputs, adds nodes, and gives the graph back whole. A node that breaks a rule of its op
 * throws NascentError `graph/invalid-node`; equal nodes are built once.
 */
export class GraphBuilder {
  readonly #inputs: GraphInput[] = [];
  readonly #nodes = new Map<string, Node>();
  readonly #largeConstants: Extract<Node, { readonly op: 'Constant' }>[] = [];
  readonly #made: Node[] = [];
  readonly #names = new Map<string, number>();
  readonly #scope: string[] = [];
  #nextValue = 0;
  #nextNode = 0;

  /** Everything built inside `body` is named under `name`. */
  scope<T>(name: string, body: () => T): T {
    if (name === '') return body();
    this.#scope.push(name);
    try {
      return body();
    } finally {
      this.#scope.pop();
    }
  }

  /** The inputs made so far, in order. */
  get inputs(): readonly GraphInput[] {
    return this.#inputs;
  }

  /** `name` under the scopes that are open now. */
  qualified(name: string): string {
    return [...this.#scope, name].join('.');
  }

  /** An input of the graph. Its name is taken as it is, under the open scopes; it must be new. */
  input(
    name: string,
    shape: readonly Dim[],
    options: { readonly dtype?: DType; readonly role?: InputRole; readonly initializer?: Initializer } = {},
  ): Value {
    const full = this.qualified(name);
    if (this.#names.has(full)) {
      throw new NascentError('graph/invalid', `two inputs of the graph are named "${full}"`, {
        help: 'Open a scope, or choose another name.',
      });
    }
    this.#names.set(full, 1);
    const type: TensorType = { dtype: options.dtype ?? 'float32', shape };
    const value: Value = { id: this.#nextValue++, name: full, type, output: 0 };
    this.#inputs.push({
      value,
      role: options.role ?? 'data',
      ...(options.initializer === undefined ? {} : { initializer: options.initializer }),
    });
    return value;
  }

  /** All outputs of an op. Throws 'graph/invalid-node' where a rule is broken. */
  node<K extends OpName>(op: K, inputs: readonly Value[], ...rest: AttributesArgument<K>): readonly Value[] {
    // Ops without attributes share one empty record.
    const attributes = (rest[0] ?? {}) as OpAttributes[K];
    const isLarge = op === 'Constant' && (attributes as Constant).values.length > largestText;
    const key = isLarge ? '' : `${op}|${inputs.map((value) => value.id).join()}|${keyOf(attributes)}`;
    const known = isLarge
      ? this.#largeConstants.find((one) => holdsSame(one.attributes, attributes as Constant))
      : this.#nodes.get(key);
    if (known !== undefined) return known.outputs;

    const name = this.#unique(this.qualified(op.toLowerCase()));
    const types = this.#infer(op, name, inputs, attributes);
    const outputs: Value[] = [];
    // A copy: the caller's list may grow.
    const operands = [...inputs];
    const node = { id: this.#nextNode++, name, op, attributes, inputs: operands, outputs } as unknown as Node;
    types.forEach((type, output) => {
      outputs.push({
        id: this.#nextValue++,
        name: output === 0 ? name : `${name}.${output}`,
        type,
        node,
        output,
      });
    });
    if (node.op === 'Constant' && isLarge) this.#largeConstants.push(node);
    else this.#nodes.set(key, node);
    this.#made.push(node);
    return outputs;
  }

  /** The first (often only) output of an op. */
  op<K extends OpName>(op: K, inputs: readonly Value[], ...rest: AttributesArgument<K>): Value {
    const first = this.node(op, inputs, ...rest)[0];
    if (first === undefined) throw internal(`${op} has no output`);
    return first;
  }

  /** A constant float32 tensor; a scalar where no shape is given. */
  constant(values: number | readonly number[], shape: readonly number[] = []): Value {
    const list = typeof values === 'number' ? [values] : values;
    return this.op('Constant', [], { dtype: 'float32', shape, values: list });
  }

  /** A float32 tensor of one number repeated. */
  filled(value: number, shape: readonly number[]): Value {
    return this.op('Expand', [this.constant(value)], { shape });
  }

  /** How many nodes there are. */
  get nodeCount(): number {
    return this.#made.length;
  }

  /** The nodes that have been made since there were so many. */
  nodesSince(count: number): readonly Node[] {
    return this.#made.slice(count);
  }

  /** The graph of what `outputs` need. Inputs that nothing needs are left out, but for those in `keep`. */
  finish(name: string, outputs: Readonly<Record<string, Value>>, keep: readonly Value[] = []): Graph {
    const list: GraphOutput[] = Object.entries(outputs).map(([output, value]) => ({ name: output, value }));
    const needed = reachable(list.map((output) => output.value));
    return {
      name,
      inputs: this.#inputs.filter(({ value }) => needed.values.has(value) || keep.includes(value)),
      // Nodes are made after what they use, so the order of making is topological.
      nodes: [...needed.nodes].sort((a, b) => a.id - b.id),
      outputs: list,
    };
  }

  #infer<K extends OpName>(
    op: K,
    name: string,
    inputs: readonly Value[],
    attributes: OpAttributes[K],
  ): readonly TensorType[] {
    const { arity, infer } = ops[op];
    try {
      if (inputs.length < arity[0] || inputs.length > arity[1]) {
        const wanted = arity[0] === arity[1] ? `${arity[0]}` : `${arity[0]} to ${arity[1]}`;
        throw new BrokenRule(
          `takes ${wanted} inputs, not ${inputs.length}`,
          'Pass every input that the op takes.',
        );
      }
      const types = infer(
        inputs.map((value) => value.type),
        attributes,
      );
      types.forEach(requireHoldable);
      return types;
    } catch (error) {
      if (!(error instanceof BrokenRule)) throw error;
      const given = inputs.map((value) => `${value.name}: ${showType(value.type)}`).join(', ');
      throw new NascentError(
        'graph/invalid-node',
        `${op} "${name}": ${error.message} (given ${given || 'nothing'})`,
        {
          help: error.help,
          cause: error,
        },
      );
    }
  }

  #unique(name: string): string {
    const count = this.#names.get(name) ?? 0;
    this.#names.set(name, count + 1);
    if (count === 0) return name;
    return this.#unique(`${name}_${count}`);
  }
}

/** More numbers than this are compared one by one: as a text, millions of them take minutes, or are too long for one. */
const largestText = 65_536;

type Constant = OpAttributes['Constant'];

function holdsSame(one: Constant, other: Constant): boolean {
  const isAlike = one.dtype === other.dtype && one.shape.join() === other.shape.join();
  return isAlike && one.values.every((value, i) => Object.is(value, other.values[i]));
}

/** Equal attributes have equal keys; a body's is its text, which knows nothing of who built it. */
function keyOf(attributes: object): string {
  if (!('body' in attributes)) return exactly(attributes);
  const { body, ...rest } = attributes;
  return `${exactly(rest)}${print(body as Graph)}`;
}

/** Every value and node that `values` depend on, themselves included. */
export function reachable(values: Iterable<Value>): {
  readonly values: ReadonlySet<Value>;
  readonly nodes: ReadonlySet<Node>;
} {
  const seen = new Set<Value>();
  const nodes = new Set<Node>();
  const stack = [...values];
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    if (value.node !== undefined && !nodes.has(value.node)) {
      nodes.add(value.node);
      for (const input of value.node.inputs) stack.push(input);
    }
  }
  return { values: seen, nodes };
}
