/** What is taken of each input of a model: from its outputs back, through bodies and functions. */
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode } from '../../../proto/onnx.ts';
import { functionKey } from '../../../exporters/onnx/model-graph.ts';
import { anything, both, unknownTo, within, withoutColumns, type Demand } from './demand.ts';
import { otherReaders } from './other-readers.ts';
import { standardReaders } from './readers.ts';
import { readerText } from './reading.ts';
import { Scope, type Place, type World } from './scope.ts';
import { numberOf } from './facts.ts';

/** How often a loop goes round whose rounds are fed. */
const mostRounds = 4;
/** Nodes that are looked at, those of a function each time that it is called. */
const mostNodes = 200_000;
/** How deep functions and bodies lie in each other. */
const deepest = 100;

/** What is known of values of the graph itself. */
export type Outside = Pick<World, 'shapeOf' | 'fedHull'>;

export interface Demands {
  readonly of: (input: string) => Demand;
  /** Whether something that is known, such as how many words there are, is looked up beyond the end of a table. */
  readonly isBeyond: boolean;
}

export function demandsOn(model: OnnxModel, outside: Outside): Demands {
  const { graph } = model;
  const functions = new Map(model.functions.map((each) => [functionKey(each), each]));
  const world: World = { functions, ...outside, left: mostNodes, isBeyond: false };
  const scope = new Scope(graph, world);
  walk(scope, 0);
  return { of: (input) => scope.demandOf(input), isBeyond: world.isBeyond };
}

/** Readers of what a node gives come after it. */
function walk(scope: Scope, depth: number): void {
  for (const node of scope.nodes.toReversed()) {
    scope.world.left--;
    const called = scope.world.functions.get(functionKey(node));
    const bodies = node.attributes.some(({ kind }) => kind === 'graph' || kind === 'graphs');
    if ((called !== undefined || bodies) && (depth >= deepest || scope.world.left < 0)) {
      for (const input of node.inputs) scope.demand(input, unknownTo(readerText(node)));
    } else if (called !== undefined) callsBack(scope, node, depth);
    else if (bodies) bodiesBack(scope, node, depth);
    else nodeBack(scope, node);
  }
}

function nodeBack(scope: Scope, node: OnnxNode): void {
  const isStandard = node.domain === '' || node.domain === 'ai.onnx';
  const reader = isStandard ? standardReaders.get(node.opType) : otherReaders(node);
  const unknown = unknownTo(readerText(node));
  const isSame = isStandard && (node.opType === 'Identity' || node.opType === 'Cast');
  const demandOf = (output: string) => {
    const demand = scope.demandOf(output);
    return isSame ? demand : withoutColumns(demand);
  };
  const found = reader?.({
    node,
    scope,
    given: demandOf(node.outputs[0] ?? ''),
    all: node.outputs.map(demandOf).reduce(both, anything),
    at: (input) => scope.find(node.inputs[input] ?? ''),
    has: (input) => (node.inputs[input] ?? '') !== '',
    unknown,
  });
  // Of an input that no row tells of, nothing is known.
  node.inputs.forEach((input, i) => scope.demand(input, found?.[i] ?? unknown));
}

function callsBack(scope: Scope, node: OnnxNode, depth: number): void {
  const called = scope.world.functions.get(functionKey(node));
  if (called === undefined) return;
  const given = new Map(
    called.inputs.flatMap((name, i): [string, Place][] => {
      const actual = node.inputs[i] ?? '';
      return actual === '' ? [] : [[name, { scope, name: actual }]];
    }),
  );
  const told = node.attributes.flatMap(({ name }): [string, OnnxAttribute][] => {
    const attribute = scope.attribute(node, name);
    return attribute === undefined ? [] : [[name, attribute]];
  });
  const defaults = (called.defaults ?? []).map((each): [string, OnnxAttribute] => [each.name, each]);
  const attributes = new Map([...defaults, ...told]);
  const inner = new Scope(called, scope.world, [], { given, attributes });
  called.outputs.forEach((name, i) => inner.demand(name, scope.demandOf(node.outputs[i] ?? '')));
  walk(inner, depth + 1);
}

function bodiesBack(scope: Scope, node: OnnxNode, depth: number): void {
  const graphs = node.attributes.flatMap((attribute) =>
    attribute.kind === 'graph' ? [attribute.value] : attribute.kind === 'graphs' ? attribute.value : [],
  );
  const of = (output: number) => scope.demandOf(node.outputs[output] ?? '');
  const back = (graph: OnnxGraph, demands: readonly Demand[]): readonly Demand[] => {
    const inner = new Scope(graph, scope.world, namesOf(graph.inputs), { outer: scope });
    graph.outputs.forEach(({ name }, i) => inner.demand(name, demands[i] ?? anything));
    walk(inner, depth + 1);
    return graph.inputs.map(({ name }) => inner.demandOf(name));
  };
  const known = node.domain === '' ? node.opType : '';
  for (const graph of graphs) {
    if (known === 'If')
      back(
        graph,
        graph.outputs.map((_, i) => of(i)),
      );
    else if (known === 'Loop') loopBack(scope, node, graph, back);
    else if (known === 'Scan') scanBack(scope, node, graph, back);
    else {
      back(graph, []);
      for (const input of node.inputs) scope.demand(input, unknownTo(readerText(node)));
    }
  }
}

type Back = (graph: OnnxGraph, demands: readonly Demand[]) => readonly Demand[];

const namesOf = (values: OnnxGraph['inputs']): readonly string[] => values.map(({ name }) => name);

/** Its body takes the round and whether it goes on, then what is carried; it gives whether it goes on, and what is carried. */
function loopBack(scope: Scope, node: OnnxNode, body: OnnxGraph, back: Back): void {
  const [rounds = ''] = node.inputs;
  if (rounds !== '' && numberOf(scope.find(rounds)) === undefined)
    scope.demand(rounds, within(0, mostRounds));
  const given = body.outputs.map((_, i) => (i === 0 ? anything : scope.demandOf(node.outputs[i - 1] ?? '')));
  const carried = back(body, given).slice(2);
  // What goes in is what came out of the round before.
  const again = back(
    body,
    given.map((demand, i) => both(demand, i === 0 ? anything : (carried[i - 1] ?? anything))),
  );
  carried.forEach((demand, i) => {
    scope.demand(node.inputs[i + 2] ?? '', both(demand, again[i + 2] ?? anything));
  });
}

function scanBack(scope: Scope, node: OnnxNode, body: OnnxGraph, back: Back): void {
  const states = body.inputs.length - scope.int(node, 'num_scan_inputs', 0);
  const given = body.outputs.map((_, i) => scope.demandOf(node.outputs[i] ?? ''));
  const taken = back(body, given);
  const again = back(
    body,
    given.map((demand, i) => both(demand, i < states ? (taken[i] ?? anything) : anything)),
  );
  // Before version 9 lengths came first.
  const first = node.inputs.length - body.inputs.length;
  again.forEach((demand, i) =>
    scope.demand(node.inputs[first + i] ?? '', both(demand, taken[i] ?? anything)),
  );
}
