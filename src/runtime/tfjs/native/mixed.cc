// A node of a mixture in one pass: Σ of tensors as they are, of tensors times a factor, and of batch norms, these times a
// factor, too, or not. A factor is one number, or one an image.
#include <cmath>
#include <vector>

#include "image.h"
#include "parallel.h"
#include "tensorflow.h"

namespace nascent {
namespace {

class MixedSum {
 public:
  explicit MixedSum(const Attributes &attributes)
      : plain_(attributes.integer("plain")),
        scaled_(attributes.integer("scaled")),
        dropped_(attributes.integer("dropped")),
        epsilon_(attributes.number("epsilon")) {}

  void run(Call &call) const {
    const Tensor first = call.input(0);
    if (!call.require(first.shape.size() == 4, "images are needed")) return;
    InBlocks(first.at(3), [&](auto lanes) { compute<decltype(lanes)::value>(call, first); });
  }

 private:
  // Of image n: (data · slope + offset) · weight. A number of `slope` and of `offset`, if there is one, is of a channel.
  struct Term {
    float of(int n) const { return weights == nullptr ? 1.0f : weights[each ? n : 0]; }

    const float *data;
    std::vector<float> slope;
    std::vector<double> offset;
    const float *weights;
    bool each;
  };

  template <int V>
  void compute(Call &call, const Tensor &first) const {
    const int N = first.at(0), C = first.at(3), pixels = first.at(1) * first.at(2), blocks = RoundUp(C, V) / V;
    std::vector<Term> terms;
    const auto add = [&](const Tensor &x) -> Term & {
      call.require(x.shape == first.shape, "the terms of a sum are of one shape");
      terms.push_back({x.data, std::vector<float>(blocks * V, 0.0f), {}, nullptr, false});
      std::fill_n(terms.back().slope.begin(), C, 1.0f);
      return terms.back();
    };
    const auto weigh = [&](Term &term, const Tensor &factor) {
      call.require(factor.at(0) == 1 || factor.at(0) == N, "a factor is one number, or one an image");
      term.weights = factor.data;
      term.each = factor.at(0) > 1;
    };
    int at = 0;
    for (int i = 0; i < plain_; i++) add(call.input(at++));
    for (int i = 0; i < scaled_; i++, at += 2) weigh(add(call.input(at)), call.input(at + 1));
    const int dropped = call.inputs() - 6 * dropped_;
    while (at + 4 < call.inputs()) {
      const float *scale = call.input(at + 1).data, *bias = call.input(at + 2).data;
      const float *mean = call.input(at + 3).data, *variance = call.input(at + 4).data;
      Term &term = add(call.input(at));
      term.offset.resize(C);
      for (int c = 0; c < C; c++) {
        const double slope = scale[c] / std::sqrt(static_cast<double>(variance[c]) + epsilon_);
        term.slope[c] = static_cast<float>(slope);
        term.offset[c] = bias[c] - mean[c] * slope;
      }
      if (at >= dropped) weigh(term, call.input(at + 5));
      at += at >= dropped ? 6 : 5;
    }
    if (!call.ok()) return;
    float *y = call.output(0, {N, first.at(1), first.at(2), C});
    if (!call.ok()) return;
    BackAndForth(N, [&](int n, int) {
      std::vector<float> level(blocks * V, 0.0f);
      for (int c = 0; c < C; c++) {
        double offset = 0;
        for (const Term &term : terms)
          if (!term.offset.empty()) offset += term.offset[c] * term.of(n);
        level[c] = static_cast<float>(offset);
      }
      const size_t image = static_cast<size_t>(n) * pixels * C;
      // Few enough pixels at a time that their sum stays near while all terms pass.
      constexpr int kChunk = 64;
      for (int start = 0; start < pixels; start += kChunk) {
        const int count = std::min(kChunk, pixels - start);
        for (int block = 0; block < blocks; block++) {
          const size_t first = image + static_cast<size_t>(start) * C + block * V;
          const Vec<V> base = Load<V>(&level[block * V]);
          // As many at once as registers hold: their sum goes to memory and back less often.
          for (size_t t = 0; t < terms.size();) {
            const Vec<V> *begin = t == 0 ? &base : nullptr;
            const auto some = [&](auto many) {
              addTerms<V, decltype(many)::value>(&terms[t], n, block, begin, first, count, C, y);
            };
            const size_t left = terms.size() - t, many = left >= 4 ? 4 : left >= 2 ? 2 : 1;
            if (many == 4) some(std::integral_constant<int, 4>());
            else if (many == 2) some(std::integral_constant<int, 2>());
            else some(std::integral_constant<int, 1>());
            t += many;
          }
        }
      }
    });
  }

  // Adds K terms to a block of some pixels, which begin at `base` if it is given.
  template <int V, int K>
  static void addTerms(const Term *terms, int n, int block, const Vec<V> *base, size_t first, int pixels, int C,
                       float *y) {
    const int lanes = C - block * V;
    Vec<V> factors[K];
    for (int k = 0; k < K; k++) factors[k] = Load<V>(&terms[k].slope[block * V]) * terms[k].of(n);
    for (int pixel = 0; pixel < pixels; pixel++) {
      const size_t at = first + static_cast<size_t>(pixel) * C;
      Vec<V> sum = base == nullptr ? LoadSome<V>(y + at, lanes) : *base;
#pragma GCC unroll 4
      for (int k = 0; k < K; k++) sum += factors[k] * LoadSome<V>(terms[k].data + at, lanes);
      StoreSome<V>(y + at, sum, lanes);
    }
  }

  int plain_, scaled_, dropped_;
  float epsilon_;
};

const Registered<MixedSum> mixed_sum("NascentMixedSum", {"terms: count * float"}, {"y: float"},
                                     {"count: int >= 1", "plain: int >= 0", "scaled: int >= 0", "dropped: int >= 0",
                                      "epsilon: float"});

}  // namespace
}  // namespace nascent
