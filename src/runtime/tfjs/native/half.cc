// One half of a separable convolution in one pass over each image, forwards and back.
//
//   u = relu(x), or relu(batch norm of x by given statistics);  c = depthwise(u);  z = pointwise(c)
//
// Of all this only z is kept, with its mean and variance over the batch. Going back, u and c are computed again, which is
// cheaper than fetching them from memory, and the gradient of the batch norm behind z, which is affine in dy and z, is
// taken on the way. A z that was not kept till then is computed again too, by the same steps, so to the last bit.
#include <cmath>
#include <vector>

#include "image.h"
#include "parallel.h"
#include "tensorflow.h"

namespace nascent {
namespace {

// Batch norm as value · factor + offset, in blocks of channels.
struct Affine {
  std::vector<float> factor, offset;
};

Affine AffineOf(const Tensor &scale, const Tensor &bias, const Tensor &mean, const Tensor &variance, float epsilon,
                int padded) {
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
  explicit Half(const Attributes &attributes) : norm_epsilon(attributes.number("norm_epsilon")) {
    const std::vector<int> strides = attributes.ints("strides"), dilations = attributes.ints("dilations");
    const std::vector<int> pads = attributes.ints("pads"), out = attributes.ints("size");
    if (strides.size() != 2 || dilations.size() != 2 || pads.size() != 2 || out.size() != 2) return;
    window = {1, 1, strides[0], strides[1], dilations[0], dilations[1], pads[0], pads[1]};
    oh = out[0];
    ow = out[1];
  }

  Window window{1, 1, 1, 1, 1, 1, 0, 0};
  int oh = 0, ow = 0;
  float norm_epsilon;
};

// One block of eight rows of a product: Σ over k of tile[p][k] · matrix[k][block].
template <int V>
inline void Product(const float *tile, int tileRow, int depth, const float *matrix, int matrixRow,
                    Vec<V> out[kPixels]) {
  Vec<V> sum[kPixels] = {};
  for (int k = 0; k < depth; k++) {
    const Vec<V> row = Load<V>(matrix + static_cast<size_t>(k) * matrixRow);
#pragma GCC unroll 8
    for (int p = 0; p < kPixels; p++) sum[p] += tile[p * tileRow + k] * row;
  }
#pragma GCC unroll 8
  for (int p = 0; p < kPixels; p++) out[p] = sum[p];
}

// The inputs x, depthwise, pointwise and, if any, scale, bias, mean and variance of the norm of x.
template <int V>
struct Operands {
  Operands(Call &call, int first, const Half &half) : x(call.input(first)), oh(half.oh), ow(half.ow) {
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
    staged = StagedFor(window, oh, ow);
    filter = depthwise.data;
    taps = FilterBlocks<V>(depthwise.data, window.taps(), C, false);
    mix = pointwise.data;
    if (call.inputs() > first + 3) {
      norm = AffineOf(call.input(first + 3), call.input(first + 4), call.input(first + 5), call.input(first + 6),
                      half.norm_epsilon, Cp);
    }
  }

  // u of one image, with zeros around it.
  void stage(int n, float *out) const {
    const float *image = x.data + static_cast<size_t>(n) * H * W * C;
    if (norm.factor.empty()) {
      const auto positive = [](Vec<V> value, int) { return Positive<V>(value); };
      Stage<V>(image, H, W, C, 1, 1, window.top, window.left, staged, out, positive);
    } else {
      const float *factor = norm.factor.data(), *offset = norm.offset.data();
      const auto active = [factor, offset](Vec<V> value, int block) {
        return Positive<V>(value * Load<V>(factor + block * V) + Load<V>(offset + block * V));
      };
      Stage<V>(image, H, W, C, 1, 1, window.top, window.left, staged, out, active);
    }
  }

