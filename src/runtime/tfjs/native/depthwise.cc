// Depthwise convolutions of images [N, H, W, C] by filters [kh, kw, 1, C], and their filter gradient.
//
// The gradient by the image is such a convolution, too: of dy, its pixels `spread` apart by the strides, by the mirrored
// filter.
#include "image.h"
#include "parallel.h"
#include "tensorflow.h"

namespace nascent {
namespace {

Window WindowOf(const Attributes &attributes, int kh, int kw) {
  const std::vector<int> strides = attributes.ints("strides"), dilations = attributes.ints("dilations");
  const std::vector<int> pads = attributes.ints("pads");
  if (strides.size() != 2 || dilations.size() != 2 || pads.size() != 2) return {kh, kw, 1, 1, 1, 1, 0, 0};
  return {kh, kw, strides[0], strides[1], dilations[0], dilations[1], pads[0], pads[1]};
}

class Depthwise {
 public:
  explicit Depthwise(const Attributes &attributes)
      : window_(WindowOf(attributes, 1, 1)),
        spread_(attributes.ints("spread")),
        size_(attributes.ints("size")),
        mirrored_(attributes.flag("mirrored")) {}

  void run(Call &call) const {
    const Tensor x = call.input(0), filter = call.input(1);
    if (!call.require(x.shape.size() == 4 && filter.shape.size() == 4 && filter.at(3) == x.at(3),
                      "an image [N, H, W, C] and a filter [kh, kw, 1, C] are needed"))
      return;
    InBlocks(x.at(3), [&](auto lanes) { convolve<decltype(lanes)::value>(call, x, filter); });
  }

 private:
  template <int V>
  void convolve(Call &call, const Tensor &x, const Tensor &filter) const {
    const int N = x.at(0), H = x.at(1), W = x.at(2), C = x.at(3), oh = size_[0], ow = size_[1];
    float *y = call.output(0, {N, oh, ow, C});
    if (!call.ok()) return;
    Window window = window_;
    window.kh = filter.at(0);
    window.kw = filter.at(1);
    const Staged staged = StagedFor(window, oh, ow);
    const int blocks = RoundUp(C, V) / V;
    const std::vector<float> taps = FilterBlocks<V>(filter.data, window.taps(), C, mirrored_);
    const auto same = [](Vec<V> value, int) { return value; };
    BackAndForth(N, [&](int n, int thread) {
      float *image = Scratch(thread, static_cast<size_t>(blocks) * staged.block(V));
      Stage<V>(x.data + static_cast<size_t>(n) * H * W * C, H, W, C, spread_[0], spread_[1], window.top, window.left,
               staged, image, same);
      for (int h = 0; h < oh; h++) {
        for (int w = 0; w < ow; w += kPixels) {
          float *out = y + ((static_cast<size_t>(n) * oh + h) * ow + w) * C;
          for (int block = 0; block < blocks; block++) {
            Vec<V> sums[kPixels];
            const size_t first = static_cast<size_t>(h) * window.sh * staged.columns + w * window.sw;
            Windows<V>(image + block * staged.block(V) + first * V, staged, window, &taps[block * window.taps() * V],
                       sums);
            const int pixels = std::min(kPixels, ow - w);
            for (int p = 0; p < pixels; p++) StoreSome<V>(out + p * C + block * V, sums[p], C - block * V);
          }
        }
      }
    });
  }

  Window window_;
  std::vector<int> spread_, size_;
  bool mirrored_;
};

class DepthwiseFilterGrad {
 public:
  explicit DepthwiseFilterGrad(const Attributes &attributes) : window_(WindowOf(attributes, 1, 1)) {
    const std::vector<int> kernel = attributes.ints("kernel");
    if (kernel.size() != 2) return;
    window_.kh = kernel[0];
    window_.kw = kernel[1];
  }

  void run(Call &call) const {
    const Tensor x = call.input(0), dy = call.input(1);
    if (!call.require(x.shape.size() == 4 && dy.shape.size() == 4 && dy.at(3) == x.at(3) && dy.at(0) == x.at(0),
                      "an image [N, H, W, C] and a gradient [N, oh, ow, C] are needed"))
      return;
    InBlocks(x.at(3), [&](auto lanes) { correlate<decltype(lanes)::value>(call, x, dy); });
  }

 private:
  template <int V>
  void correlate(Call &call, const Tensor &x, const Tensor &dy) const {
    const int N = x.at(0), H = x.at(1), W = x.at(2), C = x.at(3), oh = dy.at(1), ow = dy.at(2);
    float *out = call.output(0, {window_.kh, window_.kw, 1, C});
    if (!call.ok()) return;
    const Staged staged = StagedFor(window_, oh, ow), gradient = {oh, ow};
    const int blocks = RoundUp(C, V) / V, size = blocks * window_.taps() * V;
    std::vector<float> parts(static_cast<size_t>(N) * size, 0.0f);
    const auto same = [](Vec<V> value, int) { return value; };
    BackAndForth(N, [&](int n, int thread) {
      const size_t images = static_cast<size_t>(blocks) * staged.block(V);
      float *image = Scratch(thread, images + static_cast<size_t>(blocks) * gradient.block(V));
      float *gradients = image + images;
      Stage<V>(x.data + static_cast<size_t>(n) * H * W * C, H, W, C, 1, 1, window_.top, window_.left, staged, image,
               same);
      Stage<V>(dy.data + static_cast<size_t>(n) * oh * ow * C, oh, ow, C, 1, 1, 0, 0, gradient, gradients, same);
      for (int block = 0; block < blocks; block++) {
        AddFilterGrad<V>(image + block * staged.block(V), staged, window_, gradients + block * gradient.block(V),
                         ow * V, V, oh, ow, &parts[static_cast<size_t>(n) * size + block * window_.taps() * V]);
      }
    });
    std::vector<float> total(size);
    SumParts(parts.data(), N, size, total.data());
    UnblockFilter<V>(total, window_.taps(), C, out);
  }

  Window window_;
};

const Registered<Depthwise> depthwise("NascentDepthwise", {"x: float", "filter: float"}, {"y: float"},
                                      {"strides: list(int)", "dilations: list(int)", "pads: list(int)",
                                       "spread: list(int)", "size: list(int)", "mirrored: bool"});
const Registered<DepthwiseFilterGrad> filter_grad("NascentDepthwiseFilterGrad", {"x: float", "dy: float"},
                                                  {"dfilter: float"},
                                                  {"strides: list(int)", "dilations: list(int)", "pads: list(int)",
                                                   "kernel: list(int)"});

}  // namespace
}  // namespace nascent
