"""Every synapse of the library keeps the contract that the engine relies on, and so does one written by a user."""

import copy
import pickle
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax.synapses
from dendrax.errors import MechanismError, ModelTypeError
from dendrax.mechanisms.synapse import check_synapse
from dendrax.solver_gate import save_exp
from dendrax.synapses import Synapse

EVENT_DRIVEN = ("DoubleExpSynapse", "ExpCurrentSynapse", "ExpSynapse")
LIBRARY = tuple(
    name
    for name in dendrax.synapses.__all__
    if name != "Synapse" and issubclass(getattr(dendrax.synapses, name), Synapse)
)
"""Those that join two compartments; point processes have tests of their own."""

ROUNDING = 100 * np.finfo(float).eps
"""Two programs of one formula differ by some eps for each of a few exponentials, whose exponents reach 20."""

RELEASE = {"T_max": 1, "V_p": 2, "K_p": 5}
# Parameters and states without prefix; the first four are the reference's (reference/api.md, section 1.4).
TABLES = {
    "IonotropicSynapse": ({"gS": 1e-4, "e_syn": 0, "k_minus": 0.025, "v_th": -35, "delta": 10}, {"s": 0.2}),
    "TanhRateSynapse": ({"gS": 1e-4, "x_offset": -70, "slope": 1}, {}),
    "TanhConductanceSynapse": ({"gS": 1e-4, "e_syn": 0, "x_offset": -70, "slope": 1}, {}),
    "TestSynapse": ({"gC": 1e-4}, {"c": 0.2}),
    "AMPA": ({"gS": 5e-4, "e_syn": 0, "alpha": 1.1, "beta": 0.19} | RELEASE, {"r": 0}),
    "NMDA": ({"gS": 1e-4, "e_syn": 0, "alpha": 0.072, "beta": 0.0066, "Mg": 1} | RELEASE, {"r": 0}),
    "GABAA": ({"gS": 5e-4, "e_syn": -80, "alpha": 5, "beta": 0.18} | RELEASE, {"r": 0}),
    "GABAB": (
        {"gS": 1e-3, "e_syn": -95, "K_1": 0.09, "K_2": 0.0012, "K_3": 0.18, "K_4": 0.034, "K_d": 100} | RELEASE,
        {"r": 0, "s": 0},
    ),
    "ExpSynapse": ({"gS": 1e-4, "tau": 0.1, "e_syn": 0, "v_th": 10}, {"s": 0, "above": 1}),
    "DoubleExpSynapse": (
        {"gS": 1e-4, "tau_rise": 0.1, "tau_decay": 10, "e_syn": 0, "v_th": 10},
        {"s": 0, "x": 0, "above": 1},
    ),
    "ExpCurrentSynapse": ({"i_max": 0.01, "tau": 2, "v_th": 10}, {"s": 0, "above": 1}),
    "CurrentSynapse": ({"i_max": 0.01, "v_th": -35, "delta": 10}, {}),
    "ConductanceSynapse": ({"gS": 1e-4, "e_syn": 0, "v_th": -35, "delta": 10}, {}),
    "GapJunction": ({"g": 1e-3}, {}),
}


class UserSynapse(Synapse):
    """A synapse as Jaxley's documentation tells users to write it, other argument names included."""

    def __init__(self, name=None):
        super().__init__(name)
        self.synapse_params = {f"{self._name}_gS": 1e-4, "e_shared": -10.0}
        self.synapse_states = {f"{self._name}_s": 0.1}

    def update_states(self, states, dt, pre_voltage, post_voltage, p):
        s = states[f"{self._name}_s"]
        return {f"{self._name}_s": s + dt * (save_exp(pre_voltage / 40.0) * (1.0 - s) - s)}

    def compute_current(self, states, pre_voltage, post_voltage, p):
        return p[f"{self._name}_gS"] * states[f"{self._name}_s"] * (post_voltage - p["e_shared"])


class CalciumSynapse(UserSynapse):
    """It reads calcium on the presynaptic and magnesium on the postsynaptic side."""

    pre_states = ("CaCon_i",)

    def __init__(self, name=None):
        super().__init__(name)
        self.post_states = ["MgCon_i"]

    def compute_current(self, states, pre_voltage, post_voltage, p):
        return super().compute_current(states, 0.0, post_voltage, p) * states["pre_CaCon_i"] / states["post_MgCon_i"]


OURS = {"UserSynapse": UserSynapse, "CalciumSynapse": CalciumSynapse}


def make(name, *arguments, **options):
    if name in EVENT_DRIVEN:
        options.setdefault("surrogate_warning", False)
    return (OURS[name] if name in OURS else getattr(dendrax.synapses, name))(*arguments, **options)


