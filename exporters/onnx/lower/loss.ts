/** Losses of classification, over [N, C, …] and classes [N, …]. */
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import type { NodeReader } from '../node-reader.ts';
import { scalarOf, where, type Lower, type Lowerings } from './lowering.ts';

/** −w·log p of each class, and what they add up to or are on average. */
function loss(node: NodeReader, logs: Value): Value {
  const { b } = node;
  const reduction = node.string('reduction', 'mean');
  const ignored = node.attribute('ignore_index') === undefined ? undefined : node.int('ignore_index');
  const given = node.tensor(1);
  const skipped = ignored === undefined ? undefined : b.op('Equal', [given, scalarOf(b, 'int64', ignored)]);
  const classes = skipped === undefined ? given : where(b, skipped, scalarOf(b, 'int64', 0), given);
  const picked = b.op('GatherElements', [logs, b.op('Unsqueeze', [classes], { axes: [1] })], { axis: 1 });
  const each = b.op('Neg', [b.op('Squeeze', [picked], { axes: [1] })]);
  const own = node.has(2)
    ? b.op('Gather', [node.float(2), classes], { axis: 0 })
    : b.op('Expand', [b.constant(1)], { shape: [...each.type.shape] });
  const weights = skipped === undefined ? own : where(b, skipped, b.constant(0), own);
  const weighted = b.op('Mul', [each, weights]);
  if (reduction === 'none') return weighted;
  const total = sum(b, weighted);
  return reduction === 'sum' ? total : b.op('Div', [total, sum(b, weights)]);
}

function sum(b: GraphBuilder, x: Value): Value {
  return b.op('ReduceSum', [x], { axes: x.type.shape.map((_, axis) => axis), keepdims: 0 });
}

const crossEntropy: Lower = (node) => {
  const logs = node.b.op('LogSoftmax', [node.float(0)], { axis: 1 });
  return [loss(node, logs), logs];
};

export const lossLowerings: Lowerings = {
  NegativeLogLikelihoodLoss: (node) => loss(node, node.float(0)),
  SoftmaxCrossEntropyLoss: crossEntropy,
};
