/** The fused ops of separable convolutions: which operand is what, since they take some only at times, and what is pointwise. */
import type { ConvAttributes, OwnAttributes } from './attributes.ts';

/** The form of a pointwise convolution. */
export const pointwise: ConvAttributes = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 };

/** The operands of a SeparableHalfGrad by what they are; `statistics` are scale, mean and variance. */
export function operandsOf<T>(
  { again, dropped, added }: Pick<OwnAttributes['SeparableHalfGrad'], 'again' | 'dropped' | 'added'>,
  inputs: readonly T[],
) {
  const [dy, ...rest] = inputs;
  const factor = dropped === 1 ? rest.shift() : undefined;
  const sum = added === 1 ? rest.shift() : undefined;
  const z = again === 1 ? undefined : rest.shift();
  return { dy, factor, sum, z, statistics: rest.slice(0, 3), half: rest.slice(3) };
}

/** The operands of a MixedSum, term by term; of a batch norm, x, scale, bias, mean, variance and the factor, if any. */
export function termsOf<T>(
  { plain, scaled, dropped }: OwnAttributes['MixedSum'],
  inputs: readonly T[],
): { readonly plain: readonly T[]; readonly scaled: readonly T[][]; readonly normed: readonly T[][] } {
  const groups = (list: readonly T[], size: number) =>
    Array.from({ length: Math.floor(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
  const [first, last] = [plain + 2 * scaled, inputs.length - 6 * dropped];
  return {
    plain: inputs.slice(0, plain),
    scaled: groups(inputs.slice(plain, first), 2),
    normed: [...groups(inputs.slice(first, last), 5), ...groups(inputs.slice(last), 6)],
  };
}
