"""Compartments that are recorded without a threshold and start no connection have a threshold to set and train."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH
from dendrax.errors import UnknownNameError
from dendrax.synapses import ExpSyn

DT, T_MAX = 0.025, 5.0


def network(n=3):
    net = jx.Network([jx.Cell()] * n)
    net.insert(HH())
    net.set("v", -65.0)
    net.set("length", 20.0)
    net.set("radius", 5.0)
    net.init_states()
    return net


def test_its_threshold_can_be_set_and_nothing_else_changes():
    net = network()
    net.cell(2).record_spikes(verbose=False)
    net.cell(0).record_spikes(verbose=False)
    net.cell(1).record_spikes(5.0, verbose=False)
    before = net.spike_recordings
    net.cell(2).set("threshold", -10.0)
    assert net.spike_recordings["threshold"].tolist() == [-10.0, 10.0, 5.0]
    assert net.spike_recordings["cell"].tolist() == before["cell"].tolist() == [2, 0, 1]
    net.set("threshold", [1.0, 2.0, 3.0])  # in the order of the detectors: cell 1 came first, then 2
    assert net.spike_recordings["threshold"].tolist() == [2.0, 3.0, 1.0]


def test_connections_that_come_later_have_a_threshold_of_their_own():
    net = network()
    net.record_spikes(verbose=False)
    net.place(ExpSyn("E"))
    jx.netcon(net.cell(0), net.E.of_cell(1), weight=0.0, threshold=-20.0)
    net.cell([0, 1]).set("threshold", 7.0)
    assert net.netcons.to_pandas()["threshold"].tolist() == [7.0], "that of the connection is that of the recording"
    assert net.spike_recordings["threshold"].tolist() == [7.0, 7.0, 10.0]
    jx.netcon(net.cell([1, 2]), net.E.of_cell(0), weight=0.0, threshold=-30.0)
    assert net.spike_recordings["threshold"].tolist() == [7.0, 7.0, -30.0]


def test_it_can_be_trained_and_files_and_copies_keep_it(tmp_path):
    net = network(2)
    net.cell(1).record_spikes(verbose=False)
    net.cell(1).stimulate(jx.step_current(0.5, 1.0, 2.0, DT, T_MAX), verbose=False)
    net.make_trainable("threshold", verbose=False)

    @jax.jit
    @jax.value_and_grad  # one program for values and gradients
    def both(params):
        return jx.integrate(net, params, delta_t=DT, return_spikes=True)[1].trains(1)[0, 0]

    spike_time = lambda params: both(params)[0]  # noqa: E731
    at = net.get_parameters()
    assert at[0]["threshold"].tolist() == [10.0]
    slope = float(both(at)[1][0]["threshold"][0])
    later, sooner = (spike_time([{"threshold": jnp.array([10.0 + step])}]) for step in (1e-4, -1e-4))
    assert slope == pytest.approx(float(later - sooner) / 2e-4, rel=1e-6)
    assert slope > 0.0
    state = net.cell(1).data_set("threshold", 10.0, None)
    by_data = jx.integrate(net, param_state=state, delta_t=DT, return_spikes=True)[1]
    np.testing.assert_allclose(by_data.times[0], spike_time(at), rtol=1e-12)
    jx.save(net, tmp_path / "trained.dx")
    for model in (jx.load(tmp_path / "trained.dx"), net.copy(as_module=True)):
        assert model.get_parameters()[0]["threshold"].tolist() == [10.0]
        assert model.spike_recordings.equals(net.spike_recordings)


def test_where_nothing_is_recorded_there_is_none():
    net = network()
    net.cell(0).record_spikes(verbose=False)
    with pytest.raises(UnknownNameError, match="threshold"):
        net.cell(1).set("threshold", 0.0)
    with pytest.raises(UnknownNameError, match="threshold"):
        network().make_trainable("threshold", verbose=False)
    assert net.spike_recordings["threshold"].tolist() == [10.0]
