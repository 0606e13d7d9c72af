"""Nernst potentials against published tables, the constant-field current against its limits."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dendrax.errors import ModelValueError
from dendrax.mechanisms.constants import FARADAY, GAS_CONSTANT
from dendrax.mechanisms.ions import (
    IONS,
    Ion,
    ghk_current,
    ion_named,
    molarity_change,
    nernst_potential,
    thermal_voltage,
)
from dendrax.mechanisms.temperature import q10_factor, temperature_of

# Johnston and Wu (1995), table 2.1: squid axon of Hodgkin (1964) at 20 C, frog muscle of Conway (1957) at room
# temperature, a typical mammalian cell at 37 C. Concentrations inside and outside [mM], potential [mV].
JOHNSTON_AND_WU = [
    ("squid K", 400.0, 20.0, 1, 20.0, -75.5),
    ("squid Na", 50.0, 440.0, 1, 20.0, 54.8),
    ("squid Cl", 40.0, 560.0, -1, 20.0, -66.5),
    ("frog K", 124.0, 2.25, 1, 20.0, -101.0),
    ("frog Na", 10.4, 109.0, 1, 20.0, 59.2),
    ("mammal K", 140.0, 5.0, 1, 37.0, -89.7),
    ("mammal Na", 15.0, 145.0, 1, 37.0, 61.1),
    ("mammal Cl", 4.0, 110.0, -1, 37.0, -89.2),
]

# Hille (2001), table 1.3: mammalian skeletal muscle at 37 C.
HILLE = {"Na": 67.0, "K": -98.0, "Mg": 6.0, "H": -24.0, "Cl": -90.0, "HCO3": -32.0}


@pytest.mark.parametrize(("what", "inside", "outside", "valence", "temperature", "expected"), JOHNSTON_AND_WU)
def test_published_potentials(what, inside, outside, valence, temperature, expected):
    # The table computes with 58 and 62 mV per decade, which are rounded by 0.8 per cent at most.
    assert float(nernst_potential(inside, outside, valence, temperature)) == pytest.approx(expected, rel=8e-3)


@pytest.mark.parametrize("name", list(HILLE))
def test_ions_known_by_name_are_those_of_mammalian_muscle(name):
    ion = IONS[name]
    potential = nernst_potential(ion.conc_in, ion.conc_out, ion.valence, 37.0)
    assert float(potential) == pytest.approx(HILLE[name], abs=0.61)  # the table is rounded to 1 mV


def test_thermal_voltage():
    """k T / e, with Boltzmann's constant of 8.617333262e-5 eV/K (CODATA 2018)."""
    assert thermal_voltage(20.0) == pytest.approx(8.617333262e-2 * 293.15, rel=1e-9)
    assert nernst_potential(1.0, jnp.e, 1, 20.0) == pytest.approx(thermal_voltage(20.0), rel=1e-15)
    assert nernst_potential(1.0, jnp.e, -2, 20.0) == pytest.approx(-thermal_voltage(20.0) / 2, rel=1e-15)


GRID = [(5e-5, 2.0, 2, 36.0), (140.0, 5.0, 1, 37.0), (4.0, 110.0, -1, 6.3), (3.0, 3.0, 2, 20.0)]
every_membrane = pytest.mark.parametrize("membrane", GRID)


@every_membrane
def test_the_current_is_the_published_equation(membrane):
    inside, outside, z, celsius = membrane
    v = np.linspace(-149.0, 150.0, 300) + 0.013
    u = z * FARADAY * 1e-3 * v / (GAS_CONSTANT * (celsius + 273.15))
    # As Hodgkin and Katz write it, in A/m2 (P in m/s, c in mol/m3); 1 A/m2 is 0.1 mA/cm2.
    squared = 1e-6 * z**2 * FARADAY**2 * 1e-3 * v / (GAS_CONSTANT * (celsius + 273.15))
    expected = 0.1 * squared * (inside - outside * np.exp(-u)) / (1 - np.exp(-u))
    current = ghk_current(1e-4, jnp.asarray(v), inside, outside, z, celsius)
    np.testing.assert_allclose(current, expected, rtol=1e-11, atol=1e-13)


@every_membrane
def test_the_current_reverses_at_the_nernst_potential(membrane):
    inside, outside, z, celsius = membrane
    reversal = nernst_potential(inside, outside, z, celsius)
    current = functools.partial(ghk_current, 1e-4, conc_in=inside, conc_out=outside, valence=z, temperature=celsius)
    scale = 1e-7 * FARADAY * max(inside, outside)
    assert abs(float(current(v=reversal))) < 1e-14 * scale
    below, above = (float(current(v=reversal + shift)) for shift in (-1.0, 1.0))
    assert below < 0.0 < above  # outward is above the reversal for either sign of charge


