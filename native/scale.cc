#include "scale.h"

namespace dendrax::DENDRAX_ISA {
namespace {

template <typename T>
void scaled(double factor, const T* __restrict x, T* __restrict y, std::int64_t count) {
  const T typed = static_cast<T>(factor);
  for (std::int64_t i = 0; i < count; ++i) y[i] = typed * x[i];
}

}  // namespace

void scale(double factor, const float* x, float* y, std::int64_t count) { scaled(factor, x, y, count); }
void scale(double factor, const double* x, double* y, std::int64_t count) { scaled(factor, x, y, count); }

}  // namespace dendrax::DENDRAX_ISA
