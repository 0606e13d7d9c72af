"""The views of connections and artificial sources that users get: some rows, and the methods for them."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from dendrax.errors import ModelStateError, ModelTypeError, SelectionError, UnknownNameError
from dendrax.modules import connecting, editing, frames, indexing, inputs, removing, source_data, trainables
from dendrax.modules.events import CONNECTION_KEYS, DETECTOR_KEYS, FROM_DETECTOR, NO_DETECTOR
from dendrax.modules.events_in_view import connection_rows, plastic_rows, source_rows
from dendrax.modules.hints import nearest
from dendrax.modules.selection import Selection
from dendrax.modules.tables import Tables
from dendrax.modules.typed import own_parameters, own_states, own_values

if TYPE_CHECKING:
    import pandas as pd

    from dendrax.mechanisms.plasticity import Plasticity

AnyView = TypeVar("AnyView", bound="EventView")


class EventView(abc.ABC):
    """Some connections or artificial sources of a model: abstract.

    `[...]` counts them from 0 within the view; the result has the order and the repetitions of the index. Changes to a
    view change the model.
    """

    what: ClassVar[str]  # for error texts

    def __init__(self, selection: Selection) -> None:
        """View the rows that `selection` has chosen."""
        self._chosen = selection

    @property
    def _selection(self) -> Selection:
        """The selected rows."""
        return self._chosen

    @property
    @abc.abstractmethod
    def rows(self) -> np.ndarray:
        """Their rows in the table of the model. (row,)"""

    @property
    @abc.abstractmethod
    def keys(self) -> tuple[str, ...]:
        """Names of their parameters."""

    @abc.abstractmethod
    def _with(self: AnyView, rows: np.ndarray) -> AnyView:
        """A view of the same kind, of other rows."""

    @abc.abstractmethod
    def to_pandas(self) -> pd.DataFrame:
        """A table with a row for each of them."""

    def __len__(self) -> int:
        """Their number."""
        return len(self.rows)

    def __getitem__(self: AnyView, index: Any) -> AnyView:  # noqa: PYI019 - Self is not checkable method by method
        """The ones at some indices within this view: an integer, list, slice, mask or array of integers.

        Raises:
            SelectionError: The index selects nothing, or is beyond the end.
        """
        chosen = indexing.integers(index, len(self), self.what)
        if (beyond := chosen[chosen >= len(self)]).size:
            raise SelectionError(
                f"Index {beyond[0]} is beyond the end: the view has {len(self)} {self.what}. Use 0 to {len(self) - 1}."
            )
        return self._with(self.rows[chosen])

    def __repr__(self) -> str:
        """Their number and kind."""
        return f"<{len(self)} {self.what}>"

    def set(self, key: str, val: Any) -> None:
        """Set a parameter: one number, or one for each.

        Raises:
            UnknownNameError: They have no such parameter; the text names the nearest.
            ValueShapeError: Neither one value nor one for each.
            ModelValueError: A value is invalid; names the first such value.
        """
        self._check(key)
        editing.set_values(self._selection, key, val)

    def make_trainable(
        self, key: str, init_val: Any = None, bounds: Sequence[float | int] | None = None, verbose: bool = True
    ) -> None:
        """Let a parameter be passed to `integrate(params=...)` and differentiated, one value for each.

        `Module.make_trainable` of the whole module makes a single value that all of them share.

        Args:
            key: Name of the parameter.
            init_val: One number, one for each, or None: the present values.
            bounds: The smallest and the largest delay of any run [ms]; required for delays, and only for them.
            verbose: Whether to print the number of parameters.

        Raises:
            UnknownNameError: They have no such parameter.
            ValueShapeError: Neither one value nor one for each.
            ModelValueError: A value is invalid or outside of the bounds.
        """
        self._check(key)
        trainables.make_trainable(self._selection, key, init_val, verbose, bounds)

    def data_set(self, key: str, val: Any, param_state: list[dict] | None = None) -> list[dict]:
        """Set a parameter to values that JAX may trace, without a change to the model. See `Module.data_set`.

        Args:
            key: Name of the parameter; of artificial sources also of their data, such as "VecStim_times" [ms] and
                "Poisson_rates" [Hz].
            val: One number, or one for each; of data one row for all (place,), or one for each (source, place).
            param_state: What an earlier call returned, to which this one is added.

        Raises:
            UnknownNameError: They have no such parameter or data.
            ValueShapeError: Neither one value, or row, nor one for each.
            ModelValueError: A value that cannot be.
        """
        if source_data.kind_with(self._selection.tables, key) is None:
            self._check(key)
        return trainables.data_set(self._selection, key, val, param_state)

    def _check(self, key: Any) -> None:
        source_data.check_is_no_data(self._selection.tables, key, self.what)
        if key not in self.keys:
            raise UnknownNameError(
                f"The {self.what} have no parameter {key!r}.{nearest(str(key), self.keys) if self.keys else ''}"
            )


class Netcons(EventView):
    """Connections, each from a detector or an artificial source to a point process.

    Their parameters are `weight`, in the unit of the target (uS of a conductance), or the weights under their names if
    the target takes several, `delay` [ms], and `threshold` [mV], which connections that start at the same compartment
    with the same threshold share. Plastic connections also have the parameters and states of their rule, such as
    "PairSTDP_A_plus" and "PairSTDP_w".

    Example:
        >>> import dendrax as jx
        >>> from dendrax.synapses import ExpSyn
        >>> net = jx.Network([jx.Cell()] * 3)
        >>> net.place(ExpSyn("E"))
        >>> made = jx.netcon(net.cell([0, 1]), net.E.of_cell([1, 2]), weight=0.01, delay=[2.0, 3.0])
        >>> net.netcons.set("weight", [0.01, 0.02])
        >>> net.netcons.select(1).set("threshold", -20.0)
        >>> net.netcons.to_pandas()[["source", "target", "target_index", "weight", "delay", "threshold"]]
          source target  target_index  weight  delay  threshold
        0      0      E             1    0.01    2.0       10.0
        1      1      E             2    0.02    3.0      -20.0
    """

    what: ClassVar[str] = "connections"

    @property
    def rows(self) -> np.ndarray:
        """Their numbers in the model. (connection,)"""
        return connection_rows(self._selection)

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of their parameters."""
        weights = self._selection.tables.events.connections.weights
        return (*CONNECTION_KEYS, *weights, *DETECTOR_KEYS, *(key for one in self._rules for key in own_values(one)))

    @property
    def _rules(self) -> list[Plasticity]:
        """The rules of the plastic connections among them."""
        plastic = self._selection.tables.events.plastic
        return [plastic.types[kind] for kind in np.unique(plastic.table["type_ind"][plastic_rows(self._selection)])]

    def _with(self, rows: np.ndarray) -> Netcons:
        return netcons_of(self._selection, rows)

    def select(self, netcons: Any = None, *, source: Any = None, target: Any = None) -> Netcons:
        """Connections by their numbers, as `to_pandas` labels them, and by their ends.

        Args:
            netcons: Numbers, or a mask over those in view; None: all in view.
            source: View of compartments, or artificial sources, at which they start; None: any.
            target: View of point processes, or of compartments that have them, at which they end; None: any.

        Raises:
            SelectionError: A number is not in view.
            ModelTypeError: `source` or `target` is something else.

        Example:
            >>> import dendrax as jx
            >>> from dendrax.synapses import ExpSyn
            >>> net = jx.Network([jx.Cell()] * 3)
            >>> net.place(ExpSyn("E"))
            >>> made = jx.netcon(net.cell(0), net.E.of_cell([1, 2]), weight=0.01, delay=1.0)
            >>> len(net.netcons.select(source=net.cell(0), target=net.cell(2)))
            1
        """
        rows = self.rows if netcons is None else indexing.labels(netcons, self.rows, "netcons")
        tables = self._selection.tables
        if source is not None:
            rows = rows[_starts_at(tables, _selection_of(source, tables, "source"))[rows]]
        if target is not None:
            inside = np.zeros(len(tables.points), bool)
            inside[_selection_of(target, tables, "target").point_rows] = True
            rows = rows[inside[tables.target_rows[rows]]]
        return self._with(rows)

    def record(self, state: str, verbose: bool = True) -> None:
        """Record a state of the plastic connections among them, such as "PairSTDP_w". See `Module.record`.

        Raises:
            UnknownNameError: The connections in view have no such state; the text names the nearest.
        """
        states = [key for one in self._rules for key in own_states(one)]
        if state not in states:
            raise UnknownNameError(
                f"record: these {self.what} have no state {state!r}."
                f"{nearest(str(state), states) if states else ' None of them is plastic.'}"
            )
        inputs.record(self._selection, state, verbose)

    def delete(self) -> None:
        """Remove these connections from the model, with their trainable weights and delays.

        This renumbers connections: discard views of connections that you made before.
        """
        removing.delete_connections(self._selection.tables, self.rows)

    def to_pandas(self) -> pd.DataFrame:
        """A table with a row for each connection, labelled by its number, as a copy.

        Columns: `source`, a label of `.nodes` or the name of the artificial source; `source_index`, the number of the
        artificial source, -1 for compartments; `target`, the name of the point process; `target_index`, its
        `index_within_type`; `pre_index` (-1 for artificial sources) and `post_index`, compartments; `weight`, followed
        by the weights of targets that take several, NaN for connections without that weight; `delay`, `threshold`. If
        the model has plastic connections also `plasticity`, the name of the rule ("" without a rule), `spiking_index`,
        the compartment of the postsynaptic spikes (-1 without one), and the parameters and initial states of the rules,
        NaN for connections of other rules.
        """
        tables, rows = self._selection.tables, self.rows
        table, events = tables.events.connections.table.copy(rows), tables.events
        artificial = table["source_kind"] != FROM_DETECTOR
        comps, thresholds = np.full(len(rows), -1), np.full(len(rows), np.nan)
        detectors = table["source"][~artificial]
        comps[~artificial] = events.detectors.table["comp_index"][detectors]
        thresholds[~artificial] = events.detectors.table["threshold"][detectors]
        source = comps.astype(object)
        source[artificial] = np.array([one.name for one in events.sources.types], object)[
            table["source_kind"][artificial]
        ]
        targets = tables.target_rows[rows]
        return frames.frame_of(
            {
                "source": source,
                "source_index": np.where(artificial, table["source"], -1),
                "target": tables.points.table["type"][targets],
                "target_index": table["target"],
                "pre_index": comps,
                "post_index": tables.points.table["comp_index"][targets].astype(int),
                "weight": table["weight"],
                **{name: table[name] for name in events.connections.weights},
                "delay": table["delay"],
                "threshold": thresholds,
                **_of_rules(tables, rows),
            },
            rows,
        )


