/** Mean and deviation of ImageNet's training images, scaled to [0, 1]: the numbers every published network is fed by. */

export const mean = [0.485, 0.456, 0.406] as const;
export const std = [0.229, 0.224, 0.225] as const;

/** One of grey, or red, green and blue. */
export type Channels = 1 | 3;

/** A number for each channel. */
export type PerChannel = readonly [number] | readonly [number, number, number];

/** Per channel, of pixels scaled to [0, 1]. */
export interface Normalisation {
  readonly mean: PerChannel;
  readonly std: PerChannel;
}

/** Pixels stay as they are, in [0, 1]. */
export function plainNormalisation(channels: Channels): Normalisation {
  return channels === 1 ? { mean: [0], std: [1] } : { mean: [0, 0, 0], std: [1, 1, 1] };
}
