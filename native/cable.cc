// The same function solves one tree (Lane is a number) or several of equal shape side by side (Lane is a vector). Each
// lane does what a single tree would do, in the same order and without fused multiply-adds, so that results have the
// same bits however trees are grouped, and on every instruction set.

#include "cable.h"

#include "forest.h"
#include "lanes.h"

namespace dendrax::DENDRAX_ISA {
namespace {

// Working copies, by node; one more entry is the parent of the roots.
template <typename Lane>
struct Scratch {
  Lane *q, *c, *u, *g;

  Scratch(void* memory, std::int64_t n_node) {
    const auto aligned = (reinterpret_cast<std::uintptr_t>(memory) + sizeof(Lane) - 1) / sizeof(Lane) * sizeof(Lane);
    q = reinterpret_cast<Lane*>(aligned);
    c = q + n_node + 1;
    u = c + n_node + 1;
    g = u + n_node + 1;
  }
};

// Leaves the solution in s.c.
template <Task task, typename Lane>
inline void eliminate(std::int64_t n_node, const std::int32_t* __restrict order, const Scratch<Lane>& s) {
  Lane* __restrict q = s.q;
  Lane* __restrict c = s.c;
  Lane* __restrict g = s.g;
  const Lane* __restrict u = s.u;
  q[n_node] = c[n_node] = s.u[n_node] = Lane{};
  for (std::int64_t i = 0; i < n_node; ++i) {
    const std::int32_t k = order[2 * i], p = order[2 * i + 1];
    if constexpr (task == Task::general) {
      const Lane r = 1 / q[k];
      const Lane w = -g[k] * r;
      c[k] *= r;
      c[p] -= u[k] * c[k];
      q[p] += u[k] * w;
      g[k] = w;
      continue;
    }
    const Lane r = 1 / (q[k] + g[k]);
    const Lane w = g[k] * r;
    const Lane z = w * q[k];
    if constexpr (task == Task::change) {
      const Lane drop = u[p] - u[k];
      c[p] += w * c[k] - z * drop;
      c[k] = (c[k] + g[k] * drop) * r;
    } else {
      c[p] += w * c[k];
      c[k] *= r;
    }
    q[p] += z;
    g[k] = w;
  }
  c[n_node] = Lane{};
  for (std::int64_t i = n_node; i-- > 0;) c[order[2 * i]] += g[order[2 * i]] * c[order[2 * i + 1]];
}

template <typename Lane>
void eliminate(Task task, const Group& group, const Scratch<Lane>& s) {
  if (task == Task::change) return eliminate<Task::change>(group.n_node, group.order, s);
  if (task == Task::at_rest) return eliminate<Task::at_rest>(group.n_node, group.order, s);
  eliminate<Task::general>(group.n_node, group.order, s);
}

// Where an operand of one tree is in memory; `points` is null where branch points have no entry.
template <typename T>
struct Row {
  T *comps, *points;
};

template <typename T>
struct Rows {
  Row<const T> e, g, c, u;
  Row<T> x;
};

template <typename T, typename U>
Row<U> row_of(const CableCall<T>& call, const Batched<U>& of, const Group& group, std::int64_t tree,
              std::int64_t member) {
  if (!of.data) return {nullptr, nullptr};
  U* row = of.data;
  for (int axis = call.n_axes; axis-- > 0;) {
    row += member % call.dims[axis] * of.strides[axis];
    member /= call.dims[axis];
  }
  return {row + group.first[2 * tree], of.size > call.forest[2] ? row + group.first[2 * tree + 1] : nullptr};
}

template <typename T>
Rows<T> rows_of(const CableCall<T>& call, const Group& group, std::int64_t tree, std::int64_t member) {
  const auto row = [&](const auto& of) { return row_of(call, of, group, tree, member); };
  return {row(call.e), row(call.g), row(call.c), row(call.u), row(call.x)};
}

// One tree: entries of branch points are zero where there are none.
template <typename T>
void load(const Group& group, const Row<const T>& from, T* to) {
  for (std::int64_t i = 0; i < group.n_comp; ++i) to[i] = from.comps[i];
  to += group.n_comp;
  for (std::int64_t i = 0; i < group.n_branch_point; ++i) to[i] = from.points ? from.points[i] : 0;
}

// One tree in each lane; what all lanes share is read once.
template <typename T>
void load(const Group& group, const Rows<T>* lanes, Row<const T> Rows<T>::* row, typename Lanes<T>::Vector* to) {
  using Vector = typename Lanes<T>::Vector;
  const T *comps[Lanes<T>::width], *points[Lanes<T>::width];
  bool shared = true;
  for (int l = 0; l < Lanes<T>::width; ++l) {
    comps[l] = (lanes[l].*row).comps;
    points[l] = (lanes[l].*row).points;
    shared = shared && comps[l] == comps[0];
  }
  const auto part = [&](const T** from, std::int64_t count) {
    if (!from[0]) {
      for (std::int64_t i = 0; i < count; ++i) to[i] = Vector{};
    } else if (shared) {
      for (std::int64_t i = 0; i < count; ++i) to[i] = Vector{} + from[0][i];
    } else {
      load_columns<T>(from, count, to);
    }
    to += count;
  };
  part(comps, group.n_comp);
  part(points, group.n_branch_point);
}

// A branch point starts at the voltage of a compartment.
template <typename Lane>
void start_points(const Group& group, Lane* u) {
  for (std::int64_t i = 0; i < group.n_branch_point; ++i) u[group.n_comp + i] = u[group.starts[i]];
}

template <typename T>
void solve_one(Task task, const Group& group, const Rows<T>& rows, const Scratch<T>& s) {
  load(group, rows.e, s.q);
  load(group, rows.c, s.c);
  load(group, rows.g, s.g);
  if (task != Task::at_rest) load(group, rows.u, s.u);
  if (task == Task::change) start_points(group, s.u);
  eliminate(task, group, s);
  for (std::int64_t i = 0; i < group.n_comp; ++i) rows.x.comps[i] = s.c[i];
  if (!rows.x.points) return;
  for (std::int64_t i = 0; i < group.n_branch_point; ++i) rows.x.points[i] = s.c[group.n_comp + i];
}

// Solves n_lane trees; further lanes are copies of one of them and are not stored.
template <typename T>
void solve_side_by_side(Task task, const Group& group, const Rows<T>* lanes, int n_lane,
                        const Scratch<typename Lanes<T>::Vector>& s) {
  load(group, lanes, &Rows<T>::e, s.q);
  load(group, lanes, &Rows<T>::c, s.c);
  load(group, lanes, &Rows<T>::g, s.g);
  if (task != Task::at_rest) load(group, lanes, &Rows<T>::u, s.u);
  if (task == Task::change) start_points(group, s.u);
  eliminate(task, group, s);
  T *comps[Lanes<T>::width], *points[Lanes<T>::width];
  for (int l = 0; l < n_lane; ++l) {
    comps[l] = lanes[l].x.comps;
    points[l] = lanes[l].x.points;
  }
  store_columns<T>(s.c, group.n_comp, n_lane, comps);
  if (points[0]) store_columns<T>(s.c + group.n_comp, group.n_branch_point, n_lane, points);
}

constexpr int kFewest = 4;  // trees that are worth a vector

template <typename T>
void solve_group(const CableCall<T>& call, const Group& group) {
  constexpr int width = Lanes<T>::width;
  std::int64_t n_all = group.n_tree;
  for (int axis = 0; axis < call.n_axes; ++axis) n_all *= call.dims[axis];
  std::int64_t done = 0;
  const auto next = [&](std::int64_t i) { return rows_of(call, group, i % group.n_tree, i / group.n_tree); };
  while (n_all - done >= kFewest) {
    Rows<T> lanes[width];
    const int n_lane = n_all - done < width ? static_cast<int>(n_all - done) : width;
    for (int l = 0; l < width; ++l) lanes[l] = l < n_lane ? next(done + l) : lanes[0];
    solve_side_by_side<T>(call.task, group, lanes, n_lane, {call.scratch, group.n_node});
    done += n_lane;
  }
  for (; done < n_all; ++done) solve_one<T>(call.task, group, next(done), {call.scratch, group.n_node});
}

template <typename T>
void solve_all(const CableCall<T>& call) {
  const std::int32_t* packed = call.forest;
  const std::int32_t n_group = packed[0];
  packed += kForestHeader;
  for (std::int32_t i = 0; i < n_group; ++i) solve_group(call, read_group(packed));
}

}  // namespace

void solve_cable(const CableCall<float>& call) { solve_all(call); }
void solve_cable(const CableCall<double>& call) { solve_all(call); }

}  // namespace dendrax::DENDRAX_ISA
