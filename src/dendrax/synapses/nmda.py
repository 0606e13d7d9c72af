"""The NMDA receptor of Destexhe, Mainen and Sejnowski, with the magnesium block of Jahr and Stevens."""

from typing import ClassVar

from dendrax.mechanisms.exponentials import exp
from dendrax.mechanisms.rates import quotient
from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.receptor import FirstOrderReceptor


class NMDA(FirstOrderReceptor):
    """Slow excitation: a glutamate receptor with one binding step, blocked by magnesium near rest.

    Current [nA], fraction of open receptors r and of those unblocked B [1], and transmitter T [mM]:

        i = gS B r (post_v - e_syn)
        B = 1 / (1 + exp(-0.062 post_v) Mg / 3.57)
        dr/dt = alpha T (1 - r) - beta r
        T = T_max / (1 + exp(-(pre_v - V_p) / K_p))

    The block follows the voltage at once; r is exact for constant voltage.

    Parameters (prefixed by the name): gS 1e-4 [uS]; e_syn 0 [mV]; alpha 0.072 [1/(mM ms)]; beta 0.0066 [1/ms];
    Mg 1, T_max 1 [mM]; V_p 2, K_p 5 [mV].
    State (prefixed by the name): r 0 [1].

    Args:
        name: Prefix of parameters and states; "NMDA" by default.

    Example:
        ```python
        connect(net.cell(0).branch(0).loc(1.0), net.cell(1).branch(0).loc(0.5), NMDA())
        net.set("NMDA_Mg", 0.0)  # no block
        ```

    References:
        Destexhe A, Mainen ZF, Sejnowski TJ (1998). Kinetic models of synaptic transmission. In: Koch C, Segev I (eds),
        Methods in Neuronal Modeling, 2nd ed., MIT Press, p. 1-25, NMDA receptors: rates fitted to recordings in
        hippocampal slices, gS within their 0.01 to 0.6 nS; the authors' own NEURON code is ModelDB accession 18500.
        Block: Jahr CE, Stevens CF (1990). Voltage dependence of NMDA-activated macroscopic conductances predicted by
        single-channel kinetics. Journal of Neuroscience 10:3178-3182.
    """

    defaults: ClassVar[dict[str, float]] = {"gS": 1e-4, "e_syn": 0.0, "alpha": 0.072, "beta": 0.0066, "Mg": 1.0}

    def unblocked(self, post_v: Value, params: Values) -> Value:
        """Fraction B of open channels that magnesium leaves free [1] at postsynaptic voltage `post_v` [mV]."""
        return without_magnesium(post_v, params[f"{self.name}_Mg"])


def without_magnesium(v: Value, concentration: Value) -> Value:
    """Fraction of open channels that magnesium leaves free [1] at voltage `v` [mV] and its `concentration` [mM]."""
    return quotient(1.0, 1.0 + exp(-0.062 * v) * concentration / 3.57)
