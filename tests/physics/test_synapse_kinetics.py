"""Kinetics of synapses against closed forms and independent solutions of their equations."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from dendrax import synapses
from dendrax.synapses import Synapse
from dendrax.synapses.decays import difference_of_decays
from dendrax.synapses.event import EventSynapse

REST, SPIKE = -70.0, 40.0  # mV
JOINING = [name for name in synapses.__all__ if name != "Synapse" and issubclass(getattr(synapses, name), Synapse)]


def run(synapse, voltages, dt, post_v=-65.0, states=None, **params):
    """States after each step of a presynaptic voltage clamp: {state without prefix: (steps,)}."""
    params = synapse.synapse_params | {f"{synapse.name}_{key}": value for key, value in params.items()}
    states = {key: jnp.asarray(value) for key, value in (states or synapse.synapse_states).items()}

    def step(states, v):
        after = synapse.update_states(states, dt, v, post_v, params)
        return after, after

    history = jax.lax.scan(step, states, jnp.asarray(voltages))[1]
    return {key.removeprefix(f"{synapse.name}_"): np.asarray(value) for key, value in history.items()}


def quiet(name, **options):
    return getattr(synapses, name)(surrogate_warning=False, **options)


def pulse(dt, total, start=1.0, duration=1.0):
    """Presynaptic voltage at the start of each step: a pulse from rest."""
    v = np.full(round(total / dt), REST)
    v[round(start / dt) : round((start + duration) / dt)] = SPIKE
    return v


def integrate_pieces(rhs, dt, voltages, y0):
    """dy/dt = rhs(y, pre_v) by a Runge-Kutta method of order 8, restarted at each jump: (steps, states)."""
    jumps = [0, *(np.flatnonzero(np.diff(voltages)) + 1), len(voltages)]
    y, pieces = np.asarray(y0, float), []
    for first, last in itertools.pairwise(jumps):
        times = dt * np.arange(last - first + 1)
        times[-1] *= 1 + 1e-15
        v = voltages[first]
        out = solve_ivp(
            lambda t, y, v=v: rhs(y, v), (0.0, times[-1]), y, "DOP853", t_eval=times[1:], rtol=1e-11, atol=1e-14
        )
        pieces.append(out.y.T)
        y = out.y[:, -1]
    return np.concatenate(pieces)


def transmitter(v):
    return 1.0 / (1.0 + np.exp(-(v - 2.0) / 5.0))  # mM


RATES = {"AMPA": (1.1, 0.19), "NMDA": (0.072, 0.0066), "GABAA": (5.0, 0.18)}  # 1/(mM ms), 1/ms


@pytest.mark.parametrize("dt", [0.025, 0.5])
@pytest.mark.parametrize("name", RATES)
def test_receptors_after_a_pulse_of_transmitter(name, dt):
    alpha, beta = RATES[name]
    voltages = pulse(dt, 12.0)
    got = run(getattr(synapses, name)(), voltages, dt)["r"]
    expected = integrate_pieces(lambda r, v: alpha * transmitter(v) * (1 - r) - beta * r, dt, voltages, [0.0])[:, 0]
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)
    assert got.argmax() == round(2.0 / dt) - 1, "it falls when the transmitter is gone"
    closed = 1 - np.exp(-(alpha * transmitter(SPIKE) + beta))
    assert got.max() == pytest.approx(closed * alpha / (alpha + beta), rel=1e-3)


@pytest.mark.parametrize("dt", [0.1, 2.0])
def test_gaba_b_after_a_train(dt):
    """Ten pulses build up G protein; the conductance rises late and lasts."""
    voltages = np.concatenate([np.tile(pulse(dt, 10.0, 2.0, 4.0), 10), np.full(round(300 / dt), REST)])
    got = run(synapses.GABAB(), voltages, dt)

    def rhs(y, v):
        r, s = y
        return [0.09 * transmitter(v) * (1 - r) - 0.0012 * r, 0.18 * r - 0.034 * s]

    expected = integrate_pieces(rhs, dt, voltages, [0.0, 0.0])
    np.testing.assert_allclose(np.stack([got["r"], got["s"]], 1), expected, rtol=1e-9, atol=1e-12)
    assert dt * got["s"].argmax() > 95.0
    s = got["s"][-1]
    synapse = synapses.GABAB()
    states = {"GABAB_r": 0.0, "GABAB_s": s}
    current = synapse.compute_current(states, REST, -65.0, synapse.synapse_params)
    assert float(current) == pytest.approx(1e-3 * s**4 / (s**4 + 100.0) * 30.0, rel=1e-14)


def test_gaba_b_where_both_rates_are_equal():
    """K_1 T + K_2 = K_4 is 0/0 in the closed form; there and beside it the derivatives are those of the values."""
    t = (0.034 - 0.0012) / 0.09
    meet = 2.0 + 5.0 * np.log(t / (1 - t))  # mV
    synapse = synapses.GABAB()

    @jax.jit
    def s_after(v):
        states = {"GABAB_r": 0.7, "GABAB_s": 1.0}
        return synapse.update_states(states, 20.0, v, -65.0, synapse.synapse_params)["GABAB_s"]

    derivatives = s_after, jax.jit(jax.grad(s_after)), jax.jit(jax.grad(jax.grad(s_after)))
    h = 1e-3
    for v in (meet, meet - 1e-9, meet + 1e-6, meet + 1.0):
        for order in (0, 1):
            slope = (derivatives[order](v + h) - derivatives[order](v - h)) / (2 * h)
            assert float(derivatives[order + 1](v)) == pytest.approx(float(slope), rel=1e-6)


def test_difference_of_decays():
    a = np.array([0.0, 1.0, 1.0, 2.0, 1e-9, 3.0, 1e4, 0.0])
    b = np.array([0.0, 1.0, 2.0, 1.0, 1e-9, 3.0 + 1e-7, 0.0, 1e4])
    e1 = np.exp(-1.0) - np.exp(-2.0)
    expected = [1.0, np.exp(-1.0), e1, e1, 1.0 - 1e-9, np.exp(-3.0) * (1 - 5e-8), 1e-4, 1e-4]
    np.testing.assert_allclose(difference_of_decays(jnp.asarray(a), jnp.asarray(b)), expected, rtol=1e-14)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if k % 3 else name for k, name in enumerate(JOINING)]
)
def test_every_synapse_steps_where_jax_has_no_64_bits(name):
    def step():
        made = getattr(synapses, name)
        synapse = quiet(name) if issubclass(made, EventSynapse) else made()
        states = {key: jnp.full(3, 0.3) for key in synapse.synapse_states}
        params = {key: jnp.full(3, value) for key, value in synapse.synapse_params.items()}
        pre_v, post_v = jnp.array([-70.0, -30.0, 20.0]), jnp.full(3, -60.0)
        after = states | synapse.update_states(states, 0.025, pre_v, post_v, params)
        return after | {"i": synapse.compute_current(after, pre_v, post_v, params)}

    with jax.enable_x64(False):
        single = step()
    for key, exact in step().items():
        assert single[key].dtype == np.float32
        np.testing.assert_allclose(single[key], exact, rtol=2e-5, atol=1e-12, err_msg=key)


@pytest.mark.parametrize("dt", [0.025, 1.5])
def test_exponential_synapses_decay_from_their_events(dt):
    voltages, tau = np.full(20, REST), 2.3
    voltages[[3, 4, 9]] = SPIKE  # two events, the first of which lasts two steps
    since = dt * (np.arange(1, 21) - np.array([[3], [9]]))
    expected = np.where(since > 0, np.exp(-since / tau), 0.0).sum(0)
    for name in ("ExpSynapse", "ExpCurrentSynapse"):
        np.testing.assert_allclose(run(quiet(name), voltages, dt, tau=tau)["s"], expected, rtol=1e-13, atol=1e-300)


@pytest.mark.parametrize(("rise", "decay"), [(0.1, 10.0), (0.5, 4.0), (3.0, 3.0), (2.0, 2.0 + 1e-9), (4.0, 0.5)])
def test_double_exponential_synapse_peaks_at_one(rise, decay):
    """Peak gS, at its time, and the closed form between; also where both time constants are equal."""
    if abs(rise - decay) < 1e-6:
        peak_time = decay

        def shape(t):
            return t / decay * np.exp(1 - t / decay)
    else:
        peak_time = rise * decay / (decay - rise) * np.log(decay / rise)

        def unscaled(t):
            return np.exp(-t / decay) - np.exp(-t / rise)

        def shape(t):
            return unscaled(t) / unscaled(peak_time)

    for dt in (peak_time / 40, 1.0):
        voltages = np.full(200, REST)
        voltages[1] = SPIKE
        s = run(quiet("DoubleExpSynapse"), voltages, dt, tau_rise=rise, tau_decay=decay)["s"]
        np.testing.assert_allclose(s[1:], shape(dt * np.arange(1, 200)), rtol=2e-8, atol=1e-12)
        assert s[0] == 0.0
        if dt != 1.0:
            assert s.argmax() == 40
            assert s.max() == pytest.approx(1.0, rel=1e-8)


def test_one_over_norm_of_exp2syn_is_that_of_the_standard_problem():
    """NSuite's rc-exp2syn-spike has norm 1.5381716 for time constants of 0.5 and 4 ms."""
    voltages = np.array([REST, SPIKE, REST])
    s = run(quiet("DoubleExpSynapse"), voltages, 1.0, tau_rise=0.5, tau_decay=4.0)["s"]
    assert s[1] / (np.exp(-1 / 4.0) - np.exp(-1 / 0.5)) == pytest.approx(1.5381716, abs=1e-7)


