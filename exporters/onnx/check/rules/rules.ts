/**
 * What ONNX's text forbids of the shapes and operands of a node, as far as they are known: extents that do not meet, axes
 * and constant indices that are outside, strides that do not step. Whoever runs such a node fails, or computes what is not
 * meant. An open extent may be anything, and is not judged; nor is a node whose op has no row here.
 *
 * It asks what the file says, not what can be read: what is only missing here is no fault of a file.
 *
 * Source: https://onnx.ai/onnx/operators/, the page of each op.
 */
import { BrokenRule } from '../../../../src/graph/infer/rule.ts';
import { Unread, Unreadable, type NodeReader } from '../../node-reader.ts';
import {
  axisOrAll,
  clip,
  constant,
  constantOfShape,
  cumulative,
  determinant,
  dropout,
  expand,
  eyeLike,
  oneHot,
  range,
  tile,
  topK,
  triangle,
} from './counts.ts';
import { blocks, convolutionFault, deformed, perChannel, pool, unpool } from './image.ts';
import { gemm, product } from './linear.ts';
import { branches, loop, scan } from './control.ts';
import { einsum } from './einsum.ts';
import { attention } from './attention.ts';
import { causal, linearAttention, written } from './caches.ts';
import { batchNorm, groupNorm, layerNorm, localNorm, lpNorm } from './normalised.ts';
import { classLoss, gridSample, reversed, roiAlign, suppression } from './regions.ts';
import { gatherElements, gatherND, scatterElements, scatterND } from './scatter.ts';
import { quantisedConvolution, scaled } from './quantised.ts';
import { recurrent } from './recurrent.ts';
import { affineGrid, centred, col2Im, decoded } from './sized.ts';
import { transform } from './spectrum.ts';
import { ngrams, normalisedTexts } from './texts.ts';
import { resized, upsampled } from './resize.ts';
import { axesOf, axisOf, broadcasts, rankFault, shapeOf, type Fault, type Rule } from './rule.ts';
import {
  concat,
  gather,
  pad,
  reshape,
  slice,
  split,
  splitToSequence,
  squeeze,
  transpose,
  unsqueeze,
} from './shape.ts';

/** What is wrong with a node of ONNX's domains; undefined where nothing is, or where too little is known. */
export function shapeFault(node: NodeReader): Fault {
  const { domain } = node.node;
  const rule = rules.get(domain === '' ? node.op : `${domain}.${node.op}`);
  if (rule === undefined) return undefined;
  try {
    return rule(node);
  } catch (error) {
    if (error instanceof Unreadable || error instanceof Unread || error instanceof BrokenRule)
      return undefined;
    throw error;
  }
}

const rowsOf = (names: readonly string[], rule: Rule): readonly (readonly [string, Rule])[] =>
  names.map((name) => [name, rule]);

const rules: ReadonlyMap<string, Rule> = new Map([
  ...rowsOf(
    ['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Mod', 'And', 'Or', 'Xor', 'Equal', 'Less', 'Greater', 'LessOrEqual'],
    broadcasts,
  ),
  ...rowsOf(['GreaterOrEqual', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor', 'BitShift', 'Where'], broadcasts),
  ...rowsOf(['Max', 'Min', 'Sum', 'Mean'], (node) => (node.opset < 8 ? undefined : broadcasts(node))),
  ['MatMul', product()],
  ['MatMulInteger', product()],
  ['QLinearMatMul', product(3)],
  ['Gemm', gemm],
  ['Conv', (node) => convolutionFault(node, 1, 2)],
  ['ConvTranspose', (node) => convolutionFault(node, 1, 2, true)],
  ['ConvInteger', (node) => convolutionFault(node, 1, Number.MAX_SAFE_INTEGER)],
  ['QLinearConv', quantisedConvolution],
  ...rowsOf(['MaxPool', 'AveragePool', 'LpPool'], pool),
  ['BatchNormalization', batchNorm],
  ['MaxUnpool', unpool],
  ['DeformConv', deformed],
  ['InstanceNormalization', perChannel(['scale', 'bias'])],
  ['Concat', concat],
  ...rowsOf(['Softmax', 'LogSoftmax', 'Hardmax'], (node) =>
    axisOf(node.opset < 13 ? 1 : -1, node.opset < 13)(node),
  ),
  ...rowsOf(['ArgMax', 'ArgMin'], axisOf(0)),
  ...rowsOf(['LayerNormalization', 'RMSNormalization'], layerNorm),
  ['GroupNormalization', groupNorm],
  ['LpNormalization', lpNorm],
  ['RoiAlign', roiAlign],
  ['NonMaxSuppression', suppression],
  ['ReverseSequence', reversed],
  ...rowsOf(['NegativeLogLikelihoodLoss', 'SoftmaxCrossEntropyLoss'], classLoss),
  ['Attention', attention],
  ['PRelu', broadcasts],
  ...rowsOf(['QuantizeLinear', 'DequantizeLinear'], scaled),
  ['Resize', resized],
  ['Upsample', upsampled],
  ['Einsum', einsum],
  ['GatherND', gatherND],
  ['ScatterND', scatterND],
  ['Range', range],
  ['GridSample', gridSample],
  ['Loop', loop],
  ['ai.onnx.ml.TreeEnsemble', (node) => rankFault(node.shape(0), 2, 'its input')],
  ['SplitToSequence', splitToSequence],
  ['StringConcat', broadcasts],
  ['SwiGLU', (node) => shapeOf(node, 1, 'its B', node.shape(0))],
  ['LRN', localNorm],
  ['StringNormalizer', normalisedTexts],
  ['TfIdfVectorizer', ngrams],
  ['Col2Im', col2Im],
  ['CenterCropPad', centred],
  ['AffineGrid', affineGrid],
  ['ImageDecoder', decoded],
  ['DFT', transform],
  ['TensorScatter', written],
  ['LinearAttention', linearAttention],
  ['CausalConvWithState', causal],
  ['Scan', scan],
  ['If', branches],
  ['Flatten', axisOf(1, true)],
  ...rowsOf(
    ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'].map(
      (each) => `Reduce${each}`,
    ),
    axesOf(18),
  ),
  ['ReduceSum', axesOf(13)],
  ['Gather', gather],
  ['GatherElements', gatherElements],
  ...rowsOf(['ScatterElements', 'Scatter'], scatterElements),
  ['Reshape', reshape],
  ['Transpose', transpose],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ['Split', split],
  ['Slice', slice],
  ['Expand', expand],
  ['Pad', pad],
  ['Tile', tile],
  ['TopK', topK],
  ['OneHot', oneHot],
  ['Constant', constant],
  ['ConstantOfShape', constantOfShape],
  ['Clip', clip],
  ['Dropout', dropout],
  ...rowsOf(['CumSum', 'CumProd'], cumulative),
  ['Trilu', triangle],
  ['Det', determinant],
  ['EyeLike', eyeLike],
  ...rowsOf(['Compress', 'Unique'], axisOrAll),
  ['LSTM', recurrent(4, 3)],
  ['GRU', recurrent(3, 2)],
  ['RNN', recurrent(1, 1)],
  ['DepthToSpace', blocks(true)],
  ['SpaceToDepth', blocks(false)],
]);
