"""The front door of events: connections from compartments or artificial sources to point processes."""

from __future__ import annotations

import warnings
from typing import Any

from dendrax.errors import ModelTypeError, ModelValueError
from dendrax.modules import connecting
from dendrax.modules.event_views import Netcons, SourceView, netcons_of
from dendrax.modules.events import DEFAULT_THRESHOLD
from dendrax.modules.module import Module


def netcon(
    source: Module | SourceView,
    target: Module,
    *,
    weight: Any,
    delay: Any = 1.0,
    threshold: Any = DEFAULT_THRESHOLD,
    plasticity: Any = None,
    post: Module | None = None,
) -> Netcons:
    """Send the spikes of sources to point processes, the first of `source` to the first of `target` and so on.

    A spike of a compartment is an upward crossing of the threshold by its voltage. It arrives at the point process
    after the delay, with the weight of the connection. Several connections may end at one point process, and
    connections that start at the same compartment with the same threshold share a detector.

    With `plasticity` each connection has its own parameters and states of the rule, such as "PairSTDP_A_plus" and
    "PairSTDP_w": `set`, `make_trainable`, `data_set` and `record` take these names, and `net.PairSTDP` is a view of all
    connections that change by this rule.

    To connect a table of pairs, pass arrays of indices: `net.select(nodes=pre)` and `net.E.select(post)` keep the order
    of their indices and may contain an index more than once.

    Args:
        source: View of compartments, or artificial sources as `add_sources` returns them.
        target: View of as many point processes of the same model, such as `net.E.of_cell([1, 2])`. If one side has a
            single entry, it is connected to all entries of the other side.
        weight: Weight in the unit of the target, uS for a conductance; one number or one for each connection. It may be
            negative if that makes sense for the target. If the target takes several weights, such as `AMPANMDASyn`, a
            dict of them by name.
        delay: Delay [ms], positive, at least the time step of any run; one number or one for each connection. The
            default, 1 ms, is that of NEURON.
        threshold: Threshold [mV] of presynaptic and postsynaptic compartments, one number or one for each connection;
            artificial sources ignore it. The default, 10 mV, is that of NEURON.
        plasticity: The rule by which the connections change, `PairSTDP()`; None: they do not change.
        post: View of the compartments of postsynaptic spikes, one for all connections or one for each; None: the first
            compartment of the cell of the target.

    Returns:
        The new connections, see `Module.netcons`.

    Raises:
        ModelTypeError: `source` is not a view of compartments or artificial sources, `target` not one of point
            processes, `plasticity` not a rule of plasticity, or `post` not a view of compartments; or `weight` is not a
            dict, but the target takes several weights.
        UnknownNameError: The target has no weight of a given name.
        ModelValueError: They are of different models; a weight is missing; a value is NaN or infinite; a delay is not
            positive; or `post` is given without a rule that uses postsynaptic spikes.
        ValueShapeError: Neither as many sources as targets nor one on either side; or a wrong number of values.
        MechanismError: A target cannot receive events; the targets take different weights, or several for plastic
            connections; a name of the rule is taken, or the model has the rule with other settings.

    Warns:
        UserWarning: The sources are whole cells of several compartments: each compartment is a source.

    Example:
        >>> import dendrax as jx
        >>> from dendrax.events import VecStim
        >>> from dendrax.synapses import ExpSyn
        >>> net = jx.Network([jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0])] * 3)
        >>> net.cell("all").branch(0).comp(0).place(ExpSyn("E"))
        >>> made = netcon(net.cell(0).branch(1).loc(1.0), net.E.of_cell([1, 2]), weight=0.01, delay=3.3, threshold=0.0)
        >>> stim = net.add_sources(VecStim([[2.0, 7.5], [4.0]]))
        >>> made = netcon(stim, net.E.of_cell([0, 1]), weight=[0.01, 0.02])
        >>> net.netcons.to_pandas()[["source", "source_index", "target_index", "weight", "delay"]]
            source  source_index  target_index  weight  delay
        0        3            -1             1    0.01    3.3
        1        3            -1             2    0.01    3.3
        2  VecStim             0             0    0.01    1.0
        3  VecStim             1             1    0.02    1.0

        A synapse with two weights, which are columns of `net.netcons`:

        >>> from dendrax.synapses import AMPANMDASyn
        >>> net.cell(2).branch(1).comp(0).place(AMPANMDASyn("D"))
        >>> made = netcon(stim[0], net.D, weight={"ampa": 5e-4, "nmda": 4e-4})
        >>> made.set("nmda", 0.0)

        A connection that learns:

        >>> from dendrax.events import PairSTDP
        >>> made = netcon(stim[0], net.E.of_cell(2), weight=0.01, threshold=-20.0, plasticity=PairSTDP())
        >>> made.set("PairSTDP_A_plus", 0.01)
        >>> made.record("PairSTDP_w", verbose=False)

    References:
        Carnevale NT, Hines ML (2006). The NEURON Book. Cambridge University Press, chapter 10: NetCon.
    """
    _check_ends(source, target)
    connecting.check_learning(plasticity, post)
    _check_post(post)
    begins, ends = source._selection, target._selection
    spiking = None if post is None else post._selection
    if begins.tables is not ends.tables or (spiking is not None and spiking.tables is not ends.tables):
        raise ModelValueError(
            f"netcon: source{'' if spiking is None else ', post'} and target belong to different models. Pass views of "
            f"the same model."
        )
    if isinstance(source, Module) and begins.level in ("cell", "module") and _has_cells_of_several(source):
        warnings.warn(
            f"netcon: each of the {len(begins.rows)} compartments of the presynaptic cells is a source. For one source "
            f"of each cell select a compartment, `net.cell(0).branch(0).loc(0.0)`.",
            stacklevel=2,
        )
    learning = None if plasticity is None else connecting.Learning(plasticity, spiking, target._is_attribute)
    values = {"weight": weight, "delay": delay, "threshold": threshold}
    numbers = connecting.connect(begins, ends, values, learning)
    return netcons_of(target.base._selection, numbers)


