// Images side by side as the channels of one, and apart again. TensorFlow's own kernels take longer to begin on several
// threads than these take for the images of a small network.
#include <vector>

#include "image.h"
#include "parallel.h"
#include "tensorflow.h"

namespace nascent {
namespace {

struct Part {
  float *data;
  size_t channels;
};

// Calls `copy(of the whole, of the part, channels)` for every pixel of image n and every part.
template <typename Copy>
void EachPart(const std::vector<Part> &parts, float *whole, size_t pixels, int n, const Copy &copy) {
  size_t channels = 0;
  for (const Part &part : parts) channels += part.channels;
  whole += n * pixels * channels;
  for (size_t pixel = n * pixels; pixel < (n + 1) * pixels; pixel++) {
    for (const Part &part : parts) {
      copy(whole, part.data + pixel * part.channels, static_cast<int>(part.channels));
      whole += part.channels;
    }
  }
}

class Concat {
 public:
  explicit Concat(const Attributes &) {}

  void run(Call &call) const {
    const Tensor first = call.input(0);
    const int N = first.at(0), H = first.at(1), W = first.at(2);
    std::vector<Part> parts;
    int channels = 0;
    for (int i = 0; i < call.inputs(); i++) {
      const Tensor part = call.input(i);
      if (!call.require(part.shape.size() == 4 && part.at(0) == N && part.at(1) == H && part.at(2) == W,
                        "images of one size are needed"))
        return;
      parts.push_back({const_cast<float *>(part.data), static_cast<size_t>(part.at(3))});
      channels += part.at(3);
    }
    float *y = call.output(0, {N, H, W, channels});
    if (!call.ok()) return;
    BackAndForth(N, [&](int n, int) {
      EachPart(parts, y, static_cast<size_t>(H) * W, n,
               [](float *whole, const float *part, int channels) { CopyChannels(part, whole, channels); });
    });
  }
};

class Split {
 public:
  explicit Split(const Attributes &attributes) : sizes_(attributes.ints("sizes")) {}

  void run(Call &call) const {
    const Tensor x = call.input(0);
    int channels = 0;
    for (const int size : sizes_) channels += size;
    if (!call.require(x.shape.size() == 4 && x.at(3) == channels, "an image of all parts' channels is needed")) return;
    const int N = x.at(0), H = x.at(1), W = x.at(2);
    std::vector<Part> parts;
    for (size_t i = 0; i < sizes_.size(); i++) {
      parts.push_back({call.output(static_cast<int>(i), {N, H, W, sizes_[i]}), static_cast<size_t>(sizes_[i])});
    }
    if (!call.ok()) return;
    BackAndForth(N, [&](int n, int) {
      EachPart(parts, const_cast<float *>(x.data), static_cast<size_t>(H) * W, n,
               [](const float *whole, float *part, int channels) { CopyChannels(whole, part, channels); });
    });
  }

 private:
  std::vector<int> sizes_;
};

const Registered<Concat> concat("NascentConcat", {"parts: count * float"}, {"y: float"}, {"count: int >= 1"});
const Registered<Split> split("NascentSplit", {"x: float"}, {"parts: count * float"},
                              {"count: int >= 1", "sizes: list(int)"});

}  // namespace
}  // namespace nascent