  // c of eight pixels, [8][Cp].
  void depthwiseTile(const float *u, int h, int w, float *tile) const {
    const size_t first = static_cast<size_t>(h) * window.sh * staged.columns + w * window.sw;
    for (int block = 0; block < Cb; block++) {
      Vec<V> sums[kPixels];
      Windows<V>(u + block * staged.block(V) + first * V, staged, window, &taps[block * window.taps() * V], sums);
      for (int p = 0; p < kPixels; p++) Store<V>(tile + p * Cp + block * V, sums[p]);
    }
  }

  // z of one image, from its u. c goes to `c` [oh][columns][Cp], or, where there is none, to `tile` [8][Cp] and is lost.
  void output(const float *u, const float *mixed, float *tile, float *c, float *z) const {
    const int columns = RoundUp(ow, kPixels);
    for (int h = 0; h < oh; h++) {
      for (int w = 0; w < ow; w += kPixels) {
        float *at = c == nullptr ? tile : c + (static_cast<size_t>(h) * columns + w) * Cp;
        depthwiseTile(u, h, w, at);
        const int pixels = std::min(kPixels, ow - w);
        float *out = z + (static_cast<size_t>(h) * ow + w) * O;
        for (int block = 0; block < Ob; block++) {
          Vec<V> sums[kPixels];
          Product<V>(at, Cp, C, mixed + block * V, Op, sums);
          for (int p = 0; p < pixels; p++) StoreSome<V>(out + p * O + block * V, sums[p], O - block * V);
        }
      }
    }
  }

  Tensor x;
  int N = 0, H = 0, W = 0, C = 0, O = 0, oh, ow;
  int Cb = 0, Cp = 0, Ob = 0, Op = 0;
  Window window{1, 1, 1, 1, 1, 1, 0, 0};
  Staged staged{0, 0};
  const float *filter = nullptr, *mix = nullptr;
  std::vector<float> taps;
  Affine norm;
};

// A matrix [rows, columns], or its transpose, with its rows padded to `padded` numbers.
std::vector<float> Padded(const float *matrix, int rows, int columns, int padded, bool transposed) {
  const int height = transposed ? columns : rows, width = transposed ? rows : columns;
  std::vector<float> out(static_cast<size_t>(height) * padded, 0.0f);
  for (int i = 0; i < height; i++)
    for (int j = 0; j < width; j++) out[i * padded + j] = transposed ? matrix[j * columns + i] : matrix[i * columns + j];
  return out;
}

class Forward {
 public:
  explicit Forward(const Attributes &attributes) : half_(attributes), statistics_(attributes.flag("statistics")) {}

  void run(Call &call) const {
    const Tensor x = call.input(0), pointwise = call.input(2);
    if (!call.ok()) return;
    if (IsNarrow(x.at(3)) && IsNarrow(pointwise.at(3))) {
      compute<8>(call);
    } else {
      compute<16>(call);
    }
  }

 private:
  template <int V>
  void compute(Call &call) const {
    const Operands<V> o(call, 0, half_);
    if (!call.ok()) return;
    float *z = call.output(0, {o.N, o.oh, o.ow, o.O});
    float *mean = call.output(1, {statistics_ ? o.O : 0}), *variance = call.output(2, {statistics_ ? o.O : 0});
    if (!call.ok()) return;
    const std::vector<float> mix = Padded(o.mix, o.C, o.O, o.Op, false);
    const size_t staged = static_cast<size_t>(o.Cb) * o.staged.block(V), image = static_cast<size_t>(o.oh) * o.ow * o.O;
    // Of each image, the mean and the squares about it.
    std::vector<float> means(static_cast<size_t>(o.N) * o.Op), squares(static_cast<size_t>(o.N) * o.Op);
    Parallel(o.N, [&](int n, int thread) {
      float *u = Scratch(thread, staged + static_cast<size_t>(kPixels) * o.Cp);
      float *tile = u + staged;
      o.stage(n, u);
      o.output(u, mix.data(), tile, nullptr, z + n * image);
      if (statistics_) measure<V>(o, z + n * image, &means[static_cast<size_t>(n) * o.Op],
                                  &squares[static_cast<size_t>(n) * o.Op]);
    });
    if (!statistics_) return;
    const double pixels = static_cast<double>(o.oh) * o.ow;
    for (int c = 0; c < o.O; c++) {
      double sum = 0, about = 0;
      for (int n = 0; n < o.N; n++) sum += means[static_cast<size_t>(n) * o.Op + c];
      const double middle = sum / o.N;
      for (int n = 0; n < o.N; n++) {
        const double apart = means[static_cast<size_t>(n) * o.Op + c] - middle;
        about += squares[static_cast<size_t>(n) * o.Op + c] + pixels * apart * apart;
      }
      mean[c] = static_cast<float>(middle);
      variance[c] = static_cast<float>(about / (pixels * o.N));
    }
  }

