/**
 * The passes of an export, one row each, in the order in which they are applied: what the network computes comes before
 * what stands around it. A row says what its option is called, which tasks it is for, and what it makes of a model.
 */
import { NascentError } from '../../src/errors.ts';
import type { OnnxModel } from '../../proto/onnx.ts';
import { softmax, topK } from './answers.ts';
import { foldBatchNorm } from './fold-batch-norm.ts';
import { inFunctions } from './functions.ts';
import { halved } from './half.ts';
import { keptFromHalf } from './keep-float.ts';
import { preprocess } from './preprocess.ts';

/** What was asked for. What is not is left out. */
export interface Passes {
  /** Done before all others, with batch norm folded: it needs samples, and is not a row below. */
  readonly int8?: boolean | undefined;
  readonly foldBatchNorm?: boolean | undefined;
  readonly fp16?: boolean | undefined;
  readonly softmax?: boolean | undefined;
  /** How many classes are given. */
  readonly topK?: number | undefined;
  readonly preprocess?: boolean | undefined;
  readonly functions?: boolean | undefined;
}

export type PassName = Exclude<keyof Passes, 'int8'>;
type Value<N extends PassName> = NonNullable<Passes[N]>;

interface PassRow<N extends PassName> {
  /** As it is typed, after `--`. */
  readonly option: string;
  /** What it does, for the help of the option. */
  readonly help: string;
  /** Text has no images to prepare and no few classes to choose from. */
  readonly task: 'images' | 'any';
  apply(model: OnnxModel, value: Value<N>, beside: Beside): OnnxModel;
}

/** What else a pass is told. */
export interface Beside {
  /** Told what the passes lost. */
  readonly say?: ((note: string) => void) | undefined;
  /** What `fp16` leaves in float32, as a user names it. */
  readonly keepFloat?: readonly string[] | undefined;
}

export const passes: { readonly [N in PassName]: PassRow<N> } = {
  foldBatchNorm: {
    option: 'fold-batch-norm',
    help: 'put each batch norm into the convolution before it: fewer nodes, the same answers',
    task: 'images',
    apply: (model) => foldBatchNorm(model),
  },
  fp16: {
    option: 'fp16',
    help: 'weights and arithmetic in float16, half the size; inputs and outputs stay float32',
    task: 'any',
    apply(model, _, { say, keepFloat = [] }) {
      const { model: half, loss } = halved(model, keptFromHalf(model, keepFloat));
      for (const { name, value } of loss.overflowed)
        say?.(`"${name}" holds ${value}, which float16 does not reach: it becomes ±65504`);
      if (loss.vanished > 0) say?.(`${loss.vanished} weights are too small for float16 and become 0`);
      return half;
    },
  },
  softmax: {
    option: 'softmax',
    help: 'give probabilities instead of logits',
    task: 'images',
    apply: (model) => softmax(model),
  },
  topK: {
    option: 'top-k',
    help: 'give the best classes and their scores, so many of them, instead of all logits',
    task: 'images',
    apply: (model, k) => topK(k)(model),
  },
  preprocess: {
    option: 'preprocess',
    help: 'take images as files have them, uint8 [batch, height, width, 3]; they are normalised in the model',
    task: 'images',
    apply: (model) => preprocess(normalisationOf(model))(model),
  },
  functions: {
    option: 'functions',
    help: 'each cell as a call of a function in the file, one for each kind of cell: a graph that can be read',
    task: 'any',
    apply: (model) => inFunctions(model),
  },
};

/** In the order in which they are applied. */
export const passNames = Object.keys(passes) as readonly PassName[];

/** The passes that were asked for, in order. */
export function askedPasses(asked: Passes): readonly PassName[] {
  return passNames.filter((name) => asked[name] !== undefined && asked[name] !== false);
}

/** Everything that was asked for, as it is typed. */
export function askedOptions(asked: Passes): readonly string[] {
  return [
    ...(asked.int8 === true ? ['--int8'] : []),
    ...askedPasses(asked).map((name) => `--${passes[name].option}`),
  ];
}

/**
 * The model after the passes that were asked for.
 *
 * @throws NascentError 'input/invalid' where one of them is of no use to this model, or there is nothing that is to be kept
 */
export function throughPasses(model: OnnxModel, asked: Passes, beside: Beside = {}): OnnxModel {
  return askedPasses(asked).reduce((made, name) => {
    const row: PassRow<PassName> = passes[name];
    const value = asked[name];
    return value === undefined ? made : row.apply(made, value, beside);
  }, model);
}

/** @throws NascentError 'input/invalid' where the model does not say how its images are normalised */
function normalisationOf(model: OnnxModel): {
  readonly mean: readonly number[];
  readonly std: readonly number[];
} {
  const metadata = new Map(model.metadata);
  const [mean, std] = ['input_mean', 'input_std'].map((key) => metadata.get(key));
  if (mean === undefined || std === undefined) {
    throw new NascentError('input/invalid', 'the model does not say how its images are normalised', {
      help: 'Leave --preprocess out: it is for image classifiers that Nascent exports.',
    });
  }
  return { mean: JSON.parse(mean) as readonly number[], std: JSON.parse(std) as readonly number[] };
}
