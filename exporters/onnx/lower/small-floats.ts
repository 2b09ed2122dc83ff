/** Floats of 8 bits and fewer: what is nearest among the numbers that such a type has. */
import { formatOf, isSmallFloat, type SmallFloat } from '../../../proto/small-float.ts';
import type { OnnxDataType } from '../../../proto/onnx.ts';
import type { GraphBuilder } from '../../../src/graph/builder.ts';
import type { Value } from '../../../src/graph/types.ts';
import { Unreadable } from '../node-reader.ts';
import { where } from './lowering.ts';

/** Whether a type has few numbers enough for what comes out of it to be rounded where it is made. */
export function isCoarseFloat(dtype: OnnxDataType): boolean {
  return /^float[48]/.test(dtype);
}

/**
 * x as a type has it: the nearest of its numbers, of two that are equally near the even one. Beyond the largest it is that, or, not
 * `saturated`, infinite or no number.
 */
export function nearest(b: GraphBuilder, x: Value, dtype: OnnxDataType, saturated: boolean): Value {
  if (!isSmallFloat(dtype)) throw new Unreadable(`casts to ${dtype}, which is not supported`);
  const { most, special } = formatOf(dtype);
  const size = b.op('Abs', [x]);
  const unit = unitOf(b, size, dtype);
  const steps = b.op('Round', [b.op('Div', [size, unit])]);
  const rounded = b.op('Mul', [steps, unit]);
  const beyond = b.op('Greater', [rounded, b.constant(most)]);
  const held = where(b, beyond, b.constant(beyondOf(dtype, saturated)), rounded);
  const signed = where(b, b.op('Less', [x, b.constant(0)]), b.op('Neg', [held]), held);
  // Of four bits none is left to say that it is no number.
  return special === 'none' ? where(b, b.op('Equal', [x, x]), signed, b.constant(0)) : signed;
}

function beyondOf(dtype: SmallFloat, saturated: boolean): number {
  const { most, special } = formatOf(dtype);
  if (saturated || special === 'none') return most;
  return special === 'ieee' ? Infinity : NaN;
}

/** How far apart the numbers of a type are, where its sizes are so large. */
function unitOf(b: GraphBuilder, size: Value, dtype: SmallFloat): Value {
  const { fraction, bias, most } = formatOf(dtype);
  const least = 1 - bias;
  const exponents = Array.from({ length: Math.floor(Math.log2(most)) - least }, (_, i) => least + 1 + i);
  return exponents.reduce(
    (unit, exponent) => {
      const isAbove = b.op('Less', [size, b.constant(2 ** exponent)]);
      return where(b, isAbove, unit, b.constant(2 ** (exponent - fraction)));
    },
    b.constant(2 ** (least - fraction)),
  );
}
