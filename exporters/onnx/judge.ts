/**
 * Nodes are held to what their ops forbid (`check/rules/`). Where a file is only checked, those are, too, that lie behind what
 * cannot be read: what the file says of shapes there, and what is known of them all the same, is used instead.
 */
import type { OnnxGraph, OnnxNode, OnnxValueInfo } from '../../proto/onnx.ts';
import type { Shape } from '../../src/graph/types.ts';
import { knownOnce } from './host.ts';
import { NodeReader, Unread, type Entry, type NodeSource } from './node-reader.ts';
import { shapeFault } from './check/rules/rules.ts';
import { Scope } from './scope.ts';
import type { File } from './surroundings.ts';
import { saidOf } from './told-types.ts';
import { shapesAfter } from './check/unread-shapes.ts';

type Judging = Pick<File, 'problems' | 'judged' | 'checks'>;

export class Judge {
  readonly #file: Judging;
  /** Those that were judged already, in whatever round of a loop. */
  readonly #judged = new WeakSet<OnnxNode>();
  readonly #refused = new WeakSet<OnnxNode>();

  constructor(file: Judging) {
    this.#file = file;
  }

  /**
   * Whether a node is given what its op forbids, which is told then.
   *
   * @param isSure whether it is come to in a run; of others only shapes are judged, and not what is in them
   */
  refuses(node: OnnxNode, scope: Scope, source: NodeSource, isSure: boolean): boolean {
    const { judged, checks, problems } = this.#file;
    if (!judged || (!isSure && !checks)) return false;
    this.#judged.add(node);
    const fault = shapeFault(new NodeReader(node, checks ? hinted(source, scope, isSure) : source));
    if (fault === undefined) return false;
    if (!this.#refused.has(node)) problems.addNode(node, `: ${fault}`, 'shape');
    this.#refused.add(node);
    this.guess(node, scope, source);
    return true;
  }

  /** Notes what is known of what a node makes that is not read. */
  guess(node: OnnxNode, scope: Scope, source: NodeSource): void {
    if (!this.#file.checks) return;
    const known = shapesAfter(new NodeReader(node, hinted(source, scope, false)));
    node.outputs.forEach((name, i) => scope.guess(name, known[i]));
  }

  /**
   * Judges what is in the bodies of a node that is not read itself, and notes what is known of what it makes.
   *
   * @param isTried whether what its body says is held to what it makes already
   */
  unread(node: OnnxNode, scope: Scope, source: NodeSource, isTried = false): void {
    this.guess(node, scope, source);
    if (!this.#file.judged || !this.#file.checks) return;
    for (const attribute of node.attributes) {
      if (attribute.kind === 'graph') this.#body(attribute.value, scope, source, isTried);
    }
  }

  #body(graph: OnnxGraph, around: Scope, source: NodeSource, isTried: boolean): void {
    const scope = new Scope(around.opset, around, graph);
    for (const tensor of graph.initializers) {
      const value = () => {
        throw new Unread();
      };
      scope.set(tensor.name, { dtype: tensor.dtype, shape: tensor.dims, known: knownOnce(tensor), value });
    }
    const inner: NodeSource = { ...source, entry: (name) => scope.get(name) };
    for (const one of graph.nodes) {
      if (this.#judged.has(one) || this.refuses(one, scope, inner, false)) continue;
      this.unread(one, scope, inner, isTried);
    }
    if (isTried) return;
    for (const told of [...graph.outputs, ...graph.valueInfo]) this.compareUnread(told, scope);
  }

  /** Holds what the file says of a value that is not read to what is known of its shape. */
  compareUnread({ name, type }: OnnxValueInfo, scope: Scope): void {
    const shape = scope.madeShape(name);
    if (type.kind !== 'tensor' || type.shape === undefined || shape === undefined) return;
    const { shape: said } = type;
    const differs =
      said.length !== shape.length ||
      said.some(
        (dim, axis) => typeof dim === 'number' && typeof shape[axis] === 'number' && dim !== shape[axis],
      );
    if (!differs) return;
    const made = shape.map((dim) => (typeof dim === 'number' ? dim : '?')).join(', ');
    this.#file.problems.add(`${saidOf(name, type)}, and its node gives ${type.dtype}[${made}]`, 'type');
  }
}

/** A value that nobody can compute with. */
function shapeOnly(shape: Shape, entry?: Entry): Entry {
  return {
    get dtype(): Entry['dtype'] {
      if (entry === undefined) throw new Unread();
      return entry.dtype;
    },
    shape,
    value: () => {
      throw new Unread();
    },
  };
}

/** What is known of the inputs of a node, read or not. */
function hinted(source: NodeSource, scope: Scope, isSure: boolean): NodeSource {
  return {
    ...source,
    told: undefined,
    entry: (name) => {
      const entry = source.entry(name);
      if (entry?.items !== undefined) return undefined;
      const shape = entry?.shape ?? scope.shapeOf(name);
      if (shape === undefined) return undefined;
      const known = isSure ? entry?.known : undefined;
      return known === undefined
        ? shapeOnly(shape, entry)
        : Object.assign(shapeOnly(shape, entry), { known });
    },
  };
}
