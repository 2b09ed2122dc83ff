// exp, the logistic function and tanh of vectors, to a few units in the last place. What is not a number stays none.
//
// The coefficients are those of Cephes (Moshier, single/expf.c and tanhf.c).
#pragma once

#include <cstdint>

#include "image.h"

namespace nascent {

template <int V>
inline Vec<V> All(float value) {
  Vec<V> all = {};
  return all + value;
}

// e^x; from -87 to 87, beyond which it stays what it is there.
template <int V>
inline Vec<V> Exp(Vec<V> x) {
  typedef int32_t Ints __attribute__((vector_size(V * 4)));
  const Vec<V> low = All<V>(-87.0f), high = All<V>(87.0f);
  x = x < low ? low : x;
  x = x > high ? high : x;
  // Added and taken off again, it leaves the nearest whole number.
  constexpr float kWhole = 12582912.0f;
  const Vec<V> n = (x * 1.44269504088896341f + kWhole) - kWhole;
  const Vec<V> r = x - n * 0.693359375f + n * 2.12194440e-4f;
  Vec<V> y = All<V>(1.9875691500e-4f);
  for (const float coefficient : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f})
    y = y * r + coefficient;
  y = y * r * r + r + 1.0f;
  const Vec<V> number = n == n ? n : All<V>(0.0f);
  const Ints bits = (__builtin_convertvector(number, Ints) + 127) << 23;
  Vec<V> scale;
  std::memcpy(&scale, &bits, sizeof scale);
  return y * scale;
}

template <int V>
inline Vec<V> Logistic(Vec<V> x) {
  return 1.0f / (1.0f + Exp<V>(-x));
}

template <int V>
inline Vec<V> Tanh(Vec<V> x) {
  const Vec<V> zero = {}, magnitude = x < zero ? -x : x;
  const Vec<V> far = 1.0f - 2.0f / (Exp<V>(magnitude + magnitude) + 1.0f);
  const Vec<V> square = x * x;
  Vec<V> near = All<V>(-5.70498872745e-3f);
  for (const float coefficient : {2.06390887954e-2f, -5.37397155531e-2f, 1.33314422036e-1f, -3.33332819422e-1f})
    near = near * square + coefficient;
  near = near * square * x + x;
  return magnitude > All<V>(0.625f) ? (x < zero ? -far : far) : near;
}

}  // namespace nascent
