"""Spikes between the steps, beside exact spike times: rc-exp2syn-spike of NSuite, and a chain of squid somata."""

from collections.abc import Callable

import event_cases as cases
import event_models as models
import event_references as references
import numpy as np
import pytest
from physics_models import golden_of_neuron


def test_the_references_agree_with_the_adaptive_solver_of_neuron(holds: Callable) -> None:
    """Its crossings are interpolated between steps of 0.002 ms at most, so it is the less precise of the two."""
    off = np.max(np.abs(references.rc_spikes(cases.RC_CASE) - golden_of_neuron("rc_exp2syn_spike")["times"]))
    holds("events", "rc-exp2syn-spike, closed form and NEURON apart", off, at_most=1e-4, unit="ms")
    off = np.max(np.abs(references.chain_spikes(cases.CHAIN) - golden_of_neuron("event_chain")["times"]))
    holds("events", "chain of 10 cells, two adaptive solvers apart", off, at_most=1e-4, unit="ms")


@pytest.mark.parametrize(
    ("solver", "dt"), [("crank_nicolson", 0.025), pytest.param("bwd_euler", 0.0025, marks=pytest.mark.slow)]
)
def test_rc_exp2syn_spike(holds: Callable, solver: str, dt: float) -> None:
    case = cases.RC_CASE
    times, ids = models.spikes_of(models.rc_exp2syn_spike(case), case.t_max, dt, solver=solver)
    assert sorted(ids) == list(range(101))
    off = np.max(np.abs(times[np.argsort(ids)] - references.rc_spikes(case)))
    holds("NSuite", f"rc-exp2syn-spike with connections, {solver}, dt {dt:g}", off, at_most=0.01, unit="ms")


def chained(dt: float, solver: str) -> np.ndarray:
    """Spikes of the chain. (cell,)."""
    times, ids = models.spikes_of(models.chain(cases.CHAIN), cases.CHAIN.t_max, dt, solver=solver)
    assert sorted(ids) == list(range(cases.CHAIN.n))
    return times[np.argsort(ids)]


def test_chain(holds: Callable) -> None:
    expected = golden_of_neuron("event_chain")["times"]
    off = np.max(np.abs(np.diff(chained(0.025, "crank_nicolson") - expected, prepend=0.0)))
    holds("events", "chain of 10 cells, Crank-Nicolson, error of a stage", off, at_most=0.006, unit="ms")


@pytest.mark.slow
def test_the_error_of_the_chain_is_of_second_order(holds: Callable) -> None:
    expected = references.chain_spikes(cases.CHAIN)
    errors = [abs(chained(dt, "crank_nicolson") - expected)[-1] for dt in (0.02, 0.01, 0.005)]
    order = np.log2(errors[0] / errors[2]) / 2.0
    holds("events", "chain of 10 cells, Crank-Nicolson, order of convergence", order, at_least=1.7)
