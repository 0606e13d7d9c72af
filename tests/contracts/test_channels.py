"""Every channel of the library keeps the contract that the engine relies on, and so does one written by a user."""

import copy
import pickle
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax.channels
from dendrax.channels import Channel
from dendrax.errors import MechanismError, ModelTypeError
from dendrax.mechanisms.channel import check_channel
from dendrax.solver_gate import save_exp, solve_gate_exponential

SPIKING = ("AdEx", "Fire", "Izhikevich", "LIF")
LIBRARY = tuple(name for name in dendrax.channels.__all__ if name != "Channel")

# Parameters, states and current of the reference (reference/api.md, section 1.2), and then of our own.
TABLES = {
    "HH": (
        {"HH_gNa": 0.12, "HH_gK": 0.036, "HH_gLeak": 3e-4, "HH_eNa": 50, "HH_eK": -77, "HH_eLeak": -54.3},
        {"HH_m": 0.2, "HH_h": 0.2, "HH_n": 0.2},
        "i_HH",
    ),
    "Leak": ({"Leak_gLeak": 1e-4, "Leak_eLeak": -70}, {}, "i_Leak"),
    "Na": ({"Na_gNa": 0.05, "eNa": 50, "vt": -60}, {"Na_m": 0.2, "Na_h": 0.2}, "i_Na"),
    "K": ({"K_gK": 0.005, "eK": -90, "vt": -60}, {"K_n": 0.2}, "i_K"),
    "Km": ({"Km_gKm": 4e-6, "Km_taumax": 4000, "eK": -90}, {"Km_p": 0.2}, "i_K"),
    "CaL": ({"CaL_gCaL": 1e-4, "eCa": 120}, {"CaL_q": 0.2, "CaL_r": 0.2}, "i_Ca"),
    "CaT": ({"CaT_gCaT": 4e-5, "CaT_vx": 2, "eCa": 120}, {"CaT_u": 0.2}, "i_Ca"),
    "Fire": ({"Fire_vth": -50, "Fire_vreset": -70}, {"Fire_spikes": 0}, "Fire_fire"),
    "LIF": (
        {"LIF_gLeak": 1e-4, "LIF_eLeak": -70, "LIF_vth": -50, "LIF_vreset": -70, "LIF_t_ref": 2},
        {"LIF_spikes": 0, "LIF_refractory": 0},
        "i_LIF",
    ),
    "Izhikevich": (
        {"Izhikevich_a": 0.02, "Izhikevich_b": 0.2, "Izhikevich_c": -65, "Izhikevich_d": 8},
        {"Izhikevich_u": 0},
        "Izhikevich_izhikevich",
    ),
    "AdEx": (
        {"AdEx_g_L": 10, "AdEx_E_L": -70, "AdEx_v_T": -50, "AdEx_delta_T": 2, "AdEx_v_threshold": 0}
        | {"AdEx_v_reset": -58, "AdEx_tau_w": 30, "AdEx_a": 2, "AdEx_b": 0},
        {"AdEx_w": 0, "AdEx_spikes": 0},
        "i_AdEx",
    ),
    "Rate": ({"Rate_tau": 1}, {}, "Rate_rate"),
    "CaTGHK": (
        {"CaTGHK_pbar": 2e-4, "CaTGHK_shift": 2, "CaTGHK_qm": 5, "CaTGHK_qh": 3},
        {"CaTGHK_m": 0.2, "CaTGHK_h": 0.2, "CaCon_i": 5e-5, "CaCon_e": 2},
        "i_Ca",
    ),
}
ROUNDING = 100 * np.finfo(float).eps
"""Two programs of one formula differ by some eps for each of a few exponentials, whose exponents reach 20."""

READ = ("CaCon_i", "CaCon_e")  # states of other mechanisms, which a channel declares and does not change


class UserChannel(Channel):
    """A channel as Jaxley's documentation tells users to write it, other argument names included."""

    def __init__(self, name=None):
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params = {f"{self._name}_gBar": 1e-4, "eK": -90.0}
        self.channel_states = {f"{self._name}_n": 0.1}
        self.current_name = "i_K"

    def update_states(self, states, delta_t, voltages, params):
        n = states[f"{self._name}_n"]
        alpha, beta = 0.1 * save_exp((voltages + 40.0) / 20.0), 0.2 * save_exp(-(voltages + 40.0) / 30.0)
        return {f"{self._name}_n": solve_gate_exponential(n, delta_t, alpha, beta)}

    def compute_current(self, states, voltages, params):
        """Units: mA/cm2. References: nobody."""
        return params[f"{self._name}_gBar"] * states[f"{self._name}_n"] ** 4 * (voltages - params["eK"])


def make(name, *arguments, **options):
    if name in SPIKING:
        options.setdefault("surrogate_warning", False)
    return (UserChannel if name == "UserChannel" else getattr(dendrax.channels, name))(*arguments, **options)


