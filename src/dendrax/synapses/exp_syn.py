"""NEURON's point process with a conductance that jumps and decays."""

from collections.abc import Mapping
from typing import ClassVar

from dendrax.synapses.point import JumpAndDecay


class ExpSyn(JumpAndDecay):
    """Conductance that jumps by the weight of each event and decays with time constant tau: NEURON's ExpSyn.

    Current [nA] and conductance g [uS], exact for any time step:

        i = g (v - e)
        dg/dt = -g / tau,    g -> g + weight at an event

    Parameters (prefixed by the name): tau 0.1 [ms]; e 0 [mV].
    State (prefixed by the name): g 0 [uS].

    Args:
        name: Prefix of parameters and states; "ExpSyn" by default.

    Example:
        ```python
        net.cell("all").branch(0).comp(0).place(ExpSyn("E"))
        net.set("E_tau", 2.0)
        jx.netcon(net.cell(0).branch(0).comp(0), net.E.of_cell(1), weight=0.01, delay=3.3, threshold=0.0)
        ```

    References:
        Carnevale NT, Hines ML (2006). The NEURON Book. Cambridge University Press, chapter 10: names and defaults.
    """

    defaults: ClassVar[Mapping[str, float]] = {"tau": 0.1, "e": 0.0}  # ms, mV
