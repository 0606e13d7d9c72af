"""Calcium changed by the charge that calcium currents carry, with the names and numbers of the reference."""

from typing import ClassVar

from dendrax.mechanisms.ions import molarity_change
from dendrax.mechanisms.value import Value
from dendrax.pumps.faraday import FaradayConcentrationChange

FARADAY = 96485.3329
"""As the reference rounds it [C/mol]; 8e-9 of it above the CODATA value."""


class CaFaradayConcentrationChange(FaradayConcentrationChange):
    """Calcium concentration inside the whole compartment, changed by calcium currents.

    With the calcium current i_Ca of the previous step [mA/cm2], radius r [um] and F = 96485.3329 C/mol:

        d(CaCon_i)/dt = -1e4 i_Ca (2 / r) / (2 F)    [mM/ms]

    i_CaCurrent is minus the right-hand side. States: i_Ca 1e-8 [mA/cm2], read; CaCon_i 5e-5 [mM]. No parameters.

    Args:
        name: "CaFaradayConcentrationChange" by default.

    Example:
        ```python
        cell.insert(CaL())
        cell.insert(CaFaradayConcentrationChange())
        cell.record("CaCon_i")
        ```

    References:
        Sterratt D, Graham B, Gillies A, Einevoll G, Willshaw D (2023). Principles of Computational Modelling in
        Neuroscience, 2nd ed.
    """

    faraday: ClassVar[float] = FARADAY

    def __init__(self, name: str | None = None) -> None:
        super().__init__("Ca", name=name)


def convert_current_to_molarity_change(current: Value, valence: Value, radius: Value) -> Value:
    """Rate at which a current carries ions out of a cylinder, per volume: current (2 / radius) / (z F).

    Args:
        current: Outward current of the ion [mA/cm2].
        valence: Charge z of the ion [elementary charges].
        radius: Radius of the compartment [um].

    Returns:
        Minus the change of the concentration inside [mM/ms], with F = 96485.3329 C/mol as in the reference.

    Example:
        ```python
        convert_current_to_molarity_change(1e-3, 2, 2.0)  # 5.18e-5
        ```
    """
    return molarity_change(current, valence, radius, FARADAY)
