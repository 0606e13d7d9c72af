"""A conductance that jumps at each presynaptic spike and decays exponentially."""

from typing import ClassVar

from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.event import EventSynapse


class ExpSynapse(EventSynapse):
    """Conductance that jumps by gS at each presynaptic spike and decays with time constant tau: NEURON's ExpSyn.

    Current [nA] and open fraction s [1], exact for any time step:

        i = gS s (post_v - e_syn)
        ds/dt = -s / tau,    s -> s + 1 at an upward crossing of v_th by pre_v

    Contributions of several spikes add up. A spike found at the start of a step acts from there on.

    Parameters (prefixed by the name): gS 1e-4 [uS]; tau 0.1 [ms]; e_syn 0, v_th 10 [mV].
    States (prefixed by the name): s 0; above, whether pre_v was above v_th at the previous step, 1 [1].

    Args:
        name: Prefix of parameters and states; "ExpSynapse" by default.
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
        connect(net.cell(0).branch(0).loc(1.0), net.cell(1).branch(0).loc(0.5), ExpSynapse(surrogate="superspike"))
        net.set("ExpSynapse_tau", 2.0)
        ```

    References:
        Carnevale NT, Hines ML (2006). The NEURON Book. Cambridge University Press, chapter 10. Its defaults of tau,
        reversal and threshold; there gS is the weight of the connection.
    """

    defaults: ClassVar[dict[str, float]] = {"gS": 1e-4, "tau": 0.1, "e_syn": 0.0}  # uS, ms, mV
    excited: ClassVar[tuple[str, ...]] = ("s",)

    def update_states(self, states: Values, delta_t: Value, pre_v: Value, post_v: Value, params: Values) -> Values:
        """Add an event at presynaptic voltage `pre_v` [mV], if there is one, and decay for `delta_t` [ms]."""
        del post_v
        return self.jump_and_decay(states, delta_t, pre_v, params)

    def compute_current(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Value:
        """Outward current [nA] at postsynaptic voltage `post_v` [mV]."""
        del pre_v
        return params[f"{self.name}_gS"] * states[f"{self.name}_s"] * (post_v - params[f"{self.name}_e_syn"])
