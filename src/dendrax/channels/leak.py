"""A leak: a constant conductance."""

from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.value import Value, Values


class Leak(Channel):
    """Leak current through a constant conductance.

    Current [mA/cm2], v [mV]:

        i = gLeak (v - eLeak)

    Parameters (prefixed by the name): gLeak 0.0001 [S/cm2]; eLeak -70 [mV].

    Args:
        name: Prefix of the parameters; "Leak" by default. The current is "i_" and the name.

    Example:
        ```python
        cell.insert(Leak())
        cell.set("Leak_eLeak", -65.0)
        ```

    References:
        Pospischil M, Toledo-Rodriguez M, Monier C, Piwkowska Z, Bal T, Fregnac Y, Markram H, Destexhe A (2008).
        Minimal Hodgkin-Huxley type models for different classes of cortical and thalamic neurons. Biological
        Cybernetics 99:427-441.
    """

    def __init__(self, name: str | None = None) -> None:
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params = {
            f"{self.name}_gLeak": 1e-4,  # S/cm2
            f"{self.name}_eLeak": -70.0,  # mV
        }
        self.channel_states = {}
        self.current_name = f"i_{self.name}"

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """There is no state to advance."""
        del states, dt, v, params
        return {}

    def compute_current(self, states: Values, v: Value, params: Values) -> Value:
        """Outward current [mA/cm2] at voltage `v` [mV]."""
        del states
        return params[f"{self.name}_gLeak"] * (v - params[f"{self.name}_eLeak"])
