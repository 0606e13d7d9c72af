"""Reversal potential of calcium, with the names and numbers of the reference."""

from typing import ClassVar

from dendrax.mechanisms.value import Value, Values
from dendrax.pumps.nernst import NernstReversal


class CaNernstReversal(NernstReversal):
    """Reversal potential of calcium, which follows its concentrations on both sides of the membrane.

    At the temperature T of the compartment, with the reference's R = 8.314 J/(mol K) and F = 96485.3329 C/mol:

        eCa = R T / (2 F) ln(CaCon_e / CaCon_i)    [mV]

    States: eCa 0 [mV]; CaCon_i 5e-5, CaCon_e 2 [mM]. No parameters, but `temperature` of the compartment counts: 6.3
    celsius by default, the 279.45 K of the reference. As there, `init_states` leaves eCa alone, which the first step
    sets; and only channels that have eCa as a state follow it, while those that have it as a parameter (CaL, CaT) keep
    theirs. Use `NernstReversal("Ca")` for both to be otherwise.

    Args:
        name: "CaNernstReversal" by default.

    Example:
        ```python
        cell.insert(CaPump())
        cell.insert(CaNernstReversal())
        cell.record("eCa")
        ```

    References:
        Nernst W (1889). Die elektromotorische Wirksamkeit der Jonen. Zeitschrift fuer physikalische Chemie 4:129-181.
    """

    millivolt_per_kelvin: ClassVar[float] = 1e3 * 8.314 / 96485.3329

    def __init__(self, name: str | None = None) -> None:
        super().__init__("Ca", name=name)
        self.channel_states = {"eCa": 0.0, "CaCon_i": 5e-5, "CaCon_e": 2.0}  # mV, mM, mM
        self.drives = ()

    def init_state(self, states: Values, v: Value, params: Values, delta_t: Value) -> Values:
        """Nothing, as in the reference."""
        del states, v, params, delta_t
        return {}
