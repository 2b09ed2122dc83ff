// A half of a separable convolution, back.
#include "half.h"

namespace nascent {
namespace {

// Sums over the images of a batch. Those of some images are added up one after the other, and those of all parts at the end:
// parts are few where sums are large. How many hangs on sizes alone, not on the threads.
class Sums {
 public:
  Sums(Call &call, int size, int images)
      : size_(size),
        images_(images),
        together_(std::clamp(size / 8192, 1, 4)),
        parts_((images + together_ - 1) / together_),
        data_(call.temporary(static_cast<size_t>(parts_) * size)) {}

  // Calls `f` with an image, a thread, and the sums to add to.
  template <typename F>
  void each(const F &f) const {
    BackAndForth(parts_, [&](int part, int thread) {
      float *sums = data_ + static_cast<size_t>(part) * size_;
      std::fill_n(sums, size_, 0.0f);
      for (int n = part * together_; n < std::min(images_, (part + 1) * together_); n++) f(n, thread, sums);
    });
  }

  std::vector<float> total() const {
    std::vector<float> out(size_);
    SumParts(data_, parts_, size_, out.data());
    return out;
  }

 private:
  int size_, images_, together_, parts_;
  float *data_;
};

class Backward {
 public:
  explicit Backward(const Attributes &attributes)
      : half_(attributes),
        epsilon_(attributes.number("epsilon")),
        masked_(attributes.flag("masked") && half_.relu),
        input_(attributes.flag("input")),
        filters_(attributes.flag("filters")),
        dropped_(attributes.integer("dropped")),
        added_(attributes.integer("added")),
        kept_(attributes.integer("kept")) {}

  void run(Call &call) const {
    const int first = 4 + dropped_ + added_ + kept_;
    const Tensor x = call.input(first), pointwise = call.input(first + 2);
    if (!call.ok()) return;
    InBlocks(std::max(x.at(3), pointwise.at(3)), [&](auto lanes) { compute<decltype(lanes)::value>(call); });
  }

 private:
  static float FactorOf(const float *factors, int n) { return factors == nullptr ? 1.0f : factors[n]; }

  // dz = slope · dy + tilt · (z − mean) + level, of a channel.
  struct Norm {
    std::vector<float> slope, tilt, level, mean;
  };

