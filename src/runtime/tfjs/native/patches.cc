// What each window of a convolution sees, as channels. Of an image of few channels a convolution of any window is then a
// product with a matrix, as a 1×1 convolution is.
#include <cstring>
#include <vector>

#include "image.h"
#include "parallel.h"
#include "tensorflow.h"

namespace nascent {
namespace {

class Patches {
 public:
  explicit Patches(const Attributes &attributes) {
    const std::vector<int> kernel = attributes.ints("kernel"), strides = attributes.ints("strides");
    const std::vector<int> dilations = attributes.ints("dilations"), pads = attributes.ints("pads");
    const std::vector<int> size = attributes.ints("size");
    if (kernel.size() != 2 || strides.size() != 2 || dilations.size() != 2 || pads.size() != 2 || size.size() != 2) return;
    window_ = {kernel[0], kernel[1], strides[0], strides[1], dilations[0], dilations[1], pads[0], pads[1]};
    oh_ = size[0];
    ow_ = size[1];
  }

  void run(Call &call) const {
    const Tensor x = call.input(0);
    const bool fits = oh_ > 0 && ow_ > 0 && window_.sh > 0 && window_.sw > 0 && window_.top >= 0 && window_.left >= 0;
    if (!call.require(x.shape.size() == 4 && x.at(3) > 0 && fits, "an image and windows over it are needed")) return;
    const int N = x.at(0), H = x.at(1), W = x.at(2), C = x.at(3), channels = window_.taps() * C;
    float *y = call.output(0, {N, oh_, ow_, channels});
    if (!call.ok()) return;
    // The image with zeros around it: pixels of a row of a window that is not dilated then lie side by side.
    const int rows = (oh_ - 1) * window_.sh + (window_.kh - 1) * window_.dh + 1;
    const int columns = (ow_ - 1) * window_.sw + (window_.kw - 1) * window_.dw + 1;
    const int kept = std::min(W, columns - window_.left);
    const bool whole = window_.dw == 1;
    const int run = whole ? window_.kw * C : C, runs = whole ? 1 : window_.kw;
    const size_t row = static_cast<size_t>(columns) * C;
    BackAndForth(N, [&](int n, int thread) {
      float *padded = Scratch(thread, rows * row);
      std::memset(padded, 0, sizeof(float) * rows * row);
      for (int h = 0; h < std::min(H, rows - window_.top) && kept > 0; h++) {
        std::memcpy(padded + (h + window_.top) * row + window_.left * C,
                    x.data + (static_cast<size_t>(n) * H + h) * W * C, sizeof(float) * kept * C);
      }
      float *to = y + static_cast<size_t>(n) * oh_ * ow_ * channels;
      for (int h = 0; h < oh_; h++) {
        for (int w = 0; w < ow_; w++) {
          for (int i = 0; i < window_.kh; i++) {
            const float *from = padded + (h * window_.sh + i * window_.dh) * row + static_cast<size_t>(w) * window_.sw * C;
            for (int j = 0; j < runs; j++, to += run) CopyChannels(from + j * window_.dw * C, to, run);
          }
        }
      }
    });
  }

 private:
  Window window_{1, 1, 1, 1, 1, 1, 0, 0};
  int oh_ = 0, ow_ = 0;
};

const Registered<Patches> patches("NascentPatches", {"x: float"}, {"y: float"},
                                  {"kernel: list(int)", "strides: list(int)", "dilations: list(int)", "pads: list(int)",
                                   "size: list(int)"});

}  // namespace
}  // namespace nascent
