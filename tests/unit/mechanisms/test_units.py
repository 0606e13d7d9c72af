"""Units of parameters and states stand in the docstrings, in a form that pictures can read."""

import inspect

import pytest

from dendrax import channels, pumps, synapses
from dendrax.channels import HH, Leak
from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.units import unit_of
from dendrax.synapses import IonotropicSynapse


def library():
    for folder in (channels, synapses, pumps):
        for name in folder.__all__:
            kind = getattr(folder, name)
            if (
                inspect.isclass(kind)
                and issubclass(kind, Mechanism)
                and kind.__module__ != f"dendrax.mechanisms.{kind.kind}"
                and kind not in (synapses.PointSynapse, synapses.DeltaSyn)  # without parameters
            ):
                yield name, kind


@pytest.mark.parametrize(("name", "kind"), list(library()))
def test_every_parameter_and_state_of_the_library_has_a_unit(name, kind):
    mechanism = kind()
    keys = [key for table in mechanism.tables for key in getattr(mechanism, table)]
    assert keys, "else nothing is tested"
    keys.append(getattr(mechanism, "current_name", f"i_{mechanism.name}"))
    assert [key for key in keys if not unit_of(mechanism, key)] == []


@pytest.mark.parametrize(
    ("mechanism", "key", "unit"),
    [
        (HH(), "HH_gK", "S/cm2"),
        (HH(), "HH_eK", "mV"),
        (HH("fast"), "fast_h", "1"),
        (channels.K(), "eK", "mV"),
        (channels.K("slow"), "slow_gK", "S/cm2"),
        (IonotropicSynapse(), "IonotropicSynapse_gS", "uS"),
        (pumps.CaPump(), "CaCon_i", "mM"),
        (pumps.CaPump(), "i_CaPump", "mM/ms"),
        (pumps.FaradayConcentrationChange("Na"), "NaCon_i", "mM"),
        (pumps.NernstReversal("K"), "eK", "mV"),
        (HH(), "i_HH", "mA/cm2"),
        (IonotropicSynapse("fast"), "i_fast", "nA"),
        (Leak(), "gLeakage", None),
    ],
)
def test_units(mechanism, key, unit):
    assert unit_of(mechanism, key) == unit


def test_a_mechanism_that_says_nothing_has_no_units():
    class Silent(Channel):
        current_is_in_mA_per_cm2 = True

    assert unit_of(Silent(), "Silent_g") is None
