"""The GABA-A receptor of Destexhe, Mainen and Sejnowski."""

from typing import ClassVar

from dendrax.synapses.receptor import FirstOrderReceptor


class GABAA(FirstOrderReceptor):
    """Fast inhibition: a GABA receptor with one binding step and a chloride channel.

    Current [nA], fraction of open receptors r [1], exact for constant voltage, and transmitter T [mM]:

        i = gS r (post_v - e_syn)
        dr/dt = alpha T (1 - r) - beta r
        T = T_max / (1 + exp(-(pre_v - V_p) / K_p))

    Parameters (prefixed by the name): gS 5e-4 [uS]; e_syn -80 [mV]; alpha 5 [1/(mM ms)]; beta 0.18 [1/ms];
    T_max 1 [mM]; V_p 2, K_p 5 [mV].
    State (prefixed by the name): r 0 [1].

    Args:
        name: Prefix of parameters and states; "GABAA" by default.

    Example:
        ```python
        connect(net.cell(0).branch(0).loc(1.0), net.cell(1).branch(0).loc(0.5), GABAA())
        net.set("GABAA_e_syn", -70.0)
        ```

    References:
        Destexhe A, Mainen ZF, Sejnowski TJ (1998). Kinetic models of synaptic transmission. In: Koch C, Segev I (eds),
        Methods in Neuronal Modeling, 2nd ed., MIT Press, p. 1-25, GABA-A receptors: rates fitted to recordings in
        hippocampal slices, gS within their 0.25 to 1.2 nS. The authors' own NEURON code, ModelDB accession 18500, has
        an older fit with alpha = 0.53 /(mM ms).
    """

    defaults: ClassVar[dict[str, float]] = {"gS": 5e-4, "e_syn": -80.0, "alpha": 5.0, "beta": 0.18}
