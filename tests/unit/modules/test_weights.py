"""Connections with several weights: what the tables hold, what the engine gets, and what a run does with them."""

import copy
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH, Leak
from dendrax.engine.methods import choose_solver
from dendrax.errors import MechanismError, ModelTypeError, ModelValueError, UnknownNameError, ValueShapeError
from dendrax.events import PairSTDP, VecStim
from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.modules.lower import lower
from dendrax.synapses import AMPANMDASyn, AMPASyn, ExpSyn, NMDASyn


class Two(Mechanism):
    """A current of one weight that another weight shunts."""

    place = "point"
    weights = ("push", "pull")
    takes: ClassVar = {"I": "push", "g": "pull"}

    def __init__(self, name=None):
        super().__init__(name)
        self.parameters = {}
        self.states = {f"{self.name}_I": 0.0, f"{self.name}_g": 0.0}

    def receive(self, states, weight, params):
        assert sorted(weight) == ["pull", "push"]
        return {f"{self.name}_{key}": states[f"{self.name}_{key}"] + weight[of] for key, of in self.takes.items()}

    def currents(self, states, v, params):
        return {None: states[f"{self.name}_g"] * (v + 70.0) - states[f"{self.name}_I"]}


@pytest.fixture
def net():
    """Three cells of a compartment; each has an E with one weight, and S and T with two."""
    made = jx.Network([jx.Cell()] * 3)
    made.insert(Leak())
    made.place(ExpSyn("E"))
    made.place(Two("S"))
    made.place(AMPANMDASyn("T"))
    return made


def wired(net):
    """Seven connections, of which two have one weight."""
    stim = net.add_sources(VecStim([[1.0, 2.5], [3.0]]))
    jx.netcon(stim, net.E.of_cell([0, 1]), weight=[0.1, 0.2], delay=1.0)
    jx.netcon(stim[0], net.S, weight={"push": [0.1, 0.2, 0.3], "pull": 0.5}, delay=[1.0, 2.0, 3.0])
    jx.netcon(net.cell(0), net.T.of_cell([1, 2]), weight={"nmda": np.array([3.0, 4.0]), "ampa": 2.0}, delay=1.5)
    return net


def test_each_weight_is_a_column(net):
    table = wired(net).netcons.to_pandas()
    nan = np.nan
    np.testing.assert_array_equal(table["weight"], [0.1, 0.2, *[nan] * 5])
    np.testing.assert_array_equal(table["push"], [nan, nan, 0.1, 0.2, 0.3, nan, nan])
    np.testing.assert_array_equal(table["pull"], [nan, nan, 0.5, 0.5, 0.5, nan, nan])
    np.testing.assert_array_equal(table["ampa"], [*[nan] * 5, 2.0, 2.0])
    np.testing.assert_array_equal(table["nmda"], [*[nan] * 5, 3.0, 4.0])
    assert list(table.columns)[6:13] == ["weight", "push", "pull", "ampa", "nmda", "delay", "threshold"]


def test_values_are_set_where_there_are_some(net):
    wired(net).netcons.set("push", 7.0)
    net.netcons.set("weight", 0.3)
    net.netcons.select(target=net.T).set("nmda", [5.0, 6.0])
    net.set("pull", 0.25)
    table = net.netcons.to_pandas()
    assert table["push"].dropna().tolist() == [7.0] * 3
    assert table["weight"].dropna().tolist() == [0.3] * 2
    assert table["nmda"].dropna().tolist() == [5.0, 6.0]
    assert table["pull"].dropna().tolist() == [0.25] * 3
    with pytest.raises(UnknownNameError, match=r"no parameter 'gaba'.*"):
        net.netcons.set("gaba", 1.0)
    with pytest.raises(UnknownNameError, match="nmda"):
        net.netcons[:2].set("nmda", 1.0)
    with pytest.raises(ModelValueError, match=r"'push' must be a finite number, but is nan in connection 3"):
        net.netcons.set("push", [1.0, np.nan, 2.0])


