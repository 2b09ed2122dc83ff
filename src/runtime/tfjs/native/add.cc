// Adds a tensor to another of its shape, or a row to each of its rows, in the memory of the first: for a product that nobody
// else has seen, so that it is not there twice.
#include <algorithm>

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

const Registered<AddInto> addInto("NascentAddInto", {"x: float", "y: float"}, {"sum: float"}, {});

}  // namespace
}  // namespace nascent
