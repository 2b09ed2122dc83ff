// Products of matrices by tiles: some rows by two vectors of columns, held in registers while the depth goes by.
#pragma once

#include <algorithm>

#include "lanes.h"

namespace nascent {

// As many rows as registers hold, beside a line of the panel: 28 sums of 32 vectors, or 12 of 16.
constexpr int kTileRows = kWide ? 14 : 6;

template <int V>
constexpr int kTileColumns = 2 * V;

// Columns of a matrix, a line of one panel for each step of depth, zeros past the last: b(k, c) is at b[k·down + c·right].
template <int V>
void PackPanel(const float *b, size_t down, size_t right, int depth, int columns, float *panel) {
  constexpr int kWidth = kTileColumns<V>;
  for (int k = 0; k < depth; k++, panel += kWidth) {
    const float *line = b + k * down;
    if (right == 1) {
      Store<V>(panel, LoadSome<V>(line, columns));
      Store<V>(panel + V, columns > V ? LoadSome<V>(line + V, columns - V) : Vec<V>{});
    } else if (columns >= kWidth) {
      for (int c = 0; c < kWidth; c++) panel[c] = line[c * right];
    } else {
      for (int c = 0; c < kWidth; c++) panel[c] = c < columns ? line[c * right] : 0.0f;
    }
  }
}

// One tile: a(i, k) is at a[i·down + k·right]; `give(row, the row's two vectors)`.
template <int V, int R, typename Give>
inline void Tile(const float *a, size_t down, size_t right, const float *panel, int depth, int row, const Give &give) {
  Vec<V> sums[R][2] = {};
  for (int k = 0; k < depth; k++, panel += kTileColumns<V>, a += right) {
    const Vec<V> first = Load<V>(panel), second = Load<V>(panel + V);
#pragma GCC unroll 14
    for (int i = 0; i < R; i++) {
      const float factor = a[i * down];
      sums[i][0] += factor * first;
      sums[i][1] += factor * second;
    }
  }
#pragma GCC unroll 14
  for (int i = 0; i < R; i++) give(row + i, sums[i]);
}

// Some rows by one panel.
template <int V, typename Give>
void MultiplyByPanel(const float *a, size_t down, size_t right, int rows, const float *panel, int depth,
                     const Give &give) {
  int row = 0;
  for (; row + kTileRows <= rows; row += kTileRows) Tile<V, kTileRows>(a + row * down, down, right, panel, depth, row, give);
  for (; row + 4 <= rows; row += 4) Tile<V, 4>(a + row * down, down, right, panel, depth, row, give);
  for (; row < rows; row++) Tile<V, 1>(a + row * down, down, right, panel, depth, row, give);
}

}  // namespace nascent
