#include <algorithm>
#include <utility>
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

// The first `size` entries of every row, or those from `start` on.
template <typename T>
Batched<T> part(Batched<T> whole, std::int64_t start, std::int64_t size) {
  whole.data += start;
  whole.size = size;
  return whole;
}

template <typename T, ffi::DataType type>
CableCall<T> call_of(Task task, ffi::Buffer<ffi::S32>& forest, ffi::Buffer<type>& e, ffi::Buffer<type>& g,
                     ffi::Buffer<type>& c, ffi::ResultBuffer<type>& x) {
  CableCall<T> call{};
  const auto dims = x->dimensions();
  call.task = task;
  call.forest = forest.typed_data();
  call.n_axes = static_cast<int>(dims.size()) - 1;
  for (int axis = 0; axis < call.n_axes; ++axis) call.dims[axis] = dims[axis];
  call.e = batched<const T>(e);
  call.g = batched<const T>(g);
  call.c = batched<const T>(c);
  call.x = batched<T>(*x);
  return call;
}

// How many nodes a forest of `size` integers has, see `forest.h`; -1 where these are no forest.
std::int64_t count_nodes(const std::int32_t* packed, std::int64_t size) {
  constexpr std::int64_t header = 3;  // of the forest, and of each group
  std::int64_t n_node = 0, at = header;
  for (std::int64_t group = size < header ? size : packed[0]; group > 0; --group) {
    if (at + header > size) return -1;
    const std::int64_t n_tree = packed[at], n_comp = packed[at + 1], n_branch_point = packed[at + 2];
    n_node += n_tree * (n_comp + n_branch_point);
    at += header + 2 * n_comp + 3 * n_branch_point + 2 * n_tree;
  }
  return at == size ? n_node : -1;
}

// A plan that was made for another forest would have the kernel write anywhere.
template <typename T>
ffi::Error checked(const CableCall<T>& call, std::int64_t forest_size) {
  const std::int64_t n_node = count_nodes(call.forest, forest_size);
  const std::int64_t n_row = call.task == Task::general ? n_node : call.e.size;
  const bool u_fits = call.u.data == nullptr || call.u.size == n_row;
  if (call.g.size == n_node && call.e.size == n_row && call.c.size == n_row && call.x.size == n_row && u_fits &&
      (call.task == Task::general || n_row == call.forest[2])) {
    return ffi::Error::Success();
  }
  return ffi::Error::InvalidArgument("the plan is of another forest than the arrays: plan again with its parents");
}

template <typename T>
ffi::Error solve(CableCall<T>& call, std::int64_t forest_size) {
  if (auto error = checked(call, forest_size); error.failure()) return error;
  static thread_local std::vector<char> scratch;  // freed when its thread ends
  const auto needed = static_cast<std::size_t>(cable_scratch_bytes(call.forest[1]));
  if (scratch.size() < needed) scratch.resize(needed);
  call.scratch = scratch.data();
  DENDRAX_CALL(solve_cable(call));
  return ffi::Error::Success();
}

// What is wrong with a result of this rank.
ffi::Error checked(std::size_t rank) {
  if (rank > kMostAxes + 1) return ffi::Error::InvalidArgument("more nested batch axes than expected");
  return ffi::Error::Success();
}

// Copies the rows of `from` into those of `to`, which has all of the batch.
template <typename T>
void copy_rows(const CableCall<T>& call, const Batched<const T>& from, const Batched<T>& to) {
  std::int64_t n_row = 1;
  for (int axis = 0; axis < call.n_axes; ++axis) n_row *= call.dims[axis];
  for (std::int64_t row = 0; row < n_row; ++row) {
    std::int64_t source = 0, target = 0, rest = row;
    for (int axis = call.n_axes; axis-- > 0;) {
      source += rest % call.dims[axis] * from.strides[axis];
      target += rest % call.dims[axis] * to.strides[axis];
      rest /= call.dims[axis];
    }
    std::copy_n(from.data + source, from.size, to.data + target);
  }
}