def test_magnesium_block():
    """Values of the equation of Jahr and Stevens; half of the channels are blocked at ln(Mg / 3.57) / 0.062."""
    nmda = synapses.NMDA()
    got = nmda.unblocked(jnp.array([-80.0, -65.0, 0.0, 40.0]), nmda.synapse_params)
    np.testing.assert_allclose(got, [0.024424653, 0.059668154, 0.781181619, 0.977080156], rtol=1e-8)
    for mg in (0.5, 1.0, 2.0):
        half = np.log(mg / 3.57) / 0.062
        assert float(nmda.unblocked(half, {"NMDA_Mg": mg})) == pytest.approx(0.5, rel=1e-14)
    assert float(nmda.unblocked(-80.0, {"NMDA_Mg": 0.0})) == 1.0


def test_gap_junctions_are_antisymmetric():
    gap = synapses.GapJunction()
    one, other = np.random.default_rng(0).uniform(-90.0, 40.0, (2, 50))
    params = {"GapJunction_g": np.linspace(0.0, 1e-2, 50)}
    out = gap.compute_current({}, one, other, params)
    np.testing.assert_array_equal(out, -gap.compute_current({}, other, one, params))
    np.testing.assert_allclose(out, gap.conductance(params) * (other - one), rtol=1e-15)
    assert float(gap.compute_current({}, -50.0, -70.0, gap.synapse_params)) == pytest.approx(-0.02), "it depolarises"


