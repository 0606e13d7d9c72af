"""Electrodes: what they inject, when, and what is recorded of them."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import HH, Leak
from dendrax.electrodes import IClamp, SEClamp
from dendrax.errors import ModelValueError, UnknownNameError

LEAK = 1e-4 * 2 * np.pi * 10.0 * 1e-8 * 1e6  # S/cm2 times the area of the default compartment, in uS


@pytest.fixture
def compartment():
    comp = jx.Compartment()
    comp.insert(Leak())
    comp.record("v", verbose=False)
    return comp


def with_values(module, **values):
    for key, value in values.items():
        module.set(key, value)


def test_a_current_clamp_is_a_stimulus_that_has_parameters(compartment):
    stimulus = jx.step_current(2.0, 3.0, 0.01, 0.025, 10.0)
    compartment.stimulate(stimulus, verbose=False)
    expected = jx.integrate(compartment, t_max=10.0)
    compartment.delete_stimuli()
    compartment.insert(IClamp())
    with_values(compartment, IClamp_delay=2.0, IClamp_dur=3.0, IClamp_amp=0.01)
    compartment.record("i_IClamp", verbose=False)
    v, current = jx.integrate(compartment, t_max=10.0)
    np.testing.assert_allclose(v, expected[0], rtol=1e-13)
    assert float(current.sum()) == pytest.approx(0.01 * 3.0 / 0.025)


def test_its_amplitude_has_a_gradient_and_traced_times_are_taken(compartment):
    compartment.insert(IClamp())
    with_values(compartment, IClamp_delay=1.0, IClamp_dur=3.0, IClamp_amp=0.01)

    def last(amplitude, delay):
        given = compartment.data_set("IClamp_amp", amplitude, None)
        given = compartment.data_set("IClamp_delay", delay, given)
        return jx.integrate(compartment, param_state=given, t_max=4.0)[0, -1]

    slope, zero = jax.jit(jax.grad(last, (0, 1)))(0.01, 1.0)
    assert float(slope) == pytest.approx(float(last(1.01, 1.0) - last(0.01, 1.0)), rel=1e-10)  # the model is linear
    assert float(zero) == 0.0


@pytest.mark.parametrize("rs", [1e-3, 1.0, 1e3])
def test_a_voltage_clamp_drives_the_voltage_through_its_resistance(compartment, rs):
    compartment.insert(SEClamp())
    levels = {"dur1": 30.0, "amp1": -20.0, "dur2": 40.0, "amp2": 10.0}
    with_values(compartment, **{f"SEClamp_{key}": value for key, value in (levels | {"rs": rs}).items()})
    compartment.record("i_SEClamp", verbose=False)
    compartment.record("i_electrode", verbose=False)
    v, current, electrode = np.asarray(jx.integrate(compartment, t_max=100.0))
    for column, level in ((1200, -20.0), (2800, 10.0)):
        steady = (LEAK * -70.0 + level / rs) / (LEAK + 1 / rs)
        slowest = np.exp(-30.0 / (2 * np.pi * 10.0 * 1e-8 * 1e3 / (LEAK + 1 / rs)))  # C over all conductances [ms]
        assert v[column] == pytest.approx(steady, abs=1e-9 + 100 * slowest)
        assert electrode[column] == pytest.approx((level - v[column]) / rs, rel=1e-6)
    np.testing.assert_allclose(current[1:], electrode[1:], rtol=1e-9, atol=1e-12)
    assert (current[2802:] == 0.0).all()


def test_two_electrodes_of_one_kind_are_told_apart_by_name(compartment):
    compartment.insert(IClamp("A"))
    compartment.insert(IClamp("B"))
    with_values(compartment, A_dur=5.0, A_amp=0.01, B_delay=2.0, B_dur=1.0, B_amp=0.02)
    compartment.record("i_electrode", verbose=False)
    _, current = np.asarray(jx.integrate(compartment, t_max=5.0))
    np.testing.assert_allclose(current[[40, 100, 160]], [0.01, 0.03, 0.01], rtol=1e-12)


def test_a_voltage_that_is_held_needs_a_current(compartment):
    compartment.clamp("v", -60.0 * np.ones(400), verbose=False)
    compartment.record("i_electrode", verbose=False)
    v, current = np.asarray(jx.integrate(compartment, t_max=10.0))
    np.testing.assert_array_equal(v[1:], -60.0)
    np.testing.assert_allclose(current[2:], LEAK * 10.0, rtol=1e-9)


def test_the_time_goes_on_where_a_run_is_continued_in_float32(compartment):
    """1e5 additions of 0.025 in float32 alone are off by milliseconds."""
    compartment.insert(IClamp())
    with_values(compartment, IClamp_delay=2499.5, IClamp_dur=1.0, IClamp_amp=0.01)
    compartment.record("i_IClamp", verbose=False)
    with jax.enable_x64(False):
        _, states = jx.integrate(compartment, t_max=1250.0, return_states=True)
        current = np.asarray(jx.integrate(compartment, t_max=1252.0, all_states=states)[1])
    assert np.flatnonzero(current).tolist() == list(range(int(1249.5 / 0.025) + 1, int(1250.5 / 0.025) + 1))


def test_probes_are_recorded_and_nothing_else(compartment):
    with pytest.raises(UnknownNameError, match="i_membrane"):
        compartment.clamp("i_membrane", np.zeros(400))
    compartment.record("i_membrane", verbose=False)
    _, states = jx.integrate(compartment, t_max=1.0, return_states=True)
    assert states["i_membrane"].shape == (1,)


def test_an_electrode_needs_a_resistance(compartment):
    compartment.insert(SEClamp())
    with pytest.raises(ModelValueError, match=r"SEClamp_rs.*positive"):
        compartment.set("SEClamp_rs", 0.0)


def test_electrodes_are_saved_and_loaded(compartment, tmp_path):
    compartment.insert(SEClamp())
    with_values(compartment, SEClamp_dur1=2.0, SEClamp_amp1=-20.0)
    jx.save(compartment, tmp_path / "model.dendrax")
    back = jx.load(tmp_path / "model.dendrax")
    np.testing.assert_array_equal(jx.integrate(back, t_max=3.0), jx.integrate(compartment, t_max=3.0))


@pytest.mark.parametrize(
    ("solver", "clamped"),
    [
        ("bwd_euler", True),
        ("crank_nicolson", False),
        *(pytest.param(one, True, marks=pytest.mark.slow) for one in ("crank_nicolson", "fwd_euler", "exp_euler")),
        *(pytest.param(one, False, marks=pytest.mark.slow) for one in ("bwd_euler", "fwd_euler", "exp_euler")),
    ],
)
def test_what_leaves_through_the_membrane_is_what_electrodes_inject(solver, clamped):
    cell = jx.Cell([jx.Branch(ncomp=3)] * 3, parents=[-1, 0, 0])
    cell.set("axial_resistivity", 100.0)
    cell.set("length", 50.0)
    cell.insert(HH())
    soma, end = cell.branch(0).comp(0), cell.branch(2).comp(2)
    soma.stimulate(jx.step_current(1.0, 2.0, 0.5, 0.005, 5.0), verbose=False)
    end.insert(IClamp())
    with_values(end, IClamp_dur=3.0, IClamp_amp=-0.1)
    if clamped:
        cell.branch(1).comp(1).clamp("v", jnp.linspace(-70.0, -20.0, 1000), verbose=False)
    cell.record("i_membrane", verbose=False)
    cell.record("i_electrode", verbose=False)
    currents = np.asarray(jx.integrate(cell, t_max=5.0, delta_t=0.005, solver=solver))
    membrane, electrode = currents[:9], currents[9:]
    # C / dt times the rounding of a voltage, and as much of each current that meets in a compartment.
    size = np.abs(currents).max() + 50.0 * 2 * np.pi * 1e-5 / 0.005 * 100.0
    np.testing.assert_allclose(membrane.sum(0)[1:], electrode.sum(0)[1:], atol=100 * np.finfo(float).eps * 9 * size)
    assert electrode[0].max() == pytest.approx(0.5)
    assert np.abs(electrode[[1, 2, 3, 5, 6, 7]]).max() == 0.0


def test_both_electrodes_do_as_in_neuron():
    """HH in a sphere-like cylinder, clamped to two levels and then given a current; `golden/make_reference.py`."""
    comp = jx.Compartment()
    with_values(comp, length=10.0, radius=1.0, axial_resistivity=100.0, v=-65.0)
    for mechanism in (HH(), SEClamp(), IClamp()):
        comp.insert(mechanism)
    with_values(comp, SEClamp_rs=0.5, SEClamp_dur1=3.0, SEClamp_amp1=-70.0, SEClamp_dur2=5.0, SEClamp_amp2=-20.0)
    with_values(comp, IClamp_delay=10.0, IClamp_dur=2.0, IClamp_amp=0.05)
    comp.init_states()
    comp.record("v", verbose=False)
    comp.record("i_SEClamp", verbose=False)
    v, current = np.asarray(jx.integrate(comp, t_max=15.0))
    with np.load(Path(__file__).parent / "golden" / "neuron.npz") as theirs:
        np.testing.assert_allclose(v, theirs["v"], atol=1e-8)
        np.testing.assert_allclose(current[1:], theirs["i"][1:], atol=1e-8)
