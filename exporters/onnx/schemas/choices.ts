/**
 * The words that a text attribute may be, by op and since when. ONNX's schemas do not hold them, only its text does, so that
 * this is written by hand, and held to onnxruntime by a test.
 *
 * Source: https://onnx.ai/onnx/operators/, the page of each op.
 */

/** Words, the operator set from which on they are those, and words of later ones that runtimes take before. */
type Choice = readonly [since: number, words: readonly string[], early?: readonly string[]];

const words = (text: string): readonly string[] => text.split(' ');
const always = (text: string): readonly Choice[] => [[1, words(text)]];

/** An empty text stands for what is not said: runtimes take it. */
const orNothing = (text: string): readonly Choice[] => [[1, [...words(text), '']]];

const padding = { auto_pad: orNothing('NOTSET SAME_UPPER SAME_LOWER VALID') };
const cell = {
  direction: always('forward reverse bidirectional'),
  activations: always(
    'Affine Elu HardSigmoid LeakyRelu Relu ScaledTanh Sigmoid Softplus Softsign Tanh ThresholdedRelu',
  ),
};
const loss = { reduction: orNothing('none sum mean') };
const scattered = {
  reduction: [
    [16, [...words('none add mul'), ''], words('max min')],
    [18, [...words('none add mul max min'), '']],
  ],
} as const;
/** Since opset 13 the text lacks "tf_half_pixel_for_nn", which is there for files that were converted from older ones. */
const placing = words(
  'half_pixel pytorch_half_pixel align_corners asymmetric tf_half_pixel_for_nn tf_crop_and_resize',
);

/** Of `ai.onnx.ml`, whose ops have names of their own. */
const score = { post_transform: always('NONE SOFTMAX LOGISTIC SOFTMAX_ZERO PROBIT') };
const kernel = { kernel_type: always('LINEAR POLY RBF SIGMOID') };
const tree = {
  nodes_modes: always('BRANCH_LEQ BRANCH_LT BRANCH_GTE BRANCH_GT BRANCH_EQ BRANCH_NEQ LEAF'),
};

const choices: Readonly<Record<string, Readonly<Record<string, readonly Choice[]>>>> = {
  AveragePool: padding,
  BitShift: { direction: always('LEFT RIGHT') },
  CausalConvWithState: { activation: always('silu swish none') },
  Conv: padding,
  ConvInteger: padding,
  CastMap: { cast_to: always('TO_FLOAT TO_STRING TO_INT64'), map_form: always('DENSE SPARSE') },
  ConvTranspose: padding,
  DepthToSpace: { mode: always('DCR CRD') },
  GRU: cell,
  Gelu: { approximate: always('none tanh') },
  GridSample: {
    mode: [
      [16, words('bilinear nearest bicubic')],
      [20, words('linear nearest cubic')],
    ],
    padding_mode: always('zeros border reflection'),
  },
  ImageDecoder: { pixel_format: always('RGB BGR Grayscale') },
  LSTM: cell,
  LinearAttention: { update_rule: always('linear gated delta gated_delta') },
  LinearClassifier: score,
  LinearRegressor: score,
  LpPool: padding,
  MaxPool: padding,
  NegativeLogLikelihoodLoss: loss,
  Normalizer: { norm: always('MAX L1 L2') },
  Pad: {
    mode: [
      [1, words('constant reflect edge'), words('wrap')],
      [19, words('constant reflect edge wrap')],
    ],
  },
  QLinearConv: padding,
  RNN: cell,
  Resize: {
    mode: [
      [10, words('nearest linear'), words('cubic')],
      [11, words('nearest linear cubic')],
    ],
    nearest_mode: orNothing('round_prefer_floor round_prefer_ceil floor ceil'),
    coordinate_transformation_mode: [
      [11, placing, words('half_pixel_symmetric')],
      [19, [...placing, 'half_pixel_symmetric']],
    ],
    keep_aspect_ratio_policy: always('stretch not_larger not_smaller'),
  },
  RoiAlign: {
    mode: always('avg max'),
    coordinate_transformation_mode: orNothing('half_pixel output_half_pixel'),
  },
  ScatterElements: scattered,
  ScatterND: scattered,
  SVMClassifier: { ...score, ...kernel },
  SVMRegressor: { ...score, ...kernel },
  SoftmaxCrossEntropyLoss: loss,
  SpaceToDepth: { mode: always('DCR CRD') },
  StringNormalizer: { case_change_action: always('LOWER UPPER NONE') },
  TensorScatter: { mode: always('linear circular') },
  TreeEnsembleClassifier: { ...score, ...tree },
  TreeEnsembleRegressor: { ...score, ...tree, aggregate_function: always('AVERAGE SUM MIN MAX') },
  TfIdfVectorizer: { mode: always('TF IDF TFIDF') },
  Upsample: {
    mode: [
      [1, words('nearest bilinear')],
      // The text lacks the last.
      [7, words('nearest linear cubic')],
    ],
  },
};

export interface Choices {
  readonly now: readonly string[];
  /** What is of a later operator set, and runtimes take all the same. */
  readonly early: readonly string[];
  /** What it may be at any operator set. */
  readonly ever: ReadonlySet<string>;
}

/** What an attribute of an op may be at an operator set; undefined where it may be anything. */
export function choicesOf(op: string, attribute: string, opset: number): Choices | undefined {
  const known = Object.hasOwn(choices, op) ? choices[op] : undefined;
  const versions = known !== undefined && Object.hasOwn(known, attribute) ? known[attribute] : undefined;
  const found = versions?.findLast(([since]) => since <= opset);
  if (versions === undefined || found === undefined) return undefined;
  const [, now, early = []] = found;
  return { now, early, ever: new Set(versions.flatMap(([, each]) => each)) };
}
