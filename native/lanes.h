// Vectors of one number per tree, and how rows in memory become such vectors.

#ifndef DENDRAX_NATIVE_LANES_H_
#define DENDRAX_NATIVE_LANES_H_

#include <cstdint>
#include <type_traits>

#include "isa.h"

namespace dendrax::DENDRAX_ISA {

template <typename T>
struct Lanes {
  typedef T Vector __attribute__((vector_size(DENDRAX_VECTOR_BYTES)));
  typedef T Unaligned __attribute__((vector_size(DENDRAX_VECTOR_BYTES), aligned(sizeof(T)), may_alias));
  static constexpr int width = DENDRAX_VECTOR_BYTES / sizeof(T);
};

// For a shuffle of (a, b): even blocks of `half` entries from a and odd ones from b, each pair starting at the even
// (second = false) or the odd (second = true) block of its operand.
template <typename T, int half, bool second>
inline auto blocks() {
  using Index = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
  constexpr int width = Lanes<T>::width;
  typename Lanes<Index>::Vector index{};
  for (int i = 0; i < width; ++i) {
    const int from = (i / half & ~1) + (second ? 1 : 0);
    index[i] = static_cast<Index>((i / half & 1 ? width : 0) + from * half + i % half);
  }
  return index;
}

// The entries of (a, b) that `index` counts; constant indices make one instruction of it.
template <typename Vector, typename Index>
inline Vector shuffled(Vector a, Vector b, Index index) {
#if defined(__clang__)
  constexpr int width = sizeof(Vector) / sizeof(a[0]);
  Vector picked{};
  for (int i = 0; i < width; ++i) picked[i] = index[i] < width ? a[index[i]] : b[index[i] - width];
  return picked;
#else
  return __builtin_shuffle(a, b, index);
#endif
}

// Transposes a square of `width` vectors: exchanges off-diagonal blocks, from the largest down to single entries.
template <typename T, int half = Lanes<T>::width / 2>
inline void transpose(typename Lanes<T>::Vector* square) {
  if constexpr (half > 0) {
    const auto even = blocks<T, half, false>();
    const auto odd = blocks<T, half, true>();
    for (int i = 0; i < Lanes<T>::width; ++i) {
      if (i & half) continue;
      const auto a = square[i], b = square[i + half];
      square[i] = shuffled(a, b, even);
      square[i + half] = shuffled(a, b, odd);
    }
    transpose<T, half / 2>(square);
  }
}

// Entry i of every row goes to to[i], as one vector.
template <typename T>
inline void load_columns(const T* const* rows, std::int64_t count, typename Lanes<T>::Vector* to) {
  using Vector = typename Lanes<T>::Vector;
  constexpr int width = Lanes<T>::width;
  std::int64_t i = 0;
  for (; i + width <= count; i += width) {
    Vector square[width];
    for (int l = 0; l < width; ++l) square[l] = *reinterpret_cast<const typename Lanes<T>::Unaligned*>(rows[l] + i);
    transpose<T>(square);
    for (int l = 0; l < width; ++l) to[i + l] = square[l];
  }
  for (; i < count; ++i) {
    Vector column{};
    for (int l = 0; l < width; ++l) column[l] = rows[l][i];
    to[i] = column;
  }
}

// The way back, into the first n_row rows.
template <typename T>
inline void store_columns(const typename Lanes<T>::Vector* from, std::int64_t count, int n_row, T* const* rows) {
  using Vector = typename Lanes<T>::Vector;
  constexpr int width = Lanes<T>::width;
  std::int64_t i = 0;
  for (; i + width <= count; i += width) {
    Vector square[width];
    for (int l = 0; l < width; ++l) square[l] = from[i + l];
    transpose<T>(square);
    for (int l = 0; l < n_row; ++l) *reinterpret_cast<typename Lanes<T>::Unaligned*>(rows[l] + i) = square[l];
  }
  for (; i < count; ++i) {
    for (int l = 0; l < n_row; ++l) rows[l][i] = from[i][l];
  }
}

}  // namespace dendrax::DENDRAX_ISA

#endif  // DENDRAX_NATIVE_LANES_H_
