"""Values in another unit than ours are said, once and with their place; those of published models are not."""

import re
import subprocess
import sys
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import dendrax as jx
from dendrax import channels, pumps, synapses
from dendrax.channels import HH, AdEx, Leak
from dendrax.errors import MagnitudeWarning
from dendrax.mechanisms.synapse import Synapse
from dendrax.mechanisms.units import unit_of
from dendrax.modules import Branch, Cell, Compartment, Network
from dendrax.morphology import sample
from dendrax.morphology.sample import SAMPLES
from dendrax.synapses import IonotropicSynapse

PLACE = r"compartment 2 \(branch 1, comp 0\)"


@pytest.fixture
def cell():
    made = Cell(Branch(Compartment(), 2), parents=[-1, 0])
    made.insert(Leak())
    made.insert(HH())
    made.record("v", verbose=False)
    return made


@pytest.mark.parametrize(
    ("key", "value", "unit"),
    [
        ("radius", 1e-6, "um"),  # in m
        ("radius", 1000.0, "um"),  # in nm
        ("length", 1e-5, "um"),
        ("length", 1e6, "um"),
        ("axial_resistivity", 1e6, r"ohm cm"),  # in ohm um
        ("axial_resistivity", 0.01, r"ohm cm"),
        ("capacitance", 1e-6, r"uF/cm\^2"),  # in F/cm^2
        ("capacitance", 1e4, r"uF/cm\^2"),
        ("temperature", 310.15, "celsius"),  # in K
        ("v", -0.07, "mV"),  # in V
        ("v", -7e4, "mV"),  # in uV
        ("HH_gNa", 120.0, r"S/cm\^2"),  # in mS/cm^2
        ("Leak_gLeak", 300.0, r"S/cm\^2"),
        ("length", 0.02, "um"),  # in cm
        ("axial_resistivity", 1.0, "ohm cm"),  # in ohm m
        ("capacitance", 0.01, r"uF/cm\^2"),  # in F/m^2
        ("capacitance", 100.0, r"uF/cm\^2"),
        ("HH_eNa", 0.05, "mV"),  # in V
        ("HH_eK", -0.077, "mV"),
        ("Leak_eLeak", -7e4, "mV"),
    ],
)
def test_a_value_in_another_unit_is_said_with_its_place(cell, key, value, unit):
    said = f"set({key!r}): {value:.6g}"
    with pytest.warns(MagnitudeWarning, match=rf"{re.escape(said)} in {PLACE} .* unit is {unit}\.") as caught:
        cell.branch(1).set(key, value)
    assert len(caught) == 1
    assert cell.branch(1).nodes[key].tolist() == [value] * 2  # a warning, no error


def test_one_warning_for_a_call_and_the_first_place():
    cell = Cell(Branch(Compartment(), 2), parents=[-1, 0])
    with pytest.warns(MagnitudeWarning, match=PLACE) as said:
        cell.set("radius", [1.0, 1.0, 1e-6, 1e-6])
    assert len(said) == 1


@pytest.mark.parametrize("verb", ["make_trainable", "data_set"])
def test_every_way_of_setting_says_so(cell, verb):
    more = {"verbose": False} if verb == "make_trainable" else {}
    with pytest.warns(MagnitudeWarning, match=rf"{verb}\('radius'\): 1e-06"):
        getattr(cell, verb)("radius", 1e-6, **more)


@pytest.mark.parametrize("verb", ["stimulate", "data_stimulate"])
def test_currents_in_pA_or_A_and_voltages_in_volts(cell, verb):
    for current in (-100.0, 1e-10):
        said = rf"{verb}: {abs(current):g} in {PLACE} is an unusual current; the unit is nA"
        with pytest.warns(MagnitudeWarning, match=said):
            getattr(cell.branch(1).comp(0), verb)(np.array([0.0, current]))
    verb = verb.replace("stimulate", "clamp")
    with pytest.warns(MagnitudeWarning, match=r"clamp\('v'\): -0.08 .* the unit is mV"):
        getattr(cell, verb)("v", np.array([-0.065, -0.08, 0.03]))


def mechanisms() -> list:
    """One of each that comes with the package."""
    return [
        getattr(package, name)(*(["Ca"] if name == "NernstReversal" else []))
        for package in (channels, pumps, synapses)
        for name in package.__all__
        if name not in ("Channel", "PointSynapse", "Pump", "Synapse")
    ]


def model_with(mechanism):
    """Two cells that have a mechanism, or a point process, or are joined by it; and its parameters and states."""
    net = Network([Cell()] * 2)
    if isinstance(mechanism, Synapse):
        jx.connect(net[0, 0, 0], net[1, 0, 0], mechanism)
        return net, mechanism.synapse_params | mechanism.synapse_states
    if mechanism.place == "point":
        net.place(mechanism)
        return net, mechanism.parameters | mechanism.states
    net.insert(mechanism)
    return net, mechanism.channel_params | mechanism.channel_states


THOUSAND = {"S/cm2": 1e6, "uS": 1e6, "mV": 1e-3, "cm/s": 1e4, "1/ms": 1e3, "nA": 1e6}
"""What a default is multiplied by where it is in another unit: uS/cm2, pS, V, um/s, 1/s, fA."""