  // `of(n, thread)` is z of image n; its dy is times factors[n], if there are any.
  template <int V, typename Of>
  Norm normOf(const Operands<V> &o, const float *dy, const float *factors, const Of &of, const Tensor &scale,
              const Tensor &mean, const Tensor &variance, float *dscale, float *dbias) const {
    Norm norm{std::vector<float>(o.Op, 0.0f), std::vector<float>(o.Op, 0.0f), std::vector<float>(o.Op, 0.0f),
              std::vector<float>(o.Op, 0.0f)};
    std::copy(mean.data, mean.data + o.O, norm.mean.begin());
    std::vector<float> parts(static_cast<size_t>(o.N) * 2 * o.Op, 0.0f), total(2 * o.Op);
    BackAndForth(o.N, [&](int n, int thread) {
      const float *z = of(n, thread);
      for (int block = 0; block < o.Ob; block++) {
        const int lanes = o.O - block * V;
        const Vec<V> middle = Load<V>(&norm.mean[block * V]);
        const float *gradient = dy + n * o.sizeOfZ() + block * V, *value = z + block * V;
        // Of dy, and of dy along z.
        Vec<V> sums[2];
        const auto add = [&](size_t at, Vec<V> into[2]) {
          const Vec<V> slope = LoadSome<V>(gradient + at * o.O, lanes);
          into[0] += slope;
          into[1] += slope * (LoadSome<V>(value + at * o.O, lanes) - middle);
        };
        SumOverPixels<V, 2>(o.oh, o.ow, add, sums);
        const float factor = FactorOf(factors, n);
        Store<V>(&parts[(static_cast<size_t>(n) * 2) * o.Op + block * V], sums[0] * factor);
        Store<V>(&parts[(static_cast<size_t>(n) * 2 + 1) * o.Op + block * V], sums[1] * factor);
      }
    });
    SumParts(parts.data(), o.N, 2 * o.Op, total.data());
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
    // What is not among the operands is the one before it here, and not read.
    const Tensor dy = call.input(0), drop = call.input(dropped_), sum = call.input(dropped_ + added_);
    const Tensor given = call.input(dropped_ + added_ + kept_);
    const int first = 1 + dropped_ + added_ + kept_;
    const Tensor scale = call.input(first), mean = call.input(first + 1), variance = call.input(first + 2);
    const Operands<V> o(call, first + 3, half_);
    const bool fits = dy.at(1) == o.oh && dy.at(2) == o.ow && dy.at(3) == o.O;
    if (!call.require(call.ok() && fits && (kept_ == 0 || dy.shape == given.shape),
                      "gradients of the half's output are needed"))
      return;
    if (!call.require(dropped_ == 0 || drop.at(0) == o.N, "a factor an image is needed")) return;
    if (!call.require(added_ == 0 || sum.shape == o.x.shape, "what dx is added to has its shape")) return;
    const float *factors = dropped_ == 0 ? nullptr : drop.data;
    const int kept = filters_ ? 1 : 0;
    float *dx = call.output(0, {input_ ? o.N : 0, o.H, o.W, o.C});
    float *dfilter = call.output(1, {o.window.kh * kept, o.window.kw, 1, o.C});
    float *dmix = call.output(2, {1, 1, o.C * kept, o.O});
    float *dscale = call.output(3, {o.O}), *dbias = call.output(4, {o.O});
    if (!call.ok()) return;
    const bool again = kept_ == 0;
    const size_t image = o.sizeOfZ();
    float *zAgain = call.temporary(again ? o.N * image : 0);
    if (!call.ok()) return;
    const auto zOf = [&](int n, int thread) -> const float * {
      if (!again) return given.data + n * image;
      float *z = zAgain + n * image;
      o.output(n, Scratch(thread, o.sizeOfU() + o.sizeOfC()), z);
      return z;
    };
    const Norm norm = normOf(o, dy.data, factors, zOf, scale, mean, variance, dscale, dbias);

    const float *before = added_ == 0 ? nullptr : sum.data;
    const Gradients gradients{norm, dy.data, factors, again ? zAgain : given.data, before, dx, dfilter, dmix};
    if (o.plain) byRows<V>(call, o, gradients);
    else byImages<V>(call, o, gradients);
  }

  // What both ways back take and make.
  struct Gradients {
    const Norm &norm;
    const float *dy, *factors, *z, *sum;
    float *dx, *dfilter, *dmix;
  };

  template <int V>
  static void give(const Gradients &g, size_t at, Vec<V> value, int lanes) {
    StoreSome<V>(g.dx + at, g.sum == nullptr ? value : LoadSome<V>(g.sum + at, lanes) + value, lanes);
  }

  // Where the depthwise filter is folded: dx row by row, and the filters' gradients of G = Σ over pixels of u · dz.
  template <int V>
  void byRows(Call &call, const Operands<V> &o, const Gradients &g) const {
    const std::vector<float> unmix = Padded(o.mixer(), o.C, o.O, o.Cp, true);
    const Sums parts(call, filters_ ? o.Cp * o.Op : 0, o.N);
    const Vec<V> zero = {};
    if (!call.ok()) return;
    parts.each([&](int n, int thread, float *sums) {
      float *u = Scratch(thread, o.sizeOfC() + static_cast<size_t>(o.rows) * o.columns * o.Op), *dz = u + o.sizeOfC();
      for (int top = 0; top < o.oh; top += o.rows) {
        const int count = std::min(o.rows, o.oh - top);
        const size_t first = n * o.sizeOfZ() + static_cast<size_t>(top) * o.ow * o.O;
        normRows<V>(o, g.norm, g.dy + first, FactorOf(g.factors, n), g.z + first, count, dz);
        o.activate(n, top, count, u);
        if (filters_) addMixGrad<V>(o, u, dz, count * o.columns, sums);
        for (int h = 0; h < count && input_; h++) {
          for (int w = 0; w < o.ow; w += kPixels) {
            const size_t pixel = static_cast<size_t>(h) * o.columns + w;
            const size_t first = n * o.sizeOfX() + (static_cast<size_t>(top + h) * o.W + w) * o.C;
            Products<V>(dz + pixel * o.Op, o.Op, 1, o.O, unmix.data(), o.Cp, o.Cb, std::min(kPixels, o.ow - w),
                        [&](int block, int p, Vec<V> value) {
                          if (masked_) value = Load<V>(u + (pixel + p) * o.Cp + block * V) > zero ? value : zero;
                          give<V>(g, first + p * o.C + block * V, value, o.C - block * V);
                        });
          }
        }
      }
    });
    if (!filters_) return;
    const std::vector<float> total = parts.total();
    for (int c = 0; c < o.C; c++) {
      double along = 0;
      for (int out = 0; out < o.O; out++) {
        const float sum = total[c * o.Op + out];
        g.dmix[c * o.O + out] = sum * o.filter[c];
        along += static_cast<double>(sum) * o.mix[c * o.O + out];
      }
      g.dfilter[c] = static_cast<float>(along);
    }
  }

