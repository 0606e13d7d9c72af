"""Gradients of an event network in float32 follow those in float64."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH
from dendrax.synapses import ExpSyn

DT, T_MAX = 0.025, 30.0  # ms
N = 3


def ring() -> jx.Network:
    """Three cells that excite each other in turn, of which a current drives the first."""
    net = jx.Network([jx.Cell()] * N)
    net.insert(HH())
    net.set("length", 20.0)
    net.set("radius", 5.0)
    net.set("v", -65.0)
    net.init_states()
    net.place(ExpSyn("E"))
    net.set("E_tau", 2.0)
    jx.netcon(net, net.E.of_cell([1, 2, 0]), weight=0.05, delay=[3.31, 3.33, 3.36], threshold=[-1.0, 0.0, 1.0])
    net.record_spikes(verbose=False)
    net.cell(1).record("v", verbose=False)
    net.netcons.make_trainable("weight", verbose=False)
    net.netcons.make_trainable("delay", bounds=(3.0, 4.0), verbose=False)
    net.netcons.make_trainable("threshold", verbose=False)
    return net


def gradients() -> dict[str, np.ndarray]:
    """Those of spike times and voltages, by each kind of parameter, in the precision of the moment."""
    net = ring()
    wave = np.asarray(jx.step_current(0.5, 2.0, 1.0, DT, T_MAX - DT))

    def loss(drive: jax.Array, params: list) -> jax.Array:
        stimuli = net.cell(0).data_stimulate(drive * wave)
        v, spikes = jx.integrate(net, params, data_stimuli=stimuli, delta_t=DT, return_spikes=True)
        return jnp.mean(v[0] ** 2) / 100.0 + jnp.sum(spikes.trains(2))

    drive, params = jax.jit(jax.grad(loss, (0, 1)))(jnp.asarray(1.0), net.get_parameters())
    found = {key: np.asarray(value) for entry in params for key, value in entry.items()}
    return {"drive": np.asarray(drive)[None], **found}


@pytest.mark.slow
def test_gradients_in_float32(holds: Callable) -> None:
    exact = gradients()
    with jax.enable_x64(False):
        single = gradients()
    assert exact.keys() == single.keys() == {"drive", "weight", "delay", "threshold"}
    for kind, slope in exact.items():
        assert (slope.dtype, single[kind].dtype) == (np.float64, np.float32)
        assert np.isfinite(slope).all()
        assert (np.abs(slope) > 1e-6).all(), kind
        apart = np.max(np.abs(single[kind] - slope) / np.abs(slope))
        holds("events", f"gradients by {kind}, float32 against float64", apart, at_most=2e-4)
