"""A threshold and a reset, which make any compartment an integrate-and-fire neuron."""

import jax.numpy as jnp

from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.surrogate import Surrogate, WithSurrogate, reset, spike, warning_of_reset
from dendrax.mechanisms.value import Value, Values


class Fire(WithSurrogate, Channel):
    """Spike and reset: with `Leak`, a leaky integrate-and-fire neuron.

    At the start of each step:

        spikes = 1 if v > vth else 0    [1]
        v = vreset if v > vth           [mV]

    No current [mA/cm2] flows through it.

    Parameters (prefixed by the name): vth -50, vreset -70 [mV].
    State (prefixed by the name): spikes, 1 in a step with a spike and else 0 [1].

    Args:
        name: Prefix of parameters and state; "Fire" by default. The current is the name and "_fire".
        surrogate: Stands in for the derivative of the step in v - vth: "superspike", "sigmoid", "triangle", or a
            function of the distance [mV]. None leaves the exact derivative, zero. A slope s near the threshold
            multiplies a gradient by 1 - s (vth - vreset) in each step there: above s = 2 / (vth - vreset) it explodes
            in cells that approach their threshold slowly, as with "superspike", whose s is 1 / mV.
        surrogate_warning: Whether derivatives through its spikes warn without a surrogate; runs never do.

    Raises:
        MechanismError: There is no such surrogate.

    Example:
        ```python
        cell.insert(Leak())
        cell.insert(Fire(surrogate="triangle"))
        cell.record("Fire_spikes")
        ```

    References:
        Lapicque L (1907). Recherches quantitatives sur l'excitation electrique des nerfs traitee comme une
        polarisation. Journal de Physiologie et de Pathologie Generale 9:620-635; Gerstner W, Kistler WM, Naud R,
        Paninski L (2014). Neuronal Dynamics, section 1.3.
    """

    def __init__(
        self, name: str | None = None, *, surrogate: str | Surrogate | None = None, surrogate_warning: bool = True
    ) -> None:
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        self.channel_params = {f"{self.name}_vth": -50.0, f"{self.name}_vreset": -70.0}  # mV
        self.channel_states = {f"{self.name}_spikes": 0.0}
        self.current_name = f"{self.name}_fire"
        self.choose_surrogate(surrogate, surrogate_warning)

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Spikes and the voltage [mV] after the reset, of voltage `v` [mV]."""
        del states, dt
        distance = v - params[f"{self.name}_vth"]
        spikes = spike(distance > 0.0, distance, self.surrogate, warning_of_reset(self.name, self.surrogate_warning))
        return {"v": reset(spikes, v, params[f"{self.name}_vreset"]), f"{self.name}_spikes": spikes}

    def compute_current(self, states: Values, v: Value, params: Values) -> Value:
        """No current [mA/cm2]."""
        del states, params
        return jnp.zeros_like(v)
