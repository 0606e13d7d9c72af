"""A conductance that rises and decays exponentially after each presynaptic spike."""

from typing import ClassVar

from dendrax.mechanisms.exponentials import exp
from dendrax.mechanisms.gates import elapsed
from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.decays import double_exponential
from dendrax.synapses.event import EventSynapse


class DoubleExpSynapse(EventSynapse):
    """Conductance that rises with tau_rise and decays with tau_decay, with peak gS for one spike: NEURON's Exp2Syn.

    Current [nA], open fraction s and its drive x [1], exact for any time step:

        i = gS s (post_v - e_syn)
        dx/dt = -x / tau_rise,    x -> x + 1 at an upward crossing of v_th by pre_v
        ds/dt = c x - s / tau_decay

    so that one spike at t = 0 gives s(t) = N (exp(-t / tau_decay) - exp(-t / tau_rise)), and c [1/ms] makes its peak 1:

        u = ln(tau_decay / tau_rise)
        t_peak = tau_rise u / (1 - exp(-u))
        c = exp(t_peak / tau_rise) / tau_decay

    At tau_rise = tau_decay s is the alpha function; with one of them 0 it jumps to 1 and decays with the other, and
    tau_rise above tau_decay is taken as it stands. Contributions of several spikes add up. A spike found at the start
    of a step acts from there on.

    Parameters (prefixed by the name): gS 1e-4 [uS]; tau_rise 0.1, tau_decay 10 [ms]; e_syn 0, v_th 10 [mV].
    States (prefixed by the name): s 0; x 0; above, whether pre_v was above v_th at the previous step, 1 [1].

    Args:
        name: Prefix of parameters and states; "DoubleExpSynapse" by default.
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
        connect(net.cell(0).branch(0).loc(1.0), net.cell(1).branch(0).loc(0.5), DoubleExpSynapse(surrogate="sigmoid"))
        net.set("DoubleExpSynapse_tau_rise", 0.5)
        ```

    References:
        Carnevale NT, Hines ML (2006). The NEURON Book. Cambridge University Press, chapter 10. Its defaults of time
        constants, reversal and threshold; there gS is the weight of the connection.
    """

    defaults: ClassVar[dict[str, float]] = {"gS": 1e-4, "tau_rise": 0.1, "tau_decay": 10.0, "e_syn": 0.0}
    excited: ClassVar[tuple[str, ...]] = ("s", "x")

    def update_states(self, states: Values, delta_t: Value, pre_v: Value, post_v: Value, params: Values) -> Values:
        """Add an event at presynaptic voltage `pre_v` [mV], if there is one, and advance by `delta_t` [ms]."""
        del post_v
        prefix = self.name
        event, detector = self.detect(states, pre_v, params)
        tau_rise, tau_decay = params[f"{prefix}_tau_rise"], params[f"{prefix}_tau_decay"]
        now, afterwards = (0.0, event) if self.delayed else (event, 0.0)  # see `jump_and_decay`
        x, s = states[f"{prefix}_x"] + now, states[f"{prefix}_s"]
        driven = x * double_exponential(delta_t, tau_rise, tau_decay)
        after: Values = {
            f"{prefix}_s": s * exp(-elapsed(delta_t, tau_decay)) + driven,
            f"{prefix}_x": x * exp(-elapsed(delta_t, tau_rise)) + afterwards,
        }
        return after | detector

    def compute_current(self, states: Values, pre_v: Value, post_v: Value, params: Values) -> Value:
        """Outward current [nA] at postsynaptic voltage `post_v` [mV]."""
        del pre_v
        return params[f"{self.name}_gS"] * states[f"{self.name}_s"] * (post_v - params[f"{self.name}_e_syn"])
