// A batch norm by the statistics of its batch, over rows of C channels, and its gradient:
//
//   y = a·(x − mean) + bias,  a = scale/√(variance + ε)
//   dx = a·(dy − mean(dy) − (x − mean)·mean(dy·(x − mean))/(variance + ε))
//
// Each looks at its operands twice. TensorFlow's kernels take several times as long for what a core's own cache holds.
#include <cmath>
#include <vector>

#include "image.h"
#include "parallel.h"
#include "tensorflow.h"

namespace nascent {
namespace {

// Rows of channels, in pieces of one size, whoever works on them: threads change nothing.
struct Rows {
  explicit Rows(const Tensor &x) : channels(static_cast<int>(x.shape.back())), count(1) {
    for (size_t axis = 0; axis + 1 < x.shape.size(); axis++) count *= x.shape[axis];
    constexpr int kPiece = 8192;
    each = std::max(8, kPiece / std::max(1, channels));
    pieces = static_cast<int>((count + each - 1) / each);
  }
  int64_t first(int piece) const { return static_cast<int64_t>(piece) * each; }
  int of(int piece) const { return static_cast<int>(std::min<int64_t>(each, count - first(piece))); }

  int channels;
  int64_t count;
  int each, pieces;
};

// Sums of K kinds over a piece's rows of one block of channels: `add(place, row, sums)` adds a row's. Four rows go side by
// side, so that a sum need not wait for the one before it.
template <int V, int K, typename Add>
inline void SumOverRows(int rows, const Add &add, Vec<V> out[K]) {
  constexpr int kSide = 4;
  Vec<V> sums[kSide][K] = {};
  int row = 0;
  for (; row + kSide <= rows; row += kSide) {
#pragma GCC unroll 4
    for (int side = 0; side < kSide; side++) add(row + side, sums[side]);
  }
  for (; row < rows; row++) add(row, sums[0]);
  for (int k = 0; k < K; k++) out[k] = (sums[0][k] + sums[1][k]) + (sums[2][k] + sums[3][k]);
}

class BatchNorm {
 public:
  explicit BatchNorm(const Attributes &attributes) : epsilon_(attributes.number("epsilon")) {}

  void run(Call &call) const {
    const Tensor x = call.input(0);
    if (!call.require(x.shape.size() > 1, "rows of channels are needed")) return;
    InBlocks(Rows(x).channels, [&](auto lanes) { compute<decltype(lanes)::value>(call, x); });
  }

 private:
  template <int V>
  void compute(Call &call, const Tensor &x) const {
    const Rows rows(x);
    const int C = rows.channels, Cp = RoundUp(C, V);
    const Tensor scale = call.input(1), bias = call.input(2);
    if (!call.require(scale.at(0) == C && bias.at(0) == C, "a scale and a bias for each channel are needed")) return;
    float *y = call.output(0, x.shape.data(), static_cast<int>(x.shape.size()));
    float *mean = call.output(1, {C}), *variance = call.output(2, {C});
    if (!call.ok()) return;

    // Of each piece its means, and the sums of squares about them.
    std::vector<float> parts(static_cast<size_t>(rows.pieces) * 2 * Cp);
    BackAndForth(rows.pieces, [&](int piece, int) {
      const float *from = x.data + rows.first(piece) * C;
      const int count = rows.of(piece);
      float *means = &parts[static_cast<size_t>(piece) * 2 * Cp], *about = means + Cp;
      for (int block = 0; block < C; block += V) {
        const int lanes = C - block;
        const auto at = [&](int row) { return LoadSome<V>(from + static_cast<size_t>(row) * C + block, lanes); };
        Vec<V> sum[1], apart[2];
        SumOverRows<V, 1>(count, [&](int row, Vec<V> into[1]) { into[0] += at(row); }, sum);
        const Vec<V> middle = sum[0] / static_cast<float>(count);
        SumOverRows<V, 2>(
            count,
            [&](int row, Vec<V> into[2]) {
              const Vec<V> off = at(row) - middle;
              into[0] += off;
              into[1] += off * off;
            },
            apart);
        // What rounding left of the mean is taken off again, of both.
        const Vec<V> left = apart[0] / static_cast<float>(count);
        Store<V>(means + block, middle + left);
        Store<V>(about + block, apart[1] - left * apart[0]);
      }
    });
    const std::vector<double> middle = weighted(rows, Cp, parts);
    std::vector<float> slope(Cp, 0.0f), level(Cp, 0.0f);
    std::vector<double> about(C, 0.0);
    for (int piece = 0; piece < rows.pieces; piece++) {
      const float *part = &parts[static_cast<size_t>(piece) * 2 * Cp];
      for (int c = 0; c < C; c++) {
        const double apart = part[c] - middle[c];
        about[c] += part[Cp + c] + apart * apart * rows.of(piece);
      }
    }
    for (int c = 0; c < C; c++) {
      const double square = about[c] / rows.count;
      mean[c] = static_cast<float>(middle[c]);
      variance[c] = static_cast<float>(square);
      const double factor = scale.data[c] / std::sqrt(square + epsilon_);
      slope[c] = static_cast<float>(factor);
      level[c] = bias.data[c];
    }
    BackAndForth(rows.pieces, [&](int piece, int) {
      const size_t first = rows.first(piece) * C;
      for (int row = 0; row < rows.of(piece); row++) {
        const size_t from = first + static_cast<size_t>(row) * C;
        for (int block = 0; block < C; block += V) {
          const int lanes = C - block;
          const Vec<V> apart = LoadSome<V>(x.data + from + block, lanes) - LoadSome<V>(mean + block, lanes);
          StoreSome<V>(y + from + block, Load<V>(&slope[block]) * apart + Load<V>(&level[block]), lanes);
        }
      }
    });
  }

