/**
 * The table of ops. An op that is missing here, or whose inference does not fit its attributes, does not compile.
 */
import type { OpName, OwnOp } from './attributes.ts';
import { elementwise } from './infer/elementwise.ts';
import { imageOps } from './infer/image.ts';
import { linear } from './infer/linear.ts';
import { recurrentOps } from './infer/recurrent.ts';
import type { OpDefinition } from './infer/rule.ts';
import { scanOps } from './infer/scan.ts';
import { separableOps } from './infer/separable.ts';
import { shapeOps } from './infer/shape.ts';

export const ops: { readonly [K in OpName]: OpDefinition<K> } = {
  ...elementwise,
  ...linear,
  ...shapeOps,
  ...imageOps,
  ...recurrentOps,
  ...separableOps,
  ...scanOps,
};

const own: { readonly [K in OwnOp]: true } = {
  ConvFilterGrad: true,
  ReluGrad: true,
  MaxPoolGrad: true,
  MaxPoolGather: true,
  AveragePoolGrad: true,
  BatchNormTrain: true,
  BatchNormTrainGrad: true,
  Dot: true,
  SigmoidGrad: true,
  TanhGrad: true,
  EmbeddingGrad: true,
  CrossEntropy: true,
  CrossEntropyGrad: true,
  StackedProduct: true,
  StackedProductGrad: true,
  MixedHighway: true,
  MixedHighwayGrad: true,
  SeparableHalf: true,
  SeparableHalfGrad: true,
  MixedSum: true,
  PixelPairs: true,
  PixelPairsGrad: true,
  Patches: true,
  SgdMomentum: true,
};

/** Whether an op is ours rather than ONNX's. */
export function isOwn(op: OpName): op is OwnOp {
  return Object.hasOwn(own, op);
}

export function isOpName(name: string): name is OpName {
  return Object.hasOwn(ops, name);
}

export const opNames: readonly OpName[] = Object.keys(ops).filter(isOpName);
