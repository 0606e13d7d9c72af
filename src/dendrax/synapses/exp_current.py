"""A current that jumps at each presynaptic spike and decays exponentially."""

from typing import ClassVar

from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.event import EventSynapse


class ExpCurrentSynapse(EventSynapse):
    """Current that jumps by i_max at each presynaptic spike and decays with tau, whatever the postsynaptic voltage.

    Current [nA] and its fraction s [1], exact for any time step:

        i = -i_max s
        ds/dt = -s / tau,    s -> s + 1 at an upward crossing of v_th by pre_v

    Contributions of several spikes add up. A positive i_max excites. v in [mV].

    Parameters (prefixed by the name): i_max 0.01 [nA]; tau 2 [ms]; v_th 10 [mV].
    States (prefixed by the name): s 0; above, whether pre_v was above v_th at the previous step, 1 [1].

    Args:
        name: Prefix of parameters and states; "ExpCurrentSynapse" by default.
        spikes: State of the presynaptic compartment that is 1 in a step with a spike, for neurons that reset their
            voltage: "Fire_spikes". Then neither v_th nor `above` is needed.
        surrogate: Stands in for the derivative of the step in pre_v - v_th: "superspike", "sigmoid", "triangle", or a
            function of the distance [mV]. None leaves the exact derivative, zero.
        surrogate_warning: Whether a derivative through its spikes warns if there is no surrogate; a run without
            derivatives never does.

    Raises:
        MechanismError: There is no such surrogate, or there is one beside `spikes`.

    Example:
        ```python
        connect(net.cell(0).branch(0).loc(0.0), net.cell(1).branch(0).loc(0.0), ExpCurrentSynapse(spikes="Fire_spikes"))
        net.set("ExpCurrentSynapse_i_max", -0.02)  # inhibition
        ```

    References:
        Rotter S, Diesmann M (1999). Exact digital simulation of time-invariant linear systems with applications to
        neuronal modeling. Biological Cybernetics 81:381-402.
    """

    defaults: ClassVar[dict[str, float]] = {"i_max": 0.01, "tau": 2.0}  # nA, ms
    excited: ClassVar[tuple[str, ...]] = ("s",)

    def update_states(self, states: Values, delta_t: Value, pre_v: Value, post_v: Value, params: Values) -> Values:
        """Add an event at presynaptic voltage `pre_v` [mV], if there is one, and decay for `delta_t` [ms]."""
        del post_v
        return self.jump_and_decay(states, delta_t, pre_v, params)

    def compute_current(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Value:
        """Outward current [nA], negative for a positive i_max."""
        del pre_v, post_v
        return -params[f"{self.name}_i_max"] * states[f"{self.name}_s"]