  // The mean of each channel by those of the pieces.
  static std::vector<double> weighted(const Rows &rows, int Cp, const std::vector<float> &parts) {
    std::vector<double> means(Cp, 0.0);
    for (int piece = 0; piece < rows.pieces; piece++) {
      const float *part = &parts[static_cast<size_t>(piece) * 2 * Cp];
      const double weight = static_cast<double>(rows.of(piece)) / rows.count;
      for (int c = 0; c < Cp; c++) means[c] += weight * part[c];
    }
    return means;
  }

  float epsilon_;
};

class BatchNormGrad {
 public:
  explicit BatchNormGrad(const Attributes &attributes) : epsilon_(attributes.number("epsilon")) {}

  void run(Call &call) const {
    const Tensor dy = call.input(0);
    if (!call.require(dy.shape.size() > 1, "rows of channels are needed")) return;
    InBlocks(Rows(dy).channels, [&](auto lanes) { compute<decltype(lanes)::value>(call, dy); });
  }

 private:
  template <int V>
  void compute(Call &call, const Tensor &dy) const {
    const Rows rows(dy);
    const int C = rows.channels, Cp = RoundUp(C, V);
    const Tensor x = call.input(1), scale = call.input(2), mean = call.input(3), variance = call.input(4);
    const bool fits = x.shape == dy.shape && scale.at(0) == C && mean.at(0) == C && variance.at(0) == C;
    if (!call.require(fits, "the operands of a batch norm's gradient do not fit each other")) return;
    float *dx = call.output(0, dy.shape.data(), static_cast<int>(dy.shape.size()));
    float *dscale = call.output(1, {C}), *dbias = call.output(2, {C});
    if (!call.ok()) return;

    // Of each piece Σ dy and Σ dy·(x − mean).
    std::vector<float> parts(static_cast<size_t>(rows.pieces) * 2 * Cp);
    BackAndForth(rows.pieces, [&](int piece, int) {
      const size_t first = rows.first(piece) * C;
      float *part = &parts[static_cast<size_t>(piece) * 2 * Cp];
      for (int block = 0; block < C; block += V) {
        const int lanes = C - block;
        const Vec<V> middle = LoadSome<V>(mean.data + block, lanes);
        Vec<V> sums[2];
        const auto add = [&](int row, Vec<V> into[2]) {
          const size_t at = first + static_cast<size_t>(row) * C + block;
          const Vec<V> slope = LoadSome<V>(dy.data + at, lanes);
          into[0] += slope;
          into[1] += slope * (LoadSome<V>(x.data + at, lanes) - middle);
        };
        SumOverRows<V, 2>(rows.of(piece), add, sums);
        Store<V>(part + block, sums[0]);
        Store<V>(part + Cp + block, sums[1]);
      }
    });
    std::vector<double> total(2 * Cp, 0.0);
    for (int piece = 0; piece < rows.pieces; piece++) {
      for (int i = 0; i < 2 * Cp; i++) total[i] += parts[static_cast<size_t>(piece) * 2 * Cp + i];
    }
    // dx = slope·dy + tilt·(x − mean) + level.
    std::vector<float> slope(Cp, 0.0f), tilt(Cp, 0.0f), level(Cp, 0.0f);
    for (int c = 0; c < C; c++) {
      const double inverse = 1 / std::sqrt(static_cast<double>(variance.data[c]) + epsilon_);
      const double factor = scale.data[c] * inverse;
      dbias[c] = static_cast<float>(total[c]);
      dscale[c] = static_cast<float>(total[Cp + c] * inverse);
      slope[c] = static_cast<float>(factor);
      tilt[c] = static_cast<float>(-factor * inverse * inverse * total[Cp + c] / rows.count);
      level[c] = static_cast<float>(-factor * total[c] / rows.count);
    }
    BackAndForth(rows.pieces, [&](int piece, int) {
      const size_t first = rows.first(piece) * C;
      for (int row = 0; row < rows.of(piece); row++) {
        const size_t from = first + static_cast<size_t>(row) * C;
        for (int block = 0; block < C; block += V) {
          const int lanes = C - block;
          const Vec<V> apart = LoadSome<V>(x.data + from + block, lanes) - LoadSome<V>(mean.data + block, lanes);
          const Vec<V> rest = Load<V>(&tilt[block]) * apart + Load<V>(&level[block]);
          StoreSome<V>(dx + from + block, Load<V>(&slope[block]) * LoadSome<V>(dy.data + from + block, lanes) + rest,
                       lanes);
        }
      }
    });
  }

  float epsilon_;
};

const Registered<BatchNorm> batch_norm("NascentBatchNorm", {"x: float", "scale: float", "bias: float"},
                                       {"y: float", "mean: float", "variance: float"}, {"epsilon: float"});
const Registered<BatchNormGrad> batch_norm_grad("NascentBatchNormGrad",
                                                {"dy: float", "x: float", "scale: float", "mean: float",
                                                 "variance: float"},
                                                {"dx: float", "dscale: float", "dbias: float"}, {"epsilon: float"});

}  // namespace
}  // namespace nascent
