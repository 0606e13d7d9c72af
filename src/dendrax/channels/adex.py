"""The adaptive exponential integrate-and-fire neuron of Brette and Gerstner."""

import jax.numpy as jnp

from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.gates import exponential_euler, save_exp
from dendrax.mechanisms.surrogate import Surrogate, WithSurrogate, reset, spike, warning_of_reset
from dendrax.mechanisms.value import Value, Values


class AdEx(WithSurrogate, Channel):
    """Adaptive exponential integrate-and-fire neuron, which advances the voltage itself.

    In order, with C the `capacitance` of the compartment read as the neuron's own:

        tau_w dw/dt = a (v - E_L) - w                                                 exact for constant v
        v = v + dt / C (-g_L (v - E_L) + g_L delta_T exp((v - v_T) / delta_T) - w)    forward Euler    [mV]
        if v >= v_threshold:  v = v_reset, w = w + b, spikes = 1, else spikes = 0

    The exponent is cut at 10, which bounds the last step before a reset: that step's length has no meaning, and the
    gradient of a larger one would be infinite. No current [mA/cm2] flows through the membrane. Injected current adds
    to v as to any compartment's, through the area and the capacitance.

    Parameters (prefixed by the name), units for C in pF: g_L 10 [nS]; E_L -70, v_T -50, delta_T 2, v_threshold 0,
    v_reset -58 [mV]; tau_w 30 [ms]; a 2 [nS]; b 0 [pA].
    States (prefixed by the name): w 0 [pA]; spikes, 1 in a step with a spike and else 0 [1].

    Args:
        name: Prefix of parameters and states; "AdEx" by default. The current is "i_" and the name.
        surrogate_warning: Whether derivatives through its spikes warn without a surrogate; runs never do.
        surrogate: Stands in for the derivative of the step in v - v_threshold: "superspike", "sigmoid", "triangle",
            or a function of the distance [mV]. None leaves the exact derivative, zero.

    Raises:
        MechanismError: There is no such surrogate.

    Example:
        ```python
        comp.insert(AdEx(surrogate="superspike"))
        comp.set("capacitance", 200.0)
        comp.set("AdEx_b", 60.0)
        ```

    References:
        Brette R, Gerstner W (2005). Adaptive exponential integrate-and-fire model as an effective description of
        neuronal activity. Journal of Neurophysiology 94:3637-3642; parameters of this kind in Naud R,
        Marcille N, Clopath C, Gerstner W (2008). Firing patterns in the adaptive exponential integrate-and-fire
        model. Biological Cybernetics 99:335-347.
    """

    def __init__(
        self, name: str | None = None, surrogate_warning: bool = True, *, surrogate: str | Surrogate | None = None
    ) -> None:
        self.current_is_in_mA_per_cm2 = True
        super().__init__(name)
        prefix = self.name
        self.channel_params = {
            f"{prefix}_g_L": 10.0,  # nS
            f"{prefix}_E_L": -70.0,  # mV
            f"{prefix}_v_T": -50.0,
            f"{prefix}_delta_T": 2.0,
            f"{prefix}_v_threshold": 0.0,
            f"{prefix}_v_reset": -58.0,
            f"{prefix}_tau_w": 30.0,  # ms
            f"{prefix}_a": 2.0,  # nS
            f"{prefix}_b": 0.0,  # pA
        }
        self.channel_states = {f"{prefix}_w": 0.0, f"{prefix}_spikes": 0.0}
        self.current_name = f"i_{prefix}"
        self.choose_surrogate(surrogate, surrogate_warning)

    def update_states(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Advance w [pA] and the voltage [mV] by `dt` [ms], and reset."""
        own = {key.removeprefix(f"{self.name}_"): value for key, value in params.items()}
        above_rest = v - own["E_L"]
        w = exponential_euler(states[f"{self.name}_w"], dt, own["a"] * above_rest, own["tau_w"])
        upstroke = own["delta_T"] * save_exp((v - own["v_T"]) / own["delta_T"], 10.0)
        v = v + dt / own["capacitance"] * (own["g_L"] * (upstroke - above_rest) - w)
        distance = v - own["v_threshold"]
        spikes = spike(distance >= 0.0, distance, self.surrogate, warning_of_reset(self.name, self.surrogate_warning))
        return {
            "v_peak": v,
            "v": reset(spikes, v, own["v_reset"]),
            f"{self.name}_w": w + spikes * own["b"],
            f"{self.name}_spikes": spikes,
        }

    def compute_current(self, states: Values, v: Value, params: Values) -> Value:
        """No current [mA/cm2]."""
        del states, params
        return jnp.zeros_like(v)
