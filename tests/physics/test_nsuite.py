"""Cases rc-expsyn and rc-exp2syn-spike of NSuite, Arbor's validation suite.

A compartment of 100 MOhm and 0.01 nF at rest at -65 mV, and a synapse with reversal 0 mV that an event opens.
"""

from collections.abc import Callable

import numpy as np
import pytest
from physics_models import steps
from scipy.integrate import solve_ivp
from spike_trains import spike_times

import dendrax as jx
from dendrax.channels import Leak
from dendrax.synapses import DoubleExpSynapse, ExpSynapse

REST, RESISTANCE, CAPACITANCE = -65.0, 100.0, 0.01  # [mV], [MOhm], [nF]
RADIUS = 5.0  # [um]
LENGTH = 1e5 * CAPACITANCE / (2.0 * np.pi * RADIUS)  # [um], at 1 uF/cm2
SILENT, SPIKE = -70.0, 40.0  # [mV]


def driven_cells(synapse: ExpSynapse | DoubleExpSynapse, event_steps: np.ndarray, n_steps: int) -> jx.Network:
    """One RC cell for each event, given as the step at which its presynaptic compartment is above threshold."""
    n = event_steps.size
    net = jx.Network([jx.Cell(jx.Branch(jx.Compartment(), ncomp=1), parents=[-1]) for _ in range(2 * n)])
    net.insert(Leak())
    net.set("Leak_gLeak", 1e-3 / (RESISTANCE * CAPACITANCE))
    net.set("Leak_eLeak", REST)
    net.set("radius", RADIUS)
    net.set("length", LENGTH)
    net.set("v", REST)
    before, after = net.cell(list(range(n))), net.cell(list(range(n, 2 * n)))
    jx.connect(before.branch(0).comp(0), after.branch(0).comp(0), synapse)
    # Column k + 1 follows from the clamp at k, and a spike found there acts from there on.
    clamped = np.full((n, n_steps), SILENT)
    clamped[np.arange(n), event_steps - 1] = SPIKE
    before.set("v", SILENT)
    before.clamp("v", clamped, verbose=False)
    after.record("v", verbose=False)
    return net


def exact_voltage(times: np.ndarray, conductance: float) -> np.ndarray:
    """C dv/dt = -(v - E) / R - g exp(-t) v [mV]."""

    def slope(t: float, v: np.ndarray) -> np.ndarray:
        return (-(v - REST) / RESISTANCE - conductance * np.exp(-t) * v) / CAPACITANCE

    return solve_ivp(slope, (0.0, times[-1]), [REST], "DOP853", t_eval=times, rtol=1e-11, atol=1e-11).y[0]


GOLDEN = {
    0.1: (-12.094570, -22.519391, -54.756596, -64.789775),
    10.0: (-0.175735, -0.473343, -7.609042, -57.094822),
}


@pytest.mark.filterwarnings("ignore::dendrax.errors.MagnitudeWarning")  # 10 uS are the benchmark's
@pytest.mark.parametrize("conductance", GOLDEN)
def test_rc_expsyn(holds: Callable, conductance: float) -> None:
    """One event at t = 0 whose conductance decays with 1 ms."""
    dt, n_steps = 0.0025, 4001
    net = driven_cells(ExpSynapse(surrogate_warning=False), np.asarray([1]), n_steps)
    net.set("ExpSynapse_gS", conductance)
    net.set("ExpSynapse_tau", 1.0)
    v = np.asarray(steps(net, n_steps, dt))[0, 1:]  # from the event on
    times = np.asarray([1.0, 2.0, 5.0, 10.0])
    exact = exact_voltage(times, conductance)
    off = np.max(np.abs(exact - np.asarray(GOLDEN[conductance])))
    holds("NSuite", "the exact solution of rc-expsyn beside independent values", off, at_most=1e-5, unit="mV")
    error = abs(v[-1] / exact[-1] - 1.0)
    holds("NSuite", f"rc-expsyn, g0 {conductance:g} uS, relative error at 10 ms", error, at_most=0.01)


FIRST_SPIKE = 0.5562716  # [ms], of a cell after its event


def test_rc_exp2syn_spike(holds: Callable) -> None:
    """A cell is driven over -10 mV at t = 0, and then by its spike 100 others, after 100 different delays."""
    dt, n_steps = 0.01, 600

    def spikes(event_times: np.ndarray) -> np.ndarray:
        event_steps = 1 + np.round(event_times / dt).astype(int)
        net = driven_cells(DoubleExpSynapse(surrogate_warning=False), event_steps, n_steps)
        for name, value in (("tau_rise", 0.5), ("tau_decay", 4.0), ("gS", 0.1)):
            net.set(f"DoubleExpSynapse_{name}", value)
        crossings = [spike_times(v + 10.0, dt) for v in np.asarray(steps(net, n_steps, dt))]
        assert all(one.size == 1 for one in crossings)
        return np.concatenate(crossings) - dt

    (first,) = spikes(np.zeros(1))
    holds("NSuite", "rc-exp2syn-spike, first cell, spike time off", abs(first - FIRST_SPIKE), at_most=0.05, unit="ms")
    delays = 3.3 + np.arange(1, 101) * (np.sqrt(5.0) - 1.0) / 2.0 % 1.0
    off = np.max(np.abs(spikes(first + delays) - (2.0 * FIRST_SPIKE + delays)))
    holds("NSuite", "rc-exp2syn-spike, 100 cells, spike times off", off, at_most=0.05, unit="ms")
