// One half of a separable convolution in one pass over each image, forwards and back.
//
//   u = relu(x), or relu(batch norm of x by given statistics), or either without a relu;  c = depthwise(u);  z = pointwise(c)
//
// Of all this only z is kept, with its mean and variance over the batch. Going back, u and c are computed again, which is
// cheaper than fetching them from memory, and the gradient of the batch norm behind z, which is affine in dy and z, is
// taken on the way. A z that was not kept till then is computed again too, by the same steps, so to the last bit.
//
// A depthwise filter of one tap that reads every pixel is folded into the pointwise one, Σ over c of u[c] · (f[c] · m[c, o]),
// and what is left goes by rows: no image is copied.
#pragma once

#include <cmath>
#include <vector>

#include "image.h"
#include "tensorflow.h"

namespace nascent {

// Batch norm as value · factor + offset, in blocks of channels.
struct Affine {
  std::vector<float> factor, offset;
};

inline Affine AffineOf(const Tensor &scale, const Tensor &bias, const Tensor &mean, const Tensor &variance,
                       float epsilon, int padded) {
  const int C = scale.at(0);
  Affine affine{std::vector<float>(padded, 0.0f), std::vector<float>(padded, 0.0f)};
  for (int c = 0; c < C; c++) {
    const double factor = scale.data[c] / std::sqrt(static_cast<double>(variance.data[c]) + epsilon);
    affine.factor[c] = static_cast<float>(factor);
    affine.offset[c] = static_cast<float>(bias.data[c] - mean.data[c] * factor);
  }
  return affine;
}

// What both directions are told: the windows, and how x becomes u.
struct Half {
  explicit Half(const Attributes &attributes)
      : relu(attributes.flag("relu")), norm_epsilon(attributes.number("norm_epsilon")) {
    const std::vector<int> strides = attributes.ints("strides"), dilations = attributes.ints("dilations");
    const std::vector<int> pads = attributes.ints("pads"), out = attributes.ints("size");
    if (strides.size() != 2 || dilations.size() != 2 || pads.size() != 2 || out.size() != 2) return;
    window = {1, 1, strides[0], strides[1], dilations[0], dilations[1], pads[0], pads[1]};
    oh = out[0];
    ow = out[1];
  }