def given(synapse, shape, dtype):
    """States, voltages and parameters as the engine passes them."""
    states = {key: jnp.full(shape, value, dtype) for key, value in synapse.synapse_states.items()}
    states |= {f"pre_{key}": jnp.full(shape, 0.5, dtype) for key in synapse.pre_states}
    states |= {f"post_{key}": jnp.full(shape, 0.25, dtype) for key in synapse.post_states}
    params = {key: jnp.full(shape, value, dtype) for key, value in synapse.synapse_params.items()}
    return states, jnp.full(shape, 21.0, dtype), jnp.full(shape, -63.0, dtype), params


every_synapse = pytest.mark.parametrize("name", [*LIBRARY, *OURS])


def test_every_synapse_is_tested():
    assert set(LIBRARY) == set(TABLES)


@pytest.mark.parametrize("name", LIBRARY)
def test_tables(name):
    for given_name in (None, "Other"):
        synapse, prefix = make(name, given_name), given_name or name
        params, states = ({f"{prefix}_{key}": value for key, value in table.items()} for table in TABLES[name])
        assert synapse.synapse_params == params
        assert synapse.synapse_states == states
        assert synapse.name == synapse._name == prefix


@every_synapse
def test_the_contract_holds_at_the_door(name):
    check_synapse(make(name))
    assert make(name).couples == (name == "GapJunction")


@every_synapse
def test_made_twice_is_equal_and_one_static_value(name):
    one, other = make(name), make(name)
    assert one == other
    assert hash(one) == hash(other)
    assert one == copy.deepcopy(one) == pickle.loads(pickle.dumps(one))  # noqa: S301
    assert one != make(name, "Other")
    other.synapse_params[next(iter(other.synapse_params))] *= 2
    assert one != other
    assert one != name


@every_synapse
def test_change_name_renames_what_has_the_prefix(name):
    synapse = make(name)
    params, states = synapse.synapse_params, synapse.synapse_states
    assert synapse.change_name("New") is synapse
    assert synapse.name == synapse._name == "New"
    for before, after in ((params, synapse.synapse_params), (states, synapse.synapse_states)):
        assert after == {re.sub(f"^{name}_", "New_", key): value for key, value in before.items()}
    states, *voltages, params = given(synapse, (3,), jnp.float64)
    after = jax.eval_shape(synapse.update_states, states, 0.025, *voltages, params)
    assert set(after) == set(synapse.synapse_states)


@every_synapse
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("shape", [(), (4,), (0,), (2, 3)])
def test_shapes_and_types_are_kept(name, shape, dtype):
    synapse = make(name)
    states, *voltages, params = given(synapse, shape, dtype)
    dt = jnp.asarray(0.025, dtype)
    after = jax.eval_shape(synapse.update_states, states, dt, *voltages, params)
    assert set(after) == set(synapse.synapse_states)
    rest = jax.eval_shape(synapse.equilibrium, states, *voltages, params)
    assert set(rest) <= set(synapse.synapse_states)
    for key, value in [*after.items(), *rest.items()]:
        assert (key, value.shape, value.dtype) == (key, shape, dtype)
    current = jax.eval_shape(synapse.compute_current, states, *voltages, params)
    assert jnp.broadcast_shapes(current.shape, shape) == shape
    assert current.dtype == dtype


