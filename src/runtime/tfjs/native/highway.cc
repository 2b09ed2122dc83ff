// The mixed highway node of a recurrent supernet, and its gradient, each in one pass over its operands:
//
//   y = Σ_j σ(c_j)·(Σ_k p_jk·f_k(h_j) − P_j·s_j) + P_j·s_j,  P_j = Σ_k p_jk
//
// over edges j and activations k; c and h stand beside each other, as a product makes them. The gradient computes gates and
// candidates again, which is cheaper than keeping them.
#include <vector>

#include "curves.h"
#include "parallel.h"
#include "tensorflow.h"

namespace nascent {
namespace {

constexpr int V = kVector;
// A node mixes each activation once at most.
constexpr int kMost = 4;
using Lane = Vec<V>;

// As in `recurrent.ts`.
enum Activation { kTanh, kRelu, kSigmoid, kIdentity };

inline Lane Activated(int activation, Lane h) {
  const Lane zero = {};
  switch (activation) {
    case kTanh: return Tanh<V>(h);
    case kRelu: return h < zero ? zero : h;
    case kSigmoid: return Logistic<V>(h);
    default: return h;
  }
}

// f'(h), by y = f(h).
inline Lane Slope(int activation, Lane y) {
  const Lane zero = {}, one = All<V>(1.0f);
  switch (activation) {
    case kTanh: return one - y * y;
    case kRelu: return y > zero ? one : zero;
    case kSigmoid: return y * (one - y);
    default: return one;
  }
}

// What both passes are given: operands from `first` on.
struct Operands {
  Operands(Call &call, int first, int edges, int activations)
      : ch(call.input(first)), p(call.input(first + 1)), activations(activations) {
    for (int j = 0; j < edges; j++) s.push_back(call.input(first + 2 + j));
    if (!call.ok()) return;
    batch = s[0].at(0), units = s[0].at(1);
    const std::vector<int64_t> rows = {static_cast<int64_t>(edges) * batch, 2 * static_cast<int64_t>(units)};
    bool fits = activations <= kMost && ch.shape == rows && p.at(0) == edges && p.at(1) == activations;
    for (const Tensor &state : s) fits = fits && state.shape == s[0].shape;
    call.require(fits, "the operands of a mixed node do not fit each other");
    for (int j = 0; fits && j < edges; j++) {
      shares.push_back(0.0f);
      for (int k = 0; k < activations; k++) shares[j] += weight(j, k);
    }
  }

  float weight(int j, int k) const { return p.data[j * activations + k]; }

  // Where edge j's numbers of a row begin in ch, c's in front of h's.
  size_t pair(int j, int row) const { return (static_cast<size_t>(j) * batch + row) * 2 * units; }

  Tensor ch, p;
  std::vector<Tensor> s;
  std::vector<float> shares;
  int activations, batch = 0, units = 0;
};

// Pieces of one size, whoever works on them: threads change nothing.
struct Pieces {
  explicit Pieces(const Operands &given)
      : each(std::max(1, 2048 / std::max(1, given.units))), count((given.batch + each - 1) / each), batch(given.batch) {}
  int first(int piece) const { return piece * each; }
  int end(int piece) const { return std::min(batch, first(piece) + each); }

  int each, count, batch;
};

class Highway {
 public:
  explicit Highway(const Attributes &attributes)
      : edges_(attributes.integer("edges")), activations_(attributes.ints("activations")) {}

 protected:
  int edges_;
  std::vector<int> activations_;
};

class MixedHighway : public Highway {
 public:
  using Highway::Highway;

  void run(Call &call) const {
    const Operands given(call, 0, edges_, static_cast<int>(activations_.size()));
    if (!call.ok()) return;
    float *y = call.output(0, {given.batch, given.units});
    if (!call.ok()) return;
    const Pieces pieces(given);
    const int units = given.units;
    Parallel(pieces.count, [&](int piece, int) {
      // Edge by edge, so that memory is read in its order.
      for (int j = 0; j < edges_; j++) {
        for (int row = pieces.first(piece); row < pieces.end(piece); row++) {
          const float *c = given.ch.data + given.pair(j, row);
          const size_t first = static_cast<size_t>(row) * units;
          for (int unit = 0; unit < units; unit += V) {
            const int lanes = units - unit;
            const size_t e = first + unit;
            const Lane h = LoadSome<V>(c + units + unit, lanes);
            const Lane kept = given.shares[j] * LoadSome<V>(given.s[j].data + e, lanes);
            Lane mixed = {};
            for (int k = 0; k < given.activations; k++) mixed += given.weight(j, k) * Activated(activations_[k], h);
            const Lane value = Logistic<V>(LoadSome<V>(c + unit, lanes)) * (mixed - kept) + kept;
            StoreSome<V>(y + e, j == 0 ? value : LoadSome<V>(y + e, lanes) + value, lanes);
          }
        }
      }
    });
  }
};

class MixedHighwayGrad : public Highway {
 public:
  using Highway::Highway;