def given(channel, shape, dtype):
    """States, voltage and parameters as the engine passes them."""
    geometry = {"radius": 1.0, "length": 10.0, "axial_resistivity": 5000.0, "capacitance": 1.0, "temperature": 6.3}
    states = {key: jnp.full(shape, value, dtype) for key, value in channel.channel_states.items()}
    params = {key: jnp.full(shape, value, dtype) for key, value in (channel.channel_params | geometry).items()}
    return states, jnp.full(shape, -63.0, dtype), params


every_channel = pytest.mark.parametrize("name", [*LIBRARY, "UserChannel"])


def test_no_channel_of_the_library_is_forgotten():
    assert set(LIBRARY) == set(TABLES)


@pytest.mark.parametrize("name", LIBRARY)
def test_tables_are_those_listed(name):
    channel = make(name)
    params, states, current = TABLES[name]
    assert channel.channel_params == params
    assert channel.channel_states == states
    assert channel.current_name == current
    assert list(channel.channel_params) == list(params)
    assert channel.name == channel._name == name
    renamed = make(name, "Other")
    assert renamed.name == "Other"
    assert list(renamed.channel_states) == [key.replace(f"{name}_", "Other_") for key in states]


@every_channel
def test_the_contract_holds_at_the_door(name):
    check_channel(make(name))


@every_channel
def test_made_twice_is_equal_and_one_static_value(name):
    one, other = make(name), make(name)
    assert one == other
    assert hash(one) == hash(other)
    traces = []

    def count(channel, x):
        traces.append(channel)
        return x

    static = jax.jit(count, static_argnums=0)
    for channel in (one, other, copy.deepcopy(one), pickle.loads(pickle.dumps(one))):  # noqa: S301
        static(channel, 1.0)
    assert len(traces) == 1
    static(make(name, "Other"), 1.0)
    assert len(traces) == 2
    other.channel_params[next(iter(other.channel_params))] *= 2
    assert one != other
    assert one != name


@every_channel
def test_change_name_renames_what_has_the_prefix(name):
    channel, current = make(name), make(name).current_name
    params, states = channel.channel_params, channel.channel_states
    assert channel.change_name("New") is channel
    assert channel.name == channel._name == "New"
    for before, after in ((params, channel.channel_params), (states, channel.channel_states)):
        expected = {re.sub(f"^{name}_", "New_", key): value for key, value in before.items()}
        assert after == expected
    assert channel.current_name == current
    states, v, params = given(channel, (3,), jnp.float64)
    assert set(jax.eval_shape(channel.update_states, states, 0.025, v, params)) <= {
        "v",
        "v_peak",
        *channel.channel_states,
    }


@every_channel
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64])
@pytest.mark.parametrize("shape", [(), (1,), (4,), (0,), (2, 3)])
def test_shapes_and_types_are_kept(name, shape, dtype):
    channel = make(name)
    states, v, params = given(channel, shape, dtype)
    dt = jnp.asarray(0.025, dtype)
    after = jax.eval_shape(channel.update_states, states, dt, v, params)
    assert set(after) <= {"v", "v_peak", *channel.channel_states}
    assert set(channel.channel_states) - set(READ) <= set(after)
    own = {key: params[key] for key in channel.channel_params}
    rest = jax.eval_shape(channel.init_state, states, v, own, dt)
    assert set(rest) <= set(channel.channel_states)
    for key, value in (after | rest).items():
        assert (key, value.shape, value.dtype) == (key, shape, dtype)
    current = jax.eval_shape(channel.compute_current, states, v, params)
    assert jnp.broadcast_shapes(current.shape, shape) == shape
    assert current.dtype == dtype


