"""Every pump of the library keeps the contract that the engine relies on, and so does one written by a user."""

import copy
import pickle
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax.pumps
from dendrax.channels import Leak
from dendrax.errors import MechanismError, ModelTypeError
from dendrax.mechanisms.pump import check_pump
from dendrax.pumps import Pump

LIBRARY = tuple(name for name in dendrax.pumps.__all__ if name != "Pump")
OF_CALCIUM = ("CaPump", "CaFaradayConcentrationChange", "CaNernstReversal")

# Parameters, states, ion and current of the reference (reference/api.md, section 1.3).
TABLES = {
    "CaPump": (
        {"CaPump_gamma": 0.05, "CaPump_decay": 80, "CaPump_depth": 0.1, "CaPump_minCaCon_i": 1e-4},
        {"i_Ca": 1e-8, "CaCon_i": 5e-5},
        "i_CaPump",
    ),
    "CaFaradayConcentrationChange": ({}, {"i_Ca": 1e-8, "CaCon_i": 5e-5}, "i_CaCurrent"),
    "CaNernstReversal": ({}, {"eCa": 0.0, "CaCon_i": 5e-5, "CaCon_e": 2.0}, "i_Ca"),
}


class UserPump(Pump):
    """A pump as Jaxley's users write it, other argument names included."""

    def __init__(self, name=None):
        super().__init__(name)
        self.channel_params = {f"{self._name}_tau": 500.0, "NaCon_rest": 10.0}
        self.channel_states = {"i_Na": 0.0, "NaCon_i": 10.0, f"{self._name}_level": 0.0}
        self.ion_name = "NaCon_i"
        self.current_name = f"i_{self._name}"

    def update_states(self, u, delta_t, voltages, params):
        return {f"{self._name}_level": u["NaCon_i"] / params["NaCon_rest"]}

    def compute_current(self, u, modified_state, params):
        """Units: mM/ms."""
        return (modified_state - params["NaCon_rest"]) / params[f"{self._name}_tau"]


def make(name, *arguments):
    return (UserPump if name == "UserPump" else getattr(dendrax.pumps, name))(*arguments)


def renamed(name):
    """A pump with a name of its own."""
    return UserPump("Other") if name == "UserPump" else getattr(dendrax.pumps, name)(name="Other")


def given(pump, shape, dtype):
    """States, voltage, concentration and parameters as the engine passes them."""
    shared = {"radius": 1.0, "length": 10.0, "axial_resistivity": 5000.0, "capacitance": 1.0, "temperature": 6.3}
    states = {key: jnp.full(shape, value, dtype) for key, value in pump.channel_states.items()}
    params = {key: jnp.full(shape, value, dtype) for key, value in (pump.channel_params | shared).items()}
    return states, jnp.full(shape, -63.0, dtype), states[pump.ion_name], params


ROUNDING = 100 * np.finfo(float).eps
"""Two programs of one formula differ by some eps for each of a few exponentials and logarithms."""

every_pump = pytest.mark.parametrize("name", [*LIBRARY, "UserPump"])


@pytest.mark.parametrize("name", OF_CALCIUM)
def test_tables_are_the_references(name):
    pump = make(name)
    params, states, current = TABLES[name]
    assert pump.channel_params == params
    assert pump.channel_states == states
    assert pump.current_name == current
    assert pump.ion_name == "CaCon_i"
    assert pump.name == pump._name == name
    other = make(name, "Other")  # the name is the only argument, as in the reference
    assert list(other.channel_params) == [key.replace(f"{name}_", "Other_") for key in params]
    assert other.channel_states == states
    assert other.current_name == current


def test_only_the_general_reversal_drives_parameters():
    assert dendrax.pumps.NernstReversal("K").drives == ("eK",)
    assert {make(name).drives for name in (*OF_CALCIUM, "FaradayConcentrationChange", "UserPump")} == {()}


def test_the_library_has_the_references():
    assert set(LIBRARY) >= set(TABLES)


@every_pump
def test_the_contract_holds_at_the_door(name):
    check_pump(make(name))
    check_pump(renamed(name))


@every_pump
def test_made_twice_is_equal_and_one_static_value(name):
    one, other = make(name), make(name)
    assert one == other
    assert hash(one) == hash(other)
    for twin in (copy.deepcopy(one), pickle.loads(pickle.dumps(one))):  # noqa: S301
        assert twin == one
        assert hash(twin) == hash(one)
    assert one != renamed(name)
    other.channel_states[other.ion_name] *= 2
    assert one != other


@every_pump
def test_change_name_renames_what_has_the_prefix(name):
    pump, before = make(name), make(name)
    old = before.name
    assert pump.change_name("New") is pump
    assert pump.name == pump._name == "New"
    for table in ("channel_params", "channel_states"):
        expected = {re.sub(f"^{old}_", "New_", key): value for key, value in getattr(before, table).items()}
        assert getattr(pump, table) == expected
    states, v, conc, params = given(pump, (3,), jnp.float64)
    assert set(jax.eval_shape(pump.update_states, states, 0.025, v, params)) <= set(pump.channel_states)
    jax.eval_shape(pump.compute_current, states, conc, params)


