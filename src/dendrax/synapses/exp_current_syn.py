"""A point process with a current that jumps and decays."""

from collections.abc import Mapping
from typing import ClassVar

from dendrax.mechanisms.value import Value, Values
from dendrax.synapses.point import JumpAndDecay


class ExpCurrentSyn(JumpAndDecay):
    """Current that jumps by the weight of each event and decays with time constant tau, at any voltage.

    Outward current i [nA] and the current I [nA] into the compartment, exact for any time step:

        i = -I
        dI/dt = -I / tau,    I -> I + weight at an event

    The weight of a connection is in nA here, positive for excitation. `ExpCurrentSynapse` is its counterpart for
    `connect`.

    Parameter (prefixed by the name): tau 2 [ms].
    State (prefixed by the name): I 0 [nA].

    Args:
        name: Prefix of parameters and states; "ExpCurrentSyn" by default.

    Example:
        ```python
        net.cell("all").branch(0).comp(0).place(ExpCurrentSyn("inhibition"))
        jx.netcon(net.cell(0).branch(0).comp(0), net.inhibition.of_cell(1), weight=-0.02, delay=1.5, threshold=-50.0)
        ```

    References:
        Rotter S, Diesmann M (1999). Exact digital simulation of time-invariant linear systems with applications to
        neuronal modeling. Biological Cybernetics 81:381-402.
    """

    defaults: ClassVar[Mapping[str, float]] = {"tau": 2.0}  # ms
    excited: ClassVar[tuple[str, ...]] = ("I",)

    def currents(self, states: Values, v: Value, params: Values) -> Mapping[str | None, Value]:
        """Outward current [nA], negative for a positive weight."""
        del v, params
        return {None: -states[f"{self.name}_I"]}
