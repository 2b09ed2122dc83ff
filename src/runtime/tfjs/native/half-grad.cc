// A half of a separable convolution, back.
#include "half.h"

namespace nascent {
namespace {

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
    InBlocks(std::max(x.at(3), pointwise.at(3)), [&](auto lanes) { compute<decltype(lanes)::value>(call); });
  }

 private:
  // dz = slope · dy + tilt · (z − mean) + level, of a channel.
  struct Norm {
    std::vector<float> slope, tilt, level, mean;
  };

  // `of(n, thread)` is z of image n.
  template <int V, typename Of>
  Norm normOf(const Operands<V> &o, const float *dy, const Of &of, const Tensor &scale, const Tensor &mean,
              const Tensor &variance, float *dscale, float *dbias) const {
    Norm norm{std::vector<float>(o.Op, 0.0f), std::vector<float>(o.Op, 0.0f), std::vector<float>(o.Op, 0.0f),
              std::vector<float>(o.Op, 0.0f)};
    std::copy(mean.data, mean.data + o.O, norm.mean.begin());
    std::vector<float> parts(static_cast<size_t>(o.N) * 2 * o.Op, 0.0f), total(2 * o.Op);
    Parallel(o.N, [&](int n, int thread) {
      const float *z = of(n, thread);
      for (int block = 0; block < o.Ob; block++) {
        const int lanes = o.O - block * V;
        const Vec<V> middle = Load<V>(&norm.mean[block * V]);
        const float *gradient = dy + n * o.sizeOfZ() + block * V, *value = z + block * V;
        const Vec<V> sum =
            SumOfPixels<V>(o.oh, o.ow, [&](size_t at) { return LoadSome<V>(gradient + at * o.O, lanes); });
        const Vec<V> along = SumOfPixels<V>(o.oh, o.ow, [&](size_t at) {
          return LoadSome<V>(gradient + at * o.O, lanes) * (LoadSome<V>(value + at * o.O, lanes) - middle);
        });
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
    const bool fits = dy.at(1) == o.oh && dy.at(2) == o.ow && dy.at(3) == o.O;
    if (!call.require(call.ok() && fits && (kept_ == 0 || dy.shape == given.shape),
                      "gradients of the half's output are needed"))
      return;
    const Window &window = o.window;
    const int kh = window.kh, kw = window.kw, kept = filters_ ? 1 : 0;
    float *dx = call.output(0, {o.N, o.H, o.W, o.C});
    float *dfilter = call.output(1, {kh * kept, kw, 1, o.C}), *dmix = call.output(2, {1, 1, o.C * kept, o.O});
    float *dscale = call.output(3, {o.O}), *dbias = call.output(4, {o.O});
    if (!call.ok()) return;
    const bool again = kept_ == 0;
    const size_t uSize = o.sizeOfU(), image = o.sizeOfZ();
    float *zAgain = call.temporary(again ? o.N * image : 0);
    if (!call.ok()) return;
    const auto zOf = [&](int n, int thread) -> const float * {
      if (!again) return given.data + n * image;
      float *u = Scratch(thread, uSize + o.sizeOfC()), *z = zAgain + n * image;
      o.stage(n, u);
      o.output(u, u + uSize, z);
      return z;
    };
    const Norm norm = normOf(o, dy.data, zOf, scale, mean, variance, dscale, dbias);

    // The depthwise convolution by the mirrored filter, over dc with its pixels apart by the strides.
    const Window back = {kh,        kw,        1, 1, window.dh, window.dw, (kh - 1) * window.dh - window.top,
                         (kw - 1) * window.dw - window.left};
    const Staged spread = StagedFor(back, o.H, o.W);
    const std::vector<float> mirrored = FilterBlocks<V>(o.filter, window.taps(), o.C, true);
    const std::vector<float> unmix = Padded(o.mix, o.C, o.O, o.Cp, true);

    const int taps = o.Cb * window.taps() * V, mixed = o.Cp * o.Op;
    const size_t dcSize = static_cast<size_t>(o.Cb) * spread.block(V), zRow = static_cast<size_t>(o.ow) * o.O;
    const size_t dzRow = static_cast<size_t>(o.columns) * o.Op;
    const float *z = again ? zAgain : given.data;
    std::vector<float> filterParts(filters_ ? static_cast<size_t>(o.N) * taps : 0, 0.0f);
    std::vector<float> mixParts(filters_ ? static_cast<size_t>(o.N) * mixed : 0, 0.0f);
    Parallel(o.N, [&](int n, int thread) {
      float *u = Scratch(thread, uSize + dcSize + o.sizeOfC() + o.rows * dzRow);
      float *dc = u + uSize, *c = dc + dcSize, *dz = c + o.sizeOfC();
      o.stage(n, u);
      std::memset(dc, 0, sizeof(float) * dcSize);
      for (int top = 0; top < o.oh; top += o.rows) {
        const int count = std::min(o.rows, o.oh - top);
        const size_t first = n * image + top * zRow;
        normRows<V>(o, norm, dy.data + first, z + first, count, dz);
        if (filters_) o.depthwise(u, top, count, c);
        if (filters_) addMixGrad<V>(o, c, dz, count * o.columns, &mixParts[static_cast<size_t>(n) * mixed]);
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

  // dz of rows, [count][columns][Op], zero past their ends.
  template <int V>
  static void normRows(const Operands<V> &o, const Norm &norm, const float *dy, const float *z, int count, float *dz) {
    for (int block = 0; block < o.Ob; block++) {
      const int lanes = o.O - block * V;
      const Vec<V> slope = Load<V>(&norm.slope[block * V]), tilt = Load<V>(&norm.tilt[block * V]);
      const Vec<V> level = Load<V>(&norm.level[block * V]), middle = Load<V>(&norm.mean[block * V]);
      for (int h = 0; h < count; h++) {
        float *row = dz + static_cast<size_t>(h) * o.columns * o.Op + block * V;
        for (int w = 0; w < o.ow; w++) {
          const size_t at = (static_cast<size_t>(h) * o.ow + w) * o.O + block * V;
          const Vec<V> apart = LoadSome<V>(z + at, lanes) - middle;
          Store<V>(row + static_cast<size_t>(w) * o.Op, slope * LoadSome<V>(dy + at, lanes) + (tilt * apart + level));
        }
        for (int w = o.ow; w < o.columns; w++) Store<V>(row + static_cast<size_t>(w) * o.Op, Vec<V>{});
      }
    }
  }

  // Adds Σ over pixels of c · dz to `sums` [Cp][Op].
  template <int V>
  static void addMixGrad(const Operands<V> &o, const float *c, const float *dz, int pixels, float *sums) {
    for (int i = 0; i < o.Cp; i += kPixels) {
      Products<V>(c + i, 1, o.Cp, pixels, dz, o.Op, o.Ob, kPixels, [&](int block, int k, Vec<V> value) {
        float *into = sums + static_cast<size_t>(i + k) * o.Op + block * V;
        Store<V>(into, Load<V>(into) + value);
      });
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
