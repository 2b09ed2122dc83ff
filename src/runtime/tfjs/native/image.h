// Images in scratch memory, and the loops that all ops on them are made of.
//
// An image [H, W, C] is held in blocks of V channels, [C/V][rows][columns][V], with zeros around it and in channels that
// it has not: no loop then asks where an image ends. V is 16, or 8 where the processor's vectors or the image have no
// more. Windows are computed eight pixels at a time, each pixel a vector register; a block has columns enough for the
// last eight.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "lanes.h"
#include "parallel.h"

namespace nascent {

inline int RoundUp(int value, int multiple) { return (value + multiple - 1) / multiple * multiple; }

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
  // The columns of the image that there is room for.
  const int begin = left < 0 ? (-left + sw - 1) / sw : 0;
  const int end = std::min(W, (staged.columns - 1 - left) / sw + 1);
  const size_t apart = staged.block(V);
  for (int h = 0; h < H; h++) {
    const int row = top + h * sh;
    if (row < 0 || row >= staged.rows) continue;
    const float *pixel = image + (static_cast<size_t>(h) * W + begin) * C;
    float *place = out + (static_cast<size_t>(row) * staged.columns + left + begin * sw) * V;
    for (int w = begin; w < end; w++, pixel += C, place += sw * V) {
      // Loads by masks are not foreseen by every processor: 12 channels took a third longer without this.
      __builtin_prefetch(pixel + 256);
      for (int block = 0; block < blocks; block++) {
        Store<V>(place + block * apart, map(LoadSome<V>(pixel + block * V, C - block * V), block));
      }
    }
  }
}

// Copies the channels of a pixel, which are too few for the system's own copying to be fast.
inline void CopyChannels(const float *from, float *to, int channels) {
  for (int c = 0; c < channels; c += kVector) {
    StoreSome<kVector>(to + c, LoadSome<kVector>(from + c, channels - c), channels - c);
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

// Rows of at least 32 pixels together: what is summed in registers before it is added to a sum in memory.
inline int RowsAtOnce(int columns) { return std::max(1, 32 / columns); }

// Adds the gradient of KH rows of KW taps to `sums` [KH][KW][V]. Rows of x that follow each other are `down` apart, those
// under the taps of one window `tapDown`.
template <int V, int KH, int KW>
void AddTaps(const float *x, int down, int step, int tapDown, int tapStep, const float *dy, int dyRow, int dyStep, int oh,
             int ow, float *sums) {
  const int rows = RowsAtOnce(ow);
  for (int first = 0; first < oh; first += rows) {
    Vec<V> sum[KH][KW] = {};
    for (int h = first; h < std::min(oh, first + rows); h++) {
      for (int w = 0; w < ow; w++) {
        const Vec<V> gradient = Load<V>(dy + static_cast<size_t>(h) * dyRow + w * dyStep);
        const float *at = x + static_cast<size_t>(h) * down + w * step;
#pragma GCC unroll 8
        for (int i = 0; i < KH; i++)
#pragma GCC unroll 8
          for (int j = 0; j < KW; j++) sum[i][j] += gradient * Load<V>(at + i * tapDown + j * tapStep);
      }
    }
    for (int i = 0; i < KH; i++)
      for (int j = 0; j < KW; j++) {
        float *into = sums + (i * KW + j) * V;
        Store<V>(into, Load<V>(into) + sum[i][j]);
      }
  }
}

// Adds the filter gradient of one block of one image to `sums` [kh·kw][V]. dy (h, w) is at `dy` + h·dyRow + w·dyStep.
template <int V>
void AddFilterGrad(const float *x, const Staged &staged, const Window &window, const float *dy, int dyRow, int dyStep,
                   int oh, int ow, float *sums) {
  const int row = staged.columns * V, down = window.sh * row, step = window.sw * V;
  const int tapDown = window.dh * row, tapStep = window.dw * V;
  if (kWide && window.kh == 3 && window.kw == 3)
    return AddTaps<V, 3, 3>(x, down, step, tapDown, tapStep, dy, dyRow, dyStep, oh, ow, sums);
  if (kWide && window.kh == 5 && window.kw == 5)
    return AddTaps<V, 5, 5>(x, down, step, tapDown, tapStep, dy, dyRow, dyStep, oh, ow, sums);
  for (int i = 0; i < window.kh; i++, x += tapDown, sums += window.kw * V) {
    if (window.kw == 3) {
      AddTaps<V, 1, 3>(x, down, step, 0, tapStep, dy, dyRow, dyStep, oh, ow, sums);
    } else if (window.kw == 5) {
      AddTaps<V, 1, 5>(x, down, step, 0, tapStep, dy, dyRow, dyStep, oh, ow, sums);
    } else {
      for (int j = 0; j < window.kw; j++)
        AddTaps<V, 1, 1>(x + j * tapStep, down, step, 0, 0, dy, dyRow, dyStep, oh, ow, sums + j * V);
    }
  }
}

// Σ over n parts of `size` numbers each, in their order, to `out`.
inline void SumParts(const float *parts, int n, int size, float *out) {
  constexpr int kAtOnce = 64;
  Parallel((size + kAtOnce - 1) / kAtOnce, [&](int piece, int) {
    const int first = piece * kAtOnce, count = std::min(kAtOnce, size - first);
    double sums[kAtOnce] = {};
    for (int part = 0; part < n; part++) {
      const float *from = parts + static_cast<size_t>(part) * size + first;
      for (int i = 0; i < count; i++) sums[i] += from[i];
    }
    for (int i = 0; i < count; i++) out[first + i] = static_cast<float>(sums[i]);
  });
}

// A sum of filter blocks [C/V][taps][V] as the filter [taps, C].
template <int V>
void UnblockFilter(const std::vector<float> &blocks, int taps, int C, float *out) {
  for (int tap = 0; tap < taps; tap++)
    for (int c = 0; c < C; c++) out[tap * C + c] = blocks[(c / V * taps + tap) * V + c % V];
}

}  // namespace nascent
