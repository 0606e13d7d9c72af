"""The AMPA receptor, driven by events."""

from collections.abc import Mapping
from typing import ClassVar

from dendrax.synapses.point import RiseAndDecay


class AMPASyn(RiseAndDecay):
    """Fast excitation by events: a conductance of AMPA receptors that rises and decays.

    Current [nA], conductance g and its drive x [uS], exact for any time step:

        i = g (v - e)
        dx/dt = -x / tau1,    x -> x + weight at an event
        dg/dt = c x - g / tau2

    as in `Exp2Syn`: c makes the weight the peak of g after one event. Contributions of events add up, without
    saturation. `AMPA` is the receptor that follows the presynaptic voltage without events.

    Parameters (prefixed by the name): tau1 0.2, tau2 1.7 [ms]; e 0 [mV].
    States (prefixed by the name): g 0, x 0 [uS].

    Args:
        name: Prefix of parameters and states; "AMPASyn" by default.

    Example:
        ```python
        net.cell(1).branch(0).loc(0.5).place(AMPASyn())
        jx.netcon(net.cell(0).branch(0).comp(0), net.AMPASyn, weight=5e-4, delay=1.0, threshold=0.0)
        ```

    References:
        Markram H et al. (2015). Reconstruction and simulation of neocortical microcircuitry. Cell 163:456-492, models
        of synapses, with the values of the mechanisms that come with its cells.
    """

    defaults: ClassVar[Mapping[str, float]] = {"tau1": 0.2, "tau2": 1.7, "e": 0.0}  # ms, ms, mV