  template <int V>
  static void measure(const Operands<V> &o, const float *z, float *mean, float *squares) {
    for (int block = 0; block < o.Ob; block++) {
      const int lanes = o.O - block * V;
      Vec<V> total = {};
      for (int h = 0; h < o.oh; h++) {
        Vec<V> row = {};
        for (int w = 0; w < o.ow; w++) row += LoadSome<V>(z + (static_cast<size_t>(h) * o.ow + w) * o.O + block * V, lanes);
        total += row;
      }
      const Vec<V> middle = total / static_cast<float>(o.oh * o.ow);
      Vec<V> about = {};
      for (int h = 0; h < o.oh; h++) {
        Vec<V> row = {};
        for (int w = 0; w < o.ow; w++) {
          const Vec<V> apart =
              LoadSome<V>(z + (static_cast<size_t>(h) * o.ow + w) * o.O + block * V, lanes) - middle;
          row += apart * apart;
        }
        about += row;
      }
      Store<V>(mean + block * V, middle);
      Store<V>(squares + block * V, about);
    }
  }

  Half half_;
  bool statistics_;
};

class Backward {
 public:
  explicit Backward(const Attributes &attributes)
      : half_(attributes),
        epsilon_(attributes.number("epsilon")),
        masked_(attributes.flag("masked")),
        filters_(attributes.flag("filters")),
        kept_(attributes.integer("kept")) {}

  void run(Call &call) const {
    const Tensor x = call.input(4 + kept_), pointwise = call.input(6 + kept_);
    if (!call.ok()) return;
    if (IsNarrow(x.at(3)) && IsNarrow(pointwise.at(3))) {
      compute<8>(call);
    } else {
      compute<16>(call);
    }
  }

 private:
  // dz = slope · dy + tilt · (z − mean) + level, of a channel.
  struct Norm {
    std::vector<float> slope, tilt, level, mean;
  };

