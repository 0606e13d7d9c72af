"""A rate unit: voltage stands for a rate and decays to zero."""

import jax.numpy as jnp

from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.gates import exponential_euler
from dendrax.mechanisms.value import Value, Values


class Rate(Channel):
    """Decay of the voltage to zero, for networks of rate units.

    At the start of each step, exactly:

        tau dv/dt = -v    [mV]

    No current [mA/cm2] flows through it. With `TanhRateSynapse` between compartments, networks are recurrent
    networks of rate units.

    Parameters (prefixed by the name): tau 1 [ms].

    Args:
        name: Prefix of the parameter; "Rate" by default. The current is the name and "_rate".

    Example:
        ```python
        comp.insert(Rate())
        comp.set("Rate_tau", 10.0)
        ```

    References:
        Wilson HR, Cowan JD (1972). Excitatory and inhibitory interactions in localized populations of model neurons.
        Biophysical Journal 12:1-24.
    """

    def __init__(self, name: str | None = None) -> None:
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params = {f"{self.name}_tau": 1.0}  # ms
        self.channel_states = {}
        self.current_name = f"{self.name}_rate"

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """The voltage [mV] after `dt` [ms]."""
        del states
        return {"v": exponential_euler(v, dt, 0.0, params[f"{self.name}_tau"])}

    def compute_current(self, states: Values, v: Value, params: Values) -> Value:
        """No current [mA/cm2]."""
        del states, params
        return jnp.zeros_like(v)
