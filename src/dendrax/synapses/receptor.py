"""What receptors have in common that bind a transmitter which is released by presynaptic voltage."""

from typing import ClassVar

from dendrax.mechanisms.gates import solve_gate_exponential, steady_state
from dendrax.mechanisms.synapse import Synapse
from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.graded import activation


class Receptor(Synapse):
    """A synapse that is driven by a concentration of transmitter: abstract, the base of AMPA, NMDA, GABAA and GABAB.

    The transmitter follows the presynaptic voltage at once [mM]:

        T = T_max / (1 + exp(-(pre_v - V_p) / K_p))

    Args:
        name: Prefix of parameters and states; the class name by default.

    Attributes:
        defaults: Default of each parameter without prefix; those of the release come on top.
        bound: States without prefix; they start as 0.

    References:
        Destexhe A, Mainen ZF, Sejnowski TJ (1998). Kinetic models of synaptic transmission. In: Koch C, Segev I (eds),
        Methods in Neuronal Modeling, 2nd ed., MIT Press, p. 1-25: T as a function of pre_v with these V_p and K_p;
        T_max is that of the pulses of 1 mM and 1 ms with which the rates of AMPA, NMDA and GABAA were found.
    """

    defaults: ClassVar[dict[str, float]]
    bound: ClassVar[tuple[str, ...]] = ("r",)

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        defaults = self.defaults | {"T_max": 1.0, "V_p": 2.0, "K_p": 5.0}  # mM, mV, mV
        self.synapse_params = {f"{self.name}_{key}": value for key, value in defaults.items()}
        self.synapse_states = {f"{self.name}_{key}": 0.0 for key in self.bound}

    def transmitter(self, pre_v: Value, params: Values) -> Value:
        """Concentration of transmitter [mM] at presynaptic voltage `pre_v` [mV]."""
        prefix = self.name
        return params[f"{prefix}_T_max"] * activation(pre_v, params[f"{prefix}_V_p"], params[f"{prefix}_K_p"])


class FirstOrderReceptor(Receptor):
    """A receptor with one binding step, dr/dt = alpha T (1 - r) - beta r: abstract, the base of AMPA, NMDA, GABAA."""

    def update_states(self, states: Values, delta_t: Value, pre_v: Value, post_v: Value, params: Values) -> Values:
        """Advance r by `delta_t` [ms] at presynaptic voltage `pre_v` [mV], exactly for constant voltage."""
        del post_v
        prefix = self.name
        binding = params[f"{prefix}_alpha"] * self.transmitter(pre_v, params)
        return {
            f"{prefix}_r": solve_gate_exponential(states[f"{prefix}_r"], delta_t, binding, params[f"{prefix}_beta"])
        }

    def compute_current(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Value:
        """Outward current [nA] at postsynaptic voltage `post_v` [mV]."""
        del pre_v
        driving = self.unblocked(post_v, params) * (post_v - params[f"{self.name}_e_syn"])
        return params[f"{self.name}_gS"] * states[f"{self.name}_r"] * driving

    def unblocked(self, post_v: Value, params: Values) -> Value:
        """Fraction of open channels that conduct [1] at postsynaptic voltage `post_v` [mV]: all of them."""
        del post_v, params
        return 1.0

    def equilibrium(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Values:
        """r in equilibrium at presynaptic voltage `pre_v` [mV]."""
        del states, post_v
        binding = params[f"{self.name}_alpha"] * self.transmitter(pre_v, params)
        return {f"{self.name}_r": steady_state(binding, params[f"{self.name}_beta"])}
