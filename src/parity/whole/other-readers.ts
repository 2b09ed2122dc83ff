/** What ops of other domains than ONNX's own take: those of onnxruntime, and of classical machine learning. */
import type { OnnxNode } from '../../../proto/onnx.ts';
import { anything, mask } from './demand.ts';
import { united, interval, type Intervals } from './intervals.ts';
import { ends, indexOf, takesAny, type Reader, type Reading } from './reading.ts';

/** Numbers that an attribute lists, and what is beside each of the first of them and around them all. */
const compareWith =
  (...names: readonly string[]): Reader =>
  ({ scope, node }) => {
    const listed = names.flatMap((name) => {
      const attribute = scope.attribute(node, name);
      return attribute?.kind === 'ints' || attribute?.kind === 'floats' ? attribute.value.map(Number) : [];
    });
    let wanted: Intervals = [];
    for (const number of new Set(listed.slice(0, most))) {
      wanted = united(wanted, interval(Math.floor(number), Math.ceil(number) + 1));
    }
    return node.inputs.map(() => ({ ...anything, wanted }));
  };

const most = 1024;

/** Ids, of what, the position: rows of the tables that stand at these inputs. */
const embeds =
  (tables: Readonly<Record<number, number>>, masks: readonly number[]): Reader =>
  (reading: Reading) =>
    reading.node.inputs.map((_, input) => {
      const table = tables[input];
      if (table !== undefined) return indexOf(reading, input, table, 0);
      return masks.includes(input) ? mask : anything;
    });

const looksUp =
  (axisName: string, otherwise: number): Reader =>
  (reading) => [
    reading.given,
    indexOf(reading, 1, 0, reading.scope.int(reading.node, axisName, otherwise)),
    ...reading.node.inputs.slice(2).map(() => anything),
  ];

const readers: ReadonlyMap<string, Reader> = new Map([
  ['ai.onnx.ml.ArrayFeatureExtractor', looksUp('', -1)],
  ['ai.onnx.ml.TreeEnsemble', compareWith('nodes_splits')],
  ['ai.onnx.ml.TreeEnsembleClassifier', compareWith('nodes_values')],
  ['ai.onnx.ml.TreeEnsembleRegressor', compareWith('nodes_values')],
  ['ai.onnx.ml.LabelEncoder', compareWith('keys_int64s', 'keys_floats')],
  ['ai.onnx.ml.OneHotEncoder', compareWith('cats_int64s')],
  ['ai.onnx.ml.CategoryMapper', compareWith('cats_int64s')],
  ['ai.onnx.ml.Imputer', compareWith('imputed_value_int64s')],
  ...[
    'LinearClassifier',
    'LinearRegressor',
    'SVMClassifier',
    'SVMRegressor',
    'Scaler',
    'Normalizer',
    'Binarizer',
  ].map((op) => [`ai.onnx.ml.${op}`, ends] as const),
  ['com.microsoft.EmbedLayerNormalization', embeds({ 0: 2, 1: 4, 8: 3 }, [7])],
  ['com.microsoft.QEmbedLayerNormalization', embeds({ 0: 2, 1: 4 }, [7])],
  ['com.microsoft.GatherBlockQuantized', looksUp('gather_axis', 0)],
  ['com.microsoft.RotaryEmbedding', embeds({ 1: 2 }, [])],
  ...[
    'QLinearAdd',
    'QLinearMul',
    'QLinearSigmoid',
    'QLinearLeakyRelu',
    'QLinearConcat',
    'QLinearGlobalAveragePool',
  ].map((op) => [`com.microsoft.${op}`, takesAny] as const),
]);

/** A table of PyTorch's, in a file that keeps its op. */
const embedding: Reader = (reading) => [
  anything,
  indexOf(reading, 1, 0, 0),
  ...reading.node.inputs.slice(2).map(() => reading.unknown),
];

/** Undefined where nothing is known of an op. */
export function otherReaders({ opType, domain, attributes }: OnnxNode): Reader | undefined {
  const operator = attributes.find(({ name }) => name === 'operator');
  const isEmbedding = operator?.kind === 'string' && /^embedding(_bag)?$/.test(operator.value);
  return opType === 'ATen' && isEmbedding ? embedding : readers.get(`${domain}.${opType}`);
}
