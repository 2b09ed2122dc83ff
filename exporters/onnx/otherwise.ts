/** What runtimes do in more ways than one, and all are right: how a file is read as if one of them were the definition. */

/**
 * How places between elements come out in float32: divided by a scale, or multiplied by its inverse, each step rounded.
 * Both are usual: a few units in the last place of a coordinate are a millionth of what is between two elements.
 */
export type Places = 'divided' | 'multiplied';

export interface Otherwise {
  /**
   * Where a runtime may quantise as many rows of a batch together as it likes (those of an LSTM's hidden state go by
   * threads): 0 for one scale for all, which is the definition, 1 for one a row, or a number between for scales between.
   */
  readonly rowsApart?: number;
  /** Where numbers are between elements that are interpolated (default: in double precision). */
  readonly places?: Places | undefined;
  /**
   * Whether what a window sums up as it slides along channels is one running total, which gains what enters and loses what
   * leaves (default: each window is summed up by itself). In float32 that leaves behind what a large number cost.
   */
  readonly runningWindows?: boolean;
  /**
   * Whether the variance of a GroupNormalization is the mean of squares without the square of the mean, as the function that
   * defines it has it (default: the mean of squares of what is centred). In float32 that has no digits beside a large mean.
   */
  readonly squaresOfAll?: boolean;
  /**
   * Whether a Fourier transform of a length that is no power of two is one of chirps (Bluestein, 1970), whose angles, n²·π/N, are
   * float32 (default: products with sines and cosines). Of the angle of 400² that leaves four digits behind the point.
   */
  readonly chirps?: boolean;
}

/** What places are computed with. */
export interface PlaceArithmetic {
  /** A number as it is held. */
  readonly held: (x: number) => number;
  readonly over: (a: number, b: number) => number;
}

const float = Math.fround;

const exact: PlaceArithmetic = { held: (x) => x, over: (a, b) => a / b };
const inFloat32: Readonly<Record<Places, PlaceArithmetic>> = {
  divided: { held: float, over: (a, b) => float(float(a) / float(b)) },
  multiplied: { held: float, over: (a, b) => float(float(a) * float(1 / float(b))) },
};

export function placeArithmetic(places: Places | undefined): PlaceArithmetic {
  return places === undefined ? exact : inFloat32[places];
}
