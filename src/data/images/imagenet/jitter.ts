/**
 * Random changes of brightness, contrast, saturation and hue, in a random order: torchvision's `ColorJitter`, by the
 * formulas it has for tensors (colours in [0, 1], clamped after each change).
 */

import type { Random } from '../../../random.ts';

/** How far each may go: factors from 1 - x to 1 + x, the hue by up to x of a full turn either way. 0 leaves it. */
export interface JitterOptions {
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  readonly hue: number;
}

export interface JitterStep {
  readonly kind: keyof JitterOptions;
  /** A factor, or for the hue a part of a turn. */
  readonly amount: number;
}

const kinds = ['brightness', 'contrast', 'saturation', 'hue'] as const;

/** Draws the changes in the order they are to be made. The same numbers are drawn whatever is left out. */
export function drawJitter(random: Random, options: JitterOptions): JitterStep[] {
  const order = random.permutation(kinds.length);
  const steps = kinds.map((kind): JitterStep => {
    const range = options[kind];
    const [low, high] = kind === 'hue' ? [-range, range] : [Math.max(0, 1 - range), 1 + range];
    return { kind, amount: low + (high - low) * random.uniform() };
  });
  return [...order].flatMap((k) => steps[k] ?? []).filter(({ kind }) => options[kind] > 0);
}

/** Changes `pixels` `[n, 3]`, red, green and blue in [0, 1], in place. */
export function applyJitter(pixels: Float32Array, steps: readonly JitterStep[]): void {
  for (const { kind, amount } of steps) {
    if (kind === 'brightness') towards(pixels, amount, 0);
    else if (kind === 'contrast') towards(pixels, amount, meanGrey(pixels));
    else if (kind === 'saturation') saturate(pixels, amount);
    else turnHue(pixels, amount);
  }
}

/** Luma of ITU-R BT.601. */
function grey(red: number, green: number, blue: number): number {
  return 0.2989 * red + 0.587 * green + 0.114 * blue;
}

function meanGrey(pixels: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < pixels.length; at += 3) {
    sum += grey(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0);
  }
  return (3 * sum) / pixels.length;
}

/** Each value away from (`factor` above 1) or towards (below 1) a level that all pixels share. */
function towards(pixels: Float32Array, factor: number, level: number): void {
  const rest = (1 - factor) * level;
  for (let at = 0; at < pixels.length; at++) pixels[at] = clamp(factor * (pixels[at] ?? 0) + rest);
}

/** Each pixel away from (`factor` above 1) or towards (below 1) its own grey. */
function saturate(pixels: Float32Array, factor: number): void {
  for (let at = 0; at < pixels.length; at += 3) {
    const red = pixels[at] ?? 0;
    const green = pixels[at + 1] ?? 0;
    const blue = pixels[at + 2] ?? 0;
    const rest = (1 - factor) * grey(red, green, blue);
    pixels[at] = clamp(factor * red + rest);
    pixels[at + 1] = clamp(factor * green + rest);
    pixels[at + 2] = clamp(factor * blue + rest);
  }
}

/** To hue, saturation and value (Smith 1978), round by `turn`, and back. */
function turnHue(pixels: Float32Array, turn: number): void {
  for (let at = 0; at < pixels.length; at += 3) {
    const red = pixels[at] ?? 0;
    const green = pixels[at + 1] ?? 0;
    const blue = pixels[at + 2] ?? 0;
    const value = Math.max(red, green, blue);
    const range = value - Math.min(red, green, blue);
    if (range === 0) continue; // Grey has no hue.
    const sextant =
      value === red
        ? (green - blue) / range
        : value === green
          ? 2 + (blue - red) / range
          : 4 + (red - green) / range;
    const turned = sextant / 6 + turn;
    const hue = 6 * (turned - Math.floor(turned));
    // A channel is at its value near its own hue, `range` below it opposite, and goes linearly in between.
    pixels[at] = clamp(value - range * fall(5, hue));
    pixels[at + 1] = clamp(value - range * fall(3, hue));
    pixels[at + 2] = clamp(value - range * fall(1, hue));
  }
}

/** How far below the value a channel is at a hue, in [0, 1]; `offset` says whose channel's, in sixths of a turn. */
function fall(offset: number, hue: number): number {
  // Less than twice the round, and the rest of a division is slow to find.
  const far = offset + hue;
  const k = far < 6 ? far : far - 6;
  return Math.max(0, Math.min(k, 4 - k, 1));
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