  // `ready(n, thread)` is called before z of image n is read.
  template <int V, typename Ready>
  Norm normOf(const Operands<V> &o, const float *dy, const float *z, const Tensor &scale, const Tensor &mean,
              const Tensor &variance, const Ready &ready, float *dscale, float *dbias) const {
    Norm norm{std::vector<float>(o.Op, 0.0f), std::vector<float>(o.Op, 0.0f), std::vector<float>(o.Op, 0.0f),
              std::vector<float>(o.Op, 0.0f)};
    std::copy(mean.data, mean.data + o.O, norm.mean.begin());
    std::vector<float> parts(static_cast<size_t>(o.N) * 2 * o.Op, 0.0f), total(2 * o.Op);
    const size_t image = static_cast<size_t>(o.oh) * o.ow * o.O;
    Parallel(o.N, [&](int n, int thread) {
      ready(n, thread);
      for (int block = 0; block < o.Ob; block++) {
        const int lanes = o.O - block * V;
        const Vec<V> middle = Load<V>(&norm.mean[block * V]);
        Vec<V> sum = {}, along = {};
        for (int h = 0; h < o.oh; h++) {
          Vec<V> rowSum = {}, rowAlong = {};
          for (int w = 0; w < o.ow; w++) {
            const size_t at = n * image + (static_cast<size_t>(h) * o.ow + w) * o.O + block * V;
            const Vec<V> gradient = LoadSome<V>(dy + at, lanes);
            rowSum += gradient;
            rowAlong += gradient * (LoadSome<V>(z + at, lanes) - middle);
          }
          sum += rowSum;
          along += rowAlong;
        }
        Store<V>(&parts[(static_cast<size_t>(n) * 2) * o.Op + block * V], sum);
        Store<V>(&parts[(static_cast<size_t>(n) * 2 + 1) * o.Op + block * V], along);
      }
    });
    SumParts(parts, o.N, 2 * o.Op, total.data());
    const double count = static_cast<double>(o.N) * o.oh * o.ow;
    for (int c = 0; c < o.O; c++) {
      const double inverse = 1 / std::sqrt(static_cast<double>(variance.data[c]) + epsilon_);
      const double factor = scale.data[c] * inverse;
      dbias[c] = total[c];
      dscale[c] = static_cast<float>(total[o.Op + c] * inverse);
      norm.slope[c] = static_cast<float>(factor);
      norm.tilt[c] = static_cast<float>(-factor * inverse * inverse * total[o.Op + c] / count);
      norm.level[c] = static_cast<float>(-factor * total[c] / count);
    }
    return norm;
  }

