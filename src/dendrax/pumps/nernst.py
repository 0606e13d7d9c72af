"""Reversal potential of any ion, from its concentrations and the temperature."""

import math
from typing import ClassVar

from dendrax.mechanisms.constants import DEFAULT_TEMPERATURE
from dendrax.mechanisms.ions import MILLIVOLT_PER_KELVIN, ion_named, nernst_potential, thermal_voltage
from dendrax.mechanisms.pump import Pump
from dendrax.mechanisms.temperature import temperature_of
from dendrax.mechanisms.value import Value, Values


class NernstReversal(Pump):
    """Reversal potential of an ion, which follows its concentrations on both sides of the membrane.

    For an ion X of valence z at the temperature T of the compartment:

        eX = R T / (z F) ln(XCon_e / XCon_i)    [mV]

    It changes no concentration: other pumps do, or clamps. Channels with a parameter eX follow it where it is inserted,
    and so do those that have eX as a state.

    States: XCon_i and XCon_e, of `conc_in` and `conc_out` [mM]; eX [mV], their potential at 6.3 celsius. No parameters,
    but `temperature` of the compartment [celsius] counts.

    Args:
        ion: Name X of the ion, as in the keys of its concentrations and potential.
        valence: Its charge [elementary charges]; known for Ca, Na, K, Cl, Mg, H and HCO3.
        conc_in: Concentration inside that the model starts from [mM]; known for the same.
        conc_out: Concentration outside [mM]; known for the same.
        name: "XNernstReversal" by default.

    Raises:
        ModelValueError: The ion is not known by name and something is not given, the valence is 0, or a concentration
            is not positive.

    Example:
        ```python
        cell.insert(K())  # has a parameter eK
        cell.insert(NernstReversal("K", conc_out=8.0))
        cell.set("temperature", 36.0)
        cell.record("eK")
        ```

    References:
        Nernst W (1889). Die elektromotorische Wirksamkeit der Jonen. Zeitschrift fuer physikalische Chemie 4:129-181;
        concentrations: Hille B (2001). Ion Channels of Excitable Membranes, 3rd ed., Sinauer.
    """

    millivolt_per_kelvin: ClassVar[float] = MILLIVOLT_PER_KELVIN

    def __init__(
        self,
        ion: str = "Ca",
        valence: int | None = None,
        conc_in: float | None = None,
        conc_out: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(f"{ion}NernstReversal" if name is None else name)
        kind = ion_named(ion, valence, conc_in, conc_out)
        self.valence = kind.valence
        self.ion_name, self.outside, self.reversal = f"{ion}Con_i", f"{ion}Con_e", f"e{ion}"
        self.current_name = f"i_{ion}"
        self.drives = (self.reversal,)
        self.channel_params = {}
        self.channel_states = {self.ion_name: kind.conc_in, self.outside: kind.conc_out}  # mM
        # With math, because building a model must not touch a device.
        ratio = math.log(kind.conc_out / kind.conc_in)
        self.channel_states[self.reversal] = thermal_voltage(DEFAULT_TEMPERATURE) / kind.valence * ratio  # mV

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """The reversal potential [mV] of the concentrations in `states` [mM]."""
        del dt, v
        inside, outside, temperature = states[self.ion_name], states[self.outside], temperature_of(params)
        return {self.reversal: nernst_potential(inside, outside, self.valence, temperature, self.millivolt_per_kelvin)}

    def compute_current(self, states: Values, ion_conc: Value, params: Values) -> Value:
        """No change of the concentration [mM/ms]."""
        del states, ion_conc, params
        return 0.0

    def init_state(self, states: Values, v: Value, params: Values, delta_t: Value) -> Values:
        """The reversal potential [mV] of the concentrations in `states` [mM]."""
        return self.update_states(states, delta_t, v, params)
