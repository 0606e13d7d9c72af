"""Concentration of any ion, changed by the charge that its own currents carry (Faraday's law of electrolysis)."""

from typing import ClassVar

from dendrax.mechanisms.constants import FARADAY
from dendrax.mechanisms.ions import ion_named, molarity_change
from dendrax.mechanisms.pump import Pump
from dendrax.mechanisms.value import Value, Values


class FaradayConcentrationChange(Pump):
    """Concentration of an ion inside the whole compartment, changed by the currents of this ion.

    For an ion X of valence z, with its current i_X of the previous step [mA/cm2] and radius r [um]:

        d(XCon_i)/dt = -1e4 i_X (2 / r) / (z F)    [mM/ms]

    where 2 / r is area over volume of a cylinder. i_XCurrent is minus the right-hand side.

    States: i_X 1e-8 [mA/cm2], read; XCon_i, of `conc_in` [mM]. No parameters.

    Args:
        ion: Name X of the ion, as in the keys of its concentration and current.
        valence: Its charge [elementary charges]; known for Ca, Na, K, Cl, Mg, H and HCO3.
        conc_in: Concentration that the model starts from [mM]; known for the same.
        name: "XFaradayConcentrationChange" by default.

    Raises:
        ModelValueError: The ion is not known by name and something is not given, the valence is 0, or the
            concentration is not positive.

    Example:
        ```python
        cell.insert(Na())  # i_Na
        cell.insert(FaradayConcentrationChange("Na"))
        cell.record("NaCon_i")
        ```

    References:
        Faraday M (1834). Experimental researches in electricity, seventh series. Philosophical Transactions of the
        Royal Society of London 124:77-122; Sterratt D, Graham B, Gillies A, Einevoll G, Willshaw D (2023). Principles
        of Computational Modelling in Neuroscience, 2nd ed.
    """

    faraday: ClassVar[float] = FARADAY

    def __init__(
        self, ion: str = "Ca", valence: int | None = None, conc_in: float | None = None, name: str | None = None
    ) -> None:
        super().__init__(f"{ion}FaradayConcentrationChange" if name is None else name)
        kind = ion_named(ion, valence, conc_in, conc_out=1.0)  # what is outside does not matter here
        self.valence = kind.valence
        self.membrane_current = f"i_{ion}"
        self.ion_name = f"{ion}Con_i"
        self.current_name = f"i_{ion}Current"
        self.channel_params = {}
        self.channel_states = {
            self.membrane_current: 1e-8,  # mA/cm2
            self.ion_name: kind.conc_in,  # mM
        }

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Nothing but the concentration changes, and that by the current below."""
        del states, dt, v, params
        return {}

    def compute_current(self, states: Values, ion_conc: Value, params: Values) -> Value:
        """Minus the rate of change of the concentration [mM/ms], whatever `ion_conc` is."""
        del ion_conc
        return molarity_change(states[self.membrane_current], self.valence, params["radius"], self.faraday)