  template <int V>
  void compute(Call &call) const {
    const Tensor dy = call.input(0), given = call.input(kept_);
    const Tensor scale = call.input(1 + kept_), mean = call.input(2 + kept_), variance = call.input(3 + kept_);
    const Operands<V> o(call, 4 + kept_, half_);
    if (!call.require(call.ok() && (kept_ == 0 || dy.shape == given.shape) && dy.at(1) == o.oh && dy.at(2) == o.ow && dy.at(3) == o.O,
                      "gradients of the half's output are needed"))
      return;
    const Window &window = o.window;
    const int kh = window.kh, kw = window.kw, kept = filters_ ? 1 : 0;
    float *dx = call.output(0, {o.N, o.H, o.W, o.C});
    float *dfilter = call.output(1, {kh * kept, kw, 1, o.C}), *dmix = call.output(2, {1, 1, o.C * kept, o.O});
    float *dscale = call.output(3, {o.O}), *dbias = call.output(4, {o.O});
    if (!call.ok()) return;
    const int columns = RoundUp(o.ow, kPixels);
    const size_t uSize = static_cast<size_t>(o.Cb) * o.staged.block(V), image = static_cast<size_t>(o.oh) * o.ow * o.O;
    // Where z is computed again, c is kept for the second pass over the images.
    const size_t cImage = static_cast<size_t>(o.oh) * columns * o.Cp;
    const bool again = kept_ == 0;
    float *zAgain = call.temporary(again ? o.N * image : 0);
    float *cAgain = call.temporary(again && filters_ ? o.N * cImage : 0);
    if (!call.ok()) return;
    const std::vector<float> mixing = again ? Padded(o.mix, o.C, o.O, o.Op, false) : std::vector<float>();
    const float *z = again ? zAgain : given.data;
    const auto ready = [&](int n, int thread) {
      if (!again) return;
      float *u = Scratch(thread, uSize + static_cast<size_t>(kPixels) * o.Cp);
      o.stage(n, u);
      o.output(u, mixing.data(), u + uSize, cAgain == nullptr ? nullptr : cAgain + n * cImage, zAgain + n * image);
    };
    const Norm norm = normOf(o, dy.data, z, scale, mean, variance, ready, dscale, dbias);

    // The depthwise convolution by the mirrored filter, over dc with its pixels apart by the strides.
    const Window back = {kh,        kw,        1, 1, window.dh, window.dw, (kh - 1) * window.dh - window.top,
                         (kw - 1) * window.dw - window.left};
    const Staged spread = StagedFor(back, o.H, o.W);
    const std::vector<float> mirrored = FilterBlocks<V>(o.filter, window.taps(), o.C, true);
    const std::vector<float> unmix = Padded(o.mix, o.C, o.O, o.Cp, true);

    const int taps = o.Cb * window.taps() * V, mixed = o.Cp * o.Op;
    const size_t dcSize = static_cast<size_t>(o.Cb) * spread.block(V), cSize = static_cast<size_t>(columns) * o.Cp;
    std::vector<float> filterParts(filters_ ? static_cast<size_t>(o.N) * taps : 0, 0.0f);
    std::vector<float> mixParts(filters_ ? static_cast<size_t>(o.N) * mixed : 0, 0.0f);
    Parallel(o.N, [&](int n, int thread) {
      float *u = Scratch(thread, uSize + dcSize + cSize + static_cast<size_t>(columns) * o.Op);
      float *dc = u + uSize, *cRow = dc + dcSize, *dz = cRow + cSize;
      o.stage(n, u);
      std::memset(dc, 0, sizeof(float) * dcSize);
      for (int h = 0; h < o.oh; h++) {
        const size_t row = n * image + static_cast<size_t>(h) * o.ow * o.O;
        normRow<V>(o, norm, dy.data + row, z + row, columns, dz);
        float *c = cAgain == nullptr ? cRow : cAgain + n * cImage + h * cSize;
        for (int w = 0; w < o.ow; w += kPixels) {
          if (filters_ && cAgain == nullptr) o.depthwiseTile(u, h, w, c + static_cast<size_t>(w) * o.Cp);
          const size_t first = static_cast<size_t>(back.top + h * window.sh) * spread.columns + back.left + w * window.sw;
          const int pixels = std::min(kPixels, o.ow - w);
          for (int block = 0; block < o.Cb; block++) {
            Vec<V> sums[kPixels];
            Product<V>(dz + static_cast<size_t>(w) * o.Op, o.Op, o.O, unmix.data() + block * V, o.Cp, sums);
            float *place = dc + block * spread.block(V) + first * V;
            for (int p = 0; p < pixels; p++) Store<V>(place + p * window.sw * V, sums[p]);
          }
        }
        if (filters_) addMixGrad<V>(o, c, dz, columns, &mixParts[static_cast<size_t>(n) * mixed]);
      }
      for (int block = 0; block < o.Cb && filters_; block++) {
        const size_t first = static_cast<size_t>(back.top) * spread.columns + back.left;
        AddFilterGrad<V>(u + block * o.staged.block(V), o.staged, window, dc + block * spread.block(V) + first * V,
                         window.sh * spread.columns * V, window.sw * V, o.oh, o.ow,
                         &filterParts[static_cast<size_t>(n) * taps + block * window.taps() * V]);
      }
      inputGrad<V>(o, u, dc, spread, back, mirrored, dx + static_cast<size_t>(n) * o.H * o.W * o.C);
    });
    if (!filters_) return;
    std::vector<float> total(std::max(taps, mixed));
    SumParts(filterParts, o.N, taps, total.data());
    UnblockFilter<V>(total, window.taps(), o.C, dfilter);
    SumParts(mixParts, o.N, mixed, total.data());
    for (int i = 0; i < o.C; i++) std::copy_n(&total[i * o.Op], o.O, dmix + i * o.O);
  }

  // dz of a row, [columns][Op], zero past its end.
  template <int V>
  static void normRow(const Operands<V> &o, const Norm &norm, const float *dy, const float *z, int columns, float *dz) {
    for (int block = 0; block < o.Ob; block++) {
      const int lanes = o.O - block * V;
      const Vec<V> slope = Load<V>(&norm.slope[block * V]), tilt = Load<V>(&norm.tilt[block * V]);
      const Vec<V> level = Load<V>(&norm.level[block * V]), middle = Load<V>(&norm.mean[block * V]);
      for (int w = 0; w < columns; w++) {
        Vec<V> value = {};
        if (w < o.ow) {
          const size_t at = static_cast<size_t>(w) * o.O + block * V;
          value = slope * LoadSome<V>(dy + at, lanes) + (tilt * (LoadSome<V>(z + at, lanes) - middle) + level);
        }
        Store<V>(dz + static_cast<size_t>(w) * o.Op + block * V, value);
      }
    }
  }

