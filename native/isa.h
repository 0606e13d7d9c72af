// Instruction sets: a kernel is compiled once for each, and the best that the machine has is called.
//
// A kernel is declared once, in a header, and defined once, in a .cc file of the list KERNELS of CMakeLists.txt. CMake
// compiles that file for every instruction set, with DENDRAX_ISA naming the namespace:
//
//     // scale.h                                              // scale.cc
//     DENDRAX_KERNEL(void scale(float a, const float* x));    #include "scale.h"
//                                                             namespace dendrax::DENDRAX_ISA {
//                                                             void scale(float a, const float* x) { ... }
//                                                             }
//
// Whoever calls it, in a .cc file of the list BINDINGS, writes DENDRAX_CALL(scale(a, x)).
//
// A file of KERNELS includes no header with inline functions other than its own, which stand inside
// `namespace dendrax::DENDRAX_ISA` or are static: the linker keeps one copy of an inline function or template that
// several files have, and if that were the one with AVX-512 instructions, it would be called on machines without.
// <cstdint>, <type_traits>, <immintrin.h> and the builtins of the compiler are fine; the FFI and the rest of the standard
// library are not. check_kernels.cmake looks at the objects and fails the build otherwise.

#ifndef DENDRAX_NATIVE_ISA_H_
#define DENDRAX_NATIVE_ISA_H_

namespace dendrax {

enum class Isa : int { baseline = 0, avx2 = 1, avx512 = 2 };

// The one in use: the best of this machine, or what dendrax_select_isa() was told.
Isa current_isa() noexcept;

}  // namespace dendrax

// DENDRAX_HAVE_X86 is set by CMake where the compiler knows AVX2 and AVX-512.
#ifdef DENDRAX_HAVE_X86

#define DENDRAX_KERNEL(...)             \
  namespace dendrax::baseline {         \
  __VA_ARGS__;                          \
  }                                     \
  namespace dendrax::avx2 {             \
  __VA_ARGS__;                          \
  }                                     \
  namespace dendrax::avx512 {           \
  __VA_ARGS__;                          \
  }                                     \
  static_assert(true, "takes the semicolon")

#define DENDRAX_CALL(...)                                                                   \
  (::dendrax::current_isa() == ::dendrax::Isa::avx512 ? ::dendrax::avx512::__VA_ARGS__      \
   : ::dendrax::current_isa() == ::dendrax::Isa::avx2 ? ::dendrax::avx2::__VA_ARGS__        \
                                                      : ::dendrax::baseline::__VA_ARGS__)

#else

#define DENDRAX_KERNEL(...)     \
  namespace dendrax::baseline { \
  __VA_ARGS__;                  \
  }                             \
  static_assert(true, "takes the semicolon")

#define DENDRAX_CALL(...) (::dendrax::baseline::__VA_ARGS__)

#endif  // DENDRAX_HAVE_X86

// Bytes of the widest vectors of the instruction set that this file is compiled for.
#if defined(__AVX512F__)
#define DENDRAX_VECTOR_BYTES 64
#elif defined(__AVX2__)
#define DENDRAX_VECTOR_BYTES 32
#else
#define DENDRAX_VECTOR_BYTES 16
#endif

// What the outside sees: plain C functions.
#if defined(_WIN32)
#define DENDRAX_EXPORT __declspec(dllexport)
#else
#define DENDRAX_EXPORT __attribute__((visibility("default")))
#endif

#endif  // DENDRAX_NATIVE_ISA_H_
