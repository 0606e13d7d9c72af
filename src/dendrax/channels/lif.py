"""The leaky integrate-and-fire neuron with a refractory period."""

from typing import Any

import jax.numpy as jnp

from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.surrogate import Surrogate, WithSurrogate, reset, spike, warning_of_reset
from dendrax.mechanisms.value import Value, Values


class LIF(WithSurrogate, Channel):
    """Leak, threshold, reset and refractory period: a compartment with it is a leaky integrate-and-fire neuron.

    Current [mA/cm2], v [mV]:

        i = gLeak (v - eLeak)

    At the start of each step, except while it is refractory:

        spikes = 1 if v > vth else 0                [1]
        v = vreset for t_ref from then on           [mV]

    While the neuron is refractory the voltage is held: neither currents nor events move it, for t_ref rounded to whole
    steps. Above the threshold it is held too, until the next step begins with the reset. So an event that
    lifts it above the threshold makes a spike, whatever acts in the same step, and connections with the same threshold
    as vth find it.

    A constant current I [nA] into a compartment of area A [um2] gives the rate, with tau = capacitance / gLeak [ms] and
    v_inf = eLeak + 100 I / (gLeak A) [mV],

        1 / rate = t_ref + tau log((v_inf - vreset) / (v_inf - vth))    [ms]

    to the first order in the time step: a spike is half of a step late in the mean.

    Parameters (prefixed by the name): gLeak 0.0001 [S/cm2]; eLeak -70, vth -50, vreset -70 [mV]; t_ref 2 [ms].
    States (prefixed by the name): spikes, 1 in a step with a spike and else 0 [1]; refractory, for how long the voltage
    is still held, from the beginning of the step on, 0 if it is not [ms].

    Args:
        name: Prefix of parameters and states; "LIF" by default. The current is "i_" and the name.
        surrogate: Stands in for the derivative of the step in v - vth: "superspike", "sigmoid", "triangle", or a
            function of the distance [mV]. None leaves the exact derivative, zero. See `Fire`.
        surrogate_warning: Whether derivatives through its spikes warn without a surrogate; runs never do.

    Raises:
        MechanismError: No surrogate has this name.

    Example:
        ```python
        net.insert(LIF(surrogate="triangle"))
        net.set("LIF_t_ref", 5.0)
        net.cell("all").branch(0).comp(0).place(DeltaSyn("J"))
        jx.netcon(net.cell(0).branch(0).comp(0), net.J.of_cell(1), weight=0.5, delay=1.5, threshold=-50.0)
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
        self.channel_params = {
            f"{self.name}_gLeak": 1e-4,  # S/cm2
            f"{self.name}_eLeak": -70.0,  # mV
            f"{self.name}_vth": -50.0,
            f"{self.name}_vreset": -70.0,
            f"{self.name}_t_ref": 2.0,  # ms
        }
        self.channel_states = {f"{self.name}_spikes": 0.0, f"{self.name}_refractory": 0.0}
        self.current_name = f"i_{self.name}"
        self.choose_surrogate(surrogate, surrogate_warning)

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Spikes, the time of refractoriness that is left [ms], and the voltage [mV] after the reset of `v` [mV]."""
        prefix = self.name
        left = jnp.maximum(states[f"{prefix}_refractory"] - dt, 0.0)
        left = jnp.where(left < 0.5 * dt, 0.0, left)
        free = left <= 0.0
        distance = v - params[f"{prefix}_vth"]
        warning = warning_of_reset(self.name, self.surrogate_warning)
        spikes = jnp.where(free, spike(distance > 0.0, distance, self.surrogate, warning), 0.0)
        t_ref = params[f"{prefix}_t_ref"]
        left = reset(spikes, left, jnp.where(t_ref < 0.5 * dt, 0.0, t_ref))
        v_reset = params[f"{prefix}_vreset"]
        return {
            "v": jnp.where(free, reset(spikes, v, v_reset), v_reset),
            f"{prefix}_spikes": spikes,
            f"{prefix}_refractory": left,
        }

    def holds(self, states: Values, v: Value, params: Values) -> Any:
        """While it is refractory, and from the threshold to the reset."""
        return (states[f"{self.name}_refractory"] > 0.0) | (v > params[f"{self.name}_vth"])

    def compute_current(self, states: Values, v: Value, params: Values) -> Value:
        """Outward current of the leak [mA/cm2] at voltage `v` [mV]."""
        del states
        return params[f"{self.name}_gLeak"] * (v - params[f"{self.name}_eLeak"])