  Window window{1, 1, 1, 1, 1, 1, 0, 0};
  int oh = 0, ow = 0;
  bool relu;
  float norm_epsilon;
};

// B blocks of eight rows of a product: Σ over k of tile[p · tileRow + k · tileStep] · matrix[k][block].
template <int V, int B>
inline void Product(const float *tile, int tileRow, int tileStep, int depth, const float *matrix, int matrixRow,
                    Vec<V> out[B][kPixels]) {
  Vec<V> sum[B][kPixels] = {};
  for (int k = 0; k < depth; k++) {
    Vec<V> row[B];
#pragma GCC unroll 4
    for (int b = 0; b < B; b++) row[b] = Load<V>(matrix + static_cast<size_t>(k) * matrixRow + b * V);
#pragma GCC unroll 8
    for (int p = 0; p < kPixels; p++) {
      const float value = tile[static_cast<size_t>(p) * tileRow + static_cast<size_t>(k) * tileStep];
#pragma GCC unroll 4
      for (int b = 0; b < B; b++) sum[b][p] += value * row[b];
    }
  }
#pragma GCC unroll 4
  for (int b = 0; b < B; b++)
#pragma GCC unroll 8
    for (int p = 0; p < kPixels; p++) out[b][p] = sum[b][p];
}

// All blocks of eight rows of a product, as many at once as registers hold; each goes to `take(block, p, value)`.
template <int V, typename Take>
inline void Products(const float *tile, int tileRow, int tileStep, int depth, const float *matrix, int matrixRow,
                     int blocks, int pixels, const Take &take) {
  const auto some = [&](int block, auto count) {
    constexpr int B = decltype(count)::value;
    Vec<V> sums[B][kPixels];
    Product<V, B>(tile, tileRow, tileStep, depth, matrix + block * V, matrixRow, sums);
    for (int b = 0; b < B; b++)
      for (int p = 0; p < pixels; p++) take(block + b, p, sums[b][p]);
  };
  constexpr int kMost = kWide ? 3 : 1;
  int block = 0;
  for (; block + kMost <= blocks; block += kMost) some(block, std::integral_constant<int, kMost>());
  for (; block + 2 <= blocks; block += 2) some(block, std::integral_constant<int, kMost >= 2 ? 2 : 1>());
  if (block < blocks) some(block, std::integral_constant<int, 1>());
}

// A matrix [rows, columns], or its transpose, with its rows padded to `padded` numbers.
inline std::vector<float> Padded(const float *matrix, int rows, int columns, int padded, bool transposed) {
  const int height = transposed ? columns : rows, width = transposed ? rows : columns;
  std::vector<float> out(static_cast<size_t>(height) * padded, 0.0f);
  for (int i = 0; i < height; i++)
    for (int j = 0; j < width; j++) out[i * padded + j] = transposed ? matrix[j * columns + i] : matrix[i * columns + j];
  return out;
}

// The inputs x, depthwise, pointwise and, if any, scale, bias, mean and variance of the norm of x.
template <int V>
struct Operands {
  Operands(Call &call, int first, const Half &half) : x(call.input(first)), oh(half.oh), ow(half.ow), relu(half.relu) {
    const Tensor depthwise = call.input(first + 1), pointwise = call.input(first + 2);
    if (!call.require(x.shape.size() == 4 && depthwise.shape.size() == 4 && pointwise.shape.size() == 4 &&
                          depthwise.at(3) == x.at(3) && pointwise.at(2) == x.at(3),
                      "an image and two filters that fit are needed"))
      return;
    N = x.at(0), H = x.at(1), W = x.at(2), C = x.at(3), O = pointwise.at(3);
    Cb = RoundUp(C, V) / V, Cp = Cb * V, Ob = RoundUp(O, V) / V, Op = Ob * V;
    window = half.window;
    window.kh = depthwise.at(0);
    window.kw = depthwise.at(1);
    filter = depthwise.data;
    mix = pointwise.data;
    const bool every = window.sh == 1 && window.sw == 1 && window.top == 0 && window.left == 0 && oh == H && ow == W;
    plain = window.taps() == 1 && every;
    if (plain) {
      folded.resize(static_cast<size_t>(C) * O);
      for (size_t i = 0; i < folded.size(); i++) folded[i] = mix[i] * filter[i / O];
    } else {
      staged = StagedFor(window, oh, ow);
      taps = FilterBlocks<V>(filter, window.taps(), C, false);
    }
    mixing = Padded(mixer(), C, O, Op, false);
    columns = RoundUp(ow, kPixels);
    // Sums in memory are added to less often; but what is worked on has to stay in the nearest cache.
    rows = (plain || Cp < 128 ? 2 : 1) * RowsAtOnce(columns);
    if (call.inputs() > first + 3) {
      norm = AffineOf(call.input(first + 3), call.input(first + 4), call.input(first + 5), call.input(first + 6),
                      half.norm_epsilon, Cp);
    }
  }

  // Calls `f` with what makes u of x: of a vector, and the block that it is of.
  template <typename F>
  void activated(const F &f) const {
    const Vec<V> least = Vec<V>{} + (relu ? 0.0f : -HUGE_VALF);
    if (norm.factor.empty()) return f([least](Vec<V> value, int) { return AtLeast<V>(value, least); });
    const float *factor = norm.factor.data(), *offset = norm.offset.data();
    f([=](Vec<V> value, int block) {
      return AtLeast<V>(value * Load<V>(factor + block * V) + Load<V>(offset + block * V), least);
    });
  }

  // u of one image, with zeros around it.
  void stage(int n, float *out) const {
    const float *image = x.data + n * sizeOfX();
    activated([&](const auto &map) { Stage<V>(image, H, W, C, 1, 1, window.top, window.left, staged, out, map); });
  }

  // u of `count` rows of image n from `top` on, [count][columns][Cp], zero past their ends.
  void activate(int n, int top, int count, float *u) const {
    const float *from = x.data + n * sizeOfX() + static_cast<size_t>(top) * W * C;
    activated([&](const auto &map) {
      for (int h = 0; h < count; h++) {
        for (int w = 0; w < W; w++, from += C, u += Cp)
          for (int block = 0; block < Cb; block++) {
            Store<V>(u + block * V, map(LoadSome<V>(from + block * V, C - block * V), block));
          }
        std::memset(u, 0, sizeof(float) * (columns - W) * Cp);
        u += (columns - W) * Cp;
      }
    });
  }

