"""The NMDA receptor, driven by events."""

from collections.abc import Mapping
from typing import ClassVar

from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.nmda import without_magnesium
from dendrax.synapses.point import RiseAndDecay


class NMDASyn(RiseAndDecay):
    """Slow excitation by events: a conductance of NMDA receptors, blocked by magnesium near rest.

    Current [nA], fraction of unblocked receptors B [1], conductance g and its drive x [uS], exact for any time step:

        i = g B (v - e)
        B = 1 / (1 + exp(-0.062 v) Mg / 3.57)
        dx/dt = -x / tau1,    x -> x + weight at an event
        dg/dt = c x - g / tau2

    as in `Exp2Syn`: c makes the weight the peak of g after one event. The block follows the voltage at once.
    Contributions of events add up, without saturation. `NMDA` is the receptor that follows the presynaptic voltage
    without events.

    Parameters (prefixed by the name): tau1 0.29, tau2 43 [ms]; e 0 [mV]; Mg 1 [mM].
    States (prefixed by the name): g 0, x 0 [uS].

    Args:
        name: Prefix of parameters and states; "NMDASyn" by default.

    Example:
        ```python
        net.cell(1).branch(0).loc(0.5).place(NMDASyn())
        jx.netcon(net.cell(0).branch(0).comp(0), net.NMDASyn, weight=5e-4, delay=1.0, threshold=0.0)
        net.set("NMDASyn_Mg", 0.0)  # no block
        ```

    References:
        Markram H et al. (2015). Reconstruction and simulation of neocortical microcircuitry. Cell 163:456-492, models
        of synapses, with the values of the mechanisms that come with its cells.
        Block: Jahr CE, Stevens CF (1990). Voltage dependence of NMDA-activated macroscopic conductances predicted by
        single-channel kinetics. Journal of Neuroscience 10:3178-3182.
    """

    defaults: ClassVar[Mapping[str, float]] = {"tau1": 0.29, "tau2": 43.0, "e": 0.0, "Mg": 1.0}  # ms, ms, mV, mM

    def unblocked(self, v: Value, params: Values) -> Value:
        """Fraction B of open channels that magnesium leaves free [1] at voltage `v` [mV]."""
        return without_magnesium(v, params[f"{self.name}_Mg"])
