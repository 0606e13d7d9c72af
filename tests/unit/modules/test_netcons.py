"""Connections, artificial sources and spike recordings: their tables, and the arrays that the engine gets."""

import copy
import pickle

import numpy as np
import pytest
from events_examples import Clock, Deaf, Given, Jump

import dendrax as jx
from dendrax.channels import Leak
from dendrax.engine.methods import choose_solver
from dendrax.errors import (
    MechanismError,
    ModelTypeError,
    ModelValueError,
    SelectionError,
    UnknownNameError,
    ValueShapeError,
)
from dendrax.modules.connecting import recorded_places
from dendrax.modules.lower import lower
from dendrax.modules.trainables import overrides
from dendrax.synapses import DoubleExpSynapse, ExpSynapse, IonotropicSynapse


def lowered(module):
    return lower(module.tables, choose_solver("jaxley.dhs"))


def in_tables(events):
    """The number in the tables of each source of the engine."""
    return np.concatenate([events.order, np.arange(events.n_detector, events.n_source)])


def connections_of(events):
    """(source, port, number) of every connection, source by source."""
    source = np.repeat(in_tables(events), np.diff(events.wires[0].first))
    columns = (source.tolist(), events.wires[0].target.tolist(), events.wires[0].order.tolist())
    return sorted(zip(*columns, strict=True))


def watched_of(events):
    """The compartment of each detector of the tables."""
    assert (np.diff(events.watched) >= 0).all()
    return events.watched[np.argsort(events.order)].tolist()


def recorded_of(events):
    """The recorded sources by their numbers in the tables, in the order of their ids."""
    assert (np.diff(events.recorded) > 0).all()
    return in_tables(events)[events.recorded][np.argsort(events.ids)].tolist()


@pytest.fixture
def net():
    """Three cells of two branches of two compartments; E at 2 of each cell, I at 0 of each."""
    made = jx.Network([jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0])] * 3)
    made.cell("all").branch(1).comp(0).place(Jump("E"))
    made.cell("all").branch(0).comp(0).place(Jump("I", e=-80.0))
    return made


def test_pairs_one_to_many_and_many_to_one(net):
    soma = net.cell("all").branch(0).comp(0)
    made = jx.netcon(soma, net.E.of_cell([1, 2, 0]), weight=[0.1, 0.2, 0.3], delay=2.0)
    assert len(made) == 3
    jx.netcon(soma.cell(0), net.I, weight=-0.5, delay=[1.0, 2.0, 3.0], threshold=0.0)
    jx.netcon(soma, net.E.of_cell(0), weight=0.0, threshold=[10.0, 0.0, 10.0])
    table = net.netcons.to_pandas()
    assert table["pre_index"].tolist() == [0, 4, 8, 0, 0, 0, 0, 4, 8]
    assert table["target"].tolist() == ["E"] * 3 + ["I"] * 3 + ["E"] * 3
    assert table["target_index"].tolist() == [1, 2, 0, 0, 1, 2, 0, 0, 0]
    assert table["post_index"].tolist() == [6, 10, 2, 0, 4, 8, 2, 2, 2]
    assert table["weight"].tolist() == [0.1, 0.2, 0.3, -0.5, -0.5, -0.5, 0.0, 0.0, 0.0]
    assert table["delay"].tolist() == [2.0, 2.0, 2.0, 1.0, 2.0, 3.0, 1.0, 1.0, 1.0]
    assert table["threshold"].tolist() == [10.0, 10.0, 10.0, 0.0, 0.0, 0.0, 10.0, 0.0, 10.0]
    assert net.tables.events.detectors.table["comp_index"].tolist() == [0, 4, 8, 0, 4]


def test_arrays_of_indices_keep_order_and_repetitions(net):
    pre, post = [8, 0, 8, 4], [2, 2, 0, 1]
    jx.netcon(net.select(nodes=pre), net.E.select(post), weight=np.arange(4.0))
    table = net.netcons.to_pandas()
    assert table["pre_index"].tolist() == pre
    assert table["target_index"].tolist() == post


