// A half of a separable convolution, forwards.
#include "half.h"

namespace nascent {
namespace {

class Forward {
 public:
  explicit Forward(const Attributes &attributes) : half_(attributes), statistics_(attributes.flag("statistics")) {}

  void run(Call &call) const {
    const Tensor x = call.input(0), pointwise = call.input(2);
    if (!call.ok()) return;
    InBlocks(std::max(x.at(3), pointwise.at(3)), [&](auto lanes) { compute<decltype(lanes)::value>(call); });
  }

 private:
  template <int V>
  void compute(Call &call) const {
    const Operands<V> o(call, 0, half_);
    if (!call.ok()) return;
    float *z = call.output(0, {o.N, o.oh, o.ow, o.O});
    float *mean = call.output(1, {statistics_ ? o.O : 0}), *variance = call.output(2, {statistics_ ? o.O : 0});
    if (!call.ok()) return;
    // Of each image, the mean and the squares about it.
    std::vector<float> means(static_cast<size_t>(o.N) * o.Op), squares(static_cast<size_t>(o.N) * o.Op);
    BackAndForth(o.N, [&](int n, int thread) {
      float *image = z + n * o.sizeOfZ();
      o.output(n, Scratch(thread, o.sizeOfU() + o.sizeOfC()), image);
      if (!statistics_) return;
      measure<V>(o, image, &means[static_cast<size_t>(n) * o.Op], &squares[static_cast<size_t>(n) * o.Op]);
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
      const float *first = z + block * V;
      const int lanes = o.O - block * V;
      Vec<V> total[1], about[1];
      const auto add = [&](size_t at, Vec<V> sums[1]) { sums[0] += LoadSome<V>(first + at * o.O, lanes); };
      SumOverPixels<V, 1>(o.oh, o.ow, add, total);
      const Vec<V> middle = total[0] / static_cast<float>(o.oh * o.ow);
      const auto addSquare = [&](size_t at, Vec<V> sums[1]) {
        const Vec<V> apart = LoadSome<V>(first + at * o.O, lanes) - middle;
        sums[0] += apart * apart;
      };
      SumOverPixels<V, 1>(o.oh, o.ow, addSquare, about);
      Store<V>(mean + block * V, middle);
      Store<V>(squares + block * V, about[0]);
    }
  }

  Half half_;
  bool statistics_;
};

const Registered<Forward> forward("NascentSeparableHalf",
                                  {"x: float", "depthwise: float", "pointwise: float", "norm: norms * float"},
                                  {"z: float", "mean: float", "variance: float"},
                                  {"strides: list(int)", "dilations: list(int)", "pads: list(int)", "size: list(int)",
                                   "norms: int >= 0", "relu: bool", "norm_epsilon: float", "statistics: bool"});

}  // namespace
}  // namespace nascent
