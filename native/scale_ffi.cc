#include "handler.h"
#include "scale.h"

namespace dendrax {
namespace {

template <ffi::DataType type>
ffi::Error scale_handler(double factor, ffi::Buffer<type> x, ffi::ResultBuffer<type> y) {
  if (x.element_count() != y->element_count()) return ffi::Error::InvalidArgument("x and y differ in size");
  DENDRAX_CALL(scale(factor, x.typed_data(), y->typed_data(), static_cast<std::int64_t>(x.element_count())));
  return ffi::Error::Success();
}

template <ffi::DataType type>
auto scale_binding() {
  return ffi::Ffi::Bind().Attr<double>("factor").Arg<ffi::Buffer<type>>().template Ret<ffi::Buffer<type>>();
}

}  // namespace
}  // namespace dendrax

DENDRAX_HANDLER(dendrax_scale_f32, dendrax::scale_handler<xla::ffi::F32>, dendrax::scale_binding<xla::ffi::F32>());
DENDRAX_HANDLER(dendrax_scale_f64, dendrax::scale_handler<xla::ffi::F64>, dendrax::scale_binding<xla::ffi::F64>());
