// Sums of tensors of one shape; and a tensor, or a row for each of its rows, added to another in the memory of that: for a
// product that nobody else has seen, so that it is not there twice.
#include <algorithm>
#include <vector>

#include "image.h"
#include "parallel.h"
#include "tensorflow.h"

namespace nascent {
namespace {

constexpr int V = kVector;

class AddInto {
 public:
  explicit AddInto(const Attributes &) {}

  void run(Call &call) const {
    const Tensor x = call.input(0), y = call.input(1);
    if (!call.require(x.shape.size() == 2 && y.shape.size() > 0 && y.shape.size() <= 2 && y.shape.back() == x.at(1) &&
                          (y.shape.size() == 1 || y.at(0) == x.at(0)),
                      "a matrix and one of its shape, or a row of it, are needed"))
      return;
    float *to = call.into(0, 0);
    if (!call.ok()) return;
    const int rows = x.at(0), columns = x.at(1);
    const size_t step = y.shape.size() == 1 ? 0 : columns;
    const int together = std::max(1, 4096 / std::max(1, columns));
    Parallel((rows + together - 1) / together, [&](int piece, int) {
      for (int row = piece * together; row < std::min(rows, (piece + 1) * together); row++) {
        float *line = to + static_cast<size_t>(row) * columns;
        const float *more = y.data + row * step;
        for (int i = 0; i < columns; i += V)
          StoreSome<V>(line + i, LoadSome<V>(line + i, columns - i) + LoadSome<V>(more + i, columns - i), columns - i);
      }
    });
  }
};

// In pieces, each of which stays near while all terms pass, and in their order.
class Sum {
 public:
  explicit Sum(const Attributes &) {}

  void run(Call &call) const {
    std::vector<Tensor> terms;
    for (int i = 0; i < call.inputs(); i++) terms.push_back(call.input(i));
    if (!call.ok()) return;
    size_t size = 1;
    for (const int64_t extent : terms[0].shape) size *= static_cast<size_t>(extent);
    for (const Tensor &term : terms)
      if (!call.require(term.shape == terms[0].shape, "the terms of a sum are of one shape")) return;
    float *y = call.output(0, terms[0].shape.data(), static_cast<int>(terms[0].shape.size()));
    if (!call.ok()) return;
    BackAndForth(static_cast<int>((size + kPiece - 1) / kPiece), [&](int piece, int) {
      const size_t first = static_cast<size_t>(piece) * kPiece;
      const int count = static_cast<int>(std::min<size_t>(kPiece, size - first));
      // As many at once as registers hold: their sum goes to memory and back less often.
      for (size_t t = 0; t < terms.size();) {
        const size_t left = terms.size() - t, many = left >= 4 ? 4 : left >= 2 ? 2 : 1;
        if (many == 4) addTerms<4>(&terms[t], t == 0, first, count, y);
        else if (many == 2) addTerms<2>(&terms[t], t == 0, first, count, y);
        else addTerms<1>(&terms[t], t == 0, first, count, y);
        t += many;
      }
    });
  }

 private:
  static constexpr int kPiece = 4096;

  template <int K>
  static void addTerms(const Tensor *terms, bool begin, size_t first, int count, float *y) {
    for (int e = 0; e < count; e += V) {
      const int lanes = count - e;
      const auto at = [&](int k) { return LoadSome<V>(terms[k].data + first + e, lanes); };
      Vec<V> sum = begin ? at(0) : LoadSome<V>(y + first + e, lanes) + at(0);
#pragma GCC unroll 4
      for (int k = 1; k < K; k++) sum += at(k);
      StoreSome<V>(y + first + e, sum, lanes);
    }
  }
};

const Registered<Sum> sum("NascentSum", {"terms: count * float"}, {"y: float"}, {"count: int >= 1"});
const Registered<AddInto> addInto("NascentAddInto", {"x: float", "y: float"}, {"sum: float"}, {});

}  // namespace
}  // namespace nascent
