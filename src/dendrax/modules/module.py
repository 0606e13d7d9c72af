"""Module: what a user builds and edits. The list of public methods, each a line or two into the files beside it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from dendrax.errors import ModelStateError, ModelTypeError, SelectionError, UnknownAttributeError
from dendrax.mechanisms.channel import Channel
from dendrax.modules import copying, editing, initial, inputs, inserting, recut, selection, shown, trainables
from dendrax.modules.selection import LEVELS
from dendrax.modules.tables import Tables

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLURAL = {"cell": "cells", "branch": "branches", "comp": "comps"}
CHILD_LEVELS = {"compartment": (), "branch": ("comp",), "cell": ("branch", "comp"), "network": LEVELS}


class Module:
    """A model or a view of some of it: tables, shared by all views, and the selected rows.

    What a view changes is changed in the model. Compartments are always in the order of the tables, except after
    `select`, which keeps the order that it is given.

    Example:
        >>> import dendrax as jx
        >>> from dendrax.channels import HH
        >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=4), parents=[-1, 0, 0])
        >>> cell.insert(HH())
        >>> cell.branch(1).set("radius", 0.5)
        >>> cell.branch(2).loc(1.0).record("v", verbose=False)
    """

    tables: Tables

    # -- What is in view ------------------------------------------------------------------------------------------

    @classmethod
    def _of(cls, tables: Tables) -> Module:
        """A whole module of this class over `tables`, without running its constructor."""
        module = cls.__new__(cls)
        module._own(tables)
        return module

    def _own(self, tables: Tables) -> None:
        self.tables = tables
        self._rows: np.ndarray | None = None  # None: the whole model
        self._edges: np.ndarray | None = None  # None: those with both ends in view
        self._scope = "local"
        self._level = "module"  # what the last step of selection was
        self._base: Module = self
        self._structure = tables.structure  # for which the rows were chosen
        self._frames: dict[str, pd.DataFrame] = {}

    def _view(
        self, rows: np.ndarray | None, level: str, *, edges: np.ndarray | None = None, scope: str | None = None
    ) -> Module:
        view = Module.__new__(Module)
        view.tables, view._rows, view._edges, view._level = self.tables, rows, edges, level
        view._scope, view._base, view._frames = scope or self._scope, self._base, {}
        view._structure = self.tables.structure
        return view

    @property
    def is_view(self) -> bool:
        """Whether this is a view of a module rather than the module."""
        return self._base is not self

    @property
    def rows(self) -> np.ndarray:
        """Indices of the compartments in view. (comp,).

        Raises:
            ModelStateError: `set_ncomp` changed the compartments since the view was made.
        """
        if self._rows is None:
            return np.arange(self.tables.structure.n_comp)
        if self._structure is not self.tables.structure:
            raise ModelStateError(
                "This view was made before `set_ncomp` changed the compartments of the model. Select it again."
            )
        return self._rows

    @property
    def mask(self) -> np.ndarray:
        """Which compartments of the model are in view. (comp,) bool."""
        mask = np.zeros(self.tables.structure.n_comp, bool)
        mask[self.rows] = True
        return mask

    @property
    def edge_rows(self) -> np.ndarray:
        """Indices of the synapses in view: those selected, else those with both ends in view. (edge,)."""
        if self._edges is not None:
            return self._edges
        edges = self.tables.edges
        if self._rows is None or edges.length == 0:
            return np.arange(edges.length)
        inside = self.mask
        return np.flatnonzero(inside[edges["pre_index"].astype(int)] & inside[edges["post_index"].astype(int)])

    @property
    def base(self) -> Module:
        """The module that this is a view of."""
        return self._base

    @property
    def view(self) -> Module:
        """A view of everything that is in view."""
        return self._view(self._in_view, self._level, edges=self._edges)

    @property
    def _in_view(self) -> np.ndarray | None:
        """The rows, or None for all of them, which saves looking at each."""
        return None if self._rows is None else self.rows

    def _select_level(self, level: str, index: Any) -> Module:
        self._check_level(level)
        rows = selection.rows_at(self.tables.structure, level, index, self._in_view, self._scope)
        return self._view(rows, level)

    def _check_level(self, level: str) -> None:
        if level not in CHILD_LEVELS[self.tables.kind]:
            has = " and ".join(PLURAL[one] for one in CHILD_LEVELS[self.tables.kind]) or "no parts"
            raise ModelTypeError(f"A {self.tables.kind} has no {PLURAL[level]} to select; it has {has}.")

    def cell(self, idx: Any) -> Module:
        """View of the selected cells of a network.

        Args:
            idx: Integer, list, range, slice, array of integers or booleans, or "all".

        Raises:
            SelectionError: Nothing is selected.
        """
        return self._select_level("cell", idx)

    def branch(self, idx: Any) -> Module:
        """View of the selected branches; in local scope counted within each cell in view. See `cell`."""
        return self._select_level("branch", idx)

    def comp(self, idx: Any) -> Module:
        """View of the selected compartments; in local scope counted within each branch in view. See `cell`."""
        return self._select_level("comp", idx)

    def loc(self, at: Any) -> Module:
        """View of the compartments at fractions `at` (0 to 1) along each branch in view, or "all" of them.

        Example:
            >>> import dendrax as jx
            >>> jx.Branch(jx.Compartment(), ncomp=4).loc(0.9).rows
            array([3])
        """
        if self.tables.kind == "compartment":
            raise ModelTypeError("A compartment has no locations to select: loc is for branches, cells and networks.")
        return self._view(selection.rows_at_loc(self.tables.structure, at, self.rows), "loc")

    def edge(self, idx: Any) -> Module:
        """View of the selected synapses among those in view (local scope) or of the network (global scope)."""
        rows = self.edge_rows
        ids = rows if self._scope == "global" else np.arange(len(rows))
        wanted = selection.integers(idx, int(ids.max()) + 1 if len(ids) else 0, "edge")
        return self._view_edges(rows[np.isin(ids, wanted)], f"edge({idx!r})", level="edge")

    def select(self, nodes: Any = None, edges: Any = None, sorted: bool = False) -> Module:  # noqa: A002
        """View of compartments and synapses by the labels that `.nodes` and `.edges` show.

        Args:
            nodes: Compartment indices (or a mask over those in view), kept in the order given.
            edges: Synapse indices (or a mask). Alone, it selects their pre- and postsynaptic compartments too.
            sorted: Whether to sort the indices.

        Raises:
            SelectionError: An index is not in view.
        """
        order = np.sort if sorted else np.asarray
        edge_rows = None if edges is None else order(_labels(edges, self.edge_rows, "edges"))
        if nodes is not None:
            return self._view(order(_labels(nodes, self.rows, "nodes")), "select", edges=edge_rows)
        if edge_rows is None:
            return self._view(self.rows, "select")
        return self._view_edges(edge_rows, "select(edges=...)", level="select")

    def _view_edges(self, edges: np.ndarray, what: str, level: str) -> Module:
        if len(edges) == 0:
            raise SelectionError(f"{selection.NOTHING} {what} selects none of the {len(self.edge_rows)} synapses.")
        ends = [self.tables.edges[end][edges].astype(int) for end in ("pre_index", "post_index")]
        return self._view(np.unique(np.concatenate(ends)), level, edges=edges)

    def scope(self, scope: str) -> Module:
        """View with indices counted in another scope: "local" (within the view) or "global" (in the model)."""
        return self._view(self._in_view, self._level, edges=self._edges, scope=_checked_scope(scope))

    def set_scope(self, scope: str) -> None:
        """Change the scope of this module or view in place. See `scope`."""
        self._scope = _checked_scope(scope)

    def __getitem__(self, index: Any) -> Module:
        """Select along the levels that are left: `net[0, 1, 2]` is `net.cell(0).branch(1).comp(2)`."""
        levels = CHILD_LEVELS[self.tables.kind]
        if self._level in LEVELS:
            levels = levels[levels.index(self._level) + 1 :]
        elif self._level not in ("module", "group"):
            raise ModelTypeError(
                f"A view made by {self._level!r} cannot be indexed by [...]; use cell, branch or comp."
            )
        indices = index if isinstance(index, tuple) else (index,)
        if len(indices) > len(levels):
            raise SelectionError(
                f"Too many indices. {len(indices)} were given, {len(levels)} levels are left: {levels}."
            )
        view = self
        for level, one in zip(levels, indices, strict=False):
            view = view._select_level(level, one)
        return view

    def _each(self, level: str) -> Iterator[Module]:
        self._check_level(level)
        rows, structure = self.rows, self.tables.structure
        ids_in = selection.global_ids if self._scope == "global" else selection.local_ids
        ids = ids_in(structure, level, rows)
        order = np.argsort(ids, kind="stable")
        cuts = np.flatnonzero(np.diff(ids[order])) + 1
        for index, part in zip(np.unique(ids), np.split(rows[order], cuts), strict=True):
            unchanged = self.tables.structure is structure  # else the loop calls set_ncomp
            yield self._view(part, level) if unchanged else self._select_level(level, int(index))

    @property
    def cells(self) -> Iterator[Module]:
        """Views of one cell after the other."""
        return self._each("cell")

    @property
    def branches(self) -> Iterator[Module]:
        """Views of one branch index of the current scope after the other."""
        return self._each("branch")

    @property
    def comps(self) -> Iterator[Module]:
        """Views of one compartment index of the current scope after the other."""
        return self._each("comp")

    def __iter__(self) -> Iterator[Module]:
        """Views one level down."""
        levels = CHILD_LEVELS[self.tables.kind]
        left = levels[levels.index(self._level) + 1 :] if self._level in LEVELS else levels
        if not left:
            return iter([self.view])
        return self._each(left[0])

    def __enter__(self) -> Module:  # noqa: PYI034 - Self is not checkable method by method
        """`with cell.branch(0) as branch:` reads well."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to undo."""

    def __getattr__(self, name: str) -> Module:
        """The view of a group or of the compartments that have a channel.

        Raises:
            UnknownAttributeError: There is no such thing; the text names the nearest.
        """
        tables = self.__dict__.get("tables")
        if tables is None or name.startswith("__"):
            raise AttributeError(name)
        if name in tables.groups or tables.channel_named(name) is not None:
            rows = self.rows
            rows = rows[tables.members(name)[rows]]
            if len(rows) == 0:
                raise SelectionError(f"{selection.NOTHING} No compartment in view is in {name!r}.")
            return self._view(rows, "group")
        near = difflib.get_close_matches(name, dir(self), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UnknownAttributeError(f"This {tables.kind} has no attribute, group or channel {name!r}.{hint}")

    def __dir__(self) -> list[str]:
        """Methods, groups and channels."""
        channels = [channel.name for channel in self.tables.channels]
        return [*super().__dir__(), *self.tables.groups, *channels]

    # -- Tables ---------------------------------------------------------------------------------------------------

    @property
    def nodes(self) -> pd.DataFrame:
        """Compartments: indices, geometry, parameters, states; the label is the compartment's global index.

        On a whole module a change to it is a change of the model; on a view only `controlled_by_param` counts.
        """
        return shown.nodes(self)

    @property
    def edges(self) -> pd.DataFrame:
        """Synapses. See `nodes`."""
        return shown.edges(self)

    def show(
        self,
        param_names: str | list[str] | None = None,
        *,
        indices: bool = True,
        params: bool = True,
        states: bool = True,
        channel_names: str | list[str] | None = None,
    ) -> pd.DataFrame:
        """A part of `nodes`: indices, parameters and states, of all or of the named channels."""
        return shown.show(self, param_names, indices, params, states, channel_names)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of cells, branches and compartments in view, as far as the module has these levels."""
        structure, rows = self.tables.structure, self.rows
        counts = [len(np.unique(selection.global_ids(structure, level, rows))) for level in LEVELS[:2]]
        return tuple([*counts, len(rows)][3 - len(CHILD_LEVELS[self.tables.kind]) :])

    def __repr__(self) -> str:
        """What is in view."""
        return shown.describe(self)

    @property
    def xyzr(self) -> list[np.ndarray]:
        """Traced points and radii [um] of every branch in view. branch x (point, 4)."""
        return [self.tables.xyzr[branch] for branch in self._branches]

    # -- Editing --------------------------------------------------------------------------------------------------

    def insert(self, channel: Channel) -> None:
        """Insert a channel into every compartment in view, with its default parameters and states.

        Raises:
            MechanismError: The channel does not keep its contract, or its name is taken.
        """
        inserting.insert(self, channel)

    def delete(self, channel: Channel) -> None:
        """Remove a channel from every compartment in view, with what only it used.

        Raises:
            UnknownNameError: It is not there.
        """
        inserting.delete(self, channel)

    def set(self, key: str, val: Any) -> None:
        """Set a parameter or state in view, to one value or one for each compartment that has it.

        `radius` and `length` make cylinders of the compartments. Not for use within jit: see `data_set`.

        Raises:
            UnknownNameError: No such parameter or state; the text names the nearest.
            ValueShapeError: Neither one value nor one for each compartment.
            ModelValueError: NaN, or a geometry that is not positive.
        """
        editing.set_values(self, key, val)

    def add_to_group(self, group_name: str) -> None:
        """Add the compartments in view to a group, which is then an attribute: `cell.soma`."""
        editing.add_to_group(self, group_name)

    def set_ncomp(
        self,
        ncomp: int | np.integer | None = None,
        min_radius: float | None = None,
        initialize: bool = True,  # noqa: ARG002 - the reference's
        *,
        d_lambda: float | None = None,
        frequency: float = 100.0,
    ) -> None:
        """Cut the branches in view into other numbers of compartments, before anything is attached to them.

        Args:
            ncomp: Compartments of every branch in view.
            min_radius: Smallest radius [um]; only for traced branches.
            initialize: Taken for compatibility; nothing has to be initialised.
            d_lambda: Instead of `ncomp`: the longest compartment as a fraction of the length constant at
                `frequency` (Hines and Carnevale 2001); always an odd number of compartments.
            frequency: Frequency of the length constant [Hz].

        Raises:
            ModelStateError: Recordings, inputs or trainables are there already, or it is a network.
            ModelValueError: The compartments of a branch differ in what cannot be averaged.
        """
        recut.set_ncomp(self, ncomp, min_radius, d_lambda, frequency)

    def init_states(self, delta_t: float = 0.025) -> None:
        """Set every channel state to its steady state at the present voltages."""
        initial.init_states(self, delta_t)

    def copy(self, reset_index: bool = False, as_module: bool = False) -> Module:  # noqa: ARG002 - the reference's
        """An independent copy: of a view as a view, or, `as_module`, as a module of the compartments in view."""
        return copying.copy(self, as_module)

    # -- Inputs and recordings ------------------------------------------------------------------------------------

    def record(self, state: str = "v", verbose: bool = True) -> None:
        """Record a state or membrane current of every compartment in view, a row of the result for each.

        Raises:
            UnknownNameError: No such state; the text names the nearest.
            ModelValueError: Some compartments in view do not have it.
        """
        inputs.record(self, state, verbose)

    def stimulate(self, current: Any = None, verbose: bool = True) -> None:
        """Inject current [nA], (time,) for all compartments in view or (comp, time); several add up.

        Raises:
            ValueShapeError: Neither one row nor one for each compartment.
        """
        inputs.add_input(self, "i", current, verbose)

    def clamp(self, state_name: str, state_array: Any, verbose: bool = True) -> None:
        """Hold a state or membrane current at given values, (time,) or (comp, time); the last clamp counts."""
        inputs.add_input(self, state_name, state_array, verbose)

    def data_stimulate(self, current: Any, data_stimuli: Any = None, verbose: bool = False) -> Any:
        """Stimulate within jit: returns what `integrate(..., data_stimuli=)` takes. See `stimulate`."""
        return inputs.data_input(self, "i", current, data_stimuli, verbose)

    def data_clamp(self, state_name: str, state_array: Any, data_clamps: Any = None, verbose: bool = False) -> Any:
        """Clamp within jit: returns what `integrate(..., data_clamps=)` takes. See `clamp`."""
        return inputs.data_input(self, state_name, state_array, data_clamps, verbose)

    def delete_recordings(self) -> None:
        """Remove the recordings in view."""
        inputs.delete_recordings(self)

    def delete_stimuli(self) -> None:
        """Remove the stimuli in view."""
        inputs.delete_inputs(self, ["i"])

    def delete_clamps(self, state_name: str | None = None) -> None:
        """Remove the clamps in view, all or those of one state."""
        names = [name for name in self.tables.inputs if name != "i"]
        inputs.delete_inputs(self, names if state_name is None else [state_name])

    @property
    def recordings(self) -> pd.DataFrame:
        """What is recorded in view, in the order of the rows of the result: columns rec_index and state."""
        return inputs.recordings(self)

    rec_info = recordings

    @property
    def externals(self) -> dict[str, np.ndarray]:
        """Stimuli ("i", nA) and clamps in view. name -> (input, time)."""
        return {key: one.values for key, one in inputs.in_view(self).items()}

    @property
    def external_inds(self) -> dict[str, np.ndarray]:
        """The compartments that `externals` act on. name -> (input,)."""
        return {key: one.rows for key, one in inputs.in_view(self).items()}

    # -- Parameters -----------------------------------------------------------------------------------------------

    def make_trainable(self, key: str, init_val: Any = None, verbose: bool = True) -> None:
        """Let a parameter or initial state in view be passed to `integrate(params=...)` and differentiated.

        One value for each compartment, branch or cell where the view was made by that index, for each row of
        `select`, and one for the whole of a module, group or channel. Assign `view.nodes["controlled_by_param"]`
        for another sharing.

        Args:
            key: Name of the parameter or state.
            init_val: One value, one for each group, or None: the present mean of each group.
            verbose: Whether to print the number of parameters.

        Raises:
            UnknownNameError: No such parameter or state.
            ValueShapeError: Not one value for each group.
        """
        trainables.make_trainable(self, key, init_val, verbose)

    def get_parameters(self) -> list[dict[str, Any]]:
        """The trainable parameters, a dict of one (group,) array for each call of `make_trainable`."""
        return trainables.get_parameters(self)

    def write_trainables(self, trainable_params: list[dict[str, Any]]) -> None:
        """Write parameters as `get_parameters` returns them into the tables."""
        trainables.write_trainables(self, trainable_params)

    def data_set(self, key: str, val: Any, param_state: list[dict] | None = None) -> list[dict]:
        """Set a parameter or initial state within jit: returns what `integrate(..., param_state=)` takes."""
        return trainables.data_set(self, key, val, param_state)

    def delete_trainables(self) -> None:
        """Remove the trainable parameters in view."""
        trainables.delete_trainables(self)

    @property
    def trainable_params(self) -> list[dict[str, Any]]:
        """See `get_parameters`."""
        return trainables.get_parameters(self)

    @property
    def indices_set_by_trainables(self) -> list[np.ndarray]:
        """For each trainable, the compartments of each group; ragged groups repeat their last. (group, comp)."""
        return [trainables.padded_groups(one) for one in self.tables.trainables]

    @property
    def num_trainable_params(self) -> int:
        """Number of trainable values."""
        return sum(len(one.values) for one in self.tables.trainables)

    # -- Facts ----------------------------------------------------------------------------------------------------

    @property
    def channels(self) -> list[Channel]:
        """The channels in view, in the order of insertion."""
        rows = self.rows
        return [one for one in self.tables.channels if self._rows is None or self.tables.has(one)[rows].any()]

    @property
    def group_names(self) -> list[str]:
        """Names of the groups in view."""
        return [name for name in self.tables.groups if self.tables.members(name)[self.rows].any()]

    @property
    def membrane_current_names(self) -> list[str]:
        """Names of the membrane currents of the channels."""
        return list(dict.fromkeys(channel.current_name for channel in self.channels))

    @property
    def _branches(self) -> np.ndarray:
        """The branches in view. (branch,)."""
        if self._rows is None:
            return np.arange(self.tables.structure.n_branch)
        return np.unique(self.tables.structure.branch_of_comp[self.rows])

    @property
    def comb_parents(self) -> np.ndarray:
        """Parent of every branch in view, -1 for roots. (branch,)."""
        return self.tables.structure.parent_of_branch[self._branches]

    @property
    def ncomp_per_branch(self) -> np.ndarray:
        """Number of compartments of every branch in view. (branch,)."""
        return self.tables.structure.ncomp_of_branch[self._branches]

    @property
    def cumsum_ncomp(self) -> np.ndarray:
        """Number of compartments before every branch in view, and of all. (branch + 1,)."""
        return np.concatenate([[0], np.cumsum(self.ncomp_per_branch)])

    @property
    def nbranches_per_cell(self) -> list[int]:
        """Number of branches of every cell in view."""
        return np.unique(self.tables.structure.cell_of_branch[self._branches], return_counts=True)[1].tolist()

    @property
    def total_nbranches(self) -> int:
        """Number of branches in view."""
        return len(self._branches)

    @property
    def ncomp(self) -> int:
        """Most compartments of a branch; on a view, the number of compartments in view."""
        return len(self.rows) if self.is_view else int(self.ncomp_per_branch.max())

    @property
    def branch_edges(self) -> pd.DataFrame:
        """Parent and child of every joint of two branches in view."""
        parents, children = self.comb_parents, self._branches
        joined = np.isin(parents, children)
        return pd.DataFrame({"parent_branch_index": parents[joined], "child_branch_index": children[joined]})

    @property
    def initialized(self) -> bool:
        """Always: nothing has to be initialised."""
        return True

    def initialize(self) -> Module:
        """Nothing has to be initialised; for programs that call it."""
        return self

    def _init_morph_jaxley_dhs_solve(self, allowed_nodes_per_level: int = 1) -> None:
        """Nothing to prepare; `integrate(..., voltage_solver="jaxley.dhs.cpu")` or ".gpu" picks the form."""

    _init_solver_jaxley_dhs_solve = _init_morph_jaxley_dhs_solve

    def to_jax(self) -> None:
        """Nothing has to be moved; for programs that call it. Refuses views, as `integrate` does."""
        if self.is_view:
            raise ModelStateError("to_jax is not supported for views; call it on the module, `view.base`.")

    def vis(
        self,
        ax: Axes | None = None,
        color: str = "k",
        dims: tuple[int, int] = (0, 1),
        type: str = "line",  # noqa: A002 - the reference's name
        **kwargs: Any,
    ) -> Axes:
        """Draw what is in view. See `dendrax.plot.morphology.draw`."""
        from dendrax.plot import morphology  # noqa: PLC0415 - matplotlib is imported when a picture is asked for

        return morphology.draw(self.xyzr, self.nodes, ax=ax, color=color, dims=dims, type=type, **kwargs)


class _ViewMeta(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Module) and instance.is_view


class View(Module, metaclass=_ViewMeta):
    """A name for isinstance: `isinstance(cell.branch(0), View)`. Views are Modules with fewer rows."""

    _name: ClassVar[str] = "View"


def _checked_scope(scope: str) -> str:
    if scope not in ("local", "global"):
        raise SelectionError(f'scope({scope!r}): a scope is "local" or "global".')
    return scope


def _labels(wanted: Any, rows: np.ndarray, what: str) -> np.ndarray:
    """Labels or a mask as labels, all of them among `rows`."""
    array = np.atleast_1d(np.asarray(wanted))
    if array.dtype == bool:
        return rows[selection.integers(array, len(rows), f"select({what}=...)")]
    labels = selection.integers(wanted, int(rows.max()) + 1 if len(rows) else 0, f"select({what}=...)")
    missing = labels[~np.isin(labels, rows)]
    if len(missing):
        raise SelectionError(f"{selection.NOTHING} select({what}=...): no index {missing[:5].tolist()} is in view.")
    return labels