  // c of `count` rows from `top` on, [count][columns][Cp], from the u of an image.
  void depthwise(const float *u, int top, int count, float *c) const {
    for (int h = top; h < top + count; h++) {
      for (int w = 0; w < columns; w += kPixels, c += kPixels * Cp) {
        const size_t first = static_cast<size_t>(h) * window.sh * staged.columns + w * window.sw;
        for (int block = 0; block < Cb; block++) {
          Vec<V> sums[kPixels];
          Windows<V>(u + block * staged.block(V) + first * V, staged, window, &taps[block * window.taps() * V], sums);
          for (int p = 0; p < kPixels; p++) Store<V>(c + p * Cp + block * V, sums[p]);
        }
      }
    }
  }

  // z of `count` rows, [count][ow][O], from their c.
  void pointwise(const float *c, int count, float *z) const {
    for (int h = 0; h < count; h++) {
      for (int w = 0; w < columns; w += kPixels, c += kPixels * Cp) {
        float *out = z + (static_cast<size_t>(h) * ow + w) * O;
        Products<V>(c, Cp, 1, C, mixing.data(), Op, Ob, std::min(kPixels, ow - w), [&](int block, int p, Vec<V> value) {
          StoreSome<V>(out + p * O + block * V, value, O - block * V);
        });
      }
    }
  }

  // z of image n, by scratch memory for its u and for c of the rows at once.
  void output(int n, float *scratch, float *z) const {
    float *u = scratch, *c = scratch + sizeOfU();
    if (!plain) stage(n, u);
    for (int top = 0; top < oh; top += rows) {
      const int count = std::min(rows, oh - top);
      if (plain) activate(n, top, count, c);
      else depthwise(u, top, count, c);
      pointwise(c, count, z + static_cast<size_t>(top) * ow * O);
    }
  }

  // What u is multiplied by where no filter is in between, and c elsewhere.
  const float *mixer() const { return plain ? folded.data() : mix; }

  // Numbers of x, of u and of z of one image, and of c of the rows at once.
  size_t sizeOfX() const { return static_cast<size_t>(H) * W * C; }
  size_t sizeOfU() const { return plain ? 0 : static_cast<size_t>(Cb) * staged.block(V); }
  size_t sizeOfZ() const { return static_cast<size_t>(oh) * ow * O; }
  size_t sizeOfC() const { return static_cast<size_t>(rows) * columns * Cp; }

  Tensor x;
  int N = 0, H = 0, W = 0, C = 0, O = 0, oh, ow;
  bool relu;
  int Cb = 0, Cp = 0, Ob = 0, Op = 0;
  Window window{1, 1, 1, 1, 1, 1, 0, 0};
  Staged staged{0, 0};
  // Columns up to the last eight, and how many rows are worked on together.
  int columns = 0, rows = 0;
  const float *filter = nullptr, *mix = nullptr;
  // Whether the depthwise filter is folded into the pointwise one.
  bool plain = false;
  std::vector<float> taps, folded, mixing;
  Affine norm;
};

// Adds `f(pixel, sums)` over the pixels of an image to K sums: each row by itself, in four sums side by side.
template <int V, int K, typename F>
inline void SumOverPixels(int rows, int columns, const F &f, Vec<V> total[K]) {
  constexpr int kSums = 4;
  for (int k = 0; k < K; k++) total[k] = Vec<V>{};
  for (int h = 0; h < rows; h++) {
    const size_t row = static_cast<size_t>(h) * columns;
    Vec<V> sum[kSums][K] = {};
    int w = 0;
    for (; w + kSums <= columns; w += kSums)
#pragma GCC unroll 4
      for (int i = 0; i < kSums; i++) f(row + w + i, sum[i]);
    for (; w < columns; w++) f(row + w, sum[0]);
    for (int k = 0; k < K; k++) total[k] += (sum[0][k] + sum[1][k]) + (sum[2][k] + sum[3][k]);
  }
}

}  // namespace nascent
