// Chooses the instruction set when the library is loaded, and says what was chosen.

#include <atomic>
#include <cstring>

#include "isa.h"

namespace dendrax {
namespace {

constexpr const char* kNames[] = {"baseline", "avx2", "avx512"};

// What CMakeLists.txt compiles for, feature by feature. The compiler's builtin asks the operating system too.
bool has(Isa isa) noexcept {
  switch (isa) {
    case Isa::baseline:
      return true;
#ifdef DENDRAX_HAVE_X86
    case Isa::avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::avx512:
      return has(Isa::avx2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
#endif
    default:
      return false;
  }
}

Isa best() noexcept {
#ifdef DENDRAX_HAVE_X86
  __builtin_cpu_init();
#endif
  return has(Isa::avx512) ? Isa::avx512 : has(Isa::avx2) ? Isa::avx2 : Isa::baseline;
}

std::atomic<Isa> chosen{best()};

}  // namespace

Isa current_isa() noexcept { return chosen.load(std::memory_order_relaxed); }

}  // namespace dendrax

extern "C" {

// The version of the package that this library was built for.
DENDRAX_EXPORT const char* dendrax_version() { return DENDRAX_VERSION; }

// The instruction set in use.
DENDRAX_EXPORT const char* dendrax_isa() { return dendrax::kNames[static_cast<int>(dendrax::current_isa())]; }

// Uses another instruction set from now on; 0 if there is none of this name, or this machine or library lacks it.
DENDRAX_EXPORT int dendrax_select_isa(const char* name) {
  for (int i = 0; i < 3; ++i) {
    const auto isa = static_cast<dendrax::Isa>(i);
    if (std::strcmp(name, dendrax::kNames[i]) == 0 && dendrax::has(isa)) {
      dendrax::chosen.store(isa, std::memory_order_relaxed);
      return 1;
    }
  }
  return 0;
}
}
