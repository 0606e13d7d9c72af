"""NEURON's point process with a conductance that rises and decays."""

from collections.abc import Mapping
from typing import ClassVar

from dendrax.synapses.point import RiseAndDecay


class Exp2Syn(RiseAndDecay):
    """Conductance that rises with tau1 and decays with tau2; the weight is the peak of an event: NEURON's Exp2Syn.

    Current [nA], conductance g and its drive x [uS], exact for any time step:

        i = g (v - e)
        dx/dt = -x / tau1,    x -> x + weight at an event
        dg/dt = c x - g / tau2

    so that one event at t = 0 gives g(t) = weight N (exp(-t / tau2) - exp(-t / tau1)), and c [1/ms] makes its peak the
    weight, tau1 u / (1 - exp(-u)) after the event, with u = ln(tau2 / tau1). At tau1 = tau2 g is the alpha function.
    The formula also holds for tau1 above tau2; NEURON uses tau1 = 0.9999 tau2 in both cases.

    Parameters (prefixed by the name): tau1 0.1, tau2 10 [ms]; e 0 [mV].
    States (prefixed by the name): g 0, x 0 [uS].

    Args:
        name: Prefix of parameters and states; "Exp2Syn" by default.

    Example:
        ```python
        net.cell(1).branch(0).loc(0.5).place(Exp2Syn("slow"))
        net.set("slow_tau1", 2.0)
        jx.netcon(net.cell(0).branch(0).comp(0), net.slow, weight=1e-3, delay=1.0)
        ```

    References:
        Carnevale NT, Hines ML (2006). The NEURON Book. Cambridge University Press, chapter 10: names and defaults.
    """

    defaults: ClassVar[Mapping[str, float]] = {"tau1": 0.1, "tau2": 10.0, "e": 0.0}  # ms, ms, mV