@pytest.mark.parametrize("mechanism", mechanisms(), ids=lambda one: type(one).__name__)
def test_every_quantity_of_every_mechanism_has_a_default_that_is_usual_and_a_unit_that_is_checked(mechanism):
    net, values = model_with(mechanism)
    for key, default in values.items():
        net.set(key, default)
        net.set(key, 1.5 * default)
        unit = unit_of(mechanism, key)
        if unit == "mV" and abs(default) < 20:
            continue  # a slope or a width, of which any size is usual
        if unit in THOUSAND and default != 0:
            with pytest.warns(MagnitudeWarning, match=rf"set\({key!r}\)"):
                net.set(key, THOUSAND[unit] * default)


def test_sample_cells_are_usual():
    for name in SAMPLES:
        cell = sample(name, ncomp=2)
        for key in ("radius", "length"):
            cell.copy().data_set(key, cell.nodes[key].to_numpy(), None)


def test_a_capacitance_of_a_point_neuron_is_any():
    comp = Compartment()
    comp.insert(AdEx(surrogate_warning=False))
    comp.set("capacitance", 200.0)


def test_synapses():
    net = Network([Cell()] * 2)
    jx.connect(net.cell(0), net.cell(1), IonotropicSynapse())
    with pytest.warns(MagnitudeWarning, match=r"set\('IonotropicSynapse_gS'\): 100 in synapse 0 .* the unit is uS"):
        net.set("IonotropicSynapse_gS", 100.0)


@pytest.mark.parametrize(
    ("times", "says"),
    [
        ({"delta_t": 2.5e-5, "t_max": 1e-4}, "delta_t = 2.5e-05 is an unusual time step; the unit is ms"),  # in s
        ({"delta_t": 25.0, "t_max": 50.0}, "delta_t = 25 is an unusual time step"),  # in us
        ({"delta_t": 0.5, "t_max": 0.1}, "delta_t = 0.5 is longer than t_max = 0.1: there is a single step"),
    ],
)
def test_times_in_another_unit(cell, times, says):
    with pytest.warns(MagnitudeWarning, match=says) as said:
        jx.integrate(cell, **times)
    assert len(said) == 1


FLOAT32 = """
import warnings
import numpy as np
import jax
import dendrax as jx
from dendrax.channels import Leak
from dendrax.errors import MagnitudeWarning
from dendrax.integrate import build_init_and_step_fn
from dendrax.pumps import CaPump

warnings.simplefilter("ignore", MagnitudeWarning)
STEPS = 20000
START = {"v": np.array([-65.0]), "CaCon_i": np.array([2e-4])}
cell = jx.Cell()
cell.insert(Leak())
cell.insert(CaPump())
cell.record(verbose=False)

def change(dt, double):
    jax.config.update("jax_enable_x64", double)
    options = {"all_states": START, "return_states": True, "progress": False}
    end = jx.integrate(cell, t_max=STEPS * dt, delta_t=dt, **options)[1]
    kept = np.float64 if double else np.float32
    return {name: float(end[name][0]) - float(kept(START[name][0])) for name in START}

def losses(dt):
    exact, rounded = change(dt, True), change(dt, False)
    return [abs(rounded[name] / exact[name] - 1) for name in START]

def warns(run):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run()
    return any("float32" in str(one.message) and "float64" in str(one.message) for one in caught)

assert max(losses(2.5e-4)) < 0.01
assert min(losses(1e-5)) > 0.1
init = build_init_and_step_fn(cell)[0]
for double, dt, expected in ((False, 1.9e-4, True), (False, 1e-6, True), (False, 2.5e-4, False), (True, 1e-4, False)):
    jax.config.update("jax_enable_x64", double)
    assert warns(lambda: init(cell.get_parameters(), delta_t=dt)) == expected, (double, dt)
jax.config.update("jax_enable_x64", False)
assert warns(lambda: jx.integrate(cell, t_max=1e-5, delta_t=1e-5))
assert warns(lambda: jx.integrate_many(cell, t_max=1e-5, delta_t=1e-5, all_states=[START, START], progress=False))
"""


def test_steps_too_short_for_float32_are_said_at_every_door_and_no_others():
    """The loss of a voltage and of a concentration is measured; the warning is where it is."""
    subprocess.run([sys.executable, "-c", FLOAT32], check=True)


def test_published_models_are_not_asked():
    """The squid's giant axon under 10 uA/cm^2, myelin, an isopotential cell, a node of Ranvier, voltages of 1952."""
    squid = Cell(Branch(Compartment(), 2), parents=[-1])
    squid.insert(HH())
    for key, value in {"radius": 238.0, "length": 1e4, "axial_resistivity": 35.4, "v": 0.0, "temperature": 6.3}.items():
        squid.set(key, value)
    squid.comp(0).stimulate(np.full(9, 3000.0), verbose=False)
    for key, value in {"capacitance": 4e-4, "HH_gNa": 10.0, "axial_resistivity": 20.0, "radius": 0.05}.items():
        squid.comp(1).set(key, value)
    squid.set("v", [-0.05, 1.0])  # relative to rest


def test_nothing_is_asked_of_what_is_traced(cell):
    def last(radius, current):
        pstate = cell.data_set("radius", radius, None)
        stimuli = cell.branch(0).comp(0).data_stimulate(current * jnp.ones(4))
        return jx.integrate(cell, param_state=pstate, data_stimuli=stimuli)[0, -1]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program = jax.make_jaxpr(last)(1e-6, 1e6)
    assert "callback" not in str(program)
