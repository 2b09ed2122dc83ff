// Sums of many numbers.
#pragma once

namespace nascent {

// Σ f(i) for i below `size`, in double precision and always in one order.
template <typename F>
double Total(int size, F f) {
  constexpr int kLanes = 8;
  double lanes[kLanes] = {};
  int i = 0;
  for (; i + kLanes <= size; i += kLanes) {
    for (int lane = 0; lane < kLanes; lane++) lanes[lane] += f(i + lane);
  }
  double total = 0;
  for (; i < size; i++) total += f(i);
  for (double lane : lanes) total += lane;
  return total;
}

}  // namespace nascent