@every_synapse
def test_rows_do_not_know_each_other(name):
    """Batching by arrays and by vmap give the same."""
    synapse = make(name)
    states, _, post_v, params = given(synapse, (5,), jnp.float64)
    pre_v = jnp.linspace(-80.0, 40.0, 5)
    whole = jax.jit(synapse.update_states)(states, 0.025, pre_v, post_v, params)
    mapped = jax.jit(jax.vmap(synapse.update_states, (0, None, 0, 0, 0)))(states, 0.025, pre_v, post_v, params)
    for key, value in whole.items():
        np.testing.assert_allclose(mapped[key], value, rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize("name", LIBRARY)
def test_the_docstring_gives_source_units_and_equations(name):
    document = getattr(dendrax.synapses, name).__doc__
    assert re.search(r"References:\n\s+\w.*\(\d{4}\)", document), "the primary source with its year"
    for word in ("[mV", "[nA]", "Parameters", "Args:", "Example:", "```python", " = "):
        assert word in document, word
    for key in TABLES[name][0] | TABLES[name][1]:
        assert re.search(rf"\b{key}\b", document), key
    for method in ("update_states", "compute_current"):
        assert getattr(getattr(dendrax.synapses, name), method).__doc__


@pytest.mark.parametrize("name", EVENT_DRIVEN)
def test_event_driven_synapses_take_surrogates(name):
    kind = getattr(dendrax.synapses, name)
    assert kind() == kind(surrogate_warning=False) != kind(surrogate="superspike")
    assert kind(surrogate="superspike") == kind(surrogate="superspike")
    assert kind(surrogate="superspike") != kind(surrogate="triangle")
    assert kind(spikes="Fire_spikes") != kind(spikes="AdEx_spikes")
    with pytest.raises(MechanismError, match="superspik'"):
        kind(surrogate="superspik")
    with pytest.raises(MechanismError, match=r'listens to "Fire_spikes".*Give the surrogate to the neuron'):
        kind(spikes="Fire_spikes", surrogate="superspike")


def broken(**changes):
    """A user's synapse with some attributes changed; a value of None deletes."""
    synapse = UserSynapse()
    for key, value in changes.items():
        if value is None:
            delattr(synapse, key)
        else:
            setattr(synapse, key, value)
    return synapse


class NoCurrent(UserSynapse):
    compute_current = Synapse.compute_current


class NoUpdate(UserSynapse):
    update_states = Synapse.update_states


class AsAChannel(UserSynapse):
    def update_states(self, states, dt, v, params):
        return {}


class NoConductance(UserSynapse):
    couples = True


class CouplesWithState(NoConductance):
    def conductance(self, params):
        return 1.0


@pytest.mark.parametrize(
    ("synapse", "message"),
    [
        (broken(synapse_params=None), "needs a dict `synapse_params`"),
        (broken(synapse_states=None), "needs a dict `synapse_states`"),
        (broken(synapse_params={"gS": "high"}), r'default of "gS" in `synapse_params` is \'high\''),
        (broken(synapse_states={"v": 1.0}), "which is the voltage"),
        (broken(synapse_states={"e_shared": 1.0}), "both as a parameter and as a state"),
        (broken(synapse_states={"i_UserSynapse": 1.0}), "which is its current"),
        (broken(pre_states="CaCon_i"), r"needs a tuple of names `pre_states`, but it is 'CaCon_i'.*\(\"CaCon_i\",\)"),
        (broken(post_states=(3,)), "needs a tuple of names `post_states`"),
        (broken(post_states=("v",)), "handed as `post_v` anyway"),
        (broken(pre_states=("x",), synapse_states={"pre_x": 0.0}), 'reads "x" of the presynaptic compartment'),
        (NoCurrent(), r"does not define compute_current\(self, states, pre_v, post_v, params\)"),
        (NoUpdate(), r"does not define update_states\(self, states, delta_t, pre_v, post_v, params\)"),
        (AsAChannel(), r"called as update_states\(self, states, delta_t, pre_v, post_v, params\), positionally"),
        (NoConductance(), r"does not define conductance\(self, params\)"),
        (CouplesWithState(), "can neither have nor read states"),
    ],
)
def test_a_broken_synapse_is_refused_with_reason(synapse, message):
    with pytest.raises(MechanismError, match=message):
        check_synapse(synapse)


@pytest.mark.parametrize(("wrong", "message"), [(UserSynapse, r"UserSynapse\(\)"), ("AMPA", "got str")])
def test_what_is_no_synapse_is_refused(wrong, message):
    with pytest.raises(ModelTypeError, match=message):
        check_synapse(wrong)


class Bare(Synapse):
    """It never calls the constructor of Synapse."""

    def __init__(self, name=None):
        self._name = name or self.__class__.__name__
        self.synapse_params, self.synapse_states = {f"{self._name}_gE": 1e-3}, {}

    def update_states(self, states, delta_t, pre_voltage, post_voltage, params):
        return {}

    def compute_current(self, states, pre_voltage, post_voltage, params):
        return -params[f"{self._name}_gE"] * (pre_voltage - post_voltage)

    def init_state(self, v, params):
        """Jaxley has no initial state of synapses; this is the author's own helper."""
        raise AssertionError("nobody calls it")


def test_a_synapse_without_constructor_keeps_the_contract():
    check_synapse(Bare())
    assert Bare() == Bare() == copy.deepcopy(Bare())
    assert (Bare().pre_states, Bare().post_states, Bare().couples) == ((), (), False)
    assert Bare().equilibrium({}, -70.0, -70.0, {}) == {}
    assert list(Bare().change_name("Clothed").synapse_params) == ["Clothed_gE"]


def test_the_default_initial_state_is_empty():
    assert UserSynapse().equilibrium({}, -70.0, -70.0, {}) == {}


def test_the_base_class_says_what_is_missing():
    v = jnp.zeros(2)
    for method, arguments in (
        ("update_states", ({}, 0.025, v, v, {})),
        ("compute_current", ({}, v, v, {})),
        ("conductance", ({},)),
    ):
        with pytest.raises(NotImplementedError, match=f"Synapse does not define {method}"):
            getattr(Synapse(), method)(*arguments)