// From (c, u), one behind the other, to (x, u).
template <ffi::DataType type>
ffi::Error change(ffi::Buffer<ffi::S32> forest, ffi::Buffer<type> e, ffi::Buffer<type> g, ffi::Buffer<type> c_and_u,
                  ffi::ResultBuffer<type> x_and_u) {
  using T = ffi::NativeType<type>;
  if (auto error = checked(x_and_u->dimensions().size()); error.failure()) return error;
  auto call = call_of<T>(Task::change, forest, e, g, c_and_u, x_and_u);
  const auto given = call.c;
  const auto result = call.x;
  const std::int64_t n = call.e.size;
  if (given.size != 2 * n || result.size != 2 * n) return ffi::Error::InvalidArgument("two arrays in one are expected");
  call.c = part(given, 0, n);
  call.u = part(given, n, n);
  call.x = part(result, 0, n);
  if (auto error = solve(call, forest.dimensions().back()); error.failure()) return error;
  copy_rows(call, call.u, part(result, n, n));
  return ffi::Error::Success();
}

template <ffi::DataType type>
ffi::Error at_rest(ffi::Buffer<ffi::S32> forest, ffi::Buffer<type> e, ffi::Buffer<type> g, ffi::Buffer<type> c,
                   ffi::ResultBuffer<type> x) {
  using T = ffi::NativeType<type>;
  if (auto error = checked(x->dimensions().size()); error.failure()) return error;
  auto call = call_of<T>(Task::at_rest, forest, e, g, c, x);
  return solve(call, forest.dimensions().back());
}

template <ffi::DataType type>
ffi::Error general(ffi::Buffer<ffi::S32> forest, ffi::Buffer<type> diagonal, ffi::Buffer<type> lower,
                   ffi::Buffer<type> rhs, ffi::Buffer<type> upper, ffi::ResultBuffer<type> x) {
  using T = ffi::NativeType<type>;
  if (auto error = checked(x->dimensions().size()); error.failure()) return error;
  auto call = call_of<T>(Task::general, forest, diagonal, lower, rhs, x);
  call.u = batched<const T>(upper);
  return solve(call, forest.dimensions().back());
}

template <ffi::DataType type>
auto arguments() {
  using Values = ffi::Buffer<type>;
  auto binding = ffi::Ffi::Bind().Arg<ffi::Buffer<ffi::S32>>();
  return std::move(binding).template Arg<Values>().template Arg<Values>().template Arg<Values>();
}

template <ffi::DataType type>
auto of_three() {
  return arguments<type>().template Ret<ffi::Buffer<type>>();
}

template <ffi::DataType type>
auto of_four() {
  return arguments<type>().template Arg<ffi::Buffer<type>>().template Ret<ffi::Buffer<type>>();
}

}  // namespace

constexpr auto f32 = xla::ffi::F32;
constexpr auto f64 = xla::ffi::F64;

}  // namespace dendrax

DENDRAX_HANDLER(dendrax_change_f32, dendrax::change<dendrax::f32>, dendrax::of_three<dendrax::f32>());
DENDRAX_HANDLER(dendrax_change_f64, dendrax::change<dendrax::f64>, dendrax::of_three<dendrax::f64>());
DENDRAX_HANDLER(dendrax_at_rest_f32, dendrax::at_rest<dendrax::f32>, dendrax::of_three<dendrax::f32>());
DENDRAX_HANDLER(dendrax_at_rest_f64, dendrax::at_rest<dendrax::f64>, dendrax::of_three<dendrax::f64>());
DENDRAX_HANDLER(dendrax_general_f32, dendrax::general<dendrax::f32>, dendrax::of_four<dendrax::f32>());
DENDRAX_HANDLER(dendrax_general_f64, dendrax::general<dendrax::f64>, dendrax::of_four<dendrax::f64>());