def test_artificial_sources(net):
    clocks = net.add_sources(Clock(), 3)
    given = net.add_sources(Given([[1.0, 2.0], [3.0, np.inf]]))
    more = net.add_sources(Clock(), 2)
    assert (len(clocks), len(given), len(more), len(net.Clock)) == (3, 2, 2, 5)
    more.set("Clock_interval", [5.0, 6.0])
    net.Clock[[0, 4]].set("Clock_interval", 7.0)
    assert net.Clock.to_pandas()["Clock_interval"].tolist() == [7.0, 10.0, 10.0, 5.0, 7.0]
    assert net.Clock.select([3, 0, 3]).rows.tolist() == [5, 0, 5]
    jx.netcon(net.Clock[1:], net.E.of_cell(0), weight=1.0)
    jx.netcon(given, net.I.of_cell([2, 1]), weight=2.0)
    jx.netcon(net.cell(0).branch(0).comp(0), net.I.of_cell(2), weight=3.0)
    table = net.netcons.to_pandas()
    assert table["source"].tolist() == ["Clock"] * 4 + ["Given"] * 2 + [0]
    assert table["source_index"].tolist() == [1, 2, 3, 4, 0, 1, -1]
    events = lowered(net).events
    assert [(one.name, n) for one, n in events.sources] == [("Clock", 5), ("Given", 2)]
    assert connections_of(events) == [(0, 5, 6), (2, 0, 0), (3, 0, 1), (4, 0, 2), (5, 0, 3), (6, 5, 4), (7, 4, 5)]
    assert lowered(net).params["Clock_interval"].tolist() == [7.0, 10.0, 10.0, 5.0, 7.0]


def test_what_the_engine_gets(net):
    soma = net.cell("all").branch(0).comp(0)
    jx.netcon(soma, net.E.of_cell([1, 2, 0]), weight=[0.1, 0.2, 0.3], delay=[4.0, 2.0, 3.0])
    jx.netcon(soma.cell(0), net.I.of_cell([0, 2]), weight=0.5, threshold=0.0)
    jx.netcon(soma.cell(0), net.I.of_cell(1), weight=0.7, delay=2.5)
    system = lowered(net)
    events = system.events
    assert watched_of(events) == [0, 4, 8, 0]
    assert system.params["threshold"].tolist() == [10.0, 10.0, 10.0, 0.0]
    assert system.params["weight"].tolist() == [0.1, 0.2, 0.3, 0.5, 0.5, 0.7]
    assert system.params["delay"].tolist() == [4.0, 2.0, 3.0, 1.0, 1.0, 2.5]
    assert connections_of(events) == [(0, 1, 0), (0, 4, 5), (1, 2, 1), (2, 0, 2), (3, 3, 3), (3, 5, 4)]
    assert (events.n_port, events.shortest, events.longest) == (6, 1.0, 4.0)
    assert [tuple(one) for one in (*events.thresholds, *events.wires[0].weights, *events.wires[0].delays)] == [
        ("threshold", 4),
        ("weight", 6),
        ("delay", 6),
    ]
    assert recorded_of(events) == []


def test_spike_recordings(net):
    soma = net.cell("all").branch(0).comp(0)
    soma.record_spikes(verbose=False)
    soma.cell(1).record_spikes(5.0, verbose=False)
    clocks = net.add_sources(Clock(), 3)
    clocks[[2, 0]].record_spikes(verbose=False)
    soma.record_spikes(verbose=False)
    jx.netcon(soma.cell(1), net.E.of_cell(0), weight=1.0, threshold=-20.0)
    jx.netcon(soma.cell(1), net.E.of_cell(0), weight=1.0, threshold=-30.0)
    net.cell("all").add_to_group("all_of_them")
    soma.cell(2).add_to_group("last")
    system = lowered(net)
    assert watched_of(system.events) == [4, 4, 4, 0, 8]
    assert system.params["threshold"].tolist() == [5.0, -20.0, -30.0, 10.0, 10.0]
    assert recorded_of(system.events) == [3, 1, 4, 0, 7, 5]
    places = recorded_places(net.tables)
    assert places["cell"].tolist() == [0, 1, 2, 1, -1, -1]
    assert places["threshold"].tolist()[:4] == [10.0, -20.0, 10.0, 5.0]
    assert places["source"] == ["", "", "", "", "Clock", "Clock"]
    assert places["index"].tolist() == [-1, -1, -1, -1, 2, 0]
    assert {name: ids.tolist() for name, ids in places["groups"].items()} == {"all_of_them": [0, 1, 2, 3], "last": [2]}
    assert net.spike_recordings["source"].tolist() == places["source"]
    net.cell(1).delete_recordings()
    assert net.spike_recordings["cell"].tolist() == [0, 2, -1, -1]
    net.delete_recordings()
    assert len(net.spike_recordings) == 0