  template <int V>
  void byImages(Call &call, const Operands<V> &o, const Gradients &g) const {
    // The depthwise convolution by the mirrored filter, over dc with its pixels apart by the strides.
    const Window &window = o.window;
    const int kh = window.kh, kw = window.kw;
    const Window back = {kh,        kw,        1, 1, window.dh, window.dw, (kh - 1) * window.dh - window.top,
                         (kw - 1) * window.dw - window.left};
    const Staged spread = StagedFor(back, o.H, o.W);
    const std::vector<float> mirrored = FilterBlocks<V>(o.filter, window.taps(), o.C, true);
    const std::vector<float> unmix = Padded(o.mix, o.C, o.O, o.Cp, true);

    const int taps = o.Cb * window.taps() * V, mixed = o.Cp * o.Op;
    const size_t uSize = o.sizeOfU(), dcSize = static_cast<size_t>(o.Cb) * spread.block(V);
    const size_t zRow = static_cast<size_t>(o.ow) * o.O, dzRow = static_cast<size_t>(o.columns) * o.Op;
    const Sums parts(call, filters_ ? taps + mixed : 0, o.N);
    if (!call.ok()) return;
    parts.each([&](int n, int thread, float *sums) {
      float *u = Scratch(thread, uSize + dcSize + o.sizeOfC() + o.rows * dzRow);
      float *dc = u + uSize, *c = dc + dcSize, *dz = c + o.sizeOfC();
      o.stage(n, u);
      std::memset(dc, 0, sizeof(float) * dcSize);
      for (int top = 0; top < o.oh; top += o.rows) {
        const int count = std::min(o.rows, o.oh - top);
        const size_t first = n * o.sizeOfZ() + top * zRow;
        normRows<V>(o, g.norm, g.dy + first, FactorOf(g.factors, n), g.z + first, count, dz);
        if (filters_) o.depthwise(u, top, count, c);
        if (filters_) addMixGrad<V>(o, c, dz, count * o.columns, sums + taps);
        for (int h = 0; h < count; h++) {
          for (int w = 0; w < o.ow; w += kPixels) {
            const size_t place =
                static_cast<size_t>(back.top + (top + h) * window.sh) * spread.columns + back.left + w * window.sw;
            Products<V>(dz + h * dzRow + static_cast<size_t>(w) * o.Op, o.Op, 1, o.O, unmix.data(), o.Cp, o.Cb,
                        std::min(kPixels, o.ow - w), [&](int block, int p, Vec<V> value) {
                          Store<V>(dc + block * spread.block(V) + (place + p * window.sw) * V, value);
                        });
          }
        }
      }
      for (int block = 0; block < o.Cb && filters_; block++) {
        const size_t first = static_cast<size_t>(back.top) * spread.columns + back.left;
        AddFilterGrad<V>(u + block * o.staged.block(V), o.staged, window, dc + block * spread.block(V) + first * V,
                         window.sh * spread.columns * V, window.sw * V, o.oh, o.ow,
                         sums + block * window.taps() * V);
      }
      inputGrad<V>(o, u, dc, spread, back, mirrored, g, n * o.sizeOfX());
    });
    if (!filters_) return;
    const std::vector<float> total = parts.total();
    UnblockFilter<V>(total, window.taps(), o.C, g.dfilter);
    for (int i = 0; i < o.C; i++) std::copy_n(&total[taps + i * o.Op], o.O, g.dmix + i * o.O);
  }

