// The dot product of two tensors, whatever their shape: their product is never made.
#include <algorithm>
#include <vector>

#include "parallel.h"
#include "tensorflow.h"
#include "total.h"

namespace nascent {
namespace {

class Dot {
 public:
  explicit Dot(const Attributes &) {}

  void run(Call &call) const {
    const Tensor a = call.input(0), b = call.input(1);
    if (!call.require(a.shape == b.shape, "a dot product is of two tensors of one shape")) return;
    float *y = call.output(0, {});
    if (!call.ok()) return;
    int64_t size = 1;
    for (int64_t extent : a.shape) size *= extent;
    // Pieces of one size, whoever sums them, and their sums in one order: threads change nothing.
    constexpr int64_t kPiece = 1 << 14;
    std::vector<double> parts((size + kPiece - 1) / kPiece, 0.0);
    Parallel(static_cast<int>(parts.size()), [&](int piece, int) {
      const int64_t start = piece * kPiece;
      const float *left = a.data + start, *right = b.data + start;
      parts[piece] = Total(static_cast<int>(std::min(kPiece, size - start)),
                           [&](int i) { return static_cast<double>(left[i]) * right[i]; });
    });
    double total = 0;
    for (double part : parts) total += part;
    *y = static_cast<float>(total);
  }
};

const Registered<Dot> dot("NascentDot", {"a: float", "b: float"}, {"y: float"}, {});

}  // namespace
}  // namespace nascent