def test_the_engine_gets_a_port_and_wires_for_each(net):
    events = lower(wired(net).tables, choose_solver("jaxley.dhs")).events
    assert events.n_port == 3 + 6 + 6
    ports = [one.target.tolist() for one in events.wires]
    assert ports == [[0, 1], [3, 4, 5], [6, 7, 8], [10, 11], [13, 14]]
    assert [one.weights[0].key for one in events.wires] == ["weight", "push", "pull", "ampa", "nmda"]
    assert {one.delays[0].key for one in events.wires} == {"delay"}
    assert [one.order.tolist() for one in events.wires[1:3]] == [[2, 3, 4]] * 2


def test_copies_and_deletions_keep_them(net):
    wired(net)
    assert copy.deepcopy(net).netcons.to_pandas()["nmda"].dropna().tolist() == [3.0, 4.0]
    part = net.cell([0, 1]).copy(as_module=True).netcons.to_pandas()
    assert part["nmda"].dropna().tolist() == [3.0]
    assert part["push"].dropna().tolist() == [0.1, 0.2]
    net.netcons.make_trainable("push", verbose=False)
    net.netcons.select(target=net.T).delete()
    assert net.tables.events.connections.weights == ["push", "pull"]
    assert [len(one["push"]) for one in net.get_parameters()] == [3]
    net.netcons.select(target=net.S).delete()
    assert list(net.netcons.to_pandas()["weight"]) == [0.1, 0.2]
    assert net.tables.events.connections.weights == []
    assert "push" not in net.netcons.to_pandas()


