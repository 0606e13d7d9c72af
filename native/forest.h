// A forest as `engine/solvers/native.py` packs it into integers: [number of groups, nodes of the largest tree,
// compartments of all trees, group, group, ...].
//
// A group is trees of equal shape. In memory the compartments of one tree are neighbours, and so are its branch points.

#ifndef DENDRAX_NATIVE_FOREST_H_
#define DENDRAX_NATIVE_FOREST_H_

#include <cstdint>

#include "isa.h"

namespace dendrax::DENDRAX_ISA {

constexpr int kForestHeader = 3;

struct Group {
  std::int64_t n_tree, n_comp, n_branch_point, n_node;
  const std::int32_t* order;  // nodes and their parents, children first; compartments count from 0 within the tree,
                              // branch points from n_comp, and n_node is the parent of a root (n_node, 2)
  const std::int32_t* starts;  // at the voltage of which compartment a branch point starts (n_branch_point)
  const std::int32_t* first;   // first compartment and first branch point of each tree, as nodes (n_tree, 2)
};

// The group that starts at `packed`, which then points behind it.
inline Group read_group(const std::int32_t*& packed) {
  Group group{};
  group.n_tree = packed[0];
  group.n_comp = packed[1];
  group.n_branch_point = packed[2];
  group.n_node = group.n_comp + group.n_branch_point;
  group.order = packed + 3;
  group.starts = group.order + 2 * group.n_node;
  group.first = group.starts + group.n_branch_point;
  packed = group.first + 2 * group.n_tree;
  return group;
}

}  // namespace dendrax::DENDRAX_ISA

#endif  // DENDRAX_NATIVE_FOREST_H_