def test_recordings_alone_are_events_too(net):
    assert lowered(net).events is None
    net.cell(0).branch(0).comp(0).record_spikes(verbose=False)
    system = lowered(net)
    assert (len(system.events.wires[0].target), system.events.shortest, system.events.longest) == (0, np.inf, 0.0)
    assert system.params["threshold"].tolist() == [10.0]
    assert "weight" not in system.params
    cell = jx.Cell()
    cell.record_spikes(-20.0, verbose=False)
    assert lowered(cell).params["threshold"].tolist() == [-20.0]


def test_a_recording_says_how_many_are_new(net, capsys):
    net.cell([0, 1]).branch(0).comp(0).record_spikes()
    net.cell("all").branch(0).comp(0).record_spikes()
    assert capsys.readouterr().out.split("Added")[1:] == [
        f" {n} spike recordings. See `.spike_recordings` for details.\n" for n in (2, 1)
    ]


def test_values_of_connections(net):
    soma = net.cell("all").branch(0).comp(0)
    jx.netcon(soma, net.E, weight=1.0)
    jx.netcon(soma, net.I, weight=2.0)
    net.netcons.set("weight", np.arange(6.0))
    net.netcons[[5, 0]].set("weight", [50.0, 10.0])
    net.netcons.select(target=net.E.of_cell([1, 2])).set("delay", 4.0)
    net.netcons.select(source=soma.cell(1)).set("threshold", -20.0)
    net.cell(2).set("weight", -1.0)
    table = net.netcons.to_pandas()
    assert table["weight"].tolist() == [10.0, 1.0, -1.0, 3.0, 4.0, -1.0]
    assert table["delay"].tolist() == [1.0, 4.0, 4.0, 1.0, 1.0, 1.0]
    assert table["threshold"].tolist() == [10.0, -20.0, 10.0, 10.0, -20.0, 10.0]
    jx.netcon(soma.cell(1), net.E, weight=1.0, threshold=-20.0)
    assert len(net.tables.events.detectors) == 3
    assert len(net.netcons.select([1, 7], source=soma.cell(1), target=net.cell(1))) == 2


def test_trainable_weights_delays_thresholds_and_parameters_of_sources(net):
    soma = net.cell("all").branch(0).comp(0)
    jx.netcon(soma, net.E, weight=[1.0, 2.0, 3.0], delay=2.0)
    clocks = net.add_sources(Clock(), 3)
    jx.netcon(clocks, net.E, weight=4.0)
    net.netcons.make_trainable("weight", verbose=False)
    net.netcons.select(source=soma).make_trainable("delay", bounds=(1.0, 5.0), verbose=False)
    net.netcons.make_trainable("threshold", verbose=False)
    clocks.make_trainable("Clock_interval", verbose=False)
    sizes = {key: value.shape for one in net.get_parameters() for key, value in one.items()}
    assert sizes == {"weight": (6,), "delay": (3,), "threshold": (3,), "Clock_interval": (3,)}
    events = lowered(net).events
    assert (events.shortest, events.longest) == (1.0, 5.0)
    made = overrides(net.tables, net.get_parameters(), None)
    assert [np.asarray(one.rows).tolist() for one in made] == [[0, 1, 2, 3, 4, 5], [0, 1, 2], [0, 1, 2], [0, 1, 2]]
    params = net.get_parameters()
    params[1] = {"delay": params[1]["delay"] * 3.0}
    with pytest.raises(ModelValueError, match="the delay 6 ms is outside of the bounds, 1 to 5 ms"):
        overrides(net.tables, params, None)
    params[1] = {"delay": params[1]["delay"] * 0.75}
    net.write_trainables(params)
    assert net.netcons.to_pandas()["delay"].tolist() == [4.5, 4.5, 4.5, 1.0, 1.0, 1.0]
    net.delete_trainables()
    assert net.num_trainable_params == 0


def test_a_module_shares_one_value(net):
    jx.netcon(net.cell("all").branch(0).comp(0), net.E, weight=[1.0, 2.0, 3.0])
    net.make_trainable("weight", verbose=False)
    net.make_trainable("delay", bounds=(0.5, 3.0), verbose=False)
    assert [value.tolist() for one in net.get_parameters() for value in one.values()] == [[2.0], [1.0]]


