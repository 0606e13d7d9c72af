"""Electrodiffusion: reversal potentials, currents and concentrations of ions, for any valence and temperature.

Concentrations are in mM, potentials in mV, current densities in mA/cm2 and outward.
"""

from typing import NamedTuple

import jax.numpy as jnp

from dendrax.errors import ModelValueError
from dendrax.mechanisms.constants import FARADAY, GAS_CONSTANT, ZERO_CELSIUS
from dendrax.mechanisms.rates import x_over_expm1
from dendrax.mechanisms.value import Value

MILLIVOLT_PER_KELVIN = 1e3 * GAS_CONSTANT / FARADAY
"""R / F [mV/K]: what a potential of one thermal energy per elementary charge grows with temperature."""

# 1 cm/s * 1 C/mol * 1 mM = 1 cm/s * 1e-6 C/cm3 = 1e-6 A/cm2.
MILLIAMPERE_PER_FLUX = 1e-3
"""mA/cm2 per (cm/s * C/mol * mM)."""

# 1 mA/cm2 / (1 um * 1 C/mol) = 1e-3 C/(s cm2) / (1e-4 cm * 1 C/mol) = 10 mol/(s cm3) = 1e4 mol/(s l) = 1e4 mM/ms.
MILLIMOLAR_PER_DENSITY = 1e4
"""mM/ms per (mA/cm2 / (um * C/mol))."""


class Ion(NamedTuple):
    """An ion, and the concentrations that a model of it starts from.

    Attributes:
        valence: Charge [elementary charges].
        conc_in: Concentration inside the cell [mM].
        conc_out: Concentration outside [mM].
    """

    valence: int
    conc_in: float
    conc_out: float


IONS = {
    "Ca": Ion(2, 5e-5, 2.0),  # as the reference has it
    "Na": Ion(1, 12.0, 145.0),
    "K": Ion(1, 155.0, 4.0),
    "Cl": Ion(-1, 4.2, 123.0),
    "Mg": Ion(2, 0.5, 0.8),
    "H": Ion(1, 1e-4, 4e-5),
    "HCO3": Ion(-1, 8.0, 27.0),
}
"""Ions known by name. Concentrations of mammalian muscle: Hille B (2001). Ion Channels of Excitable Membranes, 3rd ed.,
Sinauer, table 1.3; but calcium as in Destexhe A, Mainen ZF, Sejnowski TJ (1994). Synthesis of models for excitable
membranes, synaptic transmission and neuromodulation using a common kinetic formalism. Journal of Computational
Neuroscience 1:195-230."""


def ion_named(
    name: str, valence: int | None = None, conc_in: float | None = None, conc_out: float | None = None
) -> Ion:
    """An ion with what was given, and for the rest what is known by its name.

    Args:
        name: Name as in its keys: "Ca" of CaCon_i, eCa and i_Ca.
        valence: Charge, not 0; that of the table by default [elementary charges].
        conc_in: Concentration inside, positive; that of the table by default [mM].
        conc_out: Concentration outside, positive; that of the table by default [mM].

    Returns:
        The ion.

    Raises:
        ModelValueError: The valence is 0 or not whole, a concentration is not positive, or something is not given
            of an ion that the table does not have.

    Example:
        ```python
        ion_named("K", conc_out=8.0)  # Ion(valence=1, conc_in=155.0, conc_out=8.0)
        ```
    """
    if (known := IONS.get(name)) is not None:
        valence = known.valence if valence is None else valence
        conc_in = known.conc_in if conc_in is None else conc_in
        conc_out = known.conc_out if conc_out is None else conc_out
    if valence is None or conc_in is None or conc_out is None:
        given = {"valence": valence, "conc_in": conc_in, "conc_out": conc_out}
        missing = [key for key, value in given.items() if value is None]
        raise ModelValueError(
            f"The ion {name!r} is not known by name (known are {', '.join(IONS)}): give its {' and '.join(missing)}."
        )
    ion = Ion(valence, conc_in, conc_out)
    if ion.valence == 0 or ion.valence != int(ion.valence):
        raise ModelValueError(f"The valence of {name!r} is {ion.valence!r}; expected a whole number other than 0.")
    if not (0 < ion.conc_in < float("inf") and 0 < ion.conc_out < float("inf")):
        raise ModelValueError(
            f"The concentrations of {name!r} are {ion.conc_in!r} mM inside and {ion.conc_out!r} mM outside; "
            f"expected positive numbers."
        )
    return ion


