"""The GABA-B receptor of Destexhe, Mainen and Sejnowski, which acts through a G protein."""

from typing import ClassVar

from dendrax.mechanisms.exponentials import exp
from dendrax.mechanisms.gates import solve_gate_exponential, steady_state
from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.decays import difference_of_decays, second_difference_of_decays
from dendrax.synapses.receptor import Receptor


class GABAB(Receptor):
    """Slow inhibition: a GABA receptor that activates a G protein, four of which open a potassium channel.

    Current [nA], fraction of activated receptors r [1], G protein s [uM], and transmitter T [mM]:

        i = gS s^4 / (s^4 + K_d) (post_v - e_syn)
        dr/dt = K_1 T (1 - r) - K_2 r
        ds/dt = K_3 r - K_4 s
        T = T_max / (1 + exp(-(pre_v - V_p) / K_p))

    Both states are exact for constant voltage.

    Parameters (prefixed by the name): gS 1e-3 [uS]; e_syn -95 [mV]; K_1 0.09 [1/(mM ms)]; K_2 0.0012 [1/ms];
    K_3 0.18 [uM/ms]; K_4 0.034 [1/ms]; K_d 100 [uM^4]; T_max 1 [mM]; V_p 2, K_p 5 [mV].
    States (prefixed by the name): r 0 [1]; s 0 [uM].

    Args:
        name: Prefix of parameters and states; "GABAB" by default.

    Example:
        ```python
        connect(net.cell(0).branch(0).loc(1.0), net.cell(1).branch(0).loc(0.5), GABAB())
        net.set("GABAB_gS", 2e-3)
        ```

    References:
        Destexhe A, Mainen ZF, Sejnowski TJ (1998). Kinetic models of synaptic transmission. In: Koch C, Segev I (eds),
        Methods in Neuronal Modeling, 2nd ed., MIT Press, p. 1-25, GABA-B receptors, with their 1 nS; Destexhe A,
        Sejnowski TJ (1995). G protein activation kinetics and spillover of GABA may account for differences between
        inhibitory responses in the hippocampus and thalamus. PNAS 92:9515-9519.
    """

    defaults: ClassVar[dict[str, float]] = {
        "gS": 1e-3,  # uS
        "e_syn": -95.0,  # mV
        "K_1": 0.09,  # 1/(mM ms)
        "K_2": 0.0012,  # 1/ms
        "K_3": 0.18,  # uM/ms
        "K_4": 0.034,  # 1/ms
        "K_d": 100.0,  # uM^4
    }
    bound: ClassVar[tuple[str, ...]] = ("r", "s")

    def update_states(self, states: Values, delta_t: Value, pre_v: Value, post_v: Value, params: Values) -> Values:
        """Advance r and s by `delta_t` [ms] at presynaptic voltage `pre_v` [mV].

        With l = K_1 T + K_2, r decays at the rate l and carries into s, which decays at the rate K_4; and K_1 T carries
        into s by way of r. Nothing is divided by a rate, so that each may be 0.
        """
        del post_v
        prefix = self.name
        r, s = states[f"{prefix}_r"], states[f"{prefix}_s"]
        binding, unbinding = params[f"{prefix}_K_1"] * self.transmitter(pre_v, params), params[f"{prefix}_K_2"]
        production, removal = params[f"{prefix}_K_3"], params[f"{prefix}_K_4"]
        decays = (binding + unbinding) * delta_t, removal * delta_t
        carried = r * difference_of_decays(*decays) + binding * delta_t * second_difference_of_decays(*decays)
        return {
            f"{prefix}_r": solve_gate_exponential(r, delta_t, binding, unbinding),
            f"{prefix}_s": s * exp(-removal * delta_t) + production * delta_t * carried,
        }

    def compute_current(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Value:
        """Outward current [nA] at postsynaptic voltage `post_v` [mV]."""
        del pre_v
        prefix = self.name
        s4 = states[f"{prefix}_s"] ** 4
        open_fraction = s4 / (s4 + params[f"{prefix}_K_d"])
        return params[f"{prefix}_gS"] * open_fraction * (post_v - params[f"{prefix}_e_syn"])

    def equilibrium(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Values:
        """r and s in equilibrium at presynaptic voltage `pre_v` [mV]."""
        del states, post_v
        prefix = self.name
        binding = params[f"{prefix}_K_1"] * self.transmitter(pre_v, params)
        r = steady_state(binding, params[f"{prefix}_K_2"])
        return {f"{prefix}_r": r, f"{prefix}_s": params[f"{prefix}_K_3"] * r / params[f"{prefix}_K_4"]}
