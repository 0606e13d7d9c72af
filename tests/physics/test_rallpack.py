"""Rallpack 1 and 2 against their closed forms, the tapered cable, reciprocity (figure 1)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from closed_forms import E_REST, INJECTED, charged_cylinder, tapered_steady_state
from physics_models import cable, observed_order, passive, steps, tree

import dendrax as jx

DURATION = 250.0  # [ms]
DEPTH = 10


def relative_rms(v: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Root mean square over time, relative to the largest voltage, as in NSuite. (recording,)."""
    return np.sqrt(np.mean((v - exact) ** 2, axis=1)) / np.max(np.abs(exact), axis=1)


def rallpack1(n_comp: int, dt: float) -> np.ndarray:
    """Errors at the centres of the first and the last compartment."""
    cell = passive(cable(n_comp))
    n_steps = round(DURATION / dt)
    cell.branch(0).loc(0.0).stimulate(np.full(n_steps, INJECTED), verbose=False)
    cell.branch(0).loc(0.0).record("v", verbose=False)
    cell.branch(0).loc(1.0).record("v", verbose=False)
    v = np.asarray(steps(cell, n_steps, dt, solver="crank_nicolson"))
    half = 500.0 / n_comp
    exact = charged_cylinder(
        np.asarray([half, 1000.0 - half]), np.arange(n_steps + 1) * dt, length=1000.0, diameter=1.0
    )
    return relative_rms(v, exact)


def test_rallpack1(holds: Callable) -> None:
    near, far = rallpack1(1000, 0.05)
    holds(1, "Rallpack 1, near end, relative RMS", near, at_most=4e-4)
    holds(1, "Rallpack 1, far end, relative RMS", far, at_most=5e-7)
    holds("NSuite", "rallpack1, larger relative RMS of both ends", max(near, far), at_most=1e-3)


def test_rallpack1_far_end_is_of_second_order(holds: Callable) -> None:
    """Halving time step and compartments together."""
    errors = [rallpack1(n_comp, dt)[1] for n_comp, dt in ((125, 0.4), (250, 0.2), (500, 0.1))]
    deviation = np.max(np.abs(observed_order(errors) - 2.0))
    holds(1, "Rallpack 1, far end, order with dt ~ dx, away from 2", deviation, at_most=0.05)


@pytest.mark.slow
def test_rallpack1_near_end_is_of_second_order(holds: Callable) -> None:
    """Halving the compartments and quartering the time step.

    Where a current starts as a step, voltage rises as the square root of time, and modes faster than the time step
    ring: only dt ~ dx^2 resolves both. (With dt ~ dx the error of Crank-Nicolson itself falls by 1.8 per halving:
    from the modes of the discrete cable in closed form 2.07e-3, 1.16e-3, 6.43e-4, 3.51e-4.)
    """
    errors = [rallpack1(n_comp, dt)[0] for n_comp, dt in ((125, 0.4), (250, 0.1), (500, 0.025), (1000, 0.00625))]
    deviation = np.max(np.abs(observed_order(errors) - 2.0))
    holds(1, "Rallpack 1, near end, order with dt ~ dx^2, away from 2", deviation, at_most=0.05)
    holds(1, "Rallpack 1, near end, relative RMS at dt 0.00625 ms", errors[-1], at_most=1e-4)


def rallpack2() -> Any:
    """1023 cylinders; at depth k the diameter is 16 2^(-2k/3) um and the length 32 2^(-k/3) um."""
    n = 2**DEPTH - 1
    depth = np.floor(np.log2(np.arange(1, n + 1))).astype(int)
    parents = [(i - 1) // 2 if i else -1 for i in range(n)]
    radius = 8.0 * 2.0 ** (-2.0 * depth / 3.0)
    return passive(tree(parents, [1] * n, list(radius), list(32.0 * 2.0 ** (-depth / 3.0))))


def rallpack2_voltages(at: int) -> np.ndarray:
    """Voltage at root and last tip, with the current into compartment `at`."""
    cell = rallpack2()
    n_steps = round(DURATION / 0.05)
    cell.branch(at).stimulate(np.full(n_steps, INJECTED), verbose=False)
    cell.branch(0).record("v", verbose=False)
    cell.branch(2**DEPTH - 2).record("v", verbose=False)
    return np.asarray(steps(cell, n_steps, 0.05, solver="crank_nicolson"))


def test_rallpack2(holds: Callable) -> None:
    """The tree is a cylinder (Rall's law), and what the tip sees of the root, the root sees of the tip."""
    from_root, from_tip = rallpack2_voltages(0), rallpack2_voltages(2**DEPTH - 2)
    places = np.asarray([16.0, 304.0])
    exact = charged_cylinder(places, np.arange(from_root.shape[1]) * 0.05, length=320.0, diameter=16.0, n_terms=400)
    holds(1, "Rallpack 2, root and tip, relative RMS", np.max(relative_rms(from_root, exact)), at_most=1e-4)
    there, back = from_root[1] - E_REST, from_tip[0] - E_REST
    difference = np.max(np.abs(there - back)) / np.max(there)
    holds(1, "reciprocity on Rallpack 2, every step, relative", difference, at_most=1e-10)


@pytest.mark.parametrize(
    "solver", ["bwd_euler", *(pytest.param(name, marks=pytest.mark.slow) for name in ("crank_nicolson", "exp_euler"))]
)
def test_reciprocity(holds: Callable, solver: str) -> None:
    """A tree without any symmetry: transfer impedances do not depend on the direction."""

    def response(source: int, sink: int) -> np.ndarray:
        cell = passive(
            tree([-1, 0, 0, 1, 1], [2, 3, 4, 5, 2], [3.0, 1.0, 0.7, 0.3, 0.5], [50.0, 200.0, 300.0, 90.0, 10.0])
        )
        cell.scope("global").comp(source).stimulate(np.full(400, 0.01), verbose=False)
        cell.scope("global").comp(sink).record("v", verbose=False)
        return np.asarray(steps(cell, 400, 0.1, solver=solver))[0] + 65.0

    there, back = response(0, 13), response(13, 0)
    assert np.max(there) > 0.1
    difference = np.max(np.abs(there - back)) / np.max(there)
    holds(1, "reciprocity on an uneven tree, every step, relative", difference, at_most=1e-10)


@pytest.mark.filterwarnings("ignore::dendrax.errors.MagnitudeWarning")
def test_tapered_cable(holds: Callable, tmp_path: Path) -> None:
    """Frusta of a traced cone: area and resistance are those of the cone, not of cylinders."""
    file = tmp_path / "cone.swc"
    file.write_text("1 1 0 0 0 0.5 -1\n2 1 1000 0 0 0.85 1\n")
    cell = passive(jx.read_swc(str(file), ncomp=1000), reversal=0.0)
    # Steps of 100 s lead to the steady state at once.
    cell.branch(0).loc(1.0).stimulate(np.full(5, INJECTED), verbose=False)
    cell.record("v", verbose=False)
    v = np.asarray(steps(cell, 5, 1e5))[:, -1]
    exact = tapered_steady_state(np.arange(1000) + 0.5)
    error = np.max(np.abs(v - exact) / exact)
    holds(1, "tapered cable, steady state, largest relative error", error, at_most=1e-5)
    holds("NSuite", "cable-steadystate, largest relative error at centres", error, at_most=1e-3)
