"""The converged answer of the active cable, Rallpack 3 (figure 2).

At equal discretisation Dendrax and NEURON agree to rounding (`test_neuron.py`); here both approach, at the order of
the scheme, the spike that neither computes. In time NEURON's scheme of second order leads to it.
"""

from collections.abc import Callable

import numpy as np
import pytest
from physics_models import golden_of_neuron, squid_cable, steps
from spike_trains import CONVERGENCE, first_spike_time, limit, orders

DURATION = 5.0  # [ms]


def first_spike(n_comp: int, dt: float) -> float:
    """Time at which the far end of the cable first crosses 0 mV [ms]."""
    cell = squid_cable(n_comp)
    n_steps = round(DURATION / dt)
    cell.branch(0).loc(0.0).stimulate(np.full(n_steps, 0.1), verbose=False)
    cell.branch(0).loc(1.0).record("v", verbose=False)
    return first_spike_time(np.asarray(steps(cell, n_steps, dt))[0], dt)


def check_order_and_limit(holds: Callable, halved: str, order: int, their_order: int) -> None:
    """The order of our spike times, and what they and NEURON's tend to."""
    ours = [first_spike(n_comp, dt) for n_comp, dt in CONVERGENCE[halved]]
    theirs = golden_of_neuron("rallpack3_first_spikes")[halved]
    off = np.max(np.abs(orders(ours) - order))
    holds(2, f"Rallpack 3, order of the first spike in {halved}, away from {order}", off, at_most=0.05)
    off = np.max(np.abs(orders(theirs) - their_order))
    holds(2, f"Rallpack 3, the same of NEURON, away from {their_order} in {halved}", off, at_most=0.05)
    limits = limit(ours, order, order + 2), limit(theirs, their_order, their_order + 2)
    away = abs(limits[0] - limits[1])
    holds(2, f"Rallpack 3, limits of the first spike in {halved}, apart", away, at_most=1e-5, unit="ms")


@pytest.mark.slow
def test_in_time(holds: Callable) -> None:
    check_order_and_limit(holds, "dt", 1, 2)


@pytest.mark.slow
def test_in_space(holds: Callable) -> None:
    check_order_and_limit(holds, "dx", 2, 2)
