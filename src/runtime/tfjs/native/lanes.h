// Vectors of 8 or 16 numbers, by the vector types of the compiler; where these cannot say what is meant, by the
// processor's own instructions.
#pragma once

#include <type_traits>

#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace nascent {

// Whether the processor holds 32 vectors of 16 numbers; if not, vectors are of 8: 16 would fill its registers.
#ifdef __AVX512VL__
constexpr bool kWide = true;
#else
constexpr bool kWide = false;
#endif
constexpr int kVector = kWide ? 16 : 8;

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
// The first `count` lanes only; of memory past them nothing is touched.
#ifdef __AVX512VL__
template <int V>
inline Vec<V> LoadSome(const float *from, int count) {
  if (count >= V) return Load<V>(from);
  if constexpr (V == 16) return _mm512_maskz_loadu_ps((1u << count) - 1, from);
  else return _mm256_maskz_loadu_ps((1u << count) - 1, from);
}
template <int V>
inline void StoreSome(float *to, Vec<V> value, int count) {
  if (count >= V) return Store<V>(to, value);
  if constexpr (V == 16) _mm512_mask_storeu_ps(to, (1u << count) - 1, value);
  else _mm256_mask_storeu_ps(to, (1u << count) - 1, value);
}
#elif defined(__AVX2__)
inline __m256i FirstOf(int count) {
  static const int kLanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(kLanes + 8 - count));
}
template <int V>
inline Vec<V> LoadSome(const float *from, int count) {
  return count >= V ? Load<V>(from) : Vec<V>(_mm256_maskload_ps(from, FirstOf(count)));
}
template <int V>
inline void StoreSome(float *to, Vec<V> value, int count) {
  if (count >= V) return Store<V>(to, value);
  _mm256_maskstore_ps(to, FirstOf(count), value);
}
#else
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
#endif
template <int V>
inline Vec<V> AtLeast(Vec<V> value, Vec<V> least) {
  return value < least ? least : value;
}

// Calls `f` with how many channels make a block, as a constant of its type.
template <typename F>
void InBlocks(int channels, const F &f) {
  if (channels > 8) return f(std::integral_constant<int, kVector>());
  f(std::integral_constant<int, 8>());
}

}  // namespace nascent
