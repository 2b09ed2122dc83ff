// The gradient of a max pool: dy of each window goes to the first of its elements, row by row, that is the maximum.
#include <vector>

#include "image.h"
#include "parallel.h"
#include "tensorflow.h"

namespace nascent {
namespace {

class MaxPoolGrad {
 public:
  explicit MaxPoolGrad(const Attributes &attributes)
      : kernel_(attributes.ints("kernel")), strides_(attributes.ints("strides")), pads_(attributes.ints("pads")) {}

  void run(Call &call) const {
    const Tensor x = call.input(0), y = call.input(1), dy = call.input(2);
    if (!call.require(x.shape.size() == 4 && y.shape == dy.shape && y.at(0) == x.at(0) && y.at(3) == x.at(3),
                      "an image, its maxima and their gradients are needed"))
      return;
    const int N = x.at(0), H = x.at(1), W = x.at(2), C = x.at(3), oh = y.at(1), ow = y.at(2);
    float *dx = call.output(0, {N, H, W, C});
    if (!call.ok()) return;
    BackAndForth(N, [&](int n, int) {
      const size_t image = static_cast<size_t>(n) * H * W * C, windows = static_cast<size_t>(n) * oh * ow * C;
      std::memset(dx + image, 0, sizeof(float) * H * W * C);
      for (int h = 0; h < oh; h++) {
        for (int w = 0; w < ow; w++) {
          const size_t at = windows + (static_cast<size_t>(h) * ow + w) * C;
          for (int c = 0; c < C; c += kLanes) {
            const int lanes = std::min(kLanes, C - c);
            spread(x.data + image + c, dx + image + c, y.data + at + c, dy.data + at + c, h * strides_[0] - pads_[0],
                   w * strides_[1] - pads_[1], H, W, C, lanes);
          }
        }
      }
    });
  }

 private:
  static constexpr int kLanes = kVector;

  void spread(const float *x, float *dx, const float *y, const float *dy, int top, int left, int H, int W, int C,
              int lanes) const {
    const Vec<kLanes> zero = {}, maxima = LoadSome<kLanes>(y, lanes);
    Vec<kLanes> rest = LoadSome<kLanes>(dy, lanes);
    for (int i = std::max(0, -top); i < kernel_[0] && top + i < H; i++) {
      for (int j = std::max(0, -left); j < kernel_[1] && left + j < W; j++) {
        const size_t pixel = (static_cast<size_t>(top + i) * W + left + j) * C;
        const auto here = LoadSome<kLanes>(x + pixel, lanes) == maxima;
        const Vec<kLanes> share = here ? rest : zero;
        StoreSome<kLanes>(dx + pixel, LoadSome<kLanes>(dx + pixel, lanes) + share, lanes);
        rest = here ? zero : rest;
      }
    }
  }

  std::vector<int> kernel_, strides_, pads_;
};

const Registered<MaxPoolGrad> max_pool_grad("NascentMaxPoolGrad", {"x: float", "y: float", "dy: float"}, {"dx: float"},
                                            {"kernel: list(int)", "strides: list(int)", "pads: list(int)"});

}  // namespace
}  // namespace nascent