@every_pump
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("shape", [(), (1,), (4,), (0,), (2, 3)])
def test_shapes_and_types_are_kept(name, shape, dtype):
    pump = make(name)
    states, v, conc, params = given(pump, shape, dtype)
    dt = jnp.asarray(0.025, dtype)
    after = jax.eval_shape(pump.update_states, states, dt, v, params)
    rest = jax.eval_shape(pump.init_state, states, v, params, dt)
    for key, value in (after | rest).items():
        assert key in pump.channel_states
        assert (key, value.shape, value.dtype) == (key, shape, dtype)
    flux = jax.eval_shape(lambda *given: jnp.asarray(pump.compute_current(*given), dtype), states, conc, params)
    assert jnp.broadcast_shapes(flux.shape, shape) == shape
    assert jnp.result_type(flux, conc) == dtype


@every_pump
def test_rows_do_not_know_each_other(name):
    """Batching by arrays and by vmap give the same."""
    pump = make(name)
    states, v, _, params = given(pump, (5,), jnp.float64)
    states = {key: value * jnp.linspace(0.5, 2.0, 5) for key, value in states.items()}
    conc = states[pump.ion_name]
    whole = jax.jit(pump.update_states)(states, 0.025, v, params)
    mapped = jax.jit(jax.vmap(pump.update_states, (0, None, 0, 0)))(states, 0.025, v, params)
    for key, value in whole.items():
        np.testing.assert_allclose(mapped[key], value, rtol=ROUNDING)
    flux = jax.jit(pump.compute_current)(states, conc, params)
    mapped = jax.jit(jax.vmap(pump.compute_current))(states, conc, params)
    np.testing.assert_allclose(mapped, np.broadcast_to(flux, 5), rtol=ROUNDING)


@pytest.mark.parametrize("name", LIBRARY)
def test_the_docstring_gives_source_units_and_equations(name):
    document = getattr(dendrax.pumps, name).__doc__
    assert re.search(r"References:\n\s+\w.*\(\d{4}\)", document), "the primary source with its year"
    for word in ("[mM", "arameters", "States:", "Args:", "Example:", "```python", " = "):
        assert word in document, word
    pump = make(name)
    for key in pump.channel_params | pump.channel_states:
        generic = key.removeprefix(f"{name}_") if name in OF_CALCIUM else key.replace("Ca", "X", 1)
        assert re.search(rf"\b{generic}\b", document), key


def broken(**changes):
    """A user's pump with some attributes changed; a value of None deletes."""
    pump = UserPump()
    for key, value in changes.items():
        if value is None:
            delattr(pump, key)
        else:
            setattr(pump, key, value)
    return pump


class NoCurrent(UserPump):
    compute_current = Pump.compute_current


class NoUpdate(UserPump):
    update_states = Pump.update_states


class TwoArguments(UserPump):
    def compute_current(self, states, params):
        return 0.0


@pytest.mark.parametrize(
    ("pump", "message"),
    [
        (broken(ion_name=None), "needs the name of the concentration that it changes, `ion_name`, but it is None"),
        (broken(ion_name="v"), "but it is 'v'"),
        (broken(ion_name=3), "but it is 3"),
        (broken(ion_name="KCon_i"), "changes 'KCon_i', which is not among its states .*NaCon_i.* in `channel_states`"),
        (broken(ion_name="NaCon_rest"), "not among its states"),
        (broken(drives=("eNa",)), r"tuple of names of its own states .* but it is \('eNa',\)"),
        (broken(drives="NaCon_i"), "tuple of names"),
        (broken(current_name=None), r"needs a string `current_name`, but it is None.*i_UserPump"),
        (broken(current_name="NaCon_i"), "a name that is taken"),
        (broken(current_name="v"), "a name that is taken"),
        (broken(channel_params=None), "needs a dict `channel_params`"),
        (broken(channel_states={"v": 1.0}), "which is the voltage"),
        (broken(channel_states={"NaCon_i": float("nan")}), "one finite number"),
        (broken(channel_states={"NaCon_rest": 1.0}), "both as a parameter and as a state"),
        (NoCurrent(), r"does not define compute_current\(self, states, ion_conc, params\)"),
        (NoUpdate(), r"does not define update_states\(self, states, dt, v, params\)"),
        (TwoArguments(), r"called as compute_current\(self, states, ion_conc, params\), positionally"),
    ],
)
def test_a_broken_pump_is_refused_with_reason(pump, message):
    with pytest.raises(MechanismError, match=message):
        check_pump(pump)


@pytest.mark.parametrize(("wrong", "message"), [(UserPump, r"UserPump\(\)"), (Leak(), "Expected a pump .* got Leak")])
def test_what_is_no_pump_is_refused(wrong, message):
    with pytest.raises(ModelTypeError, match=message):
        check_pump(wrong)


def test_what_a_pump_leaves_out():
    bare = Pump("Bare")
    assert bare.init_state({}, -70.0, {}, 0.025) == {}
    with pytest.raises(NotImplementedError, match="Pump does not define update_states"):
        bare.update_states({}, 0.025, -70.0, {})
    with pytest.raises(NotImplementedError, match="Pump does not define compute_current"):
        bare.compute_current({}, 1.0, {})
