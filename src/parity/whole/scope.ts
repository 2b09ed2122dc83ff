/** Where the names in a graph lead: out of bodies into the graph around them, out of functions to what they are called with. */
import type { OnnxAttribute, OnnxFunction, OnnxNode, OnnxTensor } from '../../../proto/onnx.ts';
import { anything, both, type Demand } from './demand.ts';

/** A value, and where it is made, stored or fed. */
export interface Place {
  readonly scope: Scope;
  readonly name: string;
}

/** What all scopes of one model share. */
export interface World {
  readonly functions: ReadonlyMap<string, OnnxFunction>;
  /** Extents of a value of the graph itself. */
  readonly shapeOf: (name: string) => readonly number[] | undefined;
  /** What is known of the numbers of a value that is fed. */
  readonly fedHull: (name: string) => readonly [number, number] | undefined;
  /** How many nodes may still be looked at. */
  left: number;
  /** Whether something that is known is looked up beyond the end of a table. */
  isBeyond: boolean;
}

interface Surroundings {
  readonly outer?: Scope;
  /** Inputs of a function, and what they are. */
  readonly given?: ReadonlyMap<string, Place>;
  /** What a function is called with. */
  readonly attributes?: ReadonlyMap<string, OnnxAttribute>;
}

export class Scope {
  readonly nodes: readonly OnnxNode[];
  readonly world: World;
  readonly isOutermost: boolean;
  /** Inputs of a body: other values each time. */
  readonly #own: ReadonlySet<string>;
  readonly #makers = new Map<string, OnnxNode>();
  readonly #stored: ReadonlyMap<string, OnnxTensor>;
  readonly #around: Surroundings;
  readonly #demands = new Map<string, Demand>();

  constructor(
    { nodes, initializers = [] }: { nodes: readonly OnnxNode[]; initializers?: readonly OnnxTensor[] },
    world: World,
    own: readonly string[] = [],
    around: Surroundings = {},
  ) {
    this.nodes = nodes;
    this.world = world;
    this.isOutermost = around.outer === undefined && around.given === undefined;
    this.#own = new Set(own);
    this.#stored = new Map(initializers.map((tensor) => [tensor.name, tensor]));
    this.#around = around;
    for (const node of nodes) for (const output of node.outputs) this.#makers.set(output, node);
  }

  find(name: string): Place {
    const here: Place = { scope: this, name };
    if (this.#makers.has(name) || this.#stored.has(name) || this.#own.has(name)) return here;
    const given = this.#around.given?.get(name);
    return given?.scope.find(given.name) ?? this.#around.outer?.find(name) ?? here;
  }

  maker(name: string): OnnxNode | undefined {
    return this.#makers.get(name);
  }

  stored(name: string): OnnxTensor | undefined {
    return this.#stored.get(name);
  }

  demandOf(name: string): Demand {
    return this.#demands.get(name) ?? anything;
  }

  demand(name: string, more: Demand): void {
    if (name === '' || more === anything) return;
    const { scope, name: found } = this.find(name);
    scope.#demands.set(found, both(scope.demandOf(found), more));
  }

  /** Of a node, what a function was called with standing for what it refers to. */
  attribute(node: OnnxNode, name: string): OnnxAttribute | undefined {
    const own = node.attributes.find((each) => each.name === name);
    if (own?.kind !== 'reference') return own;
    return this.#around.attributes?.get(own.refersTo);
  }

  int(node: OnnxNode, name: string, otherwise: number): number {
    const attribute = this.attribute(node, name);
    return attribute?.kind === 'int' ? Number(attribute.value) : otherwise;
  }

  ints(node: OnnxNode, name: string): readonly number[] {
    const attribute = this.attribute(node, name);
    return attribute?.kind === 'ints' ? attribute.value.map(Number) : [];
  }
}
