// y = factor * x: the smallest kernel, which proves the chain from the compiler to a jitted program.

#include <cstdint>

#include "isa.h"

DENDRAX_KERNEL(void scale(double factor, const float* x, float* y, std::int64_t count));
DENDRAX_KERNEL(void scale(double factor, const double* x, double* y, std::int64_t count));
