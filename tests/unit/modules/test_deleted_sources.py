"""Artificial sources that are deleted: what goes with them, how the rest is numbered, and that runs go on."""

import copy

import jax
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import Leak
from dendrax.errors import MechanismError, ModelStateError, SelectionError
from dendrax.events import NetStim, Poisson, VecStim
from dendrax.synapses import ExpSyn

KEY = jax.random.key(0)


@pytest.fixture
def net():
    made = jx.Network([jx.Cell()] * 3)
    made.insert(Leak())
    made.place(ExpSyn("E"))
    made.add_sources(NetStim(interval=4.0, start=1.0), 2)
    made.add_sources(VecStim([[1.0, 6.0], [2.0], [3.0, 7.0]]))
    made.add_sources(Poisson(rate=[100.0, 200.0], delta_t=5.0), 3)
    jx.netcon(made.NetStim, made.E.of_cell([0, 1]), weight=[1.0, 2.0])
    jx.netcon(made.VecStim, made.E, weight=[3.0, 4.0, 5.0])
    jx.netcon(made.Poisson, made.E, weight=[6.0, 7.0, 8.0])
    jx.netcon(made.cell(0), made.E.of_cell(1), weight=9.0)
    made.cell(2).record_spikes(verbose=False)
    made.VecStim.record_spikes(verbose=False)
    made.NetStim.record_spikes(verbose=False)
    return made


def weights_by_source(net):
    table = net.netcons.to_pandas()
    return list(zip(table["source"], table["source_index"], table["weight"], strict=True))


def test_connections_and_recordings_go_and_the_rest_closes_up(net):
    with pytest.warns(UserWarning, match=r"delete: 1 connections, 1 spike recordings used what was deleted"):
        net.VecStim[1].delete()
    assert net.sources["type"].tolist() == ["NetStim"] * 2 + ["VecStim"] * 2 + ["Poisson"] * 3
    assert net.sources["index_within_type"].tolist() == [0, 1, 0, 1, 0, 1, 2]
    assert weights_by_source(net) == [
        ("NetStim", 0, 1.0),
        ("NetStim", 1, 2.0),
        ("VecStim", 0, 3.0),
        ("VecStim", 1, 5.0),
        ("Poisson", 0, 6.0),
        ("Poisson", 1, 7.0),
        ("Poisson", 2, 8.0),
        (0, -1, 9.0),
    ]
    table = net.spike_recordings
    assert table["source"].tolist() == ["", "VecStim", "VecStim", "NetStim", "NetStim"]
    assert table["index"].tolist() == [-1, 0, 1, 0, 1]


def test_a_run_has_the_trains_of_those_that_are_left(net):
    with pytest.warns(UserWarning, match="2 connections"):
        net.VecStim[[1, 0]].delete()
    with pytest.warns(UserWarning, match="1 connections"):
        net.Poisson[0].delete()
    with pytest.warns(UserWarning, match="2 connections, 2 spike recordings"):
        net.NetStim.delete()
    net.netcons.set("weight", 1e-3)
    for model in (net, copy.deepcopy(net), net.copy(as_module=True)):
        _, spikes = jx.integrate(model, t_max=10.0, delta_t=0.1, key=KEY, return_spikes=True, events="grid")
        assert [np.asarray(train).tolist() for train in spikes.spike_trains()] == [[], [3.0, 7.0]]
    with pytest.raises(AttributeError, match="NetStim"):
        net.NetStim  # noqa: B018
    net.add_sources(NetStim(start=2.0, number=1), 1).record_spikes(verbose=False)  # and another of its name may come
    assert net.sources["type"].tolist() == ["VecStim", "Poisson", "Poisson", "NetStim"]
    assert net.VecStim.data_set("VecStim_times", [1.0], None)[0]["val"].shape == (1, 1)


def test_files_have_what_is_left(net, tmp_path):
    with pytest.warns(UserWarning, match="1 connections"):
        net.VecStim[0].delete()
    jx.save(net, tmp_path / "left.dx")
    loaded = jx.load(tmp_path / "left.dx")
    assert weights_by_source(loaded) == weights_by_source(net)
    assert loaded.sources.equals(net.sources)
    assert loaded.spike_recordings.equals(net.spike_recordings)
    kind = loaded.tables.events.sources.named("VecStim")
    np.testing.assert_array_equal(kind.data["times"], [[2.0, np.inf], [3.0, 7.0]])


def test_trainable_parameters_follow(net):
    net.NetStim.set("NetStim_interval", [4.0, 5.0])
    net.NetStim.make_trainable("NetStim_interval", verbose=False)
    net.netcons.make_trainable("weight", verbose=False)
    with pytest.warns(UserWarning, match="1 connections, 1 spike recordings"):
        net.NetStim[0].delete()
    of_source, of_weight = net.tables.trainables
    assert (of_source.rows.tolist(), of_source.values.tolist()) == ([0], [5.0])
    assert of_weight.values.tolist() == [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]
    with pytest.warns(UserWarning, match="1 connections, 1 spike recordings, 1 trainable parameters"):
        net.NetStim.delete()


def test_views_from_before_say_so_and_others_go_on(net):
    played, noise = net.VecStim, net.Poisson
    net.netcons.select(source=noise).delete()
    assert len(jx.netcon(noise, net.E, weight=1.0)) == 3, "only connections went"
    with pytest.warns(UserWarning, match="3 connections"):
        noise.delete()
    for use in (
        lambda: len(noise),
        lambda: played.set("x", 1.0),
        played.record_spikes,
        played.delete,
        lambda: played.data_set("VecStim_times", [1.0], None),
        lambda: jx.netcon(played, net.E, weight=1.0),
        lambda: net.netcons.select(source=played),
    ):
        with pytest.raises(ModelStateError, match="deleted since this view"):
            use()
    assert len(net.VecStim) == 3


def test_a_source_is_no_channel_and_has_to_be_there(net):
    with pytest.raises(MechanismError, match=r"`net.NetStim.delete\(\)`"):
        net.delete(NetStim())
    with pytest.raises(SelectionError, match="Index 3 is beyond the end: the view has 3 artificial"):
        net.VecStim[3].delete()
    assert len([*net.VecStim]) == 3
