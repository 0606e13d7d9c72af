"""Concentrations, the potentials that follow them and the currents that follow those, in whole simulations."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax.channels import CaL, CaTGHK, K, Leak, Na
from dendrax.mechanisms.constants import FARADAY
from dendrax.mechanisms.ions import nernst_potential
from dendrax.pumps import CaNernstReversal, CaPump, FaradayConcentrationChange, NernstReversal


def run(module, *names, t_max=10.0, **options):
    """Record states of a module and integrate."""
    for name in names:
        module.record(name, verbose=False)
    return np.asarray(jx.integrate(module, t_max=t_max, delta_t=0.025, **options))


def potassium(temperature=6.3, **settings):
    """A cable with a potassium current; in comps 1 and 3 its reversal follows the concentrations."""
    cable = jx.Branch(jx.Compartment(), ncomp=5)
    cable.insert(Leak())
    cable.insert(K())
    cable.set("temperature", temperature)
    for comp in (1, 3):
        cable.comp(comp).insert(NernstReversal("K", **settings))
    return cable


@pytest.mark.filterwarnings("ignore::dendrax.errors.MagnitudeWarning")
def test_a_channel_follows_the_potential_where_the_pump_is_and_its_parameter_elsewhere():
    cable = potassium(temperature=30.0, conc_out=8.0)
    cable.set("axial_resistivity", 1e14)  # five compartments on their own
    cable.set("vt", -100.0)  # open at rest
    cable.set("v", -75.0)
    v = run(cable, "v", t_max=400.0)[:, -1]
    np.testing.assert_allclose(v[[0, 2, 4]], v[0], atol=1e-9)
    np.testing.assert_allclose(v[[1, 3]], v[1], atol=1e-9)
    assert v[1] - v[0] > 4.0
    reversal = float(nernst_potential(155.0, 8.0, 1, 30.0))
    assert reversal == pytest.approx(-77.4, abs=0.1)

    # At rest the two currents cancel, the open fraction n^4 being the same function of the voltage.
    for at, eK in ((v[0], -90.0), (v[1], reversal)):
        n = float(K().init_state({}, at, {"vt": -100.0}, 0.025)["K_n"])
        assert 0.005 * n**4 * (at - eK) == pytest.approx(-1e-4 * (at + 70.0), rel=1e-6)


def test_init_states_and_the_run_read_the_temperature_of_each_compartment():
    cable = jx.Branch(jx.Compartment(), ncomp=3)
    for mechanism in (NernstReversal("K"), CaNernstReversal()):
        cable.insert(mechanism)
    for comp, temperature in enumerate((6.3, 20.0, 37.0)):
        cable.comp(comp).set("temperature", temperature)
    cable.init_states()
    expected = [float(nernst_potential(155.0, 4.0, 1, temperature)) for temperature in (6.3, 20.0, 37.0)]
    np.testing.assert_allclose(cable.nodes["eK"], expected, rtol=1e-12)
    got = run(cable, "eK", "eCa", t_max=0.1)
    np.testing.assert_allclose(got[:3], np.tile(expected, (got.shape[1], 1)).T, rtol=1e-12)
    calcium = [127.58241049 * (temperature + 273.15) / 279.45 for temperature in (6.3, 20.0, 37.0)]
    np.testing.assert_allclose(got[3:, 1:], np.tile(calcium, (got.shape[1] - 1, 1)).T, rtol=1e-9)


def test_sodium_that_enters_is_the_charge_that_crossed_the_membrane(holds: Callable):
    """The concentration rises by the integral of i_Na 2 / (r F); currents act one step later, as in the reference."""
    comp = jx.Compartment()
    for mechanism in (Leak(), Na(), K(), FaradayConcentrationChange("Na"), NernstReversal("Na")):
        comp.insert(mechanism)
    comp.set("length", 20.0)
    comp.set("radius", 5.0)
    comp.stimulate(jx.step_current(1.0, 8.0, 0.5, 0.025, 10.0), verbose=False)
    v, i, conc, reversal = run(comp, "v", "i_Na", "NaCon_i", "eNa")
    assert v.max() > 0.0  # it fired
    gained = -1e4 * 0.025 * np.cumsum(i[:-1]) * 2 / 5.0 / FARADAY
    off = np.max(np.abs(conc[1:] - 12.0 - gained)) / np.max(np.abs(gained))
    holds(6, "sodium that enters against the charge that crossed, relative", off, at_most=1e-9)
    np.testing.assert_allclose(reversal[1:], nernst_potential(conc[:-1], 145.0, 1, 6.3), rtol=1e-12)


@pytest.mark.slow
def test_gradients_through_concentrations_are_those_of_differences(holds: Callable):
    comp = jx.Compartment()
    for mechanism in (Leak(), CaL(), CaTGHK(), K(), CaPump(), NernstReversal("Ca"), NernstReversal("K")):
        comp.insert(mechanism)
    comp.set("v", -45.0)
    comp.set("temperature", 24.0)
    comp.set("CaL_gCaL", 1e-3)
    comp.record("v", verbose=False)
    comp.record("CaCon_i", verbose=False)
    for key in ("CaPump_gamma", "CaTGHK_pbar", "temperature", "KCon_e"):
        comp.make_trainable(key, verbose=False)
    params, weights = comp.get_parameters(), jnp.asarray([1.0, 1e4])
    keys = [next(iter(entry)) for entry in params]

    @jax.jit
    def loss(scale):
        scaled = [{key: entry[key] * by} for key, entry, by in zip(keys, params, scale, strict=True)]
        return (weights @ jx.integrate(comp, params=scaled, t_max=5.0) ** 2).mean()

    one, h = jnp.ones(len(params)), 1e-5
    gradient = jax.jit(jax.grad(loss))(one)
    differences = [(loss(one.at[k].add(h)) - loss(one.at[k].add(-h))) / (2 * h) for k in range(len(params))]
    assert np.abs(gradient).min() > 0.0
    off = np.max(np.abs(np.asarray(gradient) / np.asarray(differences) - 1.0))
    holds(4, "against differences: pumps, permeability, temperature, concentration", off, at_most=1e-6)
