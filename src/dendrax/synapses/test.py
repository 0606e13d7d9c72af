"""The synapse that the reference tests with; here, so that programs written for it run."""

from typing import ClassVar

from dendrax.mechanisms.synapse import Synapse
from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.graded import activation, solve_release


class TestSynapse(Synapse):
    """`IonotropicSynapse` with a single parameter: everything but the conductance is fixed.

    Current [nA] and open fraction c [1], exact for constant voltage:

        i = gC c (post_v - 0 mV)
        dc/dt = (c_inf - c) / tau
        c_inf = 1 / (1 + exp((-35 mV - pre_v) / 10 mV))
        tau = (1 - c_inf) 40 ms

    Parameters (prefixed by the name): gC 1e-4 [uS]. Voltages in [mV].
    State (prefixed by the name): c, 0.2 until `init_states(synapses=True)` is called [1].

    Args:
        name: Prefix of parameters and states; "TestSynapse" by default.

    Example:
        ```python
        connect(net.cell(0).branch(0).loc(1.0), net.cell(1).branch(0).loc(0.5), TestSynapse())
        ```

    References:
        Abbott LF, Marder E (1998). Modeling small networks. In: Koch C, Segev I (eds), Methods in Neuronal Modeling,
        2nd ed., MIT Press, p. 361-410.
    """

    __test__: ClassVar[bool] = False
    """Tells pytest that this is no test, where someone imports it into one."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.synapse_params = {f"{self.name}_gC": 1e-4}  # uS
        self.synapse_states = {f"{self.name}_c": 0.2}

    def update_states(self, states: Values, delta_t: Value, pre_v: Value, post_v: Value, params: Values) -> Values:
        """Advance c by `delta_t` [ms] at presynaptic voltage `pre_v` [mV]."""
        del post_v, params
        return {f"{self.name}_c": solve_release(states[f"{self.name}_c"], delta_t, pre_v, _K_MINUS, _V_TH, _DELTA)}

    def compute_current(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Value:
        """Outward current [nA] at postsynaptic voltage `post_v` [mV]."""
        del pre_v
        return params[f"{self.name}_gC"] * states[f"{self.name}_c"] * post_v

    def equilibrium(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Values:
        """c in equilibrium at presynaptic voltage `pre_v` [mV]."""
        del states, post_v, params
        return {f"{self.name}_c": activation(pre_v, _V_TH, _DELTA)}


_V_TH, _DELTA, _K_MINUS = -35.0, 10.0, 1.0 / 40.0  # mV, mV, 1/ms