def test_data_set(net):
    import jax

    made = jx.netcon(net.cell("all").branch(0).comp(0), net.E, weight=1.0, delay=[1.0, 2.0, 3.0])
    state = made[[2, 0]].data_set("weight", [5.0, 6.0])
    state = made.data_set("delay", 2.5, state)
    rows = [(one.key, np.asarray(one.rows).tolist()) for one in overrides(net.tables, [], state)]
    assert rows == [("weight", [2, 0]), ("delay", [0, 1, 2])]
    with pytest.raises(ModelValueError, match="7 ms is outside of the bounds, 1 to 3 ms"):
        overrides(net.tables, [], made.data_set("delay", 7.0))

    def run(delay):
        overrides(net.tables, [], made.data_set("delay", delay))
        return delay

    with pytest.raises(ModelValueError, match="is traced, but a run has to know"):
        jax.jit(run)(2.0)
    made.make_trainable("delay", bounds=(1.0, 5.0), verbose=False)
    jax.jit(run)(2.0)


def test_delayed_synapses(net):
    soma = net.cell("all").branch(0).comp(0)
    jx.connect(soma.cell(0), soma.cell(1), IonotropicSynapse())
    jx.connect(soma.cell(0), soma.cell([1, 2]), ExpSynapse(surrogate_warning=False), delay=[2.0, 5.0])
    jx.netcon(soma.cell(1), net.E, weight=1.0)
    jx.fully_connect(net.cell(1), net.cell([0, 2]), ExpSynapse(surrogate_warning=False), delay=3.0)
    net.set("ExpSynapse_v_th", [0.0, 1.0, 2.0, 3.0])
    assert net.edges["ExpSynapse_delay"].tolist()[1:] == [2.0, 5.0, 3.0, 3.0]
    system = lowered(net)
    assert [one.port for one in system.synapses] == [None, 6]
    assert "ExpSynapse_above" not in system.state
    events = system.events
    assert watched_of(events) == [4, 0, 0, 4, 4]
    assert connections_of(events) == [(0, 0, 0), (0, 1, 1), (0, 2, 2), (1, 6, 3), (2, 7, 4), (3, 8, 5), (4, 9, 6)]
    assert [tuple(one) for one in (*events.thresholds, *events.wires[0].weights, *events.wires[0].delays)] == [
        ("threshold", 1),
        ("ExpSynapse_v_th", 4),
        ("weight", 3),
        (None, 4),
        ("delay", 3),
        ("ExpSynapse_delay", 4),
    ]
    assert (events.n_port, events.shortest, events.longest) == (10, 1.0, 5.0)
    net.make_trainable("ExpSynapse_delay", bounds=(0.5, 8.0), verbose=False)
    assert (lowered(net).events.shortest, lowered(net).events.longest) == (0.5, 8.0)
    net.init_states(synapses=True)


def test_a_delayed_synapse_takes_what_has_arrived():
    synapse = ExpSynapse(surrogate_warning=False).with_delay()
    assert synapse == ExpSynapse(surrogate_warning=False).with_delay() != ExpSynapse(surrogate_warning=False)
    arrived, detector = synapse.detect({}, np.zeros(2), {"ExpSynapse_arrived": np.array([0.25, 1.0])})
    assert (arrived.tolist(), detector) == ([0.25, 1.0], {})


@pytest.mark.parametrize(
    ("synapse", "delay", "error", "says"),
    [
        (IonotropicSynapse(), 1.0, ModelTypeError, "cannot have a delay"),
        (ExpSynapse(surrogate_warning=False), 0.0, ModelValueError, "positive number, but is 0.0 in synapse 0"),
        (ExpSynapse(surrogate_warning=False), np.nan, ModelValueError, "positive number, but is nan"),
        (ExpSynapse(surrogate_warning=False), [1.0, 2.0, 3.0], ValueShapeError, "shape"),
        (ExpSynapse(spikes="Fire_spikes"), 1.0, MechanismError, "listens to"),
        (DoubleExpSynapse(surrogate_warning=False), 1.0, MechanismError, "have no delay, but this call is with one"),
        (
            ExpSynapse("late", surrogate_warning=False),
            None,
            MechanismError,
            "have a delay, but this call is without one",
        ),
    ],
)
def test_delays_that_cannot_be(net, refuses, synapse, delay, error, says):
    soma = net.cell("all").branch(0).comp(0)
    jx.connect(soma.cell(0), soma.cell(1), DoubleExpSynapse(surrogate_warning=False))
    jx.connect(soma.cell(0), soma.cell(1), ExpSynapse("late", surrogate_warning=False), delay=1.0)
    with refuses(net, error, says):
        jx.connect(soma.cell(0), soma.cell(1), synapse, delay=delay)
    assert len(net.edges) == 2


