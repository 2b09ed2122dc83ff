// A node of a mixture in one pass: Σ of tensors as they are, of tensors times a number, and of batch norms.
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
      : plain_(attributes.integer("plain")), scaled_(attributes.integer("scaled")), epsilon_(attributes.number("epsilon")) {}

  void run(Call &call) const {
    const Tensor first = call.input(0);
    if (!call.require(first.shape.size() == 4, "images are needed")) return;
    InBlocks(first.at(3), [&](auto lanes) { compute<decltype(lanes)::value>(call, first); });
  }

 private:
  struct Term {
    const float *data;
    std::vector<float> factor;
  };

  template <int V>
  void compute(Call &call, const Tensor &first) const {
    const int N = first.at(0), C = first.at(3), pixels = first.at(1) * first.at(2), blocks = RoundUp(C, V) / V;
    std::vector<Term> terms;
    std::vector<double> offset(blocks * V, 0.0);
    const auto add = [&](const Tensor &x) -> Term & {
      call.require(x.shape == first.shape, "the terms of a sum are of one shape");
      terms.push_back({x.data, std::vector<float>(blocks * V, 0.0f)});
      return terms.back();
    };
    int at = 0;
    for (int i = 0; i < plain_; i++) std::fill_n(add(call.input(at++)).factor.begin(), C, 1.0f);
    for (int i = 0; i < scaled_; i++, at += 2) std::fill_n(add(call.input(at)).factor.begin(), C, *call.input(at + 1).data);
    for (; at + 4 < call.inputs(); at += 5) {
      const float *scale = call.input(at + 1).data, *bias = call.input(at + 2).data;
      const float *mean = call.input(at + 3).data, *variance = call.input(at + 4).data;
      Term &term = add(call.input(at));
      for (int c = 0; c < C; c++) {
        const double factor = scale[c] / std::sqrt(static_cast<double>(variance[c]) + epsilon_);
        term.factor[c] = static_cast<float>(factor);
        offset[c] += bias[c] - mean[c] * factor;
      }
    }
    if (!call.ok()) return;
    float *y = call.output(0, {N, first.at(1), first.at(2), C});
    if (!call.ok()) return;
    const std::vector<float> level(offset.begin(), offset.end());
    Parallel(N, [&](int n, int) {
      const size_t image = static_cast<size_t>(n) * pixels * C;
      // Few enough pixels at a time that their sum stays near while all terms pass.
      constexpr int kChunk = 64;
      for (int start = 0; start < pixels; start += kChunk) {
        const int end = std::min(pixels, start + kChunk);
        for (size_t t = 0; t < terms.size(); t++) {
          for (int block = 0; block < blocks; block++) {
            const int lanes = C - block * V;
            const Vec<V> factor = Load<V>(&terms[t].factor[block * V]), base = Load<V>(&level[block * V]);
            for (int pixel = start; pixel < end; pixel++) {
              const size_t place = image + static_cast<size_t>(pixel) * C + block * V;
              const Vec<V> before = t == 0 ? base : LoadSome<V>(y + place, lanes);
              StoreSome<V>(y + place, before + factor * LoadSome<V>(terms[t].data + place, lanes), lanes);
            }
          }
        }
      }
    });
  }

  int plain_, scaled_;
  float epsilon_;
};

const Registered<MixedSum> mixed_sum("NascentMixedSum", {"terms: count * float"}, {"y: float"},
                                     {"count: int >= 1", "plain: int >= 0", "scaled: int >= 0", "epsilon: float"});

}  // namespace
}  // namespace nascent