  // dz of rows, [count][columns][Op], zero past their ends.
  template <int V>
  static void normRows(const Operands<V> &o, const Norm &norm, const float *dy, float factor, const float *z, int count,
                       float *dz) {
    // Pixel by pixel, so that memory is read in its order.
    for (int h = 0; h < count; h++) {
      for (int w = 0; w < o.ow; w++, dy += o.O, z += o.O, dz += o.Op) {
        for (int block = 0; block < o.Op; block += V) {
          const int lanes = o.O - block;
          const Vec<V> apart = LoadSome<V>(z + block, lanes) - Load<V>(&norm.mean[block]);
          const Vec<V> slope = Load<V>(&norm.slope[block]) * factor;
          const Vec<V> rest = Load<V>(&norm.tilt[block]) * apart + Load<V>(&norm.level[block]);
          Store<V>(dz + block, slope * LoadSome<V>(dy + block, lanes) + rest);
        }
      }
      const size_t rest = static_cast<size_t>(o.columns - o.ow) * o.Op;
      std::memset(dz, 0, sizeof(float) * rest);
      dz += rest;
    }
  }

  // Adds Σ over pixels of c · dz to `sums` [Cp][Op].
  template <int V>
  static void addMixGrad(const Operands<V> &o, const float *c, const float *dz, int pixels, float *sums) {
    for (int i = 0; i < o.C; i += kPixels) {
      Products<V>(c + i, 1, o.Cp, pixels, dz, o.Op, o.Ob, kPixels, [&](int block, int k, Vec<V> value) {
        float *into = sums + static_cast<size_t>(i + k) * o.Op + block * V;
        Store<V>(into, Load<V>(into) + value);
      });
    }
  }

  template <int V>
  void inputGrad(const Operands<V> &o, const float *u, const float *dc, const Staged &spread, const Window &back,
                 const std::vector<float> &mirrored, const Gradients &g, size_t image) const {
    const Vec<V> zero = {};
    const int rows = input_ ? o.H : 0;
    for (int h = 0; h < rows; h++) {
      const int row = h + o.window.top;
      for (int w = 0; w < o.W; w += kPixels) {
        const int pixels = std::min(kPixels, o.W - w), column = w + o.window.left;
        // A pixel that no window reads has no gradient either.
        const int read = row < o.staged.rows ? std::min(pixels, o.staged.columns - column) : 0;
        const size_t first = static_cast<size_t>(h) * spread.columns + w;
        const size_t pixel = image + (static_cast<size_t>(h) * o.W + w) * o.C;
        for (int block = 0; block < o.Cb; block++) {
          Vec<V> sums[kPixels];
          Windows<V, 1>(dc + block * spread.block(V) + first * V, spread, back, &mirrored[block * back.taps() * V],
                        sums);
          if (masked_) {
            const float *seen =
                u + block * o.staged.block(V) + (static_cast<size_t>(row) * o.staged.columns + column) * V;
            for (int p = 0; p < read; p++) sums[p] = Load<V>(seen + p * V) > zero ? sums[p] : zero;
          }
          for (int p = 0; p < pixels; p++) give<V>(g, pixel + p * o.C + block * V, sums[p], o.C - block * V);
        }
      }
    }
  }

  Half half_;
  float epsilon_;
  bool masked_, input_, filters_;
  // Of factors of dy, sums that dx is added to, and z, how many are among the operands: one or none.
  int dropped_, added_, kept_;
};

const Registered<Backward> backward("NascentSeparableHalfGrad",
                                    {"dy: float", "factor: dropped * float", "sum: added * float", "z: kept * float",
                                     "scale: float", "mean: float", "variance: float", "x: float", "depthwise: float",
                                     "pointwise: float", "norm: norms * float"},
                                    {"dx: float", "ddepthwise: float", "dpointwise: float", "dscale: float",
                                     "dbias: float"},
                                    {"strides: list(int)", "dilations: list(int)", "pads: list(int)",
                                     "size: list(int)", "dropped: int >= 0", "added: int >= 0", "kept: int >= 0",
                                     "norms: int >= 0", "relu: bool", "norm_epsilon: float", "epsilon: float",
                                     "masked: bool", "input: bool", "filters: bool"});

}  // namespace
}  // namespace nascent
