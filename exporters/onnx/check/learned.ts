/**
 * Attributes of the ops of `ai.onnx.ml` that go together: lists that are as long as each other, of which one is told, and trees whose
 * nodes lead to nodes. No shapes are asked, and nothing is left open by them for who reads other nodes.
 *
 * Source: https://onnx.ai/onnx/operators/, the pages of ai.onnx.ml; what they leave open is as onnxruntime has it.
 */
import type { OnnxAttribute, OnnxNode } from '../../../proto/onnx.ts';
import { mostOf } from '../../../src/extremes.ts';
import type { Context } from './context.ts';

type Faults = Context['faults'];

/** The lengths of lists, by name; of those that are empty, nothing. */
class Lists {
  readonly #attributes: ReadonlyMap<string, OnnxAttribute>;

  constructor({ attributes }: OnnxNode) {
    this.#attributes = new Map(attributes.map((each) => [each.name, each]));
  }

  length(name: string): number {
    const found = this.#attributes.get(name);
    if (found?.kind === 'tensor') return found.value.dims.reduce((product, size) => product * size, 1);
    const isList = found?.kind === 'ints' || found?.kind === 'floats' || found?.kind === 'strings';
    return isList ? found.value.length : 0;
  }

  whole(name: string): readonly number[] {
    const found = this.#attributes.get(name);
    return found?.kind === 'ints' ? found.value.map(Number) : [];
  }

  texts(name: string): readonly string[] {
    const found = this.#attributes.get(name);
    return found?.kind === 'strings' ? found.value : [];
  }

  /** Those of which there is something. */
  given(names: readonly string[]): readonly string[] {
    return names.filter((name) => this.length(name) > 0);
  }
}

const kinds = (start: string): readonly string[] =>
  ['floats', 'int64s', 'strings', 'tensor'].map((kind) => `${start}_${kind}`);

/** Of such attributes one is told, or at most one. */
const oneOf: Readonly<Record<string, readonly (readonly string[])[]>> = {
  DictVectorizer: [['int64_vocabulary', 'string_vocabulary']],
  Imputer: [['imputed_value_floats', 'imputed_value_int64s']],
  LabelEncoder: [kinds('keys'), kinds('values')],
  OneHotEncoder: [['cats_int64s', 'cats_strings']],
  ZipMap: [['classlabels_int64s', 'classlabels_strings']],
};
const atMostOneOf: Readonly<Record<string, readonly string[]>> = {
  LinearClassifier: ['classlabels_ints', 'classlabels_strings'],
  SVMClassifier: ['classlabels_ints', 'classlabels_strings'],
  TreeEnsembleClassifier: ['classlabels_int64s', 'classlabels_strings'],
};

/** Lists of which those that are told are as long as each other. */
const alike: Readonly<Record<string, readonly string[]>> = {
  LabelEncoder: [...kinds('keys'), ...kinds('values')],
  SVMClassifier: ['prob_a', 'prob_b'],
};

/** Lists that are as long as each other, told or not. */
const paired: Readonly<Record<string, readonly (readonly string[])[]>> = {
  CategoryMapper: [['cats_int64s', 'cats_strings']],
  Scaler: [['offset', 'scale']],
  TreeEnsemble: [
    [
      'nodes_featureids',
      'nodes_modes',
      'nodes_truenodeids',
      'nodes_falsenodeids',
      'nodes_trueleafs',
      'nodes_falseleafs',
    ],
    ['leaf_targetids', 'leaf_weights'],
  ],
  TreeEnsembleClassifier: [...nodesOf(), ['class_ids', 'class_nodeids', 'class_treeids']],
  TreeEnsembleRegressor: [...nodesOf(), ['target_ids', 'target_nodeids', 'target_treeids']],
};

function nodesOf(): readonly (readonly string[])[] {
  const names = ['nodeids', 'treeids', 'featureids', 'modes', 'truenodeids', 'falsenodeids'];
  return [names.map((name) => `nodes_${name}`)];
}

