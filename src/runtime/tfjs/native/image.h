// Images in scratch memory, and the loops that all ops on them are made of.
//
// An image [H, W, C] is held in blocks of V channels, [C/V][rows][columns][V], with zeros around it and in channels that
// it has not: no loop then asks where an image ends. V is 16, or 8 where that wastes less. Windows are computed eight
// pixels at a time, each pixel a vector register; a block has columns enough for the last eight.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

namespace nascent {

template <int V>
struct Lanes;
template <>
struct Lanes<16> {
  typedef float Vec __attribute__((vector_size(64), aligned(4), may_alias));
};
template <>
struct Lanes<8> {
  typedef float Vec __attribute__((vector_size(32), aligned(4), may_alias));
};
template <int V>
using Vec = typename Lanes<V>::Vec;

template <int V>
inline Vec<V> Load(const float *from) {
  return *reinterpret_cast<const Vec<V> *>(from);
}
template <int V>
inline void Store(float *to, Vec<V> value) {
  *reinterpret_cast<Vec<V> *>(to) = value;
}
// The first `count` lanes only.
template <int V>
inline Vec<V> LoadSome(const float *from, int count) {
  if (count >= V) return Load<V>(from);
  float lanes[V] = {};
  for (int i = 0; i < count; i++) lanes[i] = from[i];
  return Load<V>(lanes);
}
template <int V>
inline void StoreSome(float *to, Vec<V> value, int count) {
  if (count >= V) return Store<V>(to, value);
  float lanes[V];
  Store<V>(lanes, value);
  for (int i = 0; i < count; i++) to[i] = lanes[i];
}
template <int V>
inline Vec<V> Positive(Vec<V> value) {
  const Vec<V> zero = {};
  return value > zero ? value : zero;
}

inline int RoundUp(int value, int multiple) { return (value + multiple - 1) / multiple * multiple; }

// Whether blocks of 8 hold this many channels with fewer empty ones.
inline bool IsNarrow(int channels) { return RoundUp(channels, 8) < RoundUp(channels, 16); }

constexpr int kPixels = 8;

// Where the windows of a convolution lie.
struct Window {
  int kh, kw;
  int sh, sw;
  int dh, dw;
  int top, left;
  int taps() const { return kh * kw; }
};

// How an image lies in scratch memory.
struct Staged {
  int rows, columns;
  int block(int V) const { return rows * columns * V; }
};

// What `oh` × `ow` windows read.
inline Staged StagedFor(const Window &window, int oh, int ow) {
  return {(oh - 1) * window.sh + (window.kh - 1) * window.dh + 1,
          (RoundUp(ow, kPixels) - 1) * window.sw + (window.kw - 1) * window.dw + 1};
}

// Copies an image in, pixel (h, w) to (top + h·sh, left + w·sw), zeros elsewhere; `map(value, block)` on the way.
template <int V, typename Map>
void Stage(const float *image, int H, int W, int C, int sh, int sw, int top, int left, const Staged &staged, float *out,
           const Map &map) {
  const int blocks = RoundUp(C, V) / V;
  std::memset(out, 0, sizeof(float) * blocks * staged.block(V));
  for (int h = 0; h < H; h++) {
    const int row = top + h * sh;
    if (row < 0 || row >= staged.rows) continue;
    for (int w = 0; w < W; w++) {
      const int column = left + w * sw;
      if (column < 0 || column >= staged.columns) continue;
      const float *pixel = image + (static_cast<size_t>(h) * W + w) * C;
      float *place = out + (static_cast<size_t>(row) * staged.columns + column) * V;
      for (int block = 0; block < blocks; block++) {
        const int left_over = C - block * V;
        Store<V>(place + block * staged.block(V), map(LoadSome<V>(pixel + block * V, left_over), block));
      }
    }
  }
}

// A filter [kh·kw, C] as blocks [C/V][kh·kw][V]; mirrored, its last tap first.
template <int V>
std::vector<float> FilterBlocks(const float *filter, int taps, int C, bool mirrored) {
  const int blocks = RoundUp(C, V) / V;
  std::vector<float> out(static_cast<size_t>(blocks) * taps * V, 0.0f);
  for (int tap = 0; tap < taps; tap++) {
    for (int c = 0; c < C; c++) {
      out[(c / V * taps + (mirrored ? taps - 1 - tap : tap)) * V + c % V] = filter[tap * C + c];
    }
  }
  return out;
}

// Eight windows side by side, of one block of channels; `first` is the first tap of the first. S is sw, where it is 1.
template <int V, int S>
inline void Windows(const float *first, const Staged &staged, const Window &window, const float *filter,
                    Vec<V> out[kPixels]) {
  const int step = S > 0 ? S * V : window.sw * V;
  Vec<V> sum[kPixels] = {};
  for (int i = 0; i < window.kh; i++) {
    const float *row = first + static_cast<size_t>(i) * window.dh * staged.columns * V;
    for (int j = 0; j < window.kw; j++) {
      const float *at = row + j * window.dw * V;
      const Vec<V> tap = Load<V>(filter);
      filter += V;
#pragma GCC unroll 8
      for (int p = 0; p < kPixels; p++) sum[p] += tap * Load<V>(at + p * step);
    }
  }
#pragma GCC unroll 8
  for (int p = 0; p < kPixels; p++) out[p] = sum[p];
}

template <int V>
inline void Windows(const float *first, const Staged &staged, const Window &window, const float *filter,
                    Vec<V> out[kPixels]) {
  if (window.sw == 1) {
    Windows<V, 1>(first, staged, window, filter, out);
  } else {
    Windows<V, 0>(first, staged, window, filter, out);
  }
}

template <int V, int K>
inline void AddTaps(const float *x, const float *dy, int count, int step, int dyStep, int tapStep, float *sums) {
  Vec<V> even[K] = {}, odd[K] = {};
  int w = 0;
  for (; w + 1 < count; w += 2) {
    const Vec<V> one = Load<V>(dy + w * dyStep), two = Load<V>(dy + (w + 1) * dyStep);
#pragma GCC unroll 8
    for (int j = 0; j < K; j++) {
      even[j] += one * Load<V>(x + w * step + j * tapStep);
      odd[j] += two * Load<V>(x + (w + 1) * step + j * tapStep);
    }
  }
  if (w < count) {
    const Vec<V> one = Load<V>(dy + w * dyStep);
#pragma GCC unroll 8
    for (int j = 0; j < K; j++) even[j] += one * Load<V>(x + w * step + j * tapStep);
  }
#pragma GCC unroll 8
  for (int j = 0; j < K; j++) Store<V>(sums + j * V, Load<V>(sums + j * V) + even[j] + odd[j]);
}

// Adds the filter gradient of one block of one image to `sums` [kh·kw][V]. dy (h, w) is at `dy` + h·dyRow + w·dyStep.
template <int V>
void AddFilterGrad(const float *x, const Staged &staged, const Window &window, const float *dy, int dyRow, int dyStep,
                   int oh, int ow, float *sums) {
  const int step = window.sw * V, tapStep = window.dw * V;
  for (int h = 0; h < oh; h++) {
    for (int i = 0; i < window.kh; i++) {
      const float *row = x + static_cast<size_t>(h * window.sh + i * window.dh) * staged.columns * V;
      float *into = sums + i * window.kw * V;
      const float *gradients = dy + static_cast<size_t>(h) * dyRow;
      switch (window.kw) {
        case 3:
          AddTaps<V, 3>(row, gradients, ow, step, dyStep, tapStep, into);
          break;
        case 5:
          AddTaps<V, 5>(row, gradients, ow, step, dyStep, tapStep, into);
          break;
        default:
          for (int j = 0; j < window.kw; j++)
            AddTaps<V, 1>(row + j * tapStep, gradients, ow, step, dyStep, tapStep, into + j * V);
      }
    }
  }
}

// Σ over n parts of `size` numbers each, in their order, to `out`.
inline void SumParts(const std::vector<float> &parts, int n, int size, float *out) {
  for (int i = 0; i < size; i++) {
    double sum = 0;
    for (int part = 0; part < n; part++) sum += parts[static_cast<size_t>(part) * size + i];
    out[i] = static_cast<float>(sum);
  }
}

// A sum of filter blocks [C/V][taps][V] as the filter [taps, C].
template <int V>
void UnblockFilter(const std::vector<float> &blocks, int taps, int C, float *out) {
  for (int tap = 0; tap < taps; tap++)
    for (int c = 0; c < C; c++) out[tap * C + c] = blocks[(c / V * taps + tap) * V + c % V];
}

}  // namespace nascent
