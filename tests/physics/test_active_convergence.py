"""The converged answer of the active cable, Rallpack 3 (VALIDATION.md, figure 2).

At equal discretisation Dendrax and NEURON agree to rounding (`test_neuron.py`); here both approach, at the order of
the scheme, the spike that neither computes.
"""

from typing import Any

import numpy as np
from physics_models import cable, steps

from dendrax.channels import HH

DURATION = 5.0  # [ms]


def first_spike(n_comp: int, dt: float) -> float:
    """Time at which the far end of the cable first crosses 0 mV [ms]."""
    cell: Any = cable(n_comp)
    cell.insert(HH())
    cell.set("axial_resistivity", 100.0)
    cell.set("HH_gLeak", 2.5e-5)
    cell.set("HH_eLeak", -65.0)
    cell.set("v", -65.0)
    cell.init_states()
    n_steps = round(DURATION / dt)
    cell.branch(0).loc(0.0).stimulate(np.full(n_steps, 0.1), verbose=False)
    cell.branch(0).loc(1.0).record("v", verbose=False)
    v = np.asarray(steps(cell, n_steps, dt))[0]
    after = int(np.argmax(v >= 0.0))
    assert v[after] >= 0.0
    # Inverse cubic through the four columns of the upstroke: a straight line would add an error of order dt^2.
    columns = np.arange(after - 2, after + 2)
    return float(dt * np.polyval(np.polyfit(v[columns], columns, 3), 0.0))


def orders(times: list[float]) -> np.ndarray:
    """Orders from three successive halvings each, without knowing the limit."""
    change = np.diff(times)
    return np.log2(change[:-1] / change[1:])


def test_first_order_in_time() -> None:
    times = [first_spike(50, dt) for dt in (0.02, 0.01, 0.005, 0.0025, 0.00125)]
    assert np.all(np.abs(orders(times) - 1.0) <= 0.05)


def test_second_order_in_space() -> None:
    times = [first_spike(n_comp, 0.02) for n_comp in (25, 50, 100, 200, 400)]
    assert np.all(np.abs(orders(times) - 2.0) <= 0.05)