/** Tells what is wrong with the attributes of a node of `ai.onnx.ml`. */
export function checkLearned(
  node: OnnxNode,
  where: string,
  version: number,
  { faults }: { faults: Faults },
): void {
  const { opType } = node;
  // The first version is of other attributes.
  if (opType === 'LabelEncoder' && version < 2) return;
  // What a call gives is not known in a function.
  if (node.attributes.some(({ kind }) => kind === 'reference')) return;
  const lists = new Lists(node);
  const fault = (text: string) => faults.pushSlight(`${where}: ${text}`);
  for (const names of of(oneOf, opType) ?? []) {
    const given = lists.given(names);
    if (given.length === 0) fault(`it has none of ${names.join(', ')}, and must have one`);
  }
  for (const names of [...(of(oneOf, opType) ?? []), of(atMostOneOf, opType) ?? []]) {
    const given = lists.given(names);
    if (given.length > 1) fault(`it has ${given.join(' and ')}, and must have one of them`);
  }
  const labels = of(atMostOneOf, opType) ?? [];
  // One class needs no name.
  if (opType === 'LinearClassifier' && lists.given(labels).length === 0 && lists.length('intercepts') !== 1) {
    fault(`it has none of ${labels.join(', ')}, and must have one`);
  }
  const told = lists.given(of(alike, opType) ?? []);
  const groups = [told, ...(of(paired, opType) ?? [])];
  if (groups.filter((names) => !areAlike(names, lists, fault)).length > 0) return;
  if (opType === 'TreeEnsemble') checkPlaces(lists, fault);
  else if (opType.startsWith('TreeEnsemble'))
    checkTrees(lists, opType.endsWith('Classifier') ? 'class' : 'target', fault);
}

function of<T>(table: Readonly<Record<string, T>>, op: string): T | undefined {
  return Object.hasOwn(table, op) ? table[op] : undefined;
}

/** Whether they are. */
function areAlike(names: readonly string[], lists: Lists, fault: (text: string) => void): boolean {
  const [first = ''] = names;
  const odd = names.find((name) => lists.length(name) !== lists.length(first));
  if (odd === undefined) return true;
  fault(
    `it has ${lists.length(first)} of ${first} and ${lists.length(odd)} of ${odd}, and must have as many`,
  );
  return false;
}

/** Trees whose nodes are named by the tree and a number. */
function checkTrees(lists: Lists, leaves: 'class' | 'target', fault: (text: string) => void): void {
  const [trees, nodes, modes] = [
    lists.whole('nodes_treeids'),
    lists.whole('nodes_nodeids'),
    lists.texts('nodes_modes'),
  ];
  const values = [lists.length('nodes_values'), lists.length('nodes_values_as_tensor')];
  if (!values.includes(nodes.length))
    fault(`its nodes are ${nodes.length}, and their values ${mostOf(values)}`);
  const known = new Set<string>();
  for (const [i, node] of nodes.entries()) {
    const key = `node ${node} of tree ${trees[i]}`;
    if (known.has(key)) {
      fault(`${key} is there twice`);
      return;
    }
    known.add(key);
  }
  for (const name of ['nodes_truenodeids', 'nodes_falsenodeids']) {
    for (const [i, next] of lists.whole(name).entries()) {
      if (modes[i]?.startsWith('BRANCH') !== true) continue;
      const isLost = !known.has(`node ${next} of tree ${trees[i]}`);
      if (!isLost && next !== nodes[i]) continue;
      const what = isLost ? `node ${next}, which is not there` : 'itself';
      fault(`node ${nodes[i]} of tree ${trees[i]} leads to ${what}`);
      return;
    }
  }
  const ends = lists.whole(`${leaves}_nodeids`);
  const lost = lists
    .whole(`${leaves}_treeids`)
    .map((tree, i) => `node ${ends[i]} of tree ${tree}`)
    .find((key) => !known.has(key));
  if (lost !== undefined && ends.length > 0) fault(`its ${leaves}_ids are of ${lost}, which is not there`);
}

/** Trees whose nodes and leaves are named by their places. */
function checkPlaces(lists: Lists, fault: (text: string) => void): void {
  const [nodes, leaves] = [lists.length('nodes_featureids'), lists.length('leaf_targetids')];
  for (const way of ['true', 'false']) {
    const isLeaf = lists.whole(`nodes_${way}leafs`);
    for (const [i, next] of lists.whole(`nodes_${way}nodeids`).entries()) {
      const [what, count] = isLeaf[i] === 1 ? ['leaf', leaves] : ['node', nodes];
      if (next >= 0 && next < count) continue;
      fault(`node ${i} leads to ${what} ${next}, and there are ${count}`);
      return;
    }
  }
  const lost = lists.whole('tree_roots').find((root) => root < 0 || root >= nodes);
  if (lost !== undefined) fault(`its tree_roots have ${lost}, and there are ${nodes} nodes`);
}
