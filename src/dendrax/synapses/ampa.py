"""The AMPA receptor of Destexhe, Mainen and Sejnowski."""

from typing import ClassVar

from dendrax.synapses.receptor import FirstOrderReceptor


class AMPA(FirstOrderReceptor):
    """Fast excitation: a glutamate receptor with one binding step.

    Current [nA], fraction of open receptors r [1], exact for constant voltage, and transmitter T [mM]:

        i = gS r (post_v - e_syn)
        dr/dt = alpha T (1 - r) - beta r
        T = T_max / (1 + exp(-(pre_v - V_p) / K_p))

    Parameters (prefixed by the name): gS 5e-4 [uS]; e_syn 0 [mV]; alpha 1.1 [1/(mM ms)]; beta 0.19 [1/ms];
    T_max 1 [mM]; V_p 2, K_p 5 [mV].
    State (prefixed by the name): r 0 [1].

    Args:
        name: Prefix of parameters and states; "AMPA" by default.

    Example:
        ```python
        connect(net.cell(0).branch(0).loc(1.0), net.cell(1).branch(0).loc(0.5), AMPA())
        net.set("AMPA_gS", 1e-3)
        ```

    References:
        Destexhe A, Mainen ZF, Sejnowski TJ (1998). Kinetic models of synaptic transmission. In: Koch C, Segev I (eds),
        Methods in Neuronal Modeling, 2nd ed., MIT Press, p. 1-25, AMPA/kainate receptors: rates fitted to recordings in
        hippocampal slices, gS within their 0.35 to 1 nS; the authors' own NEURON code is ModelDB accession 18500.
    """

    defaults: ClassVar[dict[str, float]] = {"gS": 5e-4, "e_syn": 0.0, "alpha": 1.1, "beta": 0.19}
