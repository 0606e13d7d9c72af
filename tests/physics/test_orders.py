"""Orders of convergence in time and space, over four halvings (figure 3)."""

from collections.abc import Callable

import numpy as np
import pytest
from closed_forms import INJECTED, charged_cylinder
from physics_models import RALLPACK_LEAK, RALLPACK_RESISTIVITY, cable, observed_order, passive, steps

N_COMP = 8

NAMES = {"bwd_euler": "backward Euler", "fwd_euler": "forward Euler", "crank_nicolson": "Crank-Nicolson"}


def mode_and_rate() -> tuple[np.ndarray, float]:
    """The slowest uneven mode of a sealed cable of N_COMP compartments, and the rate at which it decays [1/ms]."""
    mode = np.cos(np.pi * (np.arange(N_COMP) + 0.5) / N_COMP)
    dx, radius, cm = 1e-1 / N_COMP, 0.5e-4, 1e-3  # [cm], [cm], [mF/cm2], so that rates come in 1/ms
    coupling = radius / (2.0 * RALLPACK_RESISTIVITY * dx**2)  # [S/cm2]
    return mode, (RALLPACK_LEAK + coupling * (2.0 - 2.0 * np.cos(np.pi / N_COMP))) / cm


def decay_error(solver: str, n_steps: int) -> float:
    """Error after 20 ms of a mode that decays on its own."""
    mode, rate = mode_and_rate()
    cell = passive(cable(N_COMP))
    cell.set("v", -65.0 + 30.0 * mode)
    cell.record("v", verbose=False)
    v = np.asarray(steps(cell, n_steps, 20.0 / n_steps, solver=solver))[:, -1]
    return float(np.max(np.abs(v + 65.0 - 30.0 * mode * np.exp(-20.0 * rate))))


@pytest.mark.parametrize(
    ("solver", "order"),
    [
        ("crank_nicolson", 2.0),
        *(pytest.param(one, 1.0, marks=pytest.mark.slow) for one in ("bwd_euler", "fwd_euler")),
    ],
)
def test_order_in_time(holds: Callable, solver: str, order: float) -> None:
    errors = [decay_error(solver, n_steps) for n_steps in (100, 200, 400, 800, 1600)]
    deviation = np.max(np.abs(observed_order(errors) - order))
    holds(3, f"{NAMES[solver]}, order in time, away from {order:g}", deviation, at_most=0.05)


def test_exponential_euler_is_exact_on_a_uniform_passive_cable(holds: Callable) -> None:
    """Leak and axial currents commute there, so that splitting them costs nothing."""
    error = decay_error("exp_euler", 10)
    holds(3, "exponential Euler, where it is exact: error after 10 steps of 2 ms", error, at_most=1e-10, unit="mV")


@pytest.mark.filterwarnings("ignore::dendrax.errors.MagnitudeWarning")
def test_order_in_space(holds: Callable) -> None:
    """The steady state of a cable with a current into one end, at the centres of compartments."""
    errors = []
    for n_comp in (8, 16, 32, 64, 128):
        cell = passive(cable(n_comp))
        cell.branch(0).comp(0).stimulate(np.full(5, INJECTED), verbose=False)
        cell.record("v", verbose=False)
        v = np.asarray(steps(cell, 5, 1e5))[:, -1]
        centres = (np.arange(n_comp) + 0.5) * 1000.0 / n_comp
        exact = charged_cylinder(centres, np.asarray([1e6]), length=1000.0, diameter=1.0)[:, 0]
        errors.append(float(np.sqrt(np.mean((v - exact) ** 2))))
    deviation = np.max(np.abs(observed_order(errors) - 2.0))
    holds(3, "order in space, away from 2", deviation, at_most=0.05)