def thermal_voltage(temperature: Value, millivolt_per_kelvin: float = MILLIVOLT_PER_KELVIN) -> Value:
    """Thermal energy per elementary charge, R T / F.

    Args:
        temperature: Temperature [celsius].
        millivolt_per_kelvin: R / F, for models that were published with rounded constants [mV/K].

    Returns:
        R T / F [mV].

    Example:
        ```python
        thermal_voltage(20.0)  # 25.26
        ```
    """
    return millivolt_per_kelvin * (temperature + ZERO_CELSIUS)


def nernst_potential(
    conc_in: Value,
    conc_out: Value,
    valence: Value,
    temperature: Value,
    millivolt_per_kelvin: float = MILLIVOLT_PER_KELVIN,
) -> Value:
    """Voltage at which no net current of an ion flows: R T / (z F) ln(conc_out / conc_in).

    Args:
        conc_in: Concentration inside the cell, positive [mM].
        conc_out: Concentration outside, positive [mM].
        valence: Charge z of the ion, not 0 [elementary charges].
        temperature: Temperature [celsius].
        millivolt_per_kelvin: R / F, for models that were published with rounded constants [mV/K].

    Returns:
        Reversal potential [mV].

    Example:
        ```python
        nernst_potential(400.0, 20.0, 1, 20.0)  # -75.7, potassium of the squid axon
        ```

    References:
        Nernst W (1889). Die elektromotorische Wirksamkeit der Jonen. Zeitschrift fuer physikalische Chemie 4:129-181;
        Johnston D, Wu SM (1995). Foundations of Cellular Neurophysiology, MIT Press, eq. 2.6.4 and table 2.1.
    """
    # A difference of logarithms: the quotient of a trace and a bath would lose the smallest floats.
    return thermal_voltage(temperature, millivolt_per_kelvin) / valence * (jnp.log(conc_out) - jnp.log(conc_in))


def ghk_current(
    permeability: Value, v: Value, conc_in: Value, conc_out: Value, valence: Value, temperature: Value
) -> Value:
    """Current of an ion through a membrane of constant field (Goldman, Hodgkin and Katz).

    With u = z F v / (R T),

        i = P z F u (conc_in - conc_out exp(-u)) / (1 - exp(-u))
          = P z F (conc_in x(-u) - conc_out x(u)),   x(u) = u / (exp(u) - 1),

    of which the second form is finite with all its derivatives at v = 0. The current reverses at the Nernst potential;
    with equal concentrations c it is the Ohmic P z^2 F^2 c v / (R T); far from 0 it is that of the ions on one side.

    Args:
        permeability: Permeability P of the open membrane [cm/s].
        v: Voltage [mV].
        conc_in: Concentration inside the cell [mM].
        conc_out: Concentration outside [mM].
        valence: Charge z of the ion [elementary charges].
        temperature: Temperature [celsius].

    Returns:
        Outward current [mA/cm2].

    Example:
        ```python
        ghk_current(1e-4, -70.0, 5e-5, 2.0, 2, 36.0)  # -0.20, calcium
        ```

    References:
        Goldman DE (1943). Potential, impedance, and rectification in membranes. Journal of General Physiology
        27:37-60; Hodgkin AL, Katz B (1949). The effect of sodium ions on the electrical activity of the giant axon of
        the squid. Journal of Physiology 108:37-77, appendix; Hille B (2001). Ion Channels of Excitable Membranes, 3rd
        ed., Sinauer, eq. 14.5.
    """
    u = valence * v / thermal_voltage(temperature)
    inside, outside = conc_in * x_over_expm1(-u), conc_out * x_over_expm1(u)
    return MILLIAMPERE_PER_FLUX * FARADAY * permeability * valence * (inside - outside)


def molarity_change(current: Value, valence: Value, radius: Value, faraday: float = FARADAY) -> Value:
    """Rate at which a current carries ions out of a cylinder, per volume: current (2 / radius) / (z F).

    2 / radius is area over volume of a cylinder without its ends.

    Args:
        current: Outward current of the ion [mA/cm2].
        valence: Charge z of the ion [elementary charges].
        radius: Radius of the compartment [um].
        faraday: Faraday's constant, for models that were published with a rounded one [C/mol].

    Returns:
        Minus the change of the concentration inside [mM/ms].

    Example:
        ```python
        molarity_change(-1e-3, 2, 1.0)  # -1.04e-4: the concentration rises
        ```
    """
    return current * 2.0 / radius * MILLIMOLAR_PER_DENSITY / (faraday * valence)
