// The product of a recurrent cell's node, of states that are masked and stacked on top of each other, and its gradient:
//
//   y_j = (s_j·mask)·w,  dw = Σ_j (s_j·mask)ᵀ·dy_j,  ds_j = (dy_j·wᵀ)·mask
//
// States are read where they are: nothing is stacked, nor taken apart.
#include <vector>

#include "image.h"
#include "parallel.h"
#include "product.h"
#include "tensorflow.h"

namespace nascent {
namespace {

// What both passes are given: operands from `first` on.
struct Operands {
  Operands(Call &call, int first) : w(call.input(first)), mask(call.input(first + 1)) {
    for (int i = first + 2; i < call.inputs(); i++) states.push_back(call.input(i));
    if (!call.ok()) return;
    batch = mask.at(0), units = mask.at(1), columns = w.at(1);
    bool fits = w.shape.size() == 2 && mask.shape.size() == 2 && w.at(0) == units && !states.empty();
    for (const Tensor &state : states) fits = fits && state.shape == mask.shape;
    call.require(fits, "the operands of a stacked product do not fit each other");
  }
  int64_t rows() const { return static_cast<int64_t>(states.size()) * batch; }

  Tensor w, mask;
  std::vector<Tensor> states;
  int batch = 0, units = 0, columns = 0;
};

// Rows of one state, in pieces of one size, whoever works on them: threads change nothing.
struct Pieces {
  explicit Pieces(const Operands &o)
      : ofState((o.batch + kRows - 1) / kRows), count(ofState * static_cast<int>(o.states.size())), batch(o.batch) {}
  int state(int piece) const { return piece / ofState; }
  int first(int piece) const { return piece % ofState * kRows; }
  int rows(int piece) const { return std::min(kRows, batch - first(piece)); }
  // Among the rows of all states.
  size_t place(int piece) const { return static_cast<size_t>(state(piece)) * batch + first(piece); }

  static constexpr int kRows = 5 * kTileRows;
  int ofState, count, batch;
};

template <int V>
int PanelsOf(int columns) { return RoundUp(columns, kTileColumns<V>) / kTileColumns<V>; }

// s·mask of a piece's rows.
inline void Mask(const Operands &o, const Pieces &pieces, int piece, float *out) {
  const size_t first = static_cast<size_t>(pieces.first(piece)) * o.units;
  const float *state = o.states[pieces.state(piece)].data + first, *mask = o.mask.data + first;
  const int size = pieces.rows(piece) * o.units;
  for (int e = 0; e < size; e += kVector) {
    const int lanes = size - e;
    StoreSome<kVector>(out + e, LoadSome<kVector>(state + e, lanes) * LoadSome<kVector>(mask + e, lanes), lanes);
  }
}

template <int V>
inline void StorePair(float *to, const Vec<V> values[2], int columns) {
  StoreSome<V>(to, values[0], columns);
  if (columns > V) StoreSome<V>(to + V, values[1], columns - V);
}

class StackedProduct {
 public:
  explicit StackedProduct(const Attributes &) {}

  void run(Call &call) const {
    const Operands o(call, 0);
    if (!call.ok()) return;
    InBlocks(o.columns, [&](auto lanes) { compute<decltype(lanes)::value>(call, o); });
  }

 private:
  template <int V>
  void compute(Call &call, const Operands &o) const {
    constexpr int kWidth = kTileColumns<V>;
    const int N = o.columns, H = o.units, panels = PanelsOf<V>(N);
    const size_t panelSize = static_cast<size_t>(H) * kWidth;
    float *y = call.output(0, {o.rows(), N}), *packed = call.temporary(panels * panelSize);
    if (!call.ok()) return;
    Parallel(panels, [&](int panel, int) {
      const int first = panel * kWidth;
      PackPanel<V>(o.w.data + first, N, 1, H, N - first, packed + panel * panelSize);
    });
    const Pieces pieces(o);
    Parallel(pieces.count, [&](int piece, int thread) {
      float *masked = Scratch(thread, static_cast<size_t>(Pieces::kRows) * H);
      Mask(o, pieces, piece, masked);
      float *rows = y + pieces.place(piece) * N;
      for (int panel = 0; panel < panels; panel++) {
        const int first = panel * kWidth;
        MultiplyByPanel<V>(masked, H, 1, pieces.rows(piece), packed + panel * panelSize, H,
                           [&](int row, const Vec<V> values[2]) {
                             StorePair<V>(rows + static_cast<size_t>(row) * N + first, values, N - first);
                           });
      }
    });
  }
};

class StackedProductGrad {
 public:
  explicit StackedProductGrad(const Attributes &attributes) : weights_(attributes.flag("weights")) {}

