"""AMPA and NMDA receptors at one synapse, driven by events."""

from collections.abc import Mapping
from typing import Any, ClassVar

from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.decays import double_exponential
from dendrax.synapses.nmda import without_magnesium
from dendrax.synapses.point import PointSynapse, decayed

RECEPTORS = ("ampa", "nmda")


class AMPANMDASyn(PointSynapse):
    """Excitation by events through AMPA and NMDA receptors, with a weight of each connection for either.

    Current [nA], fraction of unblocked NMDA receptors B [1], conductances g and their drives x [uS], exact for any time
    step:

        i = (g_ampa + g_nmda B) (v - e)
        B = 1 / (1 + exp(-0.062 v) Mg / 3.57)
        dx/dt = -x / tau1,    x -> x + weight at an event
        dg/dt = c x - g / tau2

    for each receptor, as in `Exp2Syn`: c makes the weight the peak of g after one event. It is an `AMPASyn` and an
    `NMDASyn` that share their connections. These have two weights, "ampa" and "nmda" [uS].

    Parameters (prefixed by the name): tau1_ampa 0.2, tau2_ampa 1.7, tau1_nmda 0.29, tau2_nmda 43 [ms]; e 0 [mV]; Mg 1
    [mM].
    States (prefixed by the name): g_ampa 0, x_ampa 0, g_nmda 0, x_nmda 0 [uS].

    Args:
        name: Prefix of parameters and states; "AMPANMDASyn" by default.

    Example:
        ```python
        net.cell(1).branch(0).loc(0.5).place(AMPANMDASyn("E"))
        soma = net.cell(0).branch(0).comp(0)
        jx.netcon(soma, net.E, weight={"ampa": 5e-4, "nmda": 4e-4}, delay=1.0, threshold=0.0)
        net.netcons.set("nmda", 0.0)
        ```

    References:
        Markram H et al. (2015). Reconstruction and simulation of neocortical microcircuitry. Cell 163:456-492, models
        of synapses, with the values of the mechanisms that come with its cells.
        Block: Jahr CE, Stevens CF (1990). Voltage dependence of NMDA-activated macroscopic conductances predicted by
        single-channel kinetics. Journal of Neuroscience 10:3178-3182.
    """

    defaults: ClassVar[Mapping[str, float]] = {
        "tau1_ampa": 0.2,
        "tau2_ampa": 1.7,
        "tau1_nmda": 0.29,
        "tau2_nmda": 43.0,  # ms
        "e": 0.0,
        "Mg": 1.0,  # mV, mM
    }
    excited: ClassVar[tuple[str, ...]] = ("g_ampa", "x_ampa", "g_nmda", "x_nmda")
    positive: tuple[str, ...] = ("tau1_ampa", "tau2_ampa", "tau1_nmda", "tau2_nmda")
    weights: tuple[str, ...] = RECEPTORS

    def advance(self, states: Values, dt: Value, v: Value, params: Values) -> Values:
        """Advance by `dt` [ms], exactly."""
        del v
        prefix, after = self.name, {}
        for one in RECEPTORS:
            tau1, tau2 = params[f"{prefix}_tau1_{one}"], params[f"{prefix}_tau2_{one}"]
            g, x = states[f"{prefix}_g_{one}"], states[f"{prefix}_x_{one}"]
            after[f"{prefix}_g_{one}"] = decayed(g, dt, tau2) + x * double_exponential(dt, tau1, tau2)
            after[f"{prefix}_x_{one}"] = decayed(x, dt, tau1)
        return after

    def receive(self, states: Values, weight: Any, params: Values) -> Values:
        """Add the sums of the weights [uS] of the events that have arrived to the drives."""
        del params
        return {key: states[key] + weight[one] for one in RECEPTORS for key in [f"{self.name}_x_{one}"]}

    def currents(self, states: Values, v: Value, params: Values) -> Mapping[str | None, Value]:
        """Outward current [nA] at voltage `v` [mV]."""
        prefix = self.name
        unblocked = without_magnesium(v, params[f"{prefix}_Mg"])
        conductance = states[f"{prefix}_g_ampa"] + states[f"{prefix}_g_nmda"] * unblocked
        return {None: conductance * (v - params[f"{prefix}_e"])}
