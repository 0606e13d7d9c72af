"""What single channels do beyond the contract: rates at their limits, resets with gradients, names of the reference."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.channels import HH, AdEx, CaL, CaT, CaTGHK, Fire, Izhikevich, K, Km, Na, Rate, pospischil
from dendrax.channels import hh as hh_file
from dendrax.errors import ModelValueError


def test_shared_exponentials_cost_no_accuracy():
    """Rates of HH from two exponentials, against the six of the equations."""
    v = np.linspace(-150.0, 100.0, 2501) + 0.013  # off the points where the equations are 0/0
    x_m, x_n = -(v + 40) / 10, -(v + 55) / 10
    expected = {
        HH.m_gate: (x_m / np.expm1(x_m), 4 * np.exp(-(v + 65) / 18)),
        HH.h_gate: (0.07 * np.exp(-(v + 65) / 20), 1 / (1 + np.exp(-(v + 35) / 10))),
        HH.n_gate: (0.1 * x_n / np.expm1(x_n), 0.125 * np.exp(-(v + 65) / 80)),
    }
    for gate, rates in expected.items():
        np.testing.assert_allclose(gate(jnp.asarray(v)), rates, rtol=2e-14)


def test_shared_exponentials_of_pospischil_cost_no_accuracy():
    v, vt = np.linspace(-150.0, 100.0, 2501) + 0.013, -57.0
    w = v - vt
    x, y, z = -(w - 13) / 4, (w - 40) / 5, -(w - 15) / 5
    m = (1.28 * x / np.expm1(x), 1.4 * y / np.expm1(y))
    h = (0.128 * np.exp(-(w - 17) / 18), 4 / (1 + np.exp(-y)))
    n = (0.16 * z / np.expm1(z), 0.5 * np.exp(-(w - 10) / 40))
    for got, expected in ((Na.m_gate, m), (Na.h_gate, h), (K.n_gate, n)):
        np.testing.assert_allclose(got(jnp.asarray(v), vt), expected, rtol=2e-14)


@pytest.mark.parametrize(
    ("rate", "at", "value", "slope"),
    [
        # b x_over_expm1(-(v - a) / b) has value b and slope 1/2 at v = a.
        (lambda v: HH.m_gate(v)[0], -40.0, 1.0, 0.05),
        (lambda v: HH.n_gate(v)[0], -55.0, 0.1, 0.005),
        (lambda v: Na.m_gate(v, -60.0)[0], -47.0, 1.28, 0.16),
        (lambda v: Na.m_gate(v, -60.0)[1], -20.0, 1.4, -0.14),
        (lambda v: K.n_gate(v, -60.0)[0], -45.0, 0.16, 0.016),
        (lambda v: CaL.q_gate(v)[0], -27.0, 0.209, 0.0275),
    ],
)
def test_rates_at_their_limits(rate, at, value, slope):
    assert float(rate(at)) == pytest.approx(value, rel=1e-15)
    assert float(jax.grad(rate)(at)) == pytest.approx(slope, rel=1e-14)


def test_gates_of_the_reference_keep_their_signatures():
    for gate, arguments in ((Km.p_gate, (-60.0, 4000.0)), (CaT.u_gate, (-60.0, 2.0)), (CaL.r_gate, (-60.0,))):
        assert len(gate(*arguments)) == 2
    np.testing.assert_allclose(pospischil.efun(0.3), 0.3 / np.expm1(0.3), rtol=1e-15)
    np.testing.assert_allclose(hh_file._vtrap(0.3, 10.0), 0.3 / np.expm1(0.03), rtol=1e-15)
    assert hh_file._vtrap(0.0, 10.0) == 10.0
    assert {getattr(pospischil, name).__name__ for name in pospischil.__all__} == set(pospischil.__all__)


def test_spikes_start_above_the_threshold_of_fire_and_at_that_of_the_others():
    fire, quiet = Fire(surrogate_warning=False), {"surrogate_warning": False}
    params = fire.channel_params
    after = fire.update_states({"Fire_spikes": 0.0}, 0.025, jnp.asarray([-50.0, -49.9]), params)
    np.testing.assert_array_equal(after["v"], [-50.0, -70.0])
    np.testing.assert_array_equal(after["Fire_spikes"], [0.0, 1.0])
    izhikevich = Izhikevich(**quiet)
    params = izhikevich.channel_params | {"Izhikevich_b": 0.0}
    v = 30.0  # 0.04 v^2 + 5 v + 140 - u = 0 holds the voltage at the threshold
    still = izhikevich.update_states({"Izhikevich_u": jnp.asarray([326.0])}, 0.0, jnp.asarray([v]), params)
    np.testing.assert_array_equal(still["v"], [-65.0])
    adex = AdEx(**quiet)
    params = adex.channel_params | {"AdEx_g_L": 0.0, "AdEx_a": 0.0, "capacitance": 1.0}
    still = adex.update_states({"AdEx_w": jnp.zeros(2)}, 1.0, jnp.asarray([-1e-3, 0.0]), params)
    np.testing.assert_array_equal(still["AdEx_spikes"], [0.0, 1.0])


@pytest.mark.parametrize("kind", [Fire, *(pytest.param(one, marks=pytest.mark.slow) for one in (Izhikevich, AdEx))])
@pytest.mark.parametrize("surrogate", ["superspike", "sigmoid", "triangle"])
def test_surrogates_change_gradients_alone(kind, surrogate):
    plain, smooth = kind(surrogate_warning=False), kind(surrogate=surrogate)
    params = {key: jnp.full(401, float(value)) for key, value in plain.channel_params.items()}
    params |= {"capacitance": jnp.full(401, 200.0)}
    states = {key: jnp.zeros(401) for key in plain.channel_states}
    v = jnp.linspace(-59.9, 40.0, 401)

    def run(channel, v):
        return channel.update_states(states, 0.025, v, params)

    for key, value in run(plain, v).items():
        np.testing.assert_array_equal(run(smooth, v)[key], value)
    after = run(plain, v)["v"]
    changed = np.isin(after, [-70.0, -65.0, -58.0])  # what they reset to
    assert changed.any()
    assert not changed.all()
    slope = {c: jax.vmap(jax.grad(lambda x, c=c: scalar(c, x)))(v) for c in (plain, smooth)}
    np.testing.assert_array_equal(slope[plain][changed], 0.0)
    assert (slope[smooth][changed] != 0.0).any()
    assert np.isfinite(slope[smooth]).all()


def scalar(channel, v):
    """The voltage after one step of one compartment."""
    params = channel.channel_params | {"capacitance": 200.0}
    return channel.update_states(dict.fromkeys(channel.channel_states, 0.0), 0.025, v, params)["v"]


def test_rate_decays_exactly():
    v = Rate().update_states({}, 0.5, jnp.asarray([2.0]), {"Rate_tau": 3.0})["v"]
    np.testing.assert_allclose(v, 2.0 * np.exp(-0.5 / 3.0), rtol=1e-15)


@pytest.mark.parametrize("temperature", [24.0, 36.0])
def test_gates_of_the_ghk_channel_are_the_published_equations(temperature):
    """Huguenard and McCormick (1992) at 24 celsius; faster by the Q10 of either gate elsewhere."""
    channel, v, dt = CaTGHK(), np.linspace(-150.0, 100.0, 500), 0.5
    w = v + 2.0
    tau = {
        "m": (0.612 + 1 / (np.exp(-(w + 132) / 16.7) + np.exp((w + 16.8) / 18.2))) / 5 ** ((temperature - 24) / 10),
        "h": np.where(w < -80, np.exp((w + 467) / 66.6), 28 + np.exp(-(w + 22) / 10.5))
        / 3 ** ((temperature - 24) / 10),
    }
    steady = {"m": 1 / (1 + np.exp(-(w + 57) / 6.2)), "h": 1 / (1 + np.exp((w + 81) / 4))}
    params = channel.channel_params | {"temperature": temperature}
    after = channel.update_states(channel.channel_states, dt, jnp.asarray(v), params)
    rest = channel.init_state(channel.channel_states, jnp.asarray(v), params, dt)
    for gate in ("m", "h"):
        expected = steady[gate] + (0.2 - steady[gate]) * np.exp(-dt / tau[gate])
        np.testing.assert_allclose(after[f"CaTGHK_{gate}"], expected, rtol=1e-13)
        np.testing.assert_allclose(rest[f"CaTGHK_{gate}"], steady[gate], rtol=1e-13)


def test_the_ghk_channel_passes_the_constant_field_current():
    """Written out as published, away from v = 0; with much more calcium outside it never turns outward."""
    channel, v = CaTGHK(), np.linspace(-149.0, 100.0, 250) + 0.013
    states = {"CaTGHK_m": 0.6, "CaTGHK_h": 0.3, "CaCon_i": 2.4e-4, "CaCon_e": 2.0}
    params = channel.channel_params | {"temperature": 36.0}
    u = 2 * 96485.33212 * (1e-3 * v) / (8.314462618 * (273.15 + 36.0))
    flux = u * (2.4e-4 - 2.0 * np.exp(-u)) / (1 - np.exp(-u))  # mM
    expected = 2e-4 * 0.6**2 * 0.3 * 2 * 96485.33212 * flux * 1e-3  # cm/s * C/mol * mM in mA/cm2
    current = channel.compute_current(states, jnp.asarray(v), params)
    np.testing.assert_allclose(current, expected, rtol=1e-9)
    assert (np.asarray(current) < 0.0).all()


def test_the_squid_is_faster_where_it_is_warmer_if_asked():
    """Ten degrees with a q10 of 3 are a step three times as long; what is asked for nothing ignores temperature."""
    v, n = jnp.array([-70.0, -40.0, 10.0]), 0.3
    states = {f"HH_{gate}": jnp.full(3, n) for gate in "mhn"}
    params = {"temperature": jnp.full(3, 16.3)}
    for kind, dt in ((HH(q10=3.0), 0.3), (HH(), 0.1)):
        warm, plain = kind.update_states(states, 0.1, v, params), HH().update_states(states, dt, v, {})
        for key, value in warm.items():
            np.testing.assert_allclose(value, plain[key], rtol=1e-12)
    assert HH(q10=3.0) != HH()
    assert vars(HH()) == vars(HH(q10=None))
    with pytest.raises(ModelValueError, match="q10 must be positive, but is 0"):
        HH(q10=0.0)
