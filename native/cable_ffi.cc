#include <vector>

#include "cable.h"
#include "handler.h"

namespace dendrax {
namespace {

template <typename T, typename Buffer>
Batched<T> batched(Buffer& buffer) {
  Batched<T> one{};
  const auto dims = buffer.dimensions();
  one.data = buffer.typed_data();
  one.size = dims.back();
  std::int64_t stride = one.size;
  for (int axis = static_cast<int>(dims.size()) - 2; axis >= 0; --axis) {
    one.strides[axis] = dims[axis] > 1 ? stride : 0;
    stride *= dims[axis];
  }
  return one;
}

template <ffi::DataType type>
ffi::Error solve(Task task, ffi::Buffer<ffi::S32>& forest, ffi::Buffer<type>& e, ffi::Buffer<type>& g,
                 ffi::Buffer<type>& c, ffi::Buffer<type>* u, ffi::ResultBuffer<type>& x) {
  using T = ffi::NativeType<type>;
  static thread_local std::vector<char> scratch;  // freed when its thread ends
  const auto dims = x->dimensions();
  if (dims.size() > kMostAxes + 1) return ffi::Error::InvalidArgument("more nested batch axes than expected");
  CableCall<T> call{};
  call.task = task;
  call.forest = forest.typed_data();
  call.n_axes = static_cast<int>(dims.size()) - 1;
  for (int axis = 0; axis < call.n_axes; ++axis) call.dims[axis] = dims[axis];
  call.e = batched<const T>(e);
  call.g = batched<const T>(g);
  call.c = batched<const T>(c);
  if (u != nullptr) call.u = batched<const T>(*u);
  call.x = batched<T>(*x);
  const auto needed = static_cast<std::size_t>(cable_scratch_bytes(call.forest[1]));
  if (scratch.size() < needed) scratch.resize(needed);
  call.scratch = scratch.data();
  DENDRAX_CALL(solve_cable(call));
  return ffi::Error::Success();
}

template <Task task, ffi::DataType type>
ffi::Error with_u(ffi::Buffer<ffi::S32> forest, ffi::Buffer<type> e, ffi::Buffer<type> g, ffi::Buffer<type> c,
                  ffi::Buffer<type> u, ffi::ResultBuffer<type> x) {
  return solve<type>(task, forest, e, g, c, &u, x);
}

template <ffi::DataType type>
ffi::Error at_rest(ffi::Buffer<ffi::S32> forest, ffi::Buffer<type> e, ffi::Buffer<type> g, ffi::Buffer<type> c,
                   ffi::ResultBuffer<type> x) {
  return solve<type>(Task::at_rest, forest, e, g, c, nullptr, x);
}

template <ffi::DataType type>
auto arguments() {
  using Values = ffi::Buffer<type>;
  return ffi::Ffi::Bind().Arg<ffi::Buffer<ffi::S32>>().template Arg<Values>().template Arg<Values>().template Arg<Values>();
}

template <ffi::DataType type>
auto without_u_binding() {
  return arguments<type>().template Ret<ffi::Buffer<type>>();
}

template <ffi::DataType type>
auto with_u_binding() {
  return arguments<type>().template Arg<ffi::Buffer<type>>().template Ret<ffi::Buffer<type>>();
}

}  // namespace

constexpr auto f32 = xla::ffi::F32;
constexpr auto f64 = xla::ffi::F64;

}  // namespace dendrax

DENDRAX_HANDLER(dendrax_change_f32, (dendrax::with_u<dendrax::Task::change, dendrax::f32>),
                dendrax::with_u_binding<dendrax::f32>());
DENDRAX_HANDLER(dendrax_change_f64, (dendrax::with_u<dendrax::Task::change, dendrax::f64>),
                dendrax::with_u_binding<dendrax::f64>());
DENDRAX_HANDLER(dendrax_general_f32, (dendrax::with_u<dendrax::Task::general, dendrax::f32>),
                dendrax::with_u_binding<dendrax::f32>());
DENDRAX_HANDLER(dendrax_general_f64, (dendrax::with_u<dendrax::Task::general, dendrax::f64>),
                dendrax::with_u_binding<dendrax::f64>());
DENDRAX_HANDLER(dendrax_at_rest_f32, dendrax::at_rest<dendrax::f32>, dendrax::without_u_binding<dendrax::f32>());
DENDRAX_HANDLER(dendrax_at_rest_f64, dendrax::at_rest<dendrax::f64>, dendrax::without_u_binding<dendrax::f64>());