WRONG = {
    "a number": (0.1, ModelTypeError, r"S takes several weights, \['push', 'pull'\].*weight=\{"),
    "unknown": ({"push": 0.1, "pull": 0.2, "gaba": 1.0}, UnknownNameError, r"no weight 'gaba'.*\['push', 'pull'\]"),
    "missing": ({"push": 0.1}, ModelValueError, r"'pull' is missing.*may be 0"),
    "NaN": ({"push": 0.1, "pull": np.nan}, ModelValueError, r"weight\['pull'\] must be a finite number"),
    "shape": ({"push": [0.1, 0.2], "pull": 0.0}, ValueShapeError, r"weight\['push'\]"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(net, case):
    weight, error, says = WRONG[case]
    stim = net.add_sources(VecStim([[1.0]]))
    with pytest.raises(error, match=says):
        jx.netcon(stim, net.S, weight=weight)
    assert len(net.netcons) == 0
    assert "push" not in net.tables.events.connections.weights


def test_what_does_not_go_together_is_said(net):
    stim = net.add_sources(VecStim([[1.0]]))
    with pytest.raises(UnknownNameError, match=r"E takes no weight 'push'. It takes \['weight'\]"):
        jx.netcon(stim, net.E, weight={"push": 1.0})
    jx.netcon(stim, net.E, weight={"weight": 1.0})
    with pytest.raises(MechanismError, match="a rule changes one weight"):
        jx.netcon(stim, net.S, weight={"push": 1.0, "pull": 0.0}, plasticity=PairSTDP())


class Named(Two):
    """With weights that the test chooses."""

    def __init__(self, weights, name=None):
        super().__init__(name)
        self.weights = weights


class Taken(Channel):
    """A channel with a parameter named as a weight."""

    def __init__(self):
        self.current_is_in_mA_per_cm2 = True
        super().__init__("Taken")
        self.channel_params, self.channel_states, self.current_name = {"push": 1.0}, {}, "i_Taken"

    def update_states(self, states, dt, v, params):
        return {}

    def compute_current(self, states, v, params):
        return 0.0 * v


@pytest.mark.parametrize(
    ("weights", "says"),
    [
        ((), "must be a tuple of names"),
        (["a", "b"], "must be a tuple of names"),
        (("a", "a"), "the same name"),
        (("a", "weight"), "Let 'weight' be the first"),
        (("a", "delay"), "'delay', one of its weights, is the name"),
        (("a", "radius"), "'radius', one of its weights, is the name"),
        (("a", "E_tau"), "'E_tau', one of its weights, is the name"),
        (("a", "Named_g"), "'Named_g', one of its weights, is the name"),
    ],
)
def test_names_of_weights_are_checked_when_placing(net, weights, says):
    with pytest.raises(MechanismError, match=says):
        net.place(Named(weights))


def test_nothing_else_takes_the_name_of_a_weight(net):
    with pytest.raises(MechanismError, match="push"):
        net.insert(Taken())


def test_several_types_may_have_a_weight_of_one_name(net):
    net.place(Named(("push", "third"), "U"))
    stim = net.add_sources(VecStim([[1.0]]))
    jx.netcon(stim, net.S.of_cell(0), weight={"push": 1.0, "pull": 2.0})
    jx.netcon(stim, net.U.of_cell(1), weight={"push": 3.0, "third": 4.0})
    events = lower(net.tables, choose_solver("jaxley.dhs")).events
    ports = {one.weights[0].key: one.target.tolist() for one in events.wires if one.weights}
    assert ports["push"] == [3, 3 + 6 + 6 + 1]
    assert ports["pull"] == [6]
    assert ports["third"] == [3 + 6 + 6 + 3 + 1]


def cells(*synapses):
    made = jx.Network([jx.Cell()] * 2)
    made.insert(HH())
    made.set("length", 20.0)
    made.set("radius", 5.0)
    made.init_states()
    for synapse in synapses:
        made.place(synapse)
    made.record("v", verbose=False)
    return made


@pytest.mark.parametrize("events", ["interpolated", "grid"])
@pytest.mark.slow
def test_two_receptors_in_one_are_two_receptors(events):
    """A connection with two weights does what two connections do, from artificial sources and from cells."""
    times, weights = [[1.013, 4.0, 9.2]], {"ampa": [0.01, 0.02], "nmda": [0.005, 0.001]}
    both = cells(AMPANMDASyn("D"))
    jx.netcon(both.add_sources(VecStim(times)), both.D, weight=weights, delay=[1.0, 1.37])
    jx.netcon(both.cell(0), both.D.of_cell(1), weight={"ampa": 0.004, "nmda": 0.002}, delay=2.1, threshold=0.0)
    apart = cells(AMPASyn("A"), NMDASyn("N"))
    stim = apart.add_sources(VecStim(times))
    for view, name in ((apart.A, "ampa"), (apart.N, "nmda")):
        jx.netcon(stim, view, weight=weights[name], delay=[1.0, 1.37])
        jx.netcon(apart.cell(0), view.of_cell(1), weight={"ampa": 0.004, "nmda": 0.002}[name], delay=2.1, threshold=0.0)
    found, expected = (jx.integrate(one, t_max=20.0, events=events) for one in (both, apart))
    assert float(jnp.max(expected)) > 0.0
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.slow
def test_gradients_by_each_weight_are_those_of_differences():
    both = cells(AMPANMDASyn("D"))
    jx.netcon(
        both.add_sources(VecStim([[1.013, 4.007]])), both.D, weight={"ampa": [2e-4, 1e-4], "nmda": 1e-4}, delay=1.2
    )
    for key in ("ampa", "nmda"):
        both.netcons.make_trainable(key, verbose=False)
    both.netcons.make_trainable("delay", bounds=(1.0, 2.0), verbose=False)

    @jax.jit
    def loss(params):
        return jnp.mean(jx.integrate(both, params, t_max=8.0) ** 2)

    params = both.get_parameters()
    gradient = jax.grad(loss)(params)
    for k, entry in enumerate(params):
        for key, values in entry.items():
            h = 1e-5 if key == "delay" else 1e-7
            moved = [loss([*params[:k], {key: values.at[0].add(s * h)}, *params[k + 1 :]]) for s in (1.0, -1.0)]
            np.testing.assert_allclose(gradient[k][key][0], (moved[0] - moved[1]) / (2.0 * h), rtol=1e-6, err_msg=key)


@pytest.mark.slow
def test_traced_weights_of_a_run():
    both = cells(AMPANMDASyn("D"))
    made = jx.netcon(both.add_sources(VecStim([[1.0]])), both.D, weight={"ampa": 1e-4, "nmda": 2e-4})
    as_data = jx.integrate(both, param_state=made.data_set("nmda", jnp.array([3e-4, 4e-4])), t_max=4.0)
    made.set("nmda", [3e-4, 4e-4])
    np.testing.assert_allclose(as_data, jx.integrate(both, t_max=4.0), rtol=1e-12)
