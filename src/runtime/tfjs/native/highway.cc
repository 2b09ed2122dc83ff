// The mixed highway node of a recurrent supernet, and its gradient, each in one pass over its operands:
//
//   y = Σ_j σ(c_j)·(Σ_k p_jk·f_k(h_j) − P_j·s_j) + P_j·s_j,  P_j = Σ_k p_jk
//
// over edges j and activations k. The gradient computes gates and candidates again, which is cheaper than keeping them.
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
      : c(call.input(first)), h(call.input(first + 1)), p(call.input(first + 2)), activations(activations) {
    for (int j = 0; j < edges; j++) s.push_back(call.input(first + 3 + j));
    if (!call.ok()) return;
    batch = s[0].at(0), units = s[0].at(1), size = batch * units;
    const std::vector<int64_t> rows = {static_cast<int64_t>(edges) * batch, units};
    bool fits = activations <= kMost && c.shape == rows && h.shape == rows && p.at(0) == edges && p.at(1) == activations;
    for (const Tensor &state : s) fits = fits && state.shape == s[0].shape;
    call.require(fits, "the operands of a mixed node do not fit each other");
    for (int j = 0; fits && j < edges; j++) {
      shares.push_back(0.0f);
      for (int k = 0; k < activations; k++) shares[j] += weight(j, k);
    }
  }

  float weight(int j, int k) const { return p.data[j * activations + k]; }

  Tensor c, h, p;
  std::vector<Tensor> s;
  std::vector<float> shares;
  int activations, batch = 0, units = 0, size = 0;
};

// Pieces of one size, whoever works on them: threads change nothing.
constexpr int kPiece = 2048;
int Pieces(int size) { return (size + kPiece - 1) / kPiece; }

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
    const int size = given.size;
    Parallel(Pieces(size), [&](int piece, int) {
      const int end = std::min(size, (piece + 1) * kPiece);
      for (int e = piece * kPiece; e < end; e += V) {
        const int lanes = end - e;
        Lane sum = {};
        for (int j = 0; j < edges_; j++) {
          const size_t at = static_cast<size_t>(j) * size + e;
          const Lane h = LoadSome<V>(given.h.data + at, lanes);
          const Lane kept = given.shares[j] * LoadSome<V>(given.s[j].data + e, lanes);
          Lane mixed = {};
          for (int k = 0; k < given.activations; k++) mixed += given.weight(j, k) * Activated(activations_[k], h);
          sum += Logistic<V>(LoadSome<V>(given.c.data + at, lanes)) * (mixed - kept) + kept;
        }
        StoreSome<V>(y + e, sum, lanes);
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
    const int64_t rows = static_cast<int64_t>(edges_) * given.batch;
    float *dc = call.output(0, {rows, given.units}), *dh = call.output(1, {rows, given.units});
    float *dp = call.output(2, {edges_, K});
    std::vector<float *> ds;
    for (int j = 0; j < edges_; j++) ds.push_back(call.output(3 + j, {given.batch, given.units}));
    if (!call.ok()) return;

    const int size = given.size, pieces = Pieces(size);
    // Of each piece, each edge and each activation: ⟨g, f⟩, and behind these ⟨dy − g, s⟩.
    std::vector<double> parts(static_cast<size_t>(pieces) * edges_ * (K + 1));
    Parallel(pieces, [&](int piece, int) {
      const int end = std::min(size, (piece + 1) * kPiece);
      Lane inner[kMost + 1];
      for (int j = 0; j < edges_; j++) {
        std::fill_n(inner, K + 1, Lane{});
        for (int e = piece * kPiece; e < end; e += V) {
          const int lanes = end - e;
          const size_t at = static_cast<size_t>(j) * size + e;
          const Lane h = LoadSome<V>(given.h.data + at, lanes), s = LoadSome<V>(given.s[j].data + e, lanes);
          const Lane over = LoadSome<V>(dy.data + e, lanes);
          const Lane gate = Logistic<V>(LoadSome<V>(given.c.data + at, lanes));
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
          StoreSome<V>(dc + at, over * difference * gate * (1.0f - gate), lanes);
          StoreSome<V>(dh + at, g * slope, lanes);
          StoreSome<V>(ds[j] + e, given.shares[j] * rest, lanes);
        }
        double *part = &parts[(static_cast<size_t>(piece) * edges_ + j) * (K + 1)];
        for (int k = 0; k <= K; k++) {
          for (int lane = 0; lane < V; lane++) part[k] += inner[k][lane];
        }
      }
    });
    for (int j = 0; j < edges_; j++) {
      std::vector<double> sums(K + 1, 0.0);
      for (int piece = 0; piece < pieces; piece++) {
        for (int k = 0; k <= K; k++) sums[k] += parts[(static_cast<size_t>(piece) * edges_ + j) * (K + 1) + k];
      }
      for (int k = 0; k < K; k++) dp[j * K + k] = static_cast<float>(sums[k] + sums[K]);
    }
  }
};

const Registered<MixedHighway> mixed_highway("NascentMixedHighway",
                                             {"c: float", "h: float", "p: float", "states: edges * float"},
                                             {"y: float"}, {"edges: int >= 1", "activations: list(int)"});
const Registered<MixedHighwayGrad> mixed_highway_grad(
    "NascentMixedHighwayGrad", {"dy: float", "c: float", "h: float", "p: float", "states: edges * float"},
    {"dc: float", "dh: float", "dp: float", "ds: edges * float"}, {"edges: int >= 1", "activations: list(int)"});

}  // namespace
}  // namespace nascent
