"""Izhikevich's neuron: two equations and a reset."""

import jax.numpy as jnp

from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.exponentials import expm1
from dendrax.mechanisms.surrogate import Surrogate, WithSurrogate, reset, spike, warning_of_reset
from dendrax.mechanisms.value import Value, Values


class Izhikevich(WithSurrogate, Channel):
    """Izhikevich's neuron, which advances the voltage itself.

    In order, with v and t in the paper's units [mV, ms]:

        du/dt = a (b v - u)                        exact for constant v    [mV/ms]
        v = v + dt (0.04 v^2 + 5 v + 140 - u)      forward Euler           [mV]
        if v >= 30:  v = c, u = u + d

    No current [mA/cm2] flows through it. Injected current adds to v as to any compartment's, through the area and
    the capacitance; the paper's I is I / (area capacitance) then.

    Parameters (prefixed by the name): a 0.02 [1/ms]; b 0.2 [1/ms]; c -65 [mV]; d 8 [mV/ms].
    State (prefixed by the name): u, 0 until `init_states` is called [mV/ms].

    Args:
        name: Prefix of parameters and state; "Izhikevich" by default. The current is the name and "_izhikevich".
        surrogate: Stands in for the derivative of the step in v - 30 mV: "superspike", "sigmoid", "triangle", or
            a function of the distance [mV]. None leaves the exact derivative, zero.
        surrogate_warning: Whether derivatives through its spikes warn without a surrogate; runs never do.

    Raises:
        MechanismError: There is no such surrogate.

    Example:
        ```python
        comp.insert(Izhikevich(surrogate="superspike"))
        comp.set("Izhikevich_d", 2.0)
        ```

    References:
        Izhikevich EM (2003). Simple model of spiking neurons. IEEE Transactions on Neural Networks 14:1569-1572,
        eq. 1-3.
    """

    def __init__(
        self, name: str | None = None, *, surrogate: str | Surrogate | None = None, surrogate_warning: bool = True
    ) -> None:
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        prefix = self.name
        self.channel_params = {f"{prefix}_a": 0.02, f"{prefix}_b": 0.2, f"{prefix}_c": -65.0, f"{prefix}_d": 8.0}
        self.channel_states = {f"{prefix}_u": 0.0}
        self.current_name = f"{prefix}_izhikevich"
        self.choose_surrogate(surrogate, surrogate_warning)

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Advance u [mV/ms] and the voltage [mV] by `dt` [ms], and reset."""
        prefix = self.name
        u = states[f"{prefix}_u"]
        u = u + (params[f"{prefix}_b"] * v - u) * -expm1(-dt * params[f"{prefix}_a"])
        v = v + dt * (0.04 * v**2 + 5.0 * v + 140.0 - u)
        distance = v - 30.0
        spikes = spike(distance >= 0.0, distance, self.surrogate, warning_of_reset(self.name, self.surrogate_warning))
        return {
            "v_peak": v,
            "v": reset(spikes, v, params[f"{prefix}_c"]),
            f"{prefix}_u": u + spikes * params[f"{prefix}_d"],
        }

    def compute_current(self, states: Values, v: Value, params: Values) -> Value:
        """No current [mA/cm2]."""
        del states, params
        return jnp.zeros_like(v)

    def init_state(self, states: Values, v: Value, params: Values, delta_t: Value) -> Values:
        """u in equilibrium at voltage `v` [mV]: b v."""
        del states, delta_t
        return {f"{self.name}_u": params[f"{self.name}_b"] * v}