  void run(Call &call) const {
    const Tensor dy = call.input(0);
    const Operands o(call, 1);
    if (!call.ok()) return;
    const std::vector<int64_t> expected = {o.rows(), o.columns};
    if (!call.require(dy.shape == expected, "the gradient of a stacked product is of another shape")) return;
    InBlocks(std::min(o.columns, o.units), [&](auto lanes) { compute<decltype(lanes)::value>(call, o, dy.data); });
  }

 private:
  template <int V>
  void compute(Call &call, const Operands &o, const float *dy) const {
    constexpr int kWidth = kTileColumns<V>;
    const int N = o.columns, H = o.units, panels = PanelsOf<V>(H);
    const size_t panelSize = static_cast<size_t>(N) * kWidth;
    float *dw = call.output(0, {weights_ ? H : 0, N});
    std::vector<float *> ds;
    for (size_t j = 0; j < o.states.size(); j++) ds.push_back(call.output(static_cast<int>(j) + 1, {o.batch, H}));
    float *packed = call.temporary(panels * panelSize), *masked = call.temporary(weights_ ? o.rows() * H : 0);
    if (!call.ok()) return;
    Parallel(panels, [&](int panel, int) {
      const int first = panel * kWidth;
      PackPanel<V>(o.w.data + static_cast<size_t>(first) * N, 1, N, N, H - first, packed + panel * panelSize);
    });
    const Pieces pieces(o);
    Parallel(pieces.count, [&](int piece, int) {
      if (weights_) Mask(o, pieces, piece, masked + pieces.place(piece) * H);
      const size_t top = static_cast<size_t>(pieces.first(piece)) * H;
      float *rows = ds[pieces.state(piece)] + top;
      for (int panel = 0; panel < panels; panel++) {
        const int first = panel * kWidth, columns = H - first;
        MultiplyByPanel<V>(dy + pieces.place(piece) * N, N, 1, pieces.rows(piece), packed + panel * panelSize, N,
                           [&](int row, const Vec<V> values[2]) {
                             const size_t at = static_cast<size_t>(row) * H + first;
                             const float *mask = o.mask.data + top + at;
                             Vec<V> kept[2] = {values[0] * LoadSome<V>(mask, columns), {}};
                             if (columns > V) kept[1] = values[1] * LoadSome<V>(mask + V, columns - V);
                             StorePair<V>(rows + at, kept, columns);
                           });
      }
    });
    if (weights_) sumWeights<V>(o, dy, masked, dw);
  }

  // maskedᵀ·dy, by panels of dy's columns and halves of the units.
  template <int V>
  static void sumWeights(const Operands &o, const float *dy, const float *masked, float *dw) {
    constexpr int kWidth = kTileColumns<V>, kDepth = 256, kParts = 2;
    const int N = o.columns, H = o.units, part = RoundUp((H + kParts - 1) / kParts, kTileRows);
    const int64_t depth = o.rows();
    Parallel(PanelsOf<V>(N) * kParts, [&](int piece, int thread) {
      const int first = piece / kParts * kWidth, top = piece % kParts * part, columns = N - first;
      if (top >= H) return;
      float *panel = Scratch(thread, static_cast<size_t>(kDepth) * kWidth);
      for (int64_t k = 0; k < depth || k == 0; k += kDepth) {
        // Of no rows at all, the sums are 0.
        const int some = static_cast<int>(std::min<int64_t>(kDepth, depth - k));
        PackPanel<V>(dy + k * N + first, N, 1, some, columns, panel);
        MultiplyByPanel<V>(masked + k * H + top, 1, H, std::min(part, H - top), panel, some,
                           [&](int row, const Vec<V> values[2]) {
                             float *to = dw + static_cast<size_t>(top + row) * N + first;
                             Vec<V> sums[2] = {values[0], values[1]};
                             if (k > 0) {
                               sums[0] += LoadSome<V>(to, columns);
                               if (columns > V) sums[1] += LoadSome<V>(to + V, columns - V);
                             }
                             StorePair<V>(to, sums, columns);
                           });
      }
    });
  }

  bool weights_;
};

const Registered<StackedProduct> stacked_product("NascentStackedProduct",
                                                 {"w: float", "mask: float", "states: edges * float"}, {"y: float"},
                                                 {"edges: int >= 1"});
const Registered<StackedProductGrad> stacked_product_grad("NascentStackedProductGrad",
                                                          {"dy: float", "w: float", "mask: float",
                                                           "states: edges * float"},
                                                          {"dw: float", "ds: edges * float"},
                                                          {"edges: int >= 1", "weights: bool"});

}  // namespace
}  // namespace nascent