@pytest.mark.parametrize(
    ("voltages", "events"),
    [
        ([20.0, 20.0, REST, 20.0], [0, 0, 0, 1]),  # above at the start is no spike
        ([REST, 10.0, 10.1, REST], [0, 0, 1, 0]),  # at the threshold is not above it
        ([REST, 20.0, 30.0, 20.0], [0, 1, 0, 0]),  # one event however long it lasts
        ([REST, 20.0, 9.0, 11.0], [0, 1, 0, 1]),
    ],
)
def test_each_upward_crossing_is_one_event(voltages, events):
    dt, tau = 1.0, 1.0
    s = np.concatenate([[0.0], run(quiet("ExpSynapse"), voltages, dt, tau=tau)["s"]])
    np.testing.assert_allclose(s[1:] * np.exp(dt / tau) - s[:-1], events, atol=1e-14)


def test_surrogate_gradient_tells_moved_events_from_new_ones():
    """d s(end) / d v_k = surrogate(v_k) ((1 - above(k - 1)) f_k - above(k + 1) f_(k + 1)), f_k the decay since k."""
    dt, tau, voltages = 0.5, 2.0, np.array([-60.0, 0.0, 5.0, 20.0, 30.0, -60.0, -20.0])
    synapse = synapses.ExpSynapse(surrogate="superspike")

    def final(synapse, v, tau):
        params = synapse.synapse_params | {"ExpSynapse_tau": tau}
        states = {key: jnp.asarray(value) for key, value in synapse.synapse_states.items()}
        for value in v:
            states = synapse.update_states(states, dt, value, 0.0, params)
        return states["ExpSynapse_s"]

    by_voltage, by_tau = jax.grad(final, argnums=(1, 2))(synapse, jnp.asarray(voltages), tau)
    above = np.concatenate([[1.0], voltages > 10.0, [0.0]])
    since = dt * (len(voltages) - np.arange(len(voltages) + 1))
    f = np.where(since > 0, np.exp(-since / tau), 0.0)
    expected = ((1 - above[:-2]) * f[:-1] - above[2:] * f[1:]) / (1 + np.abs(voltages - 10.0)) ** 2
    np.testing.assert_allclose(by_voltage, expected, rtol=1e-12)
    assert by_voltage[2] < 0.0, "a spike that comes earlier has decayed further"
    assert float(by_tau) == pytest.approx(f[3] * since[3] / tau**2, rel=1e-12)
    exact = jax.grad(final, argnums=1)(quiet("ExpSynapse"), jnp.asarray(voltages), tau)
    np.testing.assert_array_equal(exact, 0.0)