def _check_ends(source: Any, target: Any) -> None:
    """Refuse a source that cannot send events, and a target that cannot receive them."""
    if not isinstance(source, (Module, SourceView)):
        raise ModelTypeError(
            f"netcon: source must be a view of compartments, such as `net.cell(0).branch(0).loc(0.0)`, or artificial "
            f"sources, as `net.add_sources(...)` returns them, not {type(source).__name__}."
        )
    if isinstance(source, Module) and source._selection.points_chosen is not None:
        raise ModelTypeError(
            "netcon: source is a view of point processes, but only compartments and artificial sources spike. Pass "
            "compartments, such as `net.cell(0).branch(0).loc(0.0)`."
        )
    if not isinstance(target, Module) or target._selection.points_chosen is None:
        names = [one.name for one in target.tables.points.types] if isinstance(target, Module) else []
        how = (
            f"Pass a view of them: `net.{names[0]}` is a view of all named {names[0]!r}, `net.{names[0]}.of_cell(1)` "
            f"a view of those in cell 1."
            if names
            else "Place some first, `net.cell(1).branch(0).loc(0.5).place(ExpSyn('E'))`; `net.E` is a view of them."
        )
        raise ModelTypeError(
            f"netcon: target must be a view of point processes"
            f"{'' if isinstance(target, Module) else f', not {type(target).__name__}'}. {how}"
        )


def _check_post(post: Any) -> None:
    """Refuse anything but a view of compartments."""
    if post is not None and (not isinstance(post, Module) or post._selection.points_chosen is not None):
        what = "one of point processes" if isinstance(post, Module) else type(post).__name__
        raise ModelTypeError(
            f"netcon: post must be a view of compartments, such as `net.cell(1).branch(0).comp(0)`, not {what}."
        )


def _has_cells_of_several(source: Module) -> bool:
    """Whether a view has more than one compartment of a cell."""
    return source.shape[-1] > (source.shape[0] if len(source.shape) == 3 else 1)