@every_channel
def test_rows_do_not_know_each_other(name):
    """Batching by arrays, by vmap and one at a time give the same."""
    channel = make(name)
    states, _, params = given(channel, (5,), jnp.float64)
    v = jnp.linspace(-80.0, 40.0, 5)
    update = jax.jit(channel.update_states)
    whole = update(states, 0.025, v, params)
    mapped = jax.jit(jax.vmap(channel.update_states, (0, None, 0, 0)))(states, 0.025, v, params)
    for key, value in whole.items():
        np.testing.assert_allclose(mapped[key], value, rtol=ROUNDING, atol=ROUNDING)
    row = (
        {key: value[3] for key, value in states.items()},
        0.025,
        v[3],
        {key: value[3] for key, value in params.items()},
    )
    for key, value in update(*row).items():
        np.testing.assert_allclose(value, whole[key][3], rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize("name", LIBRARY)
def test_the_docstring_gives_source_units_and_equations(name):
    document = getattr(dendrax.channels, name).__doc__
    assert re.search(r"References:\n\s+\w.*\(\d{4}\)", document), "the primary source with its year"
    for word in ("[mV", "[mA/cm2]", "Parameters", "Args:", "Example:", "```python", " = "):
        assert word in document, word
    prefix = f"{name}_"
    for key in make(name).channel_params | make(name).channel_states:
        assert re.search(rf"\b{key.removeprefix(prefix)}\b", document), key
    for method in ("update_states", "compute_current"):
        assert getattr(getattr(dendrax.channels, name), method).__doc__


@pytest.mark.parametrize("name", SPIKING)
def test_spiking_channels_take_surrogates(name):
    kind = getattr(dendrax.channels, name)
    assert kind() == kind(surrogate_warning=False) != kind(surrogate="superspike")
    assert kind(surrogate="superspike") == kind(surrogate="superspike")
    assert kind(surrogate="superspike") != kind(surrogate="triangle")
    with pytest.raises(MechanismError, match="superspik'"):
        kind(surrogate="superspik")


def broken(**changes):
    """A user's channel with some attributes changed; a value of None deletes."""
    channel = UserChannel()
    for key, value in changes.items():
        if value is None:
            delattr(channel, key)
        else:
            setattr(channel, key, value)
    return channel


class NoCurrent(UserChannel):
    compute_current = Channel.compute_current


class TwoArguments(UserChannel):
    def update_states(self, states, v):
        return {}


@pytest.mark.parametrize(
    ("channel", "message"),
    [
        (broken(current_name=None), r"needs a string `current_name`, but it is None.*i_UserChannel"),
        (broken(current_name=""), "needs a string `current_name`"),
        (broken(current_name="v"), "a name that is taken"),
        (broken(current_name="eK"), "a name that is taken"),
        (broken(channel_params=None), "needs a dict `channel_params`"),
        (broken(channel_params=["eK"]), "needs a dict `channel_params`"),
        (broken(channel_params={"eK": "high"}), r'default of "eK" in `channel_params` is \'high\''),
        (broken(channel_params={"eK": float("nan")}), "one finite number"),
        (broken(channel_params={"eK": np.zeros(2)}), "one finite number"),
        (broken(channel_params={3: 1.0}), "is not a name"),
        (broken(channel_states={"v": 1.0}), "which is the voltage"),
        (broken(channel_states={"eK": 1.0}), "both as a parameter and as a state"),
        (broken(current_is_in_mA_per_cm2=None), "mA/cm2"),
        (NoCurrent(), r"does not define compute_current\(self, states, v, params\)"),
        (TwoArguments(), r"called as update_states\(self, states, dt, v, params\), positionally"),
    ],
)
def test_a_broken_channel_is_refused_with_reason(channel, message):
    with pytest.raises(MechanismError, match=message):
        check_channel(channel)


@pytest.mark.parametrize(("wrong", "message"), [(UserChannel, r"UserChannel\(\)"), ("HH", "got str")])
def test_what_is_no_channel_is_refused(wrong, message):
    with pytest.raises(ModelTypeError, match=message):
        check_channel(wrong)


def test_a_channel_that_does_not_state_its_unit_is_refused():
    class Old(Channel):
        def __init__(self, name=None):
            super().__init__(name)

    with pytest.raises(ValueError, match="current_is_in_mA_per_cm2 = True as the first line"):
        Old()


class Solver:
    """A mix-in as libraries of channels use it: own state, a method of its own among the attributes, no super()."""

    def __init__(self, steps):
        self.steps = steps
        self.run = self.newton if steps else self.explicit

    def newton(self):
        return "newton"

    def explicit(self):
        return "explicit"


class Mixed(UserChannel, Solver):
    def __init__(self, name=None, steps=3):
        self.current_is_in_mA_per_cm2 = True
        UserChannel.__init__(self, name)
        Solver.__init__(self, steps)
        self.table = np.arange(3.0)


class Bare(Channel):
    """It never calls the constructor of Channel."""

    def __init__(self):
        self.current_is_in_mA_per_cm2 = True
        self.channel_params, self.channel_states, self.current_name = {}, {"Bare_x": 0.0}, "i_bare"

    def update_states(self, states, dt, v, params):
        return states

    def compute_current(self, states, v, params):
        return 0.0


def test_channels_with_mix_ins_and_without_constructor_compare_by_value():
    assert Mixed() == Mixed()
    assert hash(Mixed()) == hash(Mixed())
    assert Mixed() != Mixed(steps=4)
    assert Mixed() != Mixed(steps=0)
    assert Bare() == Bare()
    assert Bare().name == "Bare"
    assert list(Bare().change_name("Clothed").channel_states) == ["Clothed_x"]
    for channel in (Mixed(), Bare()):
        check_channel(channel)
        assert copy.deepcopy(channel) == channel


def test_the_default_initial_state_is_empty():
    assert UserChannel().init_state({}, -70.0, {}, 0.025) == {}
