"""Surrogates of spikes: what they change of a gradient, and that they change nothing else."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH, Izhikevich, Leak
from dendrax.errors import MechanismError
from dendrax.integrate import build_init_and_step_fn
from dendrax.mechanisms.surrogate import triangle
from dendrax.synapses import ExpSyn

DT, STEPS, TAU, WEIGHT, DELAY = 0.1, 60, 3.0, 1e-6, 0.5
THRESHOLD = -60.0


@pytest.fixture(scope="module")
def net():
    """A passive cell, watched by a threshold, which projects to another one, whose conductance is recorded."""
    made = jx.Network([jx.Cell()] * 2)
    made.insert(Leak())
    made.cell(1).place(ExpSyn("E"))
    made.set("E_tau", TAU)
    made.set("v", -70.0)
    jx.netcon(made.cell(0), made.E, weight=WEIGHT, delay=DELAY, threshold=THRESHOLD)
    made.E.record("E_g", verbose=False)
    made.cell(0).record("v", verbose=False)
    return made


def run(net, amplitude, **how):
    stimuli = net.cell(0).data_stimulate(amplitude * jnp.ones(STEPS))
    return jx.integrate(net, data_stimuli=stimuli, t_max=DT * STEPS, delta_t=DT, **how)


@pytest.mark.parametrize("mode", ["grid", pytest.param("interpolated", marks=pytest.mark.slow)])
def test_a_spike_that_is_about_to_appear_has_a_derivative(net, mode):
    """Below the threshold each step near it counts as a fraction of a spike at its end, by the surrogate."""

    def last(amplitude, surrogate):
        return run(net, amplitude, events=mode, surrogate=surrogate)[0, -1]

    silent = 0.0006
    v, dv = jax.jit(lambda at: jax.jvp(lambda amplitude: run(net, amplitude)[1], (at,), (1.0,)))(silent)
    assert float(v.max()) < THRESHOLD
    slope = np.where((v <= THRESHOLD)[:-1], triangle(v - THRESHOLD)[1:], 0.0)
    assert (slope > 0).sum() > 5
    arrived = DT * (2 + np.arange(STEPS)) + DELAY  # at the end of the step that an event arrives in
    left = np.where(arrived <= DT * STEPS + 1e-9, np.exp(-(DT * STEPS - arrived) / TAU), 0.0)
    expected = WEIGHT * np.sum(slope * np.asarray(dv)[1:] * left)
    slope_of = jax.jit(jax.grad(last), static_argnums=1)
    assert float(slope_of(silent, None)) == 0.0
    found = slope_of(silent, "triangle")
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_values_do_not_change_and_exact_derivatives_stay(net):
    def last(amplitude, surrogate):
        return run(net, amplitude, surrogate=surrogate)[0, -1]

    fires = 0.002
    surrogates = (None, lambda x: jnp.where(x > 1e3, 1.0, 0.0))
    both = [jax.jit(jax.value_and_grad(last), static_argnums=1)(fires, surrogate) for surrogate in surrogates]
    assert float(both[0][0]) > 0
    np.testing.assert_array_equal(both[0], both[1])  # of a surrogate that is zero wherever the cell comes
    plain, smooth = (run(net, fires, surrogate=surrogate) for surrogate in (None, "superspike"))
    np.testing.assert_array_equal(plain, smooth)


@pytest.mark.slow
def test_steps_by_hand_have_the_derivative_of_a_run(net):
    init_fn, step_fn = build_init_and_step_fn(net, events="grid", surrogate="triangle")
    states, params = init_fn([], delta_t=DT)
    place = {"i": np.array([0])}

    def by_hand(amplitude):
        def step(states, _):
            return step_fn(states, params, {"i": amplitude[None]}, place, delta_t=DT), None

        return jax.lax.scan(step, states, None, STEPS)[0]["E_g"][0]

    silent = jnp.asarray(0.0006)
    whole = jax.grad(lambda amplitude: run(net, amplitude, events="grid", surrogate="triangle")[0, -1])(silent)
    np.testing.assert_allclose(jax.jit(jax.grad(by_hand))(silent), whole, rtol=1e-12)


@pytest.mark.slow
def test_spikes_are_those_without_a_surrogate(net):
    cell = jx.Cell()
    cell.insert(HH())
    cell.record_spikes(0.0, verbose=False)
    cell.stimulate(jx.step_current(1.0, 20.0, 0.01, 0.025, 20.0), verbose=False)
    kwargs = {"return_spikes": True, "t_max": 20.0}
    plain, smooth = (jx.integrate(cell, surrogate=one, **kwargs)[1] for one in (None, "superspike"))
    assert int(plain.count) > 0
    np.testing.assert_array_equal(plain.times, smooth.times)
    inside = jax.jit(lambda: jx.integrate(cell, surrogate="superspike", **kwargs)[1].count)()
    assert int(inside) == int(plain.count)


def test_an_unknown_surrogate_is_refused(net):
    with pytest.raises(MechanismError, match="There is no surrogate gradient 'smooth'"):
        jx.integrate(net, t_max=1.0, surrogate="smooth")


class Peaking(Leak):
    """A leak that says before each step how far it led the voltage: nowhere, since it never resets it."""

    def update_states(self, states, dt, v, params):
        return {"v_peak": v}


def driven(channel, stimulus, **how):
    """The conductance at a cell to which one with `channel` projects, at the end of a run."""
    made = jx.Network([jx.Cell()] * 2)
    made.insert(Leak())
    made.cell(0).insert(channel)
    made.cell(1).place(ExpSyn("E"))
    made.set("v", -70.0)
    jx.netcon(made.cell(0), made.E, weight=WEIGHT, delay=DELAY, threshold=THRESHOLD)
    made.E.record("E_g", verbose=False)
    stimuli = made.cell(0).data_stimulate(stimulus)
    return jx.integrate(made, data_stimuli=stimuli, t_max=DT * STEPS, delta_t=DT, **how)[0, -1]


@pytest.mark.slow
def test_a_peak_without_a_reset_adds_nothing_to_a_derivative():
    """Each step near the threshold counts once, also the last one before the voltage leaves it."""
    pulse = jnp.where(jnp.arange(STEPS) < STEPS // 2, 1.2e-3, -2e-3)

    def slope(channel):
        return jax.grad(lambda scale: driven(channel, scale * pulse, surrogate="triangle"))(1.0)

    expected = slope(Leak("twice"))
    assert float(expected) > 0
    np.testing.assert_allclose(slope(Peaking("twice")), expected, rtol=1e-12)


@pytest.mark.slow
def test_spikes_of_cells_that_reset_within_a_step_take_surrogates():
    channel, steady = Izhikevich(surrogate="triangle"), jnp.full(STEPS, 5e-2)

    def last(scale, surrogate):
        return driven(channel, scale * steady, surrogate=surrogate)

    exact, smooth = (jax.value_and_grad(last)(1.0, one) for one in (None, "triangle"))
    assert float(exact[0]) > 0
    assert float(smooth[0]) == float(exact[0])
    assert np.isfinite(float(smooth[1]))
    assert float(smooth[1]) != float(exact[1])
