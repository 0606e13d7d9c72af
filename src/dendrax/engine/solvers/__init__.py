"""Linear solves on a forest: one contract, its back ends, and two derivative rules."""

from dendrax.engine.solvers.base import Plan, Solver
from dendrax.engine.solvers.by_device import ByDevice
from dendrax.engine.solvers.change import solve_change
from dendrax.engine.solvers.dense import Dense
from dendrax.engine.solvers.doubling import Doubling
from dendrax.engine.solvers.levels import Levels
from dendrax.engine.solvers.native import Native
from dendrax.engine.solvers.rule import multiply_forest, solve_forest
from dendrax.engine.solvers.sequential import Sequential, Unplanned
from dendrax.engine.solvers.sparse import Sparse

__all__ = [
    "ByDevice",
    "Dense",
    "Doubling",
    "Levels",
    "Native",
    "Plan",
    "Sequential",
    "Solver",
    "Sparse",
    "Unplanned",
    "multiply_forest",
    "solve_change",
    "solve_forest",
]