def test_spikes_of_a_neuron_that_resets_are_taken_from_its_state():
    synapse = synapses.ExpSynapse(spikes="Fire_spikes")
    assert synapse.pre_states == ("Fire_spikes",)
    assert set(synapse.synapse_states) == {"ExpSynapse_s"}

    def s_after(spikes):
        states = {"ExpSynapse_s": 0.25, "pre_Fire_spikes": spikes}
        return synapse.update_states(states, 0.1, REST, REST, synapse.synapse_params)["ExpSynapse_s"]

    assert float(s_after(1.0)) == pytest.approx(1.25 * np.exp(-1.0), rel=1e-14)
    assert float(s_after(np.bool(False))) == pytest.approx(0.25 * np.exp(-1.0), rel=1e-14)
    assert float(jax.grad(s_after)(0.0)) == pytest.approx(np.exp(-1.0), rel=1e-14), "the neuron's gradient passes"


@pytest.mark.parametrize("dt", [0.025, 1.0, 1e3])
@pytest.mark.parametrize("name", ["IonotropicSynapse", "TestSynapse", "AMPA", "NMDA", "GABAA", "GABAB"])
def test_the_initial_state_is_a_fixed_point_and_gates_stay_between_zero_and_one(name, dt):
    synapse, v = getattr(synapses, name)(), jnp.arange(-150.0, 100.5, 0.5)
    params = synapse.synapse_params
    rest = synapse.equilibrium({}, v, v, params)
    assert rest.keys() == synapse.synapse_states.keys()
    for key, value in synapse.update_states(rest, dt, v, v, params).items():
        np.testing.assert_allclose(value, rest[key], rtol=1e-13)
    for start in (0.0, 1.0):
        states = {key: jnp.full_like(v, start) for key in rest}
        for key, value in synapse.update_states(states, dt, v, v, params).items():
            limit = 0.18 / 0.034 if key == "GABAB_s" else 1.0  # uM with all receptors active, or a fraction
            assert value.min() >= 0.0
            assert value.max() <= limit


@pytest.mark.parametrize("name", ["ExpSynapse", "DoubleExpSynapse", "ExpCurrentSynapse"])
def test_initial_silence_lasts(name):
    synapse, v = quiet(name), jnp.array([REST, SPIKE])
    rest = synapse.equilibrium(synapse.synapse_states, v, v, synapse.synapse_params)
    np.testing.assert_array_equal(rest[f"{name}_above"], [0.0, 1.0])
    for _ in range(2):
        after = synapse.update_states(rest, 0.025, v, v, synapse.synapse_params)
        for key, value in rest.items():
            np.testing.assert_array_equal(after[key], value, err_msg=key)
