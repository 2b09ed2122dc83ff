/**
 * The ops, each with the attributes it takes.
 *
 * Names and meanings are ONNX's (https://onnx.ai/onnx/operators/, opset 17). One liberty is taken: operands that ONNX
 * takes as constant integer tensors (`Slice` starts, `Reshape` shape, `Pad` pads, …) are attributes here, since our
 * graphs never compute them. The exporter turns them back into initializers, the importer into attributes.
 *
 * Ops in `OwnAttributes` are not ONNX's. Each has a definition in standard ops in `definitions.ts`.
 */
import type { DType, Dim, Graph } from './types.ts';

/** What a recurrent cell passes its candidate through; each is an op of that name. */
export type Activation = 'Tanh' | 'Relu' | 'Sigmoid' | 'Identity';

/** `pads` is [top, left, bottom, right]. */
type Pads = readonly [number, number, number, number];
type Pair = readonly [number, number];
type None = Readonly<Record<string, never>>;

export interface ConvAttributes {
  readonly strides: Pair;
  readonly pads: Pads;
  readonly dilations: Pair;
  readonly group: number;
}

export interface PoolAttributes {
  readonly kernel_shape: Pair;
  readonly strides: Pair;
  readonly pads: Pads;
}

export interface AveragePoolAttributes extends PoolAttributes {
  /** 0: divide by the number of elements inside the image; 1: by the size of the window. */
  readonly count_include_pad: 0 | 1;
}

interface ReduceAttributes {
  readonly axes: readonly number[];
  readonly keepdims: 0 | 1;
}

export interface StandardAttributes {
  /** `values` are in row-major order. Bools are 0 and 1. */
  readonly Constant: {
    readonly dtype: DType;
    readonly shape: readonly number[];
    readonly values: readonly number[];
  };
  // Elementwise.
  readonly Identity: None;
  readonly Neg: None;
  readonly Abs: None;
  readonly Exp: None;
  readonly Log: None;
  readonly Sqrt: None;
  readonly Reciprocal: None;
  readonly Relu: None;
  readonly Sigmoid: None;
  readonly Tanh: None;
  readonly Erf: None;
  readonly Sin: None;
  readonly Cos: None;
  readonly Atan: None;
  readonly Floor: None;
  /** To the nearest whole number; halves to the even one. */
  readonly Round: None;
  readonly Cast: { readonly to: DType };
  readonly Add: None;
  readonly Sub: None;
  readonly Mul: None;
  /** Of whole numbers the fraction is cut off. */
  readonly Div: None;
  readonly Pow: None;
  readonly Min: None;
  readonly Max: None;
  readonly Greater: None;
  readonly Less: None;
  readonly Equal: None;
  readonly Where: None;
  /** Sum of one or more tensors of one shape. */
  readonly Sum: None;
  // Linear algebra.
  readonly MatMul: None;
  readonly Gemm: {
    readonly alpha: number;
    readonly beta: number;
    readonly transA: 0 | 1;
    readonly transB: 0 | 1;
  };
  // Shape.
  readonly Transpose: { readonly perm: readonly number[] };
  /** 0 copies the extent from the input, -1 is inferred; what follows from open extents is their expression. */
  readonly Reshape: { readonly shape: readonly Dim[] };
  readonly Flatten: { readonly axis: number };
  readonly Expand: { readonly shape: readonly Dim[] };
  readonly Squeeze: { readonly axes: readonly number[] };
  readonly Unsqueeze: { readonly axes: readonly number[] };
  readonly Concat: { readonly axis: number };
  readonly Split: { readonly axis: number; readonly split: readonly number[] };
  readonly Slice: {
    readonly starts: readonly number[];
    /** An expression in open extents lies within the axis. */
    readonly ends: readonly Dim[];
    readonly axes: readonly number[];
    readonly steps: readonly number[];
  };
  /** `pads` is all the befores, then all the afters, an entry an axis; what is padded in is `value`. */
  readonly Pad: { readonly pads: readonly number[]; readonly value: number };
  // Indexing.
  readonly Gather: { readonly axis: number };
  readonly GatherElements: { readonly axis: number };
  readonly ScatterElements: { readonly axis: number; readonly reduction: 'none' | 'add' };
  /** int64 [...] → float32 [..., depth]. */
  readonly OneHot: { readonly depth: number };
  // Reductions.
  readonly ReduceSum: ReduceAttributes;
  readonly ReduceMean: ReduceAttributes;
  readonly ReduceMax: ReduceAttributes;
  readonly ArgMax: { readonly axis: number; readonly keepdims: 0 | 1 };
  readonly Softmax: { readonly axis: number };
  readonly LogSoftmax: { readonly axis: number };
  // Control flow.
  /**
   * (states…, sequences…, captured…) → (last states…, stacked outputs…): the body, once for each slice of the sequences
   * along their first axis. Inputs of the body are as many states, slices and captured values; its outputs the next
   * states and whatever is to be stacked. What ONNX's body takes from the graph around it is an input here, since a graph
   * is a pure function.
   */
  readonly Scan: { readonly body: Graph; readonly states: number; readonly sequences: number };
  // Images.
  readonly Conv: ConvAttributes;
  readonly ConvTranspose: ConvAttributes & { readonly output_padding: Pair };
  /** Two outputs: the maxima, and their positions in the flattened input (the first where several are equal). */
  readonly MaxPool: PoolAttributes;
  readonly AveragePool: AveragePoolAttributes;
  readonly GlobalAveragePool: None;
  /** Inference form: (x, scale, bias, mean, variance) → y. */
  readonly BatchNormalization: { readonly epsilon: number };
}