def _of_rules(tables: Tables, rows: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of `Netcons.to_pandas` for plastic connections, with an entry for each of `rows`."""
    plastic, detectors = tables.events.plastic, tables.events.detectors.table
    if not len(plastic):
        return {}
    row_of = np.full(len(tables.events.connections), -1)
    row_of[plastic.connections] = np.arange(len(plastic))
    at = row_of[rows]
    there, table = at >= 0, plastic.table.copy(at[at >= 0])
    names, spiking = np.full(len(rows), "", object), np.full(len(rows), -1)
    names[there] = table["type"]
    post = table["post"].astype(int)
    comps = np.full(len(post), -1)
    comps[post != NO_DETECTOR] = detectors["comp_index"][post[post != NO_DETECTOR]]
    spiking[there] = comps
    shown = {"plasticity": names, "spiking_index": spiking}
    for key in (key for one in plastic.types for key in own_values(one)):
        shown[key] = np.full(len(rows), np.nan)
        shown[key][there] = table.numbers(key)
    return shown


class SourceView(EventView):
    """Artificial sources of one kind, such as those that `add_sources` returns.

    Example:
        >>> import dendrax as jx
        >>> from dendrax.events import NetStim
        >>> net = jx.Network([jx.Cell()] * 3)
        >>> noise = net.add_sources(NetStim(interval=20.0, noise=1.0), 100)
        >>> noise[:10].set("NetStim_interval", 5.0)
        >>> noise[[0, 50]].record_spikes()
        Added 2 spike recordings. See `.spike_recordings` for details.
        >>> noise.to_pandas()["NetStim_interval"].mean().item()
        18.5
    """

    what: ClassVar[str] = "artificial sources"

    def __init__(self, selection: Selection) -> None:
        super().__init__(selection)
        self._table = selection.tables.events.sources

    @property
    def _selection(self) -> Selection:
        """What is chosen, unless sources have been deleted since.

        Raises:
            ModelStateError: They have.
        """
        if self._chosen.tables.events.sources is not self._table:
            raise ModelStateError(
                "Artificial sources have been deleted since this view of some was made, and the others are counted "
                "anew. Take a new view by the name of the source: `net.NetStim`, `net.VecStim[0]`."
            )
        return self._chosen

    @property
    def rows(self) -> np.ndarray:
        """Their rows among all artificial sources of the model. (source,)"""
        return source_rows(self._selection)

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of their parameters."""
        sources = self._selection.tables.events.sources
        kinds = np.unique(sources.table["type_ind"][self.rows].astype(int))
        return tuple(key for kind in kinds.tolist() for key in own_parameters(sources.types[kind]))

    def _with(self, rows: np.ndarray) -> SourceView:
        return sources_of(self._selection, rows)

    def select(self, sources: Any) -> SourceView:
        """Sources by their numbers within their kind, with the order and repetitions of the argument.

        Raises:
            SelectionError: A number is not in view.
        """
        labels = self._selection.tables.events.sources.table["index_within_type"][self.rows].astype(int)
        order = np.argsort(labels, kind="stable")
        wanted = indexing.labels(sources, labels, "sources")
        return self._with(self.rows[order[np.searchsorted(labels, wanted, sorter=order)]])

    def record_spikes(self, verbose: bool = True) -> None:
        """Make runs return the spikes of these sources. See `Module.record_spikes`."""
        connecting.record_spikes(self._selection, None, verbose)

    def delete(self) -> None:
        """Remove these sources from the model, with their connections, recordings and trainable values.

        The others of their kind close up: their numbers are counted anew, and with them the random trains of those that
        come later. Views of sources that were made before raise ModelStateError from then on. A kind of which no source
        is left is gone.

        Warns:
            UserWarning: Connections, recordings or trainable parameters went too; says how many.

        Example:
            >>> import dendrax as jx
            >>> from dendrax.events import VecStim
            >>> net = jx.Network([jx.Cell()] * 2)
            >>> played = net.add_sources(VecStim([[2.0], [3.0], [5.0]]))
            >>> played[1].delete()
            >>> len(net.VecStim), net.sources["index_within_type"].tolist()
            (2, [0, 1])
        """
        removing.delete_sources(self._selection.tables, self.rows)

    def to_pandas(self) -> pd.DataFrame:
        """A table with a row for each source, as a copy: `index_within_type`, `type`, `type_ind` and parameters."""
        return self._selection.tables.events.sources.table.frame(self.rows, {})


def netcons_of(selection: Selection, rows: np.ndarray | None = None) -> Netcons:
    """The connections with some numbers, or all in view."""
    chosen = connection_rows(selection) if rows is None else rows
    return Netcons(_chosen(selection, connections_chosen=chosen))


def netcons_by(selection: Selection, rule: Plasticity) -> Netcons:
    """The connections in view that change by a rule."""
    plastic = selection.tables.events.plastic
    return netcons_of(selection, plastic.connections[plastic.of_type(rule, plastic_rows(selection))])


def sources_of(selection: Selection, rows: np.ndarray) -> SourceView:
    """The artificial sources at some rows."""
    return SourceView(_chosen(selection, sources_chosen=rows))


def _chosen(selection: Selection, **chosen: np.ndarray) -> Selection:
    made = replace(selection, is_view=True, **chosen)
    vars(made).update(structure=selection.structure)
    return made


def _selection_of(view: Any, tables: Tables, what: str) -> Selection:
    """The selection of a view of the same model."""
    selection = getattr(view, "_selection", None)
    if not isinstance(selection, Selection) or selection.tables is not tables:
        raise ModelTypeError(f"select: {what} must be a view of the same model, not {type(view).__name__}.")
    return selection


def _starts_at(tables: Tables, source: Selection) -> np.ndarray:
    """Whether each connection starts at a compartment or artificial source in view. (connection,) bool."""
    table, events = tables.events.connections.table, tables.events
    artificial = table["source_kind"] != FROM_DETECTOR
    inside = np.zeros(table.length, bool)
    if source.sources_chosen is None:
        inside[~artificial] = source.mask[events.detectors.table["comp_index"][table["source"][~artificial]]]
        return inside
    in_view = np.zeros(len(events.sources), bool)
    in_view[source.sources_chosen] = True
    rows = events.sources.rows_of(table["source_kind"][artificial], table["source"][artificial])
    inside[artificial] = in_view[rows]
    return inside