def test_equal_concentrations_make_it_ohmic():
    v = jnp.linspace(-150.0, 150.0, 301)
    conductance = 1e-4 * 4 * FARADAY**2 * 3.0 / (GAS_CONSTANT * 293.15) * 1e-6  # P z^2 F^2 c / (R T), c in mM [S/cm2]
    np.testing.assert_allclose(ghk_current(1e-4, v, 3.0, 3.0, 2, 20.0), conductance * v, rtol=1e-12, atol=1e-15)


def test_far_from_rest_one_side_carries_the_current():
    """The slope tends to P z^2 F^2 c / (R T) of the side that the ions come from, and so does the current."""
    unit = 1e-4 * FARADAY / thermal_voltage(20.0) * 1e-3  # S/cm2 per mM
    assert float(ghk_current(1e-4, 2000.0, 140.0, 5.0, 1, 20.0)) == pytest.approx(unit * 140.0 * 2000.0, rel=1e-12)
    assert float(ghk_current(1e-4, -2000.0, 140.0, 5.0, 1, 20.0)) == pytest.approx(-unit * 5.0 * 2000.0, rel=1e-12)


@every_membrane
@pytest.mark.parametrize("dtype", [jnp.float32, pytest.param(jnp.float64, marks=pytest.mark.slow)])
def test_the_current_is_finite_with_its_derivatives(membrane, dtype):
    inside, outside, z, celsius = (jnp.asarray(value, dtype) for value in membrane)
    v = jnp.asarray([0.0, -0.0, 1e-30, 1e-9, -1e-9, 1e-3, -1e-3, -70.0, 30.0, -150.0, 150.0, -1000.0, 1000.0], dtype)

    def current(v, inside, outside, celsius):
        return ghk_current(jnp.asarray(1e-4, dtype), v, inside, outside, z, celsius)

    every = (0, 1, 2, 3)
    for function in (current, jax.grad(current, every), jax.hessian(current, every)):
        for leaf in jax.tree.leaves(jax.vmap(function, (0, None, None, None))(v, inside, outside, celsius)):
            assert leaf.dtype == dtype
            assert np.isfinite(np.asarray(leaf)).all()


def test_value_slope_and_curvature_at_zero():
    """With a = F z / (R T): i = P z F ((ci - co) + (ci + co) a v / 2 + (ci - co) a^2 v^2 / 12 + ...)."""
    inside, outside, z = 7.0, 2.0, 2
    a, unit = z / thermal_voltage(20.0), 1e-4 * z * FARADAY * 1e-3
    current = functools.partial(ghk_current, 1e-4, conc_in=inside, conc_out=outside, valence=z, temperature=20.0)
    slope = jax.grad(lambda v: current(v=v))
    assert float(current(v=0.0)) == pytest.approx(unit * (inside - outside), rel=1e-15)
    assert float(slope(0.0)) == pytest.approx(unit * (inside + outside) * a / 2, rel=1e-14)
    assert float(jax.grad(slope)(0.0)) == pytest.approx(unit * (inside - outside) * a**2 / 6, rel=1e-14)


def test_molarity_change_is_charge_over_volume():
    """1 mA/cm2 of sodium into a cylinder of 1 um radius and 10 um length for 1 ms."""
    area, volume = 2 * np.pi * 1e-6 * 10e-6, np.pi * 1e-12 * 10e-6  # m2, m3
    moles = 10.0 * area * 1e-3 / 96485.33212  # 1 mA/cm2 = 10 A/m2
    assert molarity_change(-1.0, 1, 1.0) == pytest.approx(-moles / volume, rel=1e-10)  # mol/m3 = mM
    assert molarity_change(-1.0, -1, 1.0) == pytest.approx(moles / volume, rel=1e-10)


def test_q10():
    assert q10_factor(3.0, 16.3, 6.3) == pytest.approx(3.0, rel=1e-15)
    assert q10_factor(3.0, 6.3, 16.3) == pytest.approx(1 / 3, rel=1e-15)
    np.testing.assert_allclose(q10_factor(2.0, jnp.asarray([24.0, 34.0, 44.0]), 24.0), [1.0, 2.0, 4.0], rtol=1e-15)
    assert temperature_of({}) == 6.3
    assert temperature_of({"temperature": 36.0}) == 36.0


def test_ions_by_name_and_by_hand():
    assert ion_named("K") == IONS["K"]
    assert ion_named("K", conc_out=8.0) == Ion(1, 155.0, 8.0)
    assert ion_named("Li", 1, 5.0, 150.0) == Ion(1, 5.0, 150.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "Li"}, "'Li' is not known by name .*Ca, Na, K.* give its valence and conc_in and conc_out"),
        ({"name": "Li", "valence": 1, "conc_in": 1.0}, r"give its conc_out\."),
        ({"name": "K", "valence": 0}, "valence of 'K' is 0"),
        ({"name": "K", "conc_in": 0.0}, "0.0 mM inside"),
        ({"name": "K", "conc_out": float("nan")}, "nan mM outside"),
    ],
)
def test_an_ion_that_cannot_be_is_refused(arguments, message):
    with pytest.raises(ModelValueError, match=message):
        ion_named(**arguments)
