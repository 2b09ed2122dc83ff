// Of every 2×2 pixels of an image the first and, as further channels, the last: what a strided convolution of one tap and
// another one, a pixel further, see of it.
#include <cstring>
#include <vector>

#include "image.h"
#include "parallel.h"
#include "tensorflow.h"

namespace nascent {
namespace {

class PixelPairs {
 public:
  explicit PixelPairs(const Attributes &) {}

  void run(Call &call) const {
    const Tensor x = call.input(0);
    if (!call.require(x.shape.size() == 4 && x.at(1) % 2 == 0 && x.at(2) % 2 == 0, "an image of even size is needed"))
      return;
    const int N = x.at(0), H = x.at(1) / 2, W = x.at(2) / 2, C = x.at(3);
    float *y = call.output(0, {N, H, W, 2 * C});
    if (!call.ok()) return;
    const size_t row = static_cast<size_t>(2) * W * C;
    BackAndForth(N, [&](int n, int) {
      for (int h = 0; h < H; h++) {
        const float *first = x.data + (static_cast<size_t>(n) * H + h) * 2 * row, *last = first + row + C;
        float *pair = y + (static_cast<size_t>(n) * H + h) * row;
        for (int w = 0; w < W; w++, first += 2 * C, last += 2 * C, pair += 2 * C) {
          CopyChannels(first, pair, C);
          CopyChannels(last, pair + C, C);
        }
      }
    });
  }
};

// Gives the pixels of pairs back to where they stood, and adds them to a sum, if one is given.
class PixelPairsGrad {
 public:
  explicit PixelPairsGrad(const Attributes &) {}

  void run(Call &call) const {
    const Tensor dy = call.input(0);
    if (!call.require(dy.shape.size() == 4 && dy.at(3) % 2 == 0, "pairs of pixels are needed")) return;
    const int N = dy.at(0), H = dy.at(1), W = dy.at(2), C = dy.at(3) / 2;
    const std::vector<int64_t> shape = {N, 2 * H, 2 * W, C};
    const float *sum = nullptr;
    if (call.inputs() == 2) {
      const Tensor given = call.input(1);
      if (!call.require(given.shape == shape, "the sum is as large as the image")) return;
      sum = given.data;
    }
    float *dx = call.output(0, shape.data(), 4);
    if (!call.ok()) return;
    const size_t row = static_cast<size_t>(2) * W * C;
    BackAndForth(N, [&](int n, int) {
      for (int h = 0; h < H; h++) {
        const size_t at = (static_cast<size_t>(n) * H + h) * 2 * row;
        if (sum == nullptr) {
          std::memset(dx + at, 0, sizeof(float) * 2 * row);
        } else {
          std::memcpy(dx + at, sum + at, sizeof(float) * 2 * row);
        }
        const float *pair = dy.data + at / 2;
        float *first = dx + at, *last = first + row + C;
        for (int w = 0; w < W; w++, first += 2 * C, last += 2 * C, pair += 2 * C) {
          for (int c = 0; c < C; c++) first[c] += pair[c];
          for (int c = 0; c < C; c++) last[c] += pair[C + c];
        }
      }
    });
  }
};

const Registered<PixelPairs> pixel_pairs("NascentPixelPairs", {"x: float"}, {"y: float"}, {});
const Registered<PixelPairsGrad> pixel_pairs_grad("NascentPixelPairsGrad", {"operands: count * float"}, {"dx: float"},
                                                  {"count: int >= 1"});

}  // namespace
}  // namespace nascent
