"""The graded chemical synapse of Abbott and Marder."""

from dendrax.mechanisms.synapse import Synapse
from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.graded import activation, solve_release


class IonotropicSynapse(Synapse):
    """Conductance that follows the presynaptic voltage, fast when it opens and with rate k_minus when it closes.

    Current [nA] and open fraction s [1], exact for constant voltage:

        i = gS s (post_v - e_syn)
        ds/dt = (s_inf - s) / tau
        s_inf = 1 / (1 + exp((v_th - pre_v) / delta))
        tau = (1 - s_inf) / k_minus

    Parameters (prefixed by the name): gS 1e-4 [uS]; e_syn 0 [mV]; k_minus 0.025 [1/ms]; v_th -35, delta 10 [mV].
    State (prefixed by the name): s, 0.2 until `init_states(synapses=True)` is called [1].

    Args:
        name: Prefix of parameters and states; "IonotropicSynapse" by default.

    Example:
        ```python
        connect(net.cell(0).branch(0).loc(1.0), net.cell(1).branch(0).loc(0.5), IonotropicSynapse())
        net.set("IonotropicSynapse_gS", 1e-3)
        ```

    References:
        Abbott LF, Marder E (1998). Modeling small networks. In: Koch C, Segev I (eds), Methods in Neuronal Modeling,
        2nd ed., MIT Press, p. 361-410. v_th and k_minus are those of glutamatergic synapses in Prinz AA, Bucher D,
        Marder E (2004). Similar network activity from disparate circuit parameters. Nature Neuroscience 7:1345-1352,
        where delta is 5 mV; the default of 10 mV is the reference's.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        prefix = self.name
        self.synapse_params = {
            f"{prefix}_gS": 1e-4,  # uS
            f"{prefix}_e_syn": 0.0,  # mV
            f"{prefix}_k_minus": 0.025,  # 1/ms
            f"{prefix}_v_th": -35.0,  # mV
            f"{prefix}_delta": 10.0,  # mV
        }
        self.synapse_states = {f"{prefix}_s": 0.2}

    def update_states(self, states: Values, delta_t: Value, pre_v: Value, post_v: Value, params: Values) -> Values:
        """Advance s by `delta_t` [ms] at presynaptic voltage `pre_v` [mV]."""
        del post_v
        prefix = self.name
        kinetics = (params[f"{prefix}_k_minus"], params[f"{prefix}_v_th"], params[f"{prefix}_delta"])
        return {f"{prefix}_s": solve_release(states[f"{prefix}_s"], delta_t, pre_v, *kinetics)}

    def compute_current(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Value:
        """Outward current [nA] at postsynaptic voltage `post_v` [mV]."""
        del pre_v
        return params[f"{self.name}_gS"] * states[f"{self.name}_s"] * (post_v - params[f"{self.name}_e_syn"])

    def equilibrium(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Values:
        """s in equilibrium at presynaptic voltage `pre_v` [mV]."""
        del states, post_v
        return {f"{self.name}_s": activation(pre_v, params[f"{self.name}_v_th"], params[f"{self.name}_delta"])}