  void run(Call &call) const {
    const int K = static_cast<int>(activations_.size());
    const Tensor dy = call.input(0);
    const Operands given(call, 1, edges_, K);
    if (!call.ok() || !call.require(dy.shape == given.s[0].shape, "the gradient is of another shape")) return;
    float *dch = call.output(0, {given.ch.shape[0], given.ch.shape[1]}), *dp = call.output(1, {edges_, K});
    std::vector<float *> ds;
    for (int j = 0; j < edges_; j++) ds.push_back(call.output(2 + j, {given.batch, given.units}));
    if (!call.ok()) return;

    const Pieces pieces(given);
    const int units = given.units;
    // Of each piece, each edge and each activation: ⟨g, f⟩, and behind these ⟨dy − g, s⟩.
    std::vector<double> parts(static_cast<size_t>(pieces.count) * edges_ * (K + 1));
    Parallel(pieces.count, [&](int piece, int) {
      Lane inner[kMost + 1];
      for (int j = 0; j < edges_; j++) {
        for (int k = 0; k <= K; k++) inner[k] = Lane{};
        for (int row = pieces.first(piece); row < pieces.end(piece); row++) {
          for (int unit = 0; unit < units; unit += V) {
            const int lanes = units - unit;
            const size_t e = static_cast<size_t>(row) * units + unit, at = given.pair(j, row) + unit;
            const Lane h = LoadSome<V>(given.ch.data + at + units, lanes), s = LoadSome<V>(given.s[j].data + e, lanes);
            const Lane over = LoadSome<V>(dy.data + e, lanes);
            const Lane gate = Logistic<V>(LoadSome<V>(given.ch.data + at, lanes));
            const Lane g = gate * over, rest = over - g;
            Lane mixed = {}, slope = {};
            for (int k = 0; k < K; k++) {
              const Lane f = Activated(activations_[k], h);
              mixed += given.weight(j, k) * f;
              slope += given.weight(j, k) * Slope(activations_[k], f);
              inner[k] += g * f;
            }
            inner[K] += rest * s;
            const Lane difference = mixed - given.shares[j] * s;
            StoreSome<V>(dch + at, over * difference * gate * (1.0f - gate), lanes);
            StoreSome<V>(dch + at + units, g * slope, lanes);
            StoreSome<V>(ds[j] + e, given.shares[j] * rest, lanes);
          }
        }
        double *part = &parts[(static_cast<size_t>(piece) * edges_ + j) * (K + 1)];
        for (int k = 0; k <= K; k++) {
          for (int lane = 0; lane < V; lane++) part[k] += inner[k][lane];
        }
      }
    });
    for (int j = 0; j < edges_; j++) {
      std::vector<double> sums(K + 1, 0.0);
      for (int piece = 0; piece < pieces.count; piece++) {
        for (int k = 0; k <= K; k++) sums[k] += parts[(static_cast<size_t>(piece) * edges_ + j) * (K + 1) + k];
      }
      for (int k = 0; k < K; k++) dp[j * K + k] = static_cast<float>(sums[k] + sums[K]);
    }
  }
};

const Registered<MixedHighway> mixed_highway("NascentMixedHighway",
                                             {"ch: float", "p: float", "states: edges * float"},
                                             {"y: float"}, {"edges: int >= 1", "activations: list(int)"});
const Registered<MixedHighwayGrad> mixed_highway_grad(
    "NascentMixedHighwayGrad", {"dy: float", "ch: float", "p: float", "states: edges * float"},
    {"dch: float", "dp: float", "ds: edges * float"}, {"edges: int >= 1", "activations: list(int)"});

}  // namespace
}  // namespace nascent
