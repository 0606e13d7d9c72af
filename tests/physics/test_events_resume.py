"""A run that goes on from its state, with events under way, is the run without a break."""

import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import Leak
from dendrax.events import VecStim
from dendrax.synapses import ExpSyn

DT, STOP, T_MAX = 0.025, 3.0, 6.0


def driven(times) -> jx.Network:
    """A cell that receives two spikes, 2 ms later."""
    net = jx.Network([jx.Cell(jx.Branch(jx.Compartment(), ncomp=1), parents=[-1])])
    net.insert(Leak())
    here = net.cell(0).branch(0).comp(0)
    here.place(ExpSyn("E"))
    net.set("E_tau", 2.0)
    jx.netcon(net.add_sources(VecStim([times])), net.E, weight=1e-5, delay=2.0)
    here.record(verbose=False)
    return net


@pytest.mark.parametrize(
    "stop", [1.5, 2.9, 3.2, *(pytest.param(one, marks=pytest.mark.slow) for one in (2.0, 2.5, 3.1))]
)
def test_events_under_way_at_the_break_arrive(stop: float) -> None:
    """As a break at `stop` in a run with spikes at 1 and 1.61 ms; it is always at one step, for one set of programs."""
    net = driven(np.array([1.0, 1.61]) + STOP - stop)
    whole = np.asarray(jx.integrate(net, t_max=T_MAX, delta_t=DT))
    first, states = jx.integrate(net, t_max=STOP, delta_t=DT, return_states=True)
    rest = jx.integrate(net, t_max=T_MAX - STOP, delta_t=DT, all_states=states)
    assert np.ptp(whole) > 1.0
    np.testing.assert_allclose(np.concatenate([first, rest[:, 1:]], axis=1), whole, atol=1e-9)
