// One implicit step of the cable equation on a forest, by elimination from the leaves to the roots.
//
// Node k is joined to its parent p by the conductance g_k and to ground by e_k (C / dt and the slope of the membrane
// current; none at a branch point). The change x of the voltages u that an inward current c drives obeys in every node
//
//     e_k x_k + sum over neighbours j of g_kj (x_k - x_j) = c_k - sum over neighbours j of g_kj (u_k - u_j)
//
// Once the children of k are gone, all that is left below it is a conductance q_k to ground and a current c_k:
//
//     d = q_k + g_k,   w = g_k / d,   z = g_k q_k / d,   drop = u_p - u_k
//     q_p += z                               g_k and q_k in series
//     c_p += w c_k - z drop                  what of the currents gets through to the parent
//     x_k  = (c_k + g_k drop) / d + w x_p    on the way back
//
// Written so, nothing is subtracted that was added before: large axial conductances cost no digits, in float32 either.

#ifndef DENDRAX_NATIVE_CABLE_H_
#define DENDRAX_NATIVE_CABLE_H_

#include <cstdint>

#include "isa.h"

namespace dendrax {

// An array of `size` entries with batch axes in front; a stride is 0 where all of a batch share the array.
constexpr int kMostAxes = 6;
template <typename T>
struct Batched {
  T* data;
  std::int64_t size;
  std::int64_t strides[kMostAxes];
};

// What a call computes.
enum class Task {
  change,   // x as above
  at_rest,  // x as above with u = 0
  general,  // x of A x = c for any A: the diagonal is e, g is in the column of the parent, u in that of the child
};

// All operands of a call. Compartments come first in an array over nodes, then branch points.
template <typename T>
struct CableCall {
  Task task;
  const std::int32_t* forest;  // see `forest.h`
  int n_axes;                  // of the batch
  std::int64_t dims[kMostAxes];
  Batched<const T> e;  // over compartments, or over nodes
  Batched<const T> g;  // over nodes; 0 at roots
  Batched<const T> c;  // over compartments, or over nodes
  Batched<const T> u;  // over compartments, or over nodes; no data where the task does without
  Batched<T> x;        // as c
  void* scratch;       // cable_scratch_bytes(...) bytes
};

// What `scratch` must hold for trees of at most `n_node` nodes, whatever the instruction set.
constexpr std::int64_t cable_scratch_bytes(std::int64_t n_node) { return (4 * (n_node + 1) + 1) * 64; }

}  // namespace dendrax

DENDRAX_KERNEL(void solve_cable(const CableCall<float>& call));
DENDRAX_KERNEL(void solve_cable(const CableCall<double>& call));

#endif  // DENDRAX_NATIVE_CABLE_H_
