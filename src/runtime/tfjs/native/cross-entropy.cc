// Cross-entropy of rows of scores and a label each, and its gradient, each in one pass over the rows:
//
//   log p = x - max x - log Σ e^(x - max x),  loss = -log p[label],  dx = dloss·(p - [label])
//
// Scores of a vocabulary are the largest tensors of a language model, so nothing of their size is made on the way; where
// nobody else reads what an op is given, what it gives takes its place (`into`).
#include <algorithm>
#include <cmath>

#include "curves.h"
#include "parallel.h"
#include "tensorflow.h"

namespace nascent {
namespace {

constexpr int V = kVector;
using Lane = Vec<V>;

// A label may count from the end, as an index of ONNX may.
inline int Wrapped(int label, int classes) { return (label % classes + classes) % classes; }

// Of `count` numbers, at least one.
inline float Largest(const float *x, int count) {
  Lane lanes = All<V>(x[0]);
  int i = 0;
  for (; i + V <= count; i += V) {
    const Lane next = LoadSome<V>(x + i, V);
    lanes = next > lanes ? next : lanes;
  }
  float largest = x[0];
  for (; i < count; i++) largest = std::max(largest, x[i]);
  for (int lane = 0; lane < V; lane++) largest = std::max(largest, lanes[lane]);
  return largest;
}

// A piece is of some thousand scores, whoever works on it: threads change nothing.
template <typename F>
void ForRows(int rows, int classes, F work) {
  const int together = std::max(1, 4096 / std::max(1, classes));
  Parallel((rows + together - 1) / together, [&](int piece, int) {
    for (int row = piece * together; row < std::min(rows, (piece + 1) * together); row++) work(row);
  });
}

class CrossEntropy {
 public:
  explicit CrossEntropy(const Attributes &attributes) : into_(attributes.flag("into")) {}

  void run(Call &call) const {
    const Tensor x = call.input(0), labels = call.input(1);
    if (!call.require(x.shape.size() == 2 && x.at(1) > 0 && labels.shape.size() == 1 && labels.at(0) == x.at(0),
                      "cross-entropy is of scores [N, C] and labels [N]"))
      return;
    const int rows = x.at(0), classes = x.at(1);
    const auto *places = reinterpret_cast<const int32_t *>(labels.data);
    float *loss = call.output(0, {rows}), *logs = into_ ? call.into(1, 0) : call.output(1, {rows, classes});
    if (!call.ok()) return;
    ForRows(rows, classes, [&](int row) {
      const float *scores = x.data + static_cast<size_t>(row) * classes;
      float *out = logs + static_cast<size_t>(row) * classes;
      const float largest = Largest(scores, classes);
      Lane sums = {};
      int i = 0;
      for (; i + V <= classes; i += V) sums += Exp<V>(LoadSome<V>(scores + i, V) - largest);
      double sum = 0;
      if (i < classes) {
        const Lane rest = Exp<V>(LoadSome<V>(scores + i, classes - i) - largest);
        for (int lane = 0; lane < classes - i; lane++) sum += rest[lane];
      }
      for (int lane = 0; lane < V; lane++) sum += sums[lane];
      const float log = static_cast<float>(std::log(sum));
      for (i = 0; i < classes; i++) out[i] = scores[i] - largest - log;
      loss[row] = -out[Wrapped(places[row], classes)];
    });
  }

 private:
  bool into_;
};

class CrossEntropyGrad {
 public:
  explicit CrossEntropyGrad(const Attributes &attributes) : into_(attributes.flag("into")) {}

  void run(Call &call) const {
    const Tensor dloss = call.input(0), logs = call.input(1), labels = call.input(2);
    if (!call.require(logs.shape.size() == 2 && dloss.shape.size() == 1 && dloss.at(0) == logs.at(0) &&
                          labels.shape == dloss.shape,
                      "the gradient of cross-entropy is of [N], log-probabilities [N, C] and labels [N]"))
      return;
    const int rows = logs.at(0), classes = logs.at(1);
    const auto *places = reinterpret_cast<const int32_t *>(labels.data);
    float *dx = into_ ? call.into(0, 1) : call.output(0, {rows, classes});
    if (!call.ok()) return;
    ForRows(rows, classes, [&](int row) {
      const float *from = logs.data + static_cast<size_t>(row) * classes;
      float *to = dx + static_cast<size_t>(row) * classes;
      const Lane zero = {}, low = All<V>(-87.0f);
      for (int i = 0; i < classes; i += V) {
        const Lane log = LoadSome<V>(from + i, classes - i);
        StoreSome<V>(to + i, (log < low ? zero : Exp<V>(log)) * dloss.data[row], classes - i);
      }
      to[Wrapped(places[row], classes)] -= dloss.data[row];
    });
  }

 private:
  bool into_;
};

const Registered<CrossEntropy> crossEntropy("NascentCrossEntropy", {"logits: float", "labels: int32"},
                                            {"loss: float", "log_probabilities: float"}, {"into: bool"});
const Registered<CrossEntropyGrad> crossEntropyGrad("NascentCrossEntropyGrad",
                                                    {"dloss: float", "log_probabilities: float", "labels: int32"},
                                                    {"dx: float"}, {"into: bool"});

}  // namespace
}  // namespace nascent
