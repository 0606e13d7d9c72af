"""The back end that suits the device on which the program runs."""

from collections.abc import Callable

import jax
import numpy as np
from jax import lax
from jaxtyping import Array

from dendrax.engine.solvers.base import Joined, OfComps, OfNodes, Plan, Solver


class PlanByDevice(Plan):
    """The plans of both back ends for a forest.

    Attributes:
        on_cpu: The plan for CPUs.
        elsewhere: The plan for all other devices.
    """

    on_cpu: Plan
    elsewhere: Plan


class ByDevice(Solver):
    """One back end on CPUs and another one elsewhere, chosen when a program is lowered.

    A program that is traced once can thus run on a CPU and on a GPU. It holds the back end of its own device alone.

    Attributes:
        on_cpu: The back end for CPUs.
        elsewhere: The back end for all other devices.
    """

    on_cpu: Solver
    elsewhere: Solver

    def plan(self, parents: np.ndarray, n_points: int = 0) -> PlanByDevice:
        """Plans for both."""
        on_cpu, elsewhere = self.on_cpu.plan(parents, n_points), self.elsewhere.plan(parents, n_points)
        return PlanByDevice(on_cpu.parent, on_cpu, elsewhere, has_edges=on_cpu.has_edges)

    def solve(self, plan: PlanByDevice, diagonal: OfNodes, lower: OfNodes, upper: OfNodes, rhs: OfNodes) -> OfNodes:
        """`solve` of the back end for the device."""
        return self._chosen(_solve, plan, diagonal, lower, upper, rhs)

    def change(
        self, plan: PlanByDevice, excess: OfComps, conductance: OfNodes, total: OfNodes, current_and_voltage: Joined
    ) -> Joined:
        """`change` of the back end for the device."""
        return self._chosen(_change, plan, excess, conductance, total, current_and_voltage)

    def at_rest(
        self, plan: PlanByDevice, excess: OfComps, conductance: OfNodes, total: OfNodes, current: OfComps
    ) -> OfComps:
        """`at_rest` of the back end for the device."""
        return self._chosen(_at_rest, plan, excess, conductance, total, current)

    def _chosen(self, verb: Callable[..., Array], plan: PlanByDevice, *arrays: Array) -> Array:
        # The jit keeps the trace of the branch that a CPU never sees: a program asks for it several times.
        return lax.platform_dependent(
            *arrays,
            cpu=lambda *arrays: verb(self.on_cpu, plan.on_cpu, *arrays),
            default=lambda *arrays: jax.jit(verb, static_argnums=0)(self.elsewhere, plan.elsewhere, *arrays),
        )


def _solve(solver: Solver, plan: Plan, *arrays: Array) -> Array:
    return solver.solve(plan, *arrays)


def _change(solver: Solver, plan: Plan, *arrays: Array) -> Array:
    return solver.change(plan, *arrays)


def _at_rest(solver: Solver, plan: Plan, *arrays: Array) -> Array:
    return solver.at_rest(plan, *arrays)
