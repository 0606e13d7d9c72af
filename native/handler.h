// What a file of the list BINDINGS includes: the FFI of XLA, and how a handler becomes a symbol of the library.

#ifndef DENDRAX_NATIVE_HANDLER_H_
#define DENDRAX_NATIVE_HANDLER_H_

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wattributes"
#pragma GCC diagnostic ignored "-Wreturn-type"
#endif
#include "xla/ffi/api/ffi.h"
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include "isa.h"

namespace dendrax {
namespace ffi = xla::ffi;
}

// Defines and exports `name`, which engine/native.py registers under the same name.
#define DENDRAX_HANDLER(name, function, binding)                      \
  extern "C" DENDRAX_EXPORT XLA_FFI_Error* name(XLA_FFI_CallFrame*);  \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(name, function, binding)

#endif  // DENDRAX_NATIVE_HANDLER_H_