def test_parts_copies_and_pickles(net):
    soma = net.cell("all").branch(0).comp(0)
    jx.netcon(soma, net.E.of_cell([1, 2, 0]), weight=[1.0, 2.0, 3.0])
    net.add_sources(Clock(), 2)
    given = net.add_sources(Given([[1.0], [2.0]]))
    jx.netcon(given, net.I.of_cell([1, 2]), weight=[4.0, 5.0])
    soma.record_spikes(verbose=False)
    given.record_spikes(verbose=False)
    net.netcons.make_trainable("weight", verbose=False)
    part = net.cell([1, 2]).copy(as_module=True)
    table = part.netcons.to_pandas()
    assert table["pre_index"].tolist() == [0, -1, -1]
    assert (table["target_index"].tolist(), table["weight"].tolist()) == ([1, 0, 1], [2.0, 4.0, 5.0])
    assert part.spike_recordings["cell"].tolist() == [0, 1, -1, -1]
    assert part.sources["type"].tolist() == ["Given", "Given"]
    assert part.tables.trainables[0].values.tolist() == [2.0, 4.0, 5.0]
    assert lowered(part).events.watched.tolist() == [0, 4]
    for clone in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):  # noqa: S301
        assert clone.netcons.to_pandas().equals(net.netcons.to_pandas())
        clone.netcons.set("weight", 0.0)
        jx.netcon(clone.cell(0).branch(0).comp(0), clone.E, weight=0.0)
        assert len(clone.tables.events.detectors) == 3
    assert net.netcons.to_pandas()["weight"].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert len(jx.Network([part.cell(0).copy(as_module=True)] * 2).netcons) == 0


def test_deletion(net):
    soma = net.cell("all").branch(0).comp(0)
    jx.netcon(soma, net.E, weight=[1.0, 2.0, 3.0])
    jx.netcon(soma, net.I, weight=[4.0, 5.0, 6.0], threshold=0.0)
    soma.cell(0).record_spikes(7.0, verbose=False)
    net.netcons.make_trainable("weight", verbose=False)
    net.netcons.make_trainable("threshold", verbose=False)
    net.netcons.select([0, 4]).delete()
    assert net.netcons.to_pandas()["weight"].tolist() == [2.0, 3.0, 4.0, 6.0]
    assert net.tables.trainables[0].values.tolist() == [2.0, 3.0, 4.0, 6.0]
    assert net.tables.events.detectors.table["comp_index"].tolist() == [4, 8, 0, 8, 0]
    assert net.tables.trainables[1].values.tolist() == [10.0, 10.0, 0.0, 0.0]
    with pytest.warns(UserWarning, match="2 connections"):
        net.delete(Jump("I"))
    assert net.netcons.to_pandas()["weight"].tolist() == [2.0, 3.0]
    events = lowered(net).events
    assert (connections_of(events), recorded_of(events)) == ([(0, 1, 0), (1, 2, 1)], [2])