  // Adds Σ over the pixels of a row of c · dz to `sums` [Cp][Op].
  template <int V>
  static void addMixGrad(const Operands<V> &o, const float *c, const float *dz, int columns, float *sums) {
    for (int i = 0; i < o.Cp; i += kPixels) {
      for (int block = 0; block < o.Ob; block++) {
        float *into = sums + static_cast<size_t>(i) * o.Op + block * V;
        Vec<V> sum[kPixels] = {};
        for (int w = 0; w < columns; w++) {
          const Vec<V> gradient = Load<V>(dz + static_cast<size_t>(w) * o.Op + block * V);
          const float *pixel = c + static_cast<size_t>(w) * o.Cp + i;
#pragma GCC unroll 8
          for (int k = 0; k < kPixels; k++) sum[k] += pixel[k] * gradient;
        }
        for (int k = 0; k < kPixels; k++) Store<V>(into + k * o.Op, Load<V>(into + k * o.Op) + sum[k]);
      }
    }
  }

  template <int V>
  void inputGrad(const Operands<V> &o, const float *u, const float *dc, const Staged &spread, const Window &back,
                 const std::vector<float> &mirrored, float *dx) const {
    const Vec<V> zero = {};
    for (int h = 0; h < o.H; h++) {
      for (int w = 0; w < o.W; w += kPixels) {
        const int pixels = std::min(kPixels, o.W - w);
        for (int block = 0; block < o.Cb; block++) {
          Vec<V> sums[kPixels];
          const size_t first = static_cast<size_t>(h) * spread.columns + w;
          Windows<V, 1>(dc + block * spread.block(V) + first * V, spread, back, &mirrored[block * back.taps() * V],
                        sums);
          for (int p = 0; p < pixels; p++) {
            const int row = h + o.window.top, column = w + p + o.window.left;
            // A pixel that no window reads has no gradient either.
            if (masked_ && row < o.staged.rows && column < o.staged.columns) {
              const float *seen =
                  u + block * o.staged.block(V) + (static_cast<size_t>(row) * o.staged.columns + column) * V;
              sums[p] = Load<V>(seen) > zero ? sums[p] : zero;
            }
            StoreSome<V>(dx + (static_cast<size_t>(h) * o.W + w + p) * o.C + block * V, sums[p], o.C - block * V);
          }
        }
      }
    }
  }

  Half half_;
  float epsilon_;
  bool masked_, filters_;
  // How many z there are among the operands: one or none.
  int kept_;
};

const Registered<Forward> forward("NascentSeparableHalf",
                                  {"x: float", "depthwise: float", "pointwise: float", "norm: norms * float"},
                                  {"z: float", "mean: float", "variance: float"},
                                  {"strides: list(int)", "dilations: list(int)", "pads: list(int)", "size: list(int)",
                                   "norms: int >= 0", "norm_epsilon: float", "statistics: bool"});
const Registered<Backward> backward("NascentSeparableHalfGrad",
                                    {"dy: float", "z: kept * float", "scale: float", "mean: float", "variance: float",
                                     "x: float", "depthwise: float", "pointwise: float", "norm: norms * float"},
                                    {"dx: float", "ddepthwise: float", "dpointwise: float", "dscale: float",
                                     "dbias: float"},
                                    {"strides: list(int)", "dilations: list(int)", "pads: list(int)",
                                     "size: list(int)", "kept: int >= 0", "norms: int >= 0", "norm_epsilon: float",
                                     "epsilon: float", "masked: bool", "filters: bool"});

}  // namespace
}  // namespace nascent