export interface OwnAttributes {
  /** (x [N,I,H,W], dy [N,O,oh,ow]) → dw [O,I/group,kh,kw]: the gradient of Conv with respect to its filter. */
  readonly ConvFilterGrad: ConvAttributes & { readonly kernel_shape: Pair };
  /** (dy, y) → dx: dy where the output y of a Relu is positive, else 0. */
  readonly ReluGrad: None;
  /** (x, y, dy) → dx: dy added where y, the maximum of its window, stands in x. */
  readonly MaxPoolGrad: PoolAttributes;
  /** (x, y, u) → v, shaped as y: u read where y stands in x. The adjoint of MaxPoolGrad in its last argument. */
  readonly MaxPoolGather: PoolAttributes;
  /** (dy) → dx [N,C,H,W], `input_size` being [H,W]: the gradient of AveragePool. */
  readonly AveragePoolGrad: AveragePoolAttributes & { readonly input_size: Pair };
  /** (x [N,C,…], scale [C], bias [C]) → y, mean [C], variance [C] (biased): normalised by the batch's own statistics. */
  readonly BatchNormTrain: { readonly epsilon: number };
  /** (dy, x, scale, mean, variance) → dx, dscale [C], dbias [C]. */
  readonly BatchNormTrainGrad: { readonly epsilon: number };
  /** (a, b) of one shape → Σ a·b, a scalar. */
  readonly Dot: None;
  /** (dy, y) → dx = dy·y·(1 − y): the gradient of Sigmoid, by its output. */
  readonly SigmoidGrad: None;
  /** (dy, y) → dx = dy·(1 − y²): the gradient of Tanh, by its output. */
  readonly TanhGrad: None;
  /** (indices, dy [...indices, ...rest]) → dx [rows, ...rest]: the rows of dy added up where indices point. */
  readonly EmbeddingGrad: { readonly rows: number };
  /** (logits [N,C], labels int64 [N]) → −log p(label) [N], and log p [N,C]. */
  readonly CrossEntropy: None;
  /** (dloss [N], log p [N,C], labels [N]) → dlogits [N,C] = dloss·(p − onehot(label)). */
  readonly CrossEntropyGrad: None;
  /**
   * A product of what is masked and stacked: (w [H,N], mask [B,H], s₀ … s_{J−1} [B,H]) → [J·B,N], (s_j·mask)·w on top of
   * each other.
   */
  readonly StackedProduct: None;
  /** (dy [J·B,N], w, mask, s₀ …) → dw, ds₀ …; the mask has no gradient here. */
  readonly StackedProductGrad: None;
  /**
   * A node of a recurrent search cell, over all its J predecessors and K activations at once: (ch [J·B,2H], of which c is
   * the first half of each row and h the second, p [J,K], s₀ … s_{J−1} [B,H]) →
   * Σ_j P_j·s_j + σ(c_j)·(Σ_k p_jk·f_k(h_j) − P_j·s_j), with P_j = Σ_k p_jk.
   */
  readonly MixedHighway: { readonly activations: readonly Activation[] };
  /** (dy [B,H], ch, p, s₀ …) → dch, dp, ds₀ …; everything between is computed again rather than kept. */
  readonly MixedHighwayGrad: { readonly activations: readonly Activation[] };
  /**
   * One half of a separable convolution: (x, depthwise [C,1,kh,kw], pointwise [O,C,1,1], and, if u is to be of the batch
   * norm of x, scale, bias, mean, variance [C]) → z, mean, variance [O] (biased), z being pointwise(depthwise(u)) with
   * u = relu(x), or x where `relu` is 0.
   */
  readonly SeparableHalf: ConvAttributes & { readonly relu: 0 | 1; readonly norm_epsilon: number };
  /**
   * (dy, z, scale, mean, variance, x, depthwise, pointwise, …) → dx, ddepthwise, dpointwise, dscale, dbias, dy being the
   * gradient of the batch norm of z. `masked` says whether dx is of what a ReLU took, or (0) of what it gave; `again`
   * whether z is no operand but is computed again; `dropped` whether a factor [N, 1, 1, 1] of dy stands behind it; `added`
   * whether behind that stands what dx is added to.
   */
  readonly SeparableHalfGrad: ConvAttributes & {
    readonly relu: 0 | 1;
    readonly norm_epsilon: number;
    readonly epsilon: number;
    readonly masked: 0 | 1;
    readonly again: 0 | 1;
    readonly dropped: 0 | 1;
    readonly added: 0 | 1;
  };
  /**
   * (`plain` tensors, `scaled` pairs of a tensor and a factor, of each batch norm x, scale, bias, mean, variance, and of each
   * of the last `dropped` of them a factor, too) → the sum of the tensors, of the products, and of the batch norms. A factor
   * is one number [1], or one an image [N, 1, 1, 1].
   */
  readonly MixedSum: {
    readonly plain: number;
    readonly scaled: number;
    readonly dropped: number;
    readonly epsilon: number;
  };
  /**
   * x [N, C, H, W], H and W even → [N, 2·C, H/2, W/2]: of every 2×2 pixels the first and, as further channels, the last.
   */
  readonly PixelPairs: None;
  /** (dy, and at times a sum that it is added to) → dx: the adjoint of PixelPairs. */
  readonly PixelPairsGrad: None;
  /** x [N, C, H, W] → [N, kh·kw·C, oh, ow]: what each window of a convolution sees, pixel by pixel, as channels. */
  readonly Patches: Omit<ConvAttributes, 'group'> & { readonly kernel_shape: Pair };
  /** (w, dw, velocity, rate, clip) → w', velocity': v' = momentum·v + clip·dw + weight_decay·w; w' = w − rate·v'. */
  readonly SgdMomentum: { readonly momentum: number; readonly weight_decay: number };
}

/** Every op, ONNX's and ours, with the attributes it takes. */
export type OpAttributes = StandardAttributes & OwnAttributes;
/** The name of an op: `Conv`, `BatchNormTrain`, … */
export type OpName = keyof OpAttributes;
export type OwnOp = keyof OwnAttributes;
export type StandardOp = keyof StandardAttributes;
