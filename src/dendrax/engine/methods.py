"""The names by which a user chooses a method, and what they stand for: the only place where they are strings."""

from collections.abc import Callable
from typing import Any, TypeVar

from jax.extend.backend import backends

from dendrax.engine import native
from dendrax.engine.solvers.base import Solver
from dendrax.engine.solvers.by_device import ByDevice
from dendrax.engine.solvers.dense import Dense
from dendrax.engine.solvers.doubling import Doubling
from dendrax.engine.solvers.levels import Levels
from dendrax.engine.solvers.native import Native
from dendrax.engine.solvers.sequential import Sequential, Unplanned
from dendrax.engine.solvers.sparse import Sparse
from dendrax.engine.steppers.base import Stepper
from dendrax.engine.steppers.bwd_euler import BackwardEuler
from dendrax.engine.steppers.crank_nicolson import CrankNicolson
from dendrax.engine.steppers.exp_euler import ExponentialEuler
from dendrax.engine.steppers.fwd_euler import ForwardEuler
from dendrax.errors import ModelValueError
from dendrax.mechanisms.constants import NEURON_ORDER, ORDERS, STATES_FIRST
from dendrax.settings import check_not_forked

Option = TypeVar("Option")


def _for_device() -> Solver:
    """One compartment after the other on CPUs, many at once on other devices."""
    on_cpu = _one_by_one()
    if set(backends()) - {"cpu"}:
        return ByDevice(on_cpu, Levels())
    return on_cpu if on_cpu == Sequential() else ByDevice(on_cpu, Unplanned())


def _one_by_one() -> Solver:
    """The native kernel, or the same elimination in JAX where there is none."""
    return Sequential() if native.library() is None else Native()


STEPPERS: dict[str, Callable[..., Stepper]] = {
    "bwd_euler": BackwardEuler,
    "crank_nicolson": CrankNicolson,
    "fwd_euler": ForwardEuler,
    "exp_euler": ExponentialEuler,
}
SOLVERS: dict[str, Callable[[], Solver]] = {
    "jaxley.dhs": _for_device,
    "jaxley.dhs.cpu": _one_by_one,
    "jaxley.dhs.gpu": Levels,
    "jaxley.stone": Doubling,
    "jax.sparse": Sparse,
    "dense": Dense,
}


def choose_stepper(name: Any, order: Any = None, usual: str = STATES_FIRST) -> Stepper:
    """The method of time integration called `name`, for the arguments `solver` and `order`.

    Args:
        name: The method.
        order: The order of a step, one of `ORDERS`; None for the usual one.
        usual: The order of the model.

    Raises:
        ModelValueError: The method or the order is not known.
        ModelStateError: The process was forked after JAX had started.
    """
    order = usual if order is None else order
    if not isinstance(order, str) or order not in ORDERS:
        raise ModelValueError(f"order={order!r} is not known. Choose one of: {', '.join(map(repr, ORDERS))}.")
    return _chosen("solver", STEPPERS, name)(order == NEURON_ORDER)


def choose_solver(name: Any) -> Solver:
    """The back end of linear solves called `name`, for the argument `voltage_solver`.

    Raises:
        ModelValueError: The back end is not known.
        ModelStateError: The process was forked after JAX had started.
    """
    return _chosen("voltage_solver", SOLVERS, name)()


def _chosen(argument: str, table: dict[str, Option], name: Any) -> Option:
    check_not_forked()
    if not isinstance(name, str) or name not in table:
        raise ModelValueError(f"{argument}={name!r} is not known. Choose one of: {', '.join(map(repr, table))}.")
    return table[name]