BAD = {
    "weight": (lambda s, t: jx.netcon(s, t, weight=[1.0, np.nan, 1.0]), ModelValueError, "weight.*nan in connection 1"),
    "infinite": (lambda s, t: jx.netcon(s, t, weight=np.inf), ModelValueError, "weight must be a finite number"),
    "delay": (lambda s, t: jx.netcon(s, t, weight=1.0, delay=np.nan), ModelValueError, "delay must be a finite"),
    "no delay": (lambda s, t: jx.netcon(s, t, weight=1.0, delay=0.0), ModelValueError, "at least one time step"),
    "negative": (lambda s, t: jx.netcon(s, t, weight=1.0, delay=-1.0), ModelValueError, "must be positive"),
    "threshold": (lambda s, t: jx.netcon(s, t, weight=1.0, threshold=np.nan), ModelValueError, "threshold must be"),
    "sizes": (lambda s, t: jx.netcon(s.cell([0, 1]), t, weight=1.0), ValueShapeError, "2 sources and 3 point proc"),
    "values": (lambda s, t: jx.netcon(s, t, weight=[1.0, 2.0]), ValueShapeError, "netcon: weight"),
    "deaf": (lambda s, t: jx.netcon(s, s.base.Deaf, weight=1.0), MechanismError, r"Deaf 0 \(in .*takes no events"),
    "other": (lambda s, t: jx.netcon(jx.Cell(), t, weight=1.0), ModelValueError, "different models"),
    "beyond": (lambda s, t: t.select([0, 3]), SelectionError, "no index"),
    "nowhere": (lambda s, t: t.of_cell([0, 3]), SelectionError, "in cell 3|none"),
    "spikes": (lambda s, t: s.record_spikes(np.nan), ModelValueError, "threshold .*finite.*compartment 0"),
    "spikes of": (lambda s, t: s.record_spikes([1.0, 2.0]), ValueShapeError, "record_spikes: threshold"),
    "more": (
        lambda s, t: s.base.add_sources(Given([[1.0]], "G"), 2),
        ValueShapeError,
        "data for 1 sources, but n is 2",
    ),
    "again": (lambda s, t: s.base.add_sources(Given([[1.0]])), MechanismError, "of this data"),
    "settings": (lambda s, t: s.base.add_sources(Clock(interval=3.0)), MechanismError, "another source named 'Clock'"),
    "number": (lambda s, t: s.base.add_sources(Clock(), 0), ModelValueError, "positive integer"),
    "name": (lambda s, t: s.base.add_sources(Clock("E")), MechanismError, "'E', of the source 'E'"),
    "set": (lambda s, t: s.base.netcons.set("weigth", 1.0), UnknownNameError, "Did you mean 'weight'"),
    "set of": (lambda s, t: s.base.netcons.set("E_e", 1.0), UnknownNameError, "connections have no parameter 'E_e'"),
    "set delay": (
        lambda s, t: s.base.netcons.set("delay", 0.0),
        ModelValueError,
        r"in connection 0 \(from compartment 0",
    ),
    "bounds": (lambda s, t: s.base.netcons.make_trainable("delay"), ModelValueError, "bounds="),
    "bounds 2": (lambda s, t: s.base.netcons.make_trainable("delay", bounds=(2.0, 1.0)), ModelValueError, "in order"),
    "bounds 3": (lambda s, t: s.base.netcons.make_trainable("delay", bounds=(2.0, 3.0)), ModelValueError, "outside"),
    "bounds 4": (lambda s, t: s.base.netcons.make_trainable("weight", bounds=(0, 1)), ModelValueError, "only delays"),
    "labels": (lambda s, t: s.base.netcons.select([3]), SelectionError, "no index"),
    "of source": (lambda s, t: s.base.Clock.set("Clock_rate", 1.0), UnknownNameError, "Clock_rate"),
    "place": (lambda s, t: s.insert(Weighty()), MechanismError, "'weight'"),
}


class Weighty(Leak):
    def __init__(self, name=None):
        super().__init__(name)
        self.channel_params = {**self.channel_params, "weight": 1.0}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be(net, refuses, case):
    call, error, says = BAD[case]
    net.cell(0).branch(1).comp(1).place(Deaf())
    net.add_sources(Clock(), 2)
    net.add_sources(Given([[1.0]]))
    soma = net.cell("all").branch(0).comp(0)
    jx.netcon(soma, net.E, weight=1.0)
    with refuses(net, error, says):
        call(soma, net.E)


def test_a_parameter_that_is_called_as_one_of_connections(net, refuses):
    net.insert(Weighty())
    with refuses(net, MechanismError, "netcon: 'weight' is a parameter"):
        jx.netcon(net.cell(0).branch(0).comp(0), net.E, weight=1.0)


def test_whole_cells_are_many_sources(net):
    with pytest.warns(UserWarning, match="each of the 4 compartments"):
        jx.netcon(net.cell(0), net.E.of_cell(1), weight=1.0)


def test_a_million_connections():
    n, size = 1_000_000, 1000
    net = jx.Network([jx.Cell()] * size)
    net.place(Jump("E"))
    generator = np.random.default_rng(0)
    pre, post = generator.integers(0, size, (2, n))
    jx.netcon(net.select(nodes=pre), net.E.select(post), weight=generator.random(n), delay=1.0 + generator.random(n))
    events = lowered(net).events
    assert events.rows is not None  # looking at detectors is no gather, whatever the order of the connections
    assert (len(events.wires[0].target), events.n_detector) == (n, size)
    source = np.repeat(np.arange(events.n_source), np.diff(events.wires[0].first))
    np.testing.assert_array_equal(events.watched[source], pre[events.wires[0].order])
    np.testing.assert_array_equal(events.wires[0].target, post[events.wires[0].order])
