"""Module: what a user builds and edits. The list of public methods, each a line or two into the files beside it."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, SupportsFloat, TypeVar

import numpy as np

from dendrax import arguments
from dendrax.errors import ModelTypeError, UnknownAttributeError
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.pump import Pump
from dendrax.mechanisms.source import SpikeSource
from dendrax.mechanisms.synapse import Synapse
from dendrax.modules import (
    by_hand,
    colours,
    connecting,
    copying,
    edges,
    editing,
    event_views,
    frames,
    hints,
    indexing,
    initial,
    inputs,
    inserting,
    ions,
    joints,
    layout,
    notebook,
    placement,
    placing,
    recut,
    shown,
    trainables,
)
from dendrax.modules.selection import Selection
from dendrax.modules.tables import Tables
from dendrax.modules.wiring import current_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

AnyModule = TypeVar("AnyModule", bound="Module")


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

    _kind: ClassVar[str] = ""  # of a model of this class: compartment, branch, cell or network
    _selection: Selection  # with `_base` and `_kind`, all attributes of a module
    _base: Module

    # -- What is in view ------------------------------------------------------------------------------------------

    @classmethod
    def _of(cls: type[AnyModule], tables: Tables) -> AnyModule:  # noqa: PYI019 - Self is not checkable method by method
        """A whole module of this class over `tables`, without running its constructor."""
        module = cls.__new__(cls)
        module._own(tables)
        return module

    def _own(self, tables: Tables) -> None:
        self._selection, self._base = Selection(tables), self

    def _view(self, selection: Selection) -> Module:
        view = Module.__new__(Module)
        vars(view).update(_selection=selection, _base=self._base)  # at once, since `__setattr__` looks at each name
        return view

    @property
    def tables(self) -> Tables:
        """The tables of the model, shared by all its views."""
        return self._selection.tables

    @property
    def is_view(self) -> bool:
        """Whether this is a view of a module rather than the module."""
        return self._selection.is_view

    @property
    def rows(self) -> np.ndarray:
        """Indices of the compartments in view. (comp,).

        Raises:
            ModelStateError: `set_ncomp` changed the compartments since the view was made.
        """
        return self._selection.rows

    @property
    def mask(self) -> np.ndarray:
        """Which compartments of the model are in view. (comp,) bool."""
        return self._selection.mask

    @property
    def edge_rows(self) -> np.ndarray:
        """Indices of the synapses in view: those selected, else those with both ends in view. (edge,)."""
        return self._selection.edge_rows

    @property
    def edge_mask(self) -> np.ndarray:
        """Which synapses of the model are in view. (edge,) bool."""
        return self._selection.edge_mask

    @property
    def point_rows(self) -> np.ndarray:
        """Indices of the point processes in view: those selected, else those of the compartments in view. (point,)."""
        return self._selection.point_rows

    @property
    def base(self) -> Module:
        """The module that this is a view of."""
        return self._base

    @property
    def view(self) -> Module:
        """A view of everything that is in view."""
        return self._view(self._selection.everything())

    def cell(self, idx: Any) -> Module:
        """View of the selected cells of a network.

        Args:
            idx: Integer, list, range, slice, array of integers, mask (one boolean for each index), or "all". Indices
                that nothing has are passed over as long as others select something.

        Returns:
            A view in the order of the model, whatever the order of `idx`.

        Raises:
            SelectionError: Nothing is selected, an index is negative, or a mask is too long or too short.
            ModelTypeError: `idx` is no index, or the module has no cells.

        Example:
            >>> import dendrax as jx
            >>> net = jx.Network([jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0])] * 3)
            >>> net.cell([0, 2]).shape
            (2, 4, 8)
            >>> net.cell(1).branch(0).rows
            array([4, 5])
        """
        return self._view(indexing.at_level(self._selection, "cell", idx))

    def branch(self, idx: Any) -> Module:
        """View of the selected branches, in local scope counted within each cell in view. See `cell`.

        Example:
            >>> import dendrax as jx
            >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
            >>> cell.branch([1, 2]).branch(0).rows
            array([2, 3])
        """
        return self._view(indexing.at_level(self._selection, "branch", idx))

    def comp(self, idx: Any) -> Module:
        """View of the selected compartments, in local scope counted within each branch in view. See `cell`.

        Example:
            >>> import dendrax as jx
            >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
            >>> cell.comp(0).rows
            array([0, 2, 4])
        """
        return self._view(indexing.at_level(self._selection, "comp", idx))

    def loc(self, at: Any) -> Module:
        """View of the compartments at places along each branch in view.

        Args:
            at: Fraction of the branch's length, from 0 (where it begins) to 1 (its end) [1]; a list of them, or "all".
                A place between two compartments belongs to the first.

        Raises:
            SelectionError: A place is outside the branch, or no such compartment is in view.
            ModelTypeError: `at` is no number.

        Example:
            >>> import dendrax as jx
            >>> jx.Branch(jx.Compartment(), ncomp=4).loc(0.9).rows
            array([3])
        """
        return self._view(indexing.at_loc(self._selection, at))

    def edge(self, idx: Any) -> Module:
        """View of the selected synapses and their compartments.

        Args:
            idx: As in `cell`. Counted among the synapses in view (local scope) or in the network (global scope).

        Raises:
            SelectionError: Nothing is selected.

        Example:
            >>> import dendrax as jx
            >>> from dendrax.synapses import IonotropicSynapse
            >>> net = jx.Network([jx.Cell()] * 3)
            >>> jx.fully_connect(net.cell(0), net.cell([1, 2]), IonotropicSynapse())
            >>> net.IonotropicSynapse.edge(1).set("IonotropicSynapse_gS", 1e-3)
            >>> net.edges["IonotropicSynapse_gS"].tolist()
            [0.0001, 0.001]
        """
        return self._view(indexing.at_edge(self._selection, idx))

    def select(self, nodes: Any = None, edges: Any = None, sorted: bool = False) -> Module:  # noqa: A002
        """View of compartments and synapses by the labels that `.nodes` and `.edges` show.

        On a view of point processes, such as `net.E`, the first argument counts point processes by `index_within_type`
        of `.points`: `net.E.select([2, 0])` is a view of the third and the first named "E", in this order.

        Args:
            nodes: Compartment indices (or a mask over those in view), kept in the order given; None is all.
            edges: Synapse indices (or a mask). Alone, it selects their pre- and postsynaptic compartments too.
            sorted: Whether to sort the indices.

        Raises:
            SelectionError: An index is not in view.

        Example:
            >>> import dendrax as jx
            >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
            >>> cell.select(nodes=[5, 1]).rows
            array([5, 1])
            >>> cell.select(cell.nodes["local_branch_index"] == 1).rows
            array([2, 3])
        """
        return self._view(indexing.at_labels(self._selection, nodes, edges, in_order=sorted))

    def of_cell(self, idx: Any) -> Module:
        """View of the point processes of some cells, in the order of the index: `net.E.of_cell([3, 1, 1])`.

        Args:
            idx: As in `cell`, but indices always count the cells of the whole model, keep their order, and may repeat
                a cell. A cell with several of the point processes gives all of them.

        Raises:
            ModelTypeError: This is not a view of point processes.
            SelectionError: A cell has none of the point processes in view.

        Example:
            >>> import dendrax as jx
            >>> from dendrax.synapses import ExpSyn
            >>> net = jx.Network([jx.Cell()] * 4)
            >>> net.place(ExpSyn("E"))
            >>> net.E.of_cell([3, 1, 1]).point_rows
            array([3, 1, 1])
        """
        return self._view(indexing.of_cells(self._selection, idx))

    def scope(self, scope: str) -> Module:
        """View with indices counted in another scope.

        Args:
            scope: "local", within what is in view, or "global", in the model.

        Example:
            >>> import dendrax as jx
            >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
            >>> cell.scope("global").branch(2).scope("local").comp(1).rows
            array([5])
        """
        return self._view(indexing.in_scope(self._selection.everything(), scope))

    def set_scope(self, scope: str) -> None:
        """Change the scope of this module or view in place. See `scope`."""
        self._selection = indexing.in_scope(self._selection, scope)

    def __getitem__(self, index: Any) -> Module:
        """Select along the levels that are left: `net[0, 1, 2]` is `net.cell(0).branch(1).comp(2)`."""
        return self._view(indexing.along(self._selection, index))

    def _each(self, level: str) -> Iterator[Module]:
        return map(self._view, indexing.each(self._selection, level))

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
        left = indexing.levels_left(self._selection)
        return self._each(left[0]) if left else iter([self.view])

    def __enter__(self) -> Module:  # noqa: PYI034 - Self is not checkable method by method
        """`with cell.branch(0) as branch:` reads well."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to undo."""

    def __getattr__(self, name: str) -> Any:
        """The view of a group, of the compartments that have a channel or pump, or of all synapses of a type.

        The name of a type of point process gives a view of its point processes in view, see `of_cell` and `select`. The
        name of a kind of artificial source gives its sources, see `add_sources`. The name of a rule of plasticity gives
        the connections in view that change by it, see `netcons`.

        Raises:
            UnknownAttributeError: There is no such thing; the text names the nearest.
        """
        if "_selection" not in vars(self) or name.startswith("__"):
            raise AttributeError(name)
        if hasattr(type(self), name):  # a property that failed with an AttributeError: let it say so
            return object.__getattribute__(self, name)
        if (found := indexing.named(self._selection, name)) is not None:
            return self._view(found)
        if (kind := self.tables.events.sources.named(name)) is not None:
            return event_views.sources_of(self._selection, self.tables.events.sources.of_type(kind))
        if (rule := self.tables.events.plastic.named(name)) is not None:
            return event_views.netcons_by(self._selection, rule)
        hint = hints.of_attribute(self.tables, name, self._names_of_values, self.__dir__)
        raise UnknownAttributeError(
            f"This {self.tables.kind} has no attribute, group, channel or synapse {name!r}.{hint}"
        )

    def _is_attribute(self, name: str) -> bool:
        """Whether a name means something else on the module already, so that no group or channel can have it."""
        return hasattr(type(self._base), name) or name in vars(self._base)

    @property
    def _names_of_values(self) -> list[str]:
        """Parameters, states and currents."""
        return [*editing.known_keys(self.tables), *inputs.currents_of(self.tables)]

    def __setattr__(self, name: str, value: Any) -> None:
        """Keep an attribute of one's own; a value of the model is refused, since it would change nothing.

        Raises:
            UnknownAttributeError: It is a parameter or state, or what follows from the model; the text says what to
                do instead. Subclasses of one's own may have attributes of any name.
        """
        if not name.startswith("_") and type(self).__module__.startswith("dendrax."):
            follows = isinstance(getattr(type(self), name, None), property)
            hint = hints.of_assignment(self.tables, name, self._names_of_values, follows)
            if hint is not None:
                raise UnknownAttributeError(
                    f"{name!r} is no attribute of a {self.tables.kind} that can be assigned to. {hint}"
                )
        object.__setattr__(self, name, value)

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        """Nothing: what NEURON writes as `section(0.5)` is `.loc(0.5)` here.

        Raises:
            ModelTypeError: Always.
        """
        raise ModelTypeError(
            f"A {self.tables.kind} is not a function. A place along a branch is selected by `.loc(0.5)`, parts by "
            f"`.branch(0)` and `.comp(0)`; `jx.integrate(module)` runs a model."
        )

    def __dir__(self) -> list[str]:
        """Methods, and the groups, channels, pumps and synapses in view."""
        selection = self._selection
        of_types = [] if selection.is_outdated else [*selection.synapses, *selection.point_types]
        names = [] if selection.is_outdated else [one.name for one in (*selection.mechanisms, *of_types)]
        groups = [] if selection.is_outdated else selection.groups
        return [*super().__dir__(), *groups, *names]

    # -- Tables ---------------------------------------------------------------------------------------------------

    @property
    def nodes(self) -> pd.DataFrame:
        """The compartments in view, a row for each, labelled by its global index.

        Columns: `local_{cell,branch,comp}_index` (counted within what is in view), `length` [um], `radius` [um],
        `axial_resistivity` [ohm cm], `capacitance` [uF/cm2], `v` [mV], `area` [um2], `volume` [um3],
        `resistive_load_in` and `_out` [1/um], `x`, `y`, `z` [um], a boolean for each channel and group, the channels'
        parameters and states, `global_{cell,branch,comp}_index`, and `controlled_by_param`, the trainable value that
        a compartment would share.

        On a whole module, changes to the table are changes to the model. Area, volume and loads follow from
        radius and length, and are shown anew when `nodes` is asked for again; but the traced shape of a compartment
        stays until `set` writes its radius or length. A view shows a copy, of which only `controlled_by_param` counts.

        Example:
            >>> import dendrax as jx
            >>> branch = jx.Branch(jx.Compartment(), ncomp=3)
            >>> branch.nodes.loc[1, "capacitance"] = 2.5
            >>> branch.comp(1).nodes["capacitance"].tolist()
            [2.5]
        """
        return shown.nodes(self._selection)

    @property
    def edges(self) -> pd.DataFrame:
        """The synapses in view, a row for each, labelled by its number in the network.

        Columns: `global_edge_index`, on views `local_edge_index`, `index_within_type` (by which recordings and clamps
        are counted), `pre_index` and `post_index` (labels of `.nodes`), `pre_locs` and `post_locs` (from 0 to 1),
        `type`, `type_ind`, the parameters and states of all types of synapse (NaN for those of other types), and
        `controlled_by_param`. What is written to it counts as in `nodes`; connecting more cells makes a new table.

        Example:
            >>> import dendrax as jx
            >>> from dendrax.synapses import IonotropicSynapse
            >>> net = jx.Network([jx.Cell()] * 2)
            >>> jx.connect(net[0, 0, 0], net[1, 0, 0], IonotropicSynapse())
            >>> net.edges[["pre_index", "post_index", "type"]]
               pre_index  post_index               type
            0          0           1  IonotropicSynapse
        """
        return shown.edges(self._selection)

    @property
    def points(self) -> pd.DataFrame:
        """The point processes in view, a row for each, as a copy.

        Columns: `index_within_type` (also the index of recordings), `comp_index` (label of `.nodes`), `type`,
        `type_ind`, and the parameters and states of all types (NaN in rows of other types).

        Example:
            >>> import dendrax as jx
            >>> from dendrax.synapses import ExpSyn
            >>> cell = jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0])
            >>> cell.branch(1).place(ExpSyn("E"))
            >>> cell.points[["comp_index", "type", "E_tau"]]
               comp_index type  E_tau
            0           2    E    0.1
            1           3    E    0.1
        """
        return self.tables.points.table.frame(self.point_rows, {})

    def copy_node_property_to_edges(
        self,
        properties_to_import: str | list[str],
        pre_or_post: str | list[str] = ["pre", "post"],  # noqa: B006 - the reference's default; never written to
    ) -> Module:
        """Add properties of the compartments that synapses join to `.edges`, to query them.

        They are copies: a later change of the compartment does not change them. On a view only its own
        `.edges` gets them.

        Args:
            properties_to_import: Columns of `.nodes`.
            pre_or_post: Of which side, "pre", "post" or both.

        Returns:
            This module or view.

        Raises:
            UnknownNameError: No such column.
            ModelValueError: No such side, or the name is taken.

        Example:
            >>> import dendrax as jx
            >>> from dendrax.synapses import IonotropicSynapse
            >>> net = jx.Network([jx.Cell()] * 2)
            >>> jx.connect(net[0, 0, 0], net[1, 0, 0], IonotropicSynapse())
            >>> net.copy_node_property_to_edges("radius", "pre").edges["pre_radius"].tolist()
            [1.0]
        """
        edges.copy_node_property(self._selection, properties_to_import, pre_or_post)
        return self

    def show(
        self,
        param_names: str | list[str] | None = None,
        *,
        indices: bool = True,
        params: bool = True,
        states: bool = True,
        channel_names: str | list[str] | None = None,
    ) -> pd.DataFrame:
        """A part of `nodes`, as a copy.

        Args:
            param_names: Columns to show, besides the indices; None shows those that the other arguments ask for.
            indices: Whether to show the indices.
            params: Whether to show the parameters.
            states: Whether to show the states.
            channel_names: Channels to show, alone; None shows all channels in view, the geometry and the voltage.

        Raises:
            UnknownNameError: No such column or channel.

        Example:
            >>> import dendrax as jx
            >>> list(jx.Compartment().show(indices=False))
            ['length', 'radius', 'axial_resistivity', 'capacitance', 'v']
        """
        return shown.show(self._selection, param_names, indices, params, states, channel_names)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of cells, branches and compartments in view, as far as the module has these levels.

        Example:
            >>> import dendrax as jx
            >>> jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0]).branch(1).shape
            (1, 2)
        """
        return self._selection.shape

    def __repr__(self) -> str:
        """What is in view."""
        return shown.describe(self._selection, type(self).__name__)

    def _repr_html_(self) -> str:
        """What a notebook shows: counts, channels, groups and a small picture."""
        return notebook.html(self._selection, type(self).__name__)

    @property
    def xyzr(self) -> list[np.ndarray]:
        """Traced points and radii [um] of every branch in view. branch x (point, 4).

        A cell that was built by hand is laid out when it is asked for, see `compute_xyz`; its radii are NaN.
        """
        return layout.points(self._selection)

    # -- Editing --------------------------------------------------------------------------------------------------

    def insert(self, channel: Mechanism) -> None:
        """Insert a channel or pump into every compartment in view.

        Its parameters and states there take its defaults, also where it has been inserted before. The module keeps a
        copy of it.

        Args:
            channel: An instance, `HH()`.

        Raises:
            ModelTypeError: It is not an instance of a channel or pump.
            MechanismError: It does not keep its contract, its name is taken, or a channel of the same
                name and other settings is in compartments outside the view.

        Example:
            >>> import dendrax as jx
            >>> from dendrax.channels import HH, Leak
            >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
            >>> cell.insert(Leak())
            >>> cell.branch(0).insert(HH())
            >>> cell.HH.shape
            (1, 2)
        """
        inserting.insert(self._selection, channel, self._is_attribute)

    def place(self, mechanism: Mechanism) -> None:
        """Put a point process on every compartment in view; each call adds another one.

        A point process is a synapse that receives events from `netcon`, or any other mechanism with currents in nA.
        Each has its own parameters and states. Its name gives a view of all of them: `net.E` after
        `place(ExpSyn("E"))`. The module keeps a copy of the mechanism; a network takes over the point processes of its
        cells.

        Args:
            mechanism: An instance, `ExpSyn("E")`, with `place = "point"`.

        Raises:
            ModelTypeError: It is not an instance of a mechanism, or is a synapse, channel or source.
            MechanismError: It does not keep its contract or is not a point process; its name or one of its keys is
                taken; or the model has a point process of this name with other settings.

        Example:
            >>> import dendrax as jx
            >>> from dendrax.synapses import ExpSyn
            >>> net = jx.Network([jx.Cell(jx.Branch(ncomp=4), parents=[-1, 0])] * 3)
            >>> net.cell("all").branch(1).loc(0.0).place(ExpSyn("E"))
            >>> net.E.set("E_tau", [1.0, 2.0, 3.0])
            >>> net.E.of_cell(2).record("i_E", verbose=False)
        """
        placing.place(self._selection, mechanism, self._is_attribute)

    def add_sources(self, source: SpikeSource, n: int | None = None) -> event_views.SourceView:
        """Add artificial sources of spikes, which belong to no compartment.

        Sources of a kind share its name, and each has its own parameters. Another call with the same source adds more
        of them. `module.NetStim` is a view of all sources of that name. The module keeps a copy of the source.

        Args:
            source: An instance, `NetStim(interval=20.0)` or `VecStim(times)`.
            n: Number of sources. None: 1, or the number of sources that a `VecStim` has times for.

        Returns:
            A view of the new sources, with `len`, `[...]`, `set`, `make_trainable` and `record_spikes`; pass it to
            `netcon` as `source`.

        Raises:
            ModelTypeError: It is not an instance of an artificial source.
            MechanismError: It does not keep its contract; its name or one of its keys is taken; or the model has a
                source of this name with other settings or with data.
            ValueShapeError: `n` differs from the number of sources that it has data for.
            ModelValueError: `n` is not a positive integer.

        Example:
            >>> import dendrax as jx
            >>> from dendrax.events import NetStim, VecStim
            >>> net = jx.Network([jx.Cell()] * 3)
            >>> noise = net.add_sources(NetStim(interval=20.0, noise=1.0), 100)
            >>> given = net.add_sources(VecStim([[2.0, 7.5], [4.0]]))
            >>> len(noise), len(given), len(net.NetStim)
            (100, 2, 100)
        """
        rows = connecting.add_sources(self.tables, source, n, self._is_attribute)
        return event_views.sources_of(self._selection, rows)

    @property
    def netcons(self) -> event_views.Netcons:
        """The connections in view: those that start and end there, or come from an artificial source.

        `jx.netcon` makes them. The view has `len`, `select`, `set`, `make_trainable`, `to_pandas` and `delete`, and
        `record` for states of plastic connections.

        Example:
            >>> import dendrax as jx
            >>> from dendrax.synapses import ExpSyn
            >>> net = jx.Network([jx.Cell()] * 3)
            >>> net.place(ExpSyn("E"))
            >>> made = jx.netcon(net.cell(0), net.E.of_cell([1, 2]), weight=0.01, delay=1.5)
            >>> net.netcons
            <2 connections>
            >>> net.netcons.make_trainable("delay", bounds=(1.0, 5.0))
            Number of newly added trainable parameters: 2. Total number of trainable parameters: 2
        """
        return event_views.netcons_of(self._selection)

    @property
    def sources(self) -> pd.DataFrame:
        """The artificial sources of the model, a row for each, as a copy. See `add_sources`."""
        return self.tables.events.sources.table.frame(np.arange(len(self.tables.events.sources)), {})

    def delete(self, channel: Mechanism) -> None:
        """Remove a channel or pump, or point processes of a name, from every compartment in view.

        Deleting point processes also deletes the connections that end there. It renumbers both: discard views of point
        processes and connections that you made before.

        Parameters and states go unless another channel or pump uses them or they diffuse; so do, with a warning,
        recordings, clamps and trainables of them.

        Args:
            channel: A channel of that name, `HH()`.

        Raises:
            MechanismError: It is not in view.

        Example:
            >>> import dendrax as jx
            >>> from dendrax.channels import HH, Leak
            >>> cell = jx.Cell()
            >>> cell.insert(HH())
            >>> cell.insert(Leak())
            >>> for channel in list(cell.channels):
            ...     cell.delete(channel)
            >>> cell.channels
            []
        """
        inserting.delete(self._selection, channel)

    def set(self, key: str, val: Any) -> None:
        """Set a parameter or state of the compartments or synapses in view that have it.

        A new `radius` or `length` makes cylinders of the compartments; `temperature` [celsius] is 6.3 where it has not
        been set. Within jit use `data_set`.

        Args:
            key: Name of a parameter or state.
            val: One number, or one for each compartment (or synapse) that has it, in the unit of the parameter.

        Raises:
            UnknownNameError: No such parameter or state; the text names the nearest.
            ValueShapeError: Neither one value nor one for each compartment.
            ModelValueError: Not finite, or not positive where it must be; the text names the compartment.
            ModelTypeError: Not a number, or traced by JAX.

        Example:
            >>> import dendrax as jx
            >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
            >>> cell.branch(0).set("radius", 5.0)
            >>> cell.branch(1).set("v", [-70.0, -65.0])
        """
        editing.set_values(self._selection, key, val)

    def add_to_group(self, group_name: str) -> None:
        """Add the compartments in view to a group, which is then an attribute.

        Args:
            group_name: Of a new group or one that is there.

        Raises:
            ModelValueError: It is the name of a channel, column or method.

        Example:
            >>> import dendrax as jx
            >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
            >>> cell.branch([1, 2]).add_to_group("basal")
            >>> cell.basal.set("radius", 0.5)
        """
        editing.add_to_group(self._selection, group_name, self._is_attribute)

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
            min_radius: Smallest radius [um]; of traced branches only.
            initialize: Taken for compatibility; nothing has to be initialised.
            d_lambda: Instead of `ncomp`: the longest compartment as a fraction of the length constant at
                `frequency` (Hines and Carnevale 2001); always an odd number of compartments.
            frequency: Frequency of the length constant [Hz].

        Raises:
            ModelStateError: Recordings, inputs or trainables are there already, or it is a network.
            ModelValueError: The compartments of a branch differ in what cannot be averaged; names branch and column.

        Views of the compartments that are no more raise ModelStateError from then on, except the view itself, which
        goes on with the new compartments.

        Example:
            >>> import dendrax as jx
            >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
            >>> cell.branch(1).set_ncomp(5)
            >>> cell.ncomp_per_branch
            array([2, 5, 2])
            >>> cell.set_ncomp(d_lambda=0.1)
            >>> cell.ncomp_per_branch
            array([5, 5, 5])
        """
        self._selection = recut.set_ncomp(self._selection, ncomp, min_radius, d_lambda, frequency)

    def diffuse(self, state: str) -> None:
        """Let an ion diffuse along the cables of the whole module.

        Its diffusion constant is the parameter `axial_diffusion_<state>`, 1.0 in every compartment; where the
        ion was not there, its concentration is 0.

        Args:
            state: The concentration, a state of a channel or pump, such as "CaCon_i" [mM].

        Raises:
            UnknownNameError: No channel or pump has it.
            ModelStateError: Called on a view.

        Example:
            >>> import dendrax as jx
            >>> from dendrax.pumps import CaPump
            >>> cell = jx.Cell()
            >>> cell.insert(CaPump())
            >>> cell.diffuse("CaCon_i")
            >>> cell.set("axial_diffusion_CaCon_i", 0.5)
        """
        ions.diffuse(self._selection, state)

    def delete_diffusion(self, state: str) -> None:
        """Let an ion stay where it is again. See `diffuse`.

        Raises:
            UnknownNameError: It does not diffuse.
            ModelStateError: Called on a view.
        """
        ions.delete_diffusion(self._selection, state)

    def init_states(self, delta_t: float = 0.025, *, synapses: bool = False) -> None:
        """Set every state of channels and pumps to its steady state at the present voltages.

        All of them read the tables as they were before. States for which a mechanism gives no steady state stay.

        Args:
            delta_t: Time step that is passed to the mechanisms [ms].
            synapses: Whether to do the same with the states of synapses.

        Raises:
            ModelStateError: Called on a view.
            MechanismError: A channel returns a state that the model does not have, or one that is not finite.

        Example:
            >>> import dendrax as jx
            >>> from dendrax.channels import HH
            >>> cell = jx.Cell()
            >>> cell.insert(HH())
            >>> cell.init_states()
            >>> round(cell.nodes["HH_h"].item(), 3)
            0.754
        """
        initial.init_states(self._selection, delta_t, synapses)

    def copy(self, reset_index: bool = False, as_module: bool = False) -> Module:  # noqa: ARG002 - the reference's
        """An independent copy.

        Args:
            reset_index: Taken for compatibility: a module always counts from 0, a view as its base does.
            as_module: Whether a part of a model becomes a module of its own, with the recordings, inputs and trainables
                of its compartments. Its kind is the smallest that can hold what is in view, and at least that
                by which it was selected: `net.cell([3])` makes a Cell.

        Raises:
            ModelStateError: The part does not hang together within its cell.

        Example:
            >>> import dendrax as jx
            >>> net = jx.Network([jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])] * 3)
            >>> net.cell(1).copy(as_module=True)
            Cell (3 branches, 6 compartments; channels: none)
        """
        if not as_module or not self.is_view:
            return copy.deepcopy(self)
        return module_of(copying.part(self._selection))

    # -- Inputs and recordings ------------------------------------------------------------------------------------

    def record(self, state: str = "v", verbose: bool = True) -> None:
        """Record a state or current of every compartment or synapse in view, a row of the result for each.

        What is recorded already is not recorded twice. A membrane current is zero where its channel is not.

        Args:
            state: "v" [mV], a state of a channel, pump or synapse, or the name of a current, such as "i_HH" [mA/cm2]
                or "i_IonotropicSynapse" [nA].
            verbose: Whether to print how many were added.

        Raises:
            UnknownNameError: No such state in view; the text names the nearest.
            ModelValueError: Some compartments in view do not have the state.

        Example:
            >>> import dendrax as jx
            >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
            >>> cell.branch(2).loc(1.0).record()
            Added 1 recordings. See `.recordings` for details.
            >>> cell.recordings
               rec_index state
            0          5     v
        """
        inputs.record(self._selection, state, verbose)

    def record_spikes(self, threshold: Any = None, verbose: bool = True) -> None:
        """Make `integrate(..., return_spikes=True)` return the spikes of every compartment in view.

        A spike is an upward crossing of a threshold by the voltage. A second call for the same compartment and
        threshold has no effect; `spikes.ids` count in the order of the calls.

        Args:
            threshold: [mV], one number or one for each compartment in view. None: the threshold of the first connection
                that starts there, or 10 mV without connections. `set("threshold", ...)`, `make_trainable("threshold")`
                and `data_set` of the view change it for all detectors there; later connections have their own.
            verbose: Whether to print the number of new recordings.

        Raises:
            ModelValueError: A threshold is NaN or infinite.
            ValueShapeError: Neither one threshold nor one for each compartment.

        Example:
            >>> import dendrax as jx
            >>> net = jx.Network([jx.Cell(jx.Branch(ncomp=4), parents=[-1, 0])] * 3)
            >>> net.cell("all").branch(0).loc(0.0).record_spikes()
            Added 3 spike recordings. See `.spike_recordings` for details.
        """
        connecting.record_spikes(self._selection, threshold, verbose)

    @property
    def spike_recordings(self) -> pd.DataFrame:
        """The recordings of spikes of the model, a row for each of `spikes.ids`.

        Columns: `cell`, `branch`, `comp` and `threshold` [mV] of compartments, `source` and `index` of artificial
        sources.
        """
        return connecting.spike_recordings(self.tables)

    def stimulate(self, current: Any = None, verbose: bool = True) -> None:
        """Inject current into every compartment in view; currents into the same compartment add up.

        Args:
            current: [nA] at each time step, (time,) for all or (comp, time); a shorter current goes on with zeros. A
                current that knows its time step, as `step_current` makes it, lasts equally long in a run with another
                time step (see `stimulus.Sampled`). Or a function of time, called with the times of all steps [ms],
                (time,).
            verbose: Whether to print how many were added.

        Raises:
            ValueShapeError: Neither one row nor one for each compartment.
            ModelTypeError: Not numbers, or traced by JAX: see `data_stimulate`.
            ModelValueError: A value is NaN or infinite.

        Example:
            >>> import dendrax as jx
            >>> cell = jx.Cell()
            >>> cell.stimulate(jx.step_current(1.0, 2.0, 0.1, 0.025, 10.0))
            Added 1 external_states. See `.externals` for details.
        """
        inputs.add_input(self._selection, "i", current, verbose)

    def clamp(self, state_name: str, state_array: Any, verbose: bool = True) -> None:
        """Hold a state or current in view at given values; the last clamp of a compartment or synapse counts.

        Args:
            state_name: "v" [mV], a state or a current. Compartments and synapses without it are passed over.
            state_array: A value for each time step, (time,) for all or (comp, time); (synapse, time) for states of
                synapses, where it is the synapses of the type that are counted.
            verbose: Whether to print how many were added.

        Raises:
            UnknownNameError: No such state in view; the text names the nearest.
            ValueShapeError: Neither one row nor one for each compartment, or another length than earlier clamps.

        Example:
            >>> import numpy as np, dendrax as jx
            >>> cell = jx.Cell()
            >>> cell.clamp("v", np.full(400, -65.0))
            Added 1 external_states. See `.externals` for details.
        """
        inputs.add_input(self._selection, state_name, state_array, verbose)

    def data_stimulate(self, current: Any, data_stimuli: Any = None, verbose: bool = False) -> Any:
        """Stimulate with a current that JAX may trace, without a change to the module. See `stimulate`.

        Args:
            current: [nA], (time,) for all compartments in view or (comp, time), or a function of time. See `stimulate`.
            data_stimuli: What an earlier call returned, to which this one is added.
            verbose: Whether to print how many were added.

        Returns:
            What `integrate(..., data_stimuli=)` takes: names, values and compartments of each call.

        Example:
            >>> import jax, jax.numpy as jnp, dendrax as jx
            >>> cell = jx.Cell()
            >>> cell.record("v", verbose=False)
            >>> def last_voltage(amplitude):
            ...     data = cell.data_stimulate(amplitude * jnp.ones(40))
            ...     return jx.integrate(cell, data_stimuli=data)[0, -1]
            >>> bool(jax.grad(last_voltage)(0.01) > 0)
            True
        """
        return inputs.data_input(self._selection, "i", current, data_stimuli, verbose)

    def data_clamp(self, state_name: str, state_array: Any, data_clamps: Any = None, verbose: bool = False) -> Any:
        """Clamp with values that JAX may trace, without a change to the module. See `clamp` and `data_stimulate`.

        Returns:
            What `integrate(..., data_clamps=)` takes; of two clamps of a compartment the later counts.
        """
        return inputs.data_input(self._selection, state_name, state_array, data_clamps, verbose)

    def delete_recordings(self) -> None:
        """Remove the recordings of the compartments and synapses in view, spikes among them."""
        inputs.delete_recordings(self._selection)

    def delete_stimuli(self) -> None:
        """Remove the stimuli of the compartments in view."""
        inputs.delete_inputs(self._selection, ["i"])

    def delete_clamps(self, state_name: str | None = None) -> None:
        """Remove the clamps of the compartments and synapses in view, all or those of one state.

        Raises:
            UnknownNameError: There is no such state.
        """
        inputs.delete_inputs(self._selection, inputs.clamped_in_view(self._selection, state_name))

    @property
    def recordings(self) -> pd.DataFrame:
        """What is recorded in view, in the order of the rows of the result: columns rec_index and state.

        `rec_index` is the compartment, or for synaptic states the `index_within_type` of the synapse.
        """
        return inputs.recordings(self._selection)

    rec_info = recordings

    @property
    def externals(self) -> dict[str, np.ndarray]:
        """Stimuli ("i", nA) and clamps in view. name -> (input, time)."""
        return {key: one.values for key, one in inputs.in_view(self._selection).items()}

    @property
    def external_inds(self) -> dict[str, np.ndarray]:
        """The compartments, or synapses within their type, that `externals` act on. name -> (input,)."""
        return {key: one.rows for key, one in inputs.in_view(self._selection).items()}

    # -- Parameters -----------------------------------------------------------------------------------------------

    def make_trainable(
        self, key: str, init_val: Any = None, verbose: bool = True, *, bounds: Sequence[float | int] | None = None
    ) -> None:
        """Let a parameter or initial state in view be passed to `integrate(params=...)` and differentiated.

        One value for each compartment, branch or cell where the view was made by that index, for each row of
        `select`, and one for the whole of a module, group or channel. Synapses have one value each in views made by
        `edge` or `select` and share one in all others. Point processes have a value each in views made by `select`, a
        value for each cell, branch or compartment in views made by that index or `of_cell`, and else share one.
        Assign `view.nodes["controlled_by_param"]` (or `view.edges[...]`) for another sharing. Where a compartment gets
        a second value for the same key, the later one counts.

        Args:
            key: Name of the parameter or state.
            init_val: One number, one for each group, or None: the present mean of each group.
            verbose: Whether to print the number of parameters.
            bounds: The smallest and the largest delay of any run [ms]; required for delays, and only for them.

        Raises:
            UnknownNameError: No such parameter or state in view.
            ValueShapeError: Not one value for each group.
            ModelValueError: A value that a compartment cannot have; or a delay without bounds or outside of them.

        Example:
            >>> import dendrax as jx
            >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
            >>> cell.branch([1, 2]).make_trainable("radius")
            Number of newly added trainable parameters: 2. Total number of trainable parameters: 2
            >>> cell.branch([1, 2]).comp("all").make_trainable("length", verbose=False)
            >>> [{key: value.shape for key, value in one.items()} for one in cell.get_parameters()]
            [{'radius': (2,)}, {'length': (4,)}]
        """
        trainables.make_trainable(self._selection, key, init_val, verbose, bounds)

    def get_parameters(self) -> list[dict[str, Any]]:
        """The trainable parameters of the model, for `integrate(params=)`.

        Returns:
            For each call of `make_trainable` a dict with one array of initial values, (group,).
        """
        return trainables.get_parameters(self.tables)

    def write_trainables(self, trainable_params: list[dict[str, Any]]) -> None:
        """Write trained values into the tables.

        Args:
            trainable_params: Arrays as `get_parameters` returns them.

        Raises:
            ValueShapeError: Other keys or shapes than those of the trainable parameters.
            ModelValueError: A value that a compartment cannot have; then nothing is written.
        """
        trainables.write_trainables(self.tables, trainable_params)

    def data_set(self, key: str, val: Any, param_state: list[dict] | None = None) -> list[dict]:
        """Set a parameter or initial state to values that JAX may trace, without a change to the module.

        Args:
            key: Name of a parameter or state; of artificial sources also of their data, such as "VecStim_times".
            val: One number, or one for each compartment in view that has it, in the unit of the parameter; of data one
                row for all sources in view, or one for each.
            param_state: What an earlier call returned, to which this one is added.

        Returns:
            What `integrate(..., param_state=)` takes: for each call a dict of indices (row, 1), key and val (row,).

        Raises:
            UnknownNameError: No such parameter or state in view.
            ValueShapeError: Neither one value nor one for each compartment.

        Example:
            >>> import jax, dendrax as jx
            >>> cell = jx.Cell()
            >>> cell.record("v", verbose=False)
            >>> def first_voltage(v):
            ...     return jx.integrate(cell, param_state=cell.data_set("v", v, None), t_max=1.0)[0, 0]
            >>> float(jax.grad(first_voltage)(-65.0))
            1.0
        """
        return trainables.data_set(self._selection, key, val, param_state)

    def delete_trainables(self) -> None:
        """Remove the trainable parameters in view."""
        trainables.delete_trainables(self._selection)

    @property
    def trainable_params(self) -> list[dict[str, Any]]:
        """See `get_parameters`."""
        return trainables.get_parameters(self.tables)

    @property
    def indices_set_by_trainables(self) -> list[np.ndarray]:
        """For each trainable, the rows of `.nodes` or `.edges` of each group; ragged groups repeat their last.

        (group, row).
        """
        return [trainables.padded_groups(one) for one in self.tables.trainables]

    @property
    def num_trainable_params(self) -> int:
        """Number of trainable values."""
        return sum(len(one.values) for one in self.tables.trainables)

    # -- Place ----------------------------------------------------------------------------------------------------

    def compute_xyz(self) -> None:
        """Lay out the cells in view as trees that grow along x, by the lengths of their branches.

        Cells that were built by hand are laid out when someone first asks where they are; call this after lengths
        were changed. Cells with traced points keep these. Places are for pictures and distances in space alone.

        Raises:
            ModelStateError: The view holds only parts of a cell.

        Example:
            >>> import dendrax as jx
            >>> cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])
            >>> cell.compute_xyz()
            >>> cell.xyzr[1][:, :3].round(2)
            array([[20.  ,  0.  ,  0.  ],
                   [39.4 , -4.85,  0.  ]])
        """
        layout.compute_xyz(self._selection)

    def compute_compartment_centers(self) -> None:
        """Compute the columns x, y and z [um] of `nodes` from the points of the branches in view.

        Raises:
            ModelStateError: Only some branches of a cell have points.
        """
        layout.compute_compartment_centers(self._selection)

    def move(self, x: Any = 0.0, y: Any = 0.0, z: Any = 0.0, update_nodes: bool = False) -> None:
        """Add to the coordinates of what is in view. It has no effect on simulations.

        Args:
            x: How far to move [um], one number or one for each cell in view, (cell,).
            y: The same along y.
            z: The same along z.
            update_nodes: Taken for compatibility: `nodes` always shows where things are.

        Raises:
            ValueShapeError: Neither one number nor one for each cell.
            ModelValueError: A number is not finite.

        Example:
            >>> import dendrax as jx
            >>> net = jx.Network([jx.Cell()] * 2)
            >>> net.cell(1).move(y=100.0)
            >>> net.nodes["y"].tolist()
            [0.0, 100.0]
        """
        del update_nodes
        placement.move(self._selection, x, y, z)

    def move_to(self, x: Any = 0.0, y: Any = 0.0, z: Any = 0.0, update_nodes: bool = False) -> None:
        """Bring the beginning of the first branch in view to a place, or that of every cell to its own.

        Args:
            x: Where to [um]. One number for each of x, y and z moves all that is in view together; if one of them is
                an array, (cell,), each cell is moved by itself.
            y: The same along y.
            z: The same along z.
            update_nodes: Taken for compatibility: `nodes` always shows where things are.

        Raises:
            ValueShapeError: Neither one number nor one for each cell.
            ModelValueError: A number is not finite.

        Example:
            >>> import dendrax as jx
            >>> net = jx.Network([jx.Cell()] * 3)
            >>> net.move_to([0.0, 100.0, 200.0])
            >>> net.nodes["x"].tolist()
            [5.0, 105.0, 205.0]
        """
        del update_nodes
        placement.move_to(self._selection, x, y, z)

    def rotate(self, degrees: SupportsFloat, rotation_axis: str = "xy", update_nodes: bool = False) -> None:
        """Turn what is in view clockwise around the origin. It has no effect on simulations.

        Args:
            degrees: Angle [degrees].
            rotation_axis: The plane to turn in: "xy", "xz" or "yz".
            update_nodes: Taken for compatibility: `nodes` always shows where things are.

        Raises:
            ModelValueError: Another plane, or an angle that is not finite.
        """
        del update_nodes
        placement.rotate(self._selection, degrees, rotation_axis)

    def distance(self, endpoint: Module) -> float:
        """Straight distance between the centres of two compartments [um].

        Args:
            endpoint: View of one compartment.

        Raises:
            SelectionError: This view or `endpoint` is not one compartment.

        Example:
            >>> import dendrax as jx
            >>> branch = jx.Branch(jx.Compartment(), ncomp=3)
            >>> branch.comp(0).distance(branch.comp(2))
            20.0
        """
        check_module(endpoint, "distance")
        return placement.distance(self._selection, endpoint._selection)

    # -- Facts ----------------------------------------------------------------------------------------------------

    @property
    def channels(self) -> list[Mechanism]:
        """The channels in view, in the order of insertion."""
        return self._selection.channels

    @property
    def group_names(self) -> list[str]:
        """Names of the groups in view."""
        return self._selection.groups

    @property
    def pumps(self) -> list[Pump]:
        """The pumps in view, in the order of insertion."""
        return self._selection.pumps

    @property
    def pumped_ions(self) -> list[str]:
        """Names of the concentrations that the pumps in view change."""
        return list(dict.fromkeys(pump.ion_name for pump in self.pumps))

    @property
    def diffusion_states(self) -> list[str]:
        """Names of the concentrations that diffuse."""
        return list(self.tables.diffused)

    @property
    def membrane_current_names(self) -> list[str]:
        """Names of the currents of the channels and pumps in view."""
        return list(dict.fromkeys(name for one in self._selection.mechanisms for name in one.current_names))

    @property
    def synapses(self) -> list[Synapse]:
        """The types of synapse in view, in the order of their first use."""
        return self._selection.synapses

    @property
    def synapse_names(self) -> list[str]:
        """Names of the types of synapse in view."""
        return [one.name for one in self.synapses]

    @property
    def synapse_param_names(self) -> list[str]:
        """Names of the parameters of the synapses in view."""
        return [key for one in self.synapses for key in one.synapse_params]

    @property
    def synapse_state_names(self) -> list[str]:
        """Names of the states of the synapses in view."""
        return [key for one in self.synapses for key in one.synapse_states]

    @property
    def synapse_current_names(self) -> list[str]:
        """Names of the currents of the synapses in view."""
        return [current_of(one) for one in self.synapses]

    @property
    def comb_parents(self) -> np.ndarray:
        """Parent of every branch in view, -1 for roots. (branch,)."""
        return self.tables.structure.parent_of_branch[self._selection.branches]

    @property
    def ncomp_per_branch(self) -> np.ndarray:
        """Number of compartments of every branch in view. (branch,)."""
        return self.tables.structure.ncomp_of_branch[self._selection.branches]

    @property
    def cumsum_ncomp(self) -> np.ndarray:
        """Number of compartments before every branch in view, and of all. (branch + 1,)."""
        return np.concatenate([[0], np.cumsum(self.ncomp_per_branch)])

    @property
    def nbranches_per_cell(self) -> list[int]:
        """Number of branches of every cell in view."""
        return np.unique(self.tables.structure.cell_of_branch[self._selection.branches], return_counts=True)[1].tolist()

    @property
    def total_nbranches(self) -> int:
        """Number of branches in view."""
        return len(self._selection.branches)

    @property
    def ncomp(self) -> int:
        """Most compartments of a branch; on a view, the number of compartments in view."""
        return len(self.rows) if self.is_view else int(self.ncomp_per_branch.max())

    @property
    def branch_edges(self) -> pd.DataFrame:
        """Parent and child of every joint of two branches in view."""
        parents, children = self.comb_parents, self._selection.branches
        joined = np.isin(parents, children)
        return frames.frame_of({"parent_branch_index": parents[joined], "child_branch_index": children[joined]})

    @property
    def _comp_edges(self) -> pd.DataFrame:
        """How compartments in view are joined, in both directions; for programs that read Jaxley's table.

        Columns source, sink, ordered (1 away from the root, 0 towards it) and type: 0 between compartments of a branch,
        1 branch point to parent, 2 branch point to child, 3 parent to branch point, 4 child to branch point. Branch
        points count from the number of compartments of the model, one for each branch that has children.
        """
        return joints.comp_edges(self._selection)

    @property
    def initialized(self) -> bool:
        """Always: nothing has to be initialised."""
        return True

    def initialize(self) -> Module:
        """Nothing has to be initialised; for programs that call it."""
        return self

    @property
    def initialized_solver(self) -> bool:
        """Always: nothing has to be initialised."""
        return True

    def _init_morph_jaxley_dhs_solve(self, allowed_nodes_per_level: int = 1) -> None:
        """Nothing to prepare; `integrate(..., voltage_solver="jaxley.dhs.cpu")` or ".gpu" picks the form."""

    _init_solver_jaxley_dhs_solve = _init_morph_jaxley_dhs_solve

    def to_jax(self) -> None:
        """Nothing has to be moved; for programs that call it. Refuses views, as `integrate` does."""
        self._selection.check_whole("to_jax")

    # -- Stepping by hand -----------------------------------------------------------------------------------------

    def get_all_parameters(self, pstate: list[dict]) -> dict[str, Any]:
        """Every parameter of the module, as `step` takes them. `build_init_and_step_fn` does the same and compiles it.

        Args:
            pstate: What `data_set` returned, or entries of key, val (group,) and indices (group, row) of `.nodes` or
                `.edges`: values that take the place of those of the tables, and may be traced. [] for none.

        Returns:
            name -> (comp,), or (synapse,) for parameters of a type of synapse.

        Raises:
            ModelStateError: Called on a view.
            ModelTypeError: `pstate` is something else.

        Example:
            >>> import dendrax as jx
            >>> cell = jx.Cell()
            >>> params, states = cell.get_all_parameters([]), cell.get_all_states([])
            >>> states = cell.append_channel_currents_to_states(states, params, delta_t=0.025)
            >>> cell.step(states, 0.025, {}, {}, params)["v"].tolist()
            [-70.0]
        """
        return by_hand.all_parameters(self._selection, pstate)

    def get_all_states(self, pstate: list[dict]) -> dict[str, Any]:
        """Initial value of every state of the module, without currents. See `get_all_parameters`.

        Returns:
            name -> (comp,), NaN where a compartment does not have the state, or (synapse,).

        Raises:
            ModelStateError: Called on a view.
            ModelTypeError: `pstate` is something else.
        """
        return by_hand.all_states(self._selection, pstate)

    def append_channel_currents_to_states(
        self,
        states: dict[str, Any],
        all_params: dict[str, Any],
        delta_t: Any,  # noqa: ARG002 - the reference's
    ) -> dict[str, Any]:
        """`states` and the currents that flow in them: of channels [mA/cm2], pumps [mM/ms] and synapses [nA].

        Args:
            states: As `get_all_states` returns them.
            all_params: As `get_all_parameters` returns them.
            delta_t: Taken for compatibility: currents do not depend on the time step.

        Raises:
            ModelStateError: Called on a view.
        """
        return by_hand.append_currents(self._selection, states, all_params)

    def step(
        self,
        u: dict[str, Any],
        delta_t: Any,
        external_inds: dict[str, Any],
        externals: dict[str, Any],
        params: dict[str, Any],
        solver: str = "bwd_euler",
        voltage_solver: str = "jaxley.stone",
    ) -> dict[str, Any]:
        """All states one time step later. See `get_all_parameters`.

        Args:
            u: All states and currents, as `append_channel_currents_to_states` or this method returns them.
            delta_t: Time step [ms].
            external_inds: For each key of `externals` the compartments, or synapses within their type. (input,)
            externals: Stimuli ("i", nA) and clamped values of this step. (input,)
            params: As `get_all_parameters` returns them.
            solver: As in `integrate`.
            voltage_solver: As in `integrate`; the default is for unbranched cables.

        Raises:
            ModelStateError: Called on a view.
            ModelTypeError: Something is no array of numbers.
            UnknownNameError: A state or parameter is missing, or `externals` have a key that `external_inds` lack.
            ValueShapeError: Not one value for each compartment, synapse or place; a place beyond the module.
            ModelValueError: No such solver.
            MorphologyError: The solver is for unbranched cables, and the module is none.
        """
        return by_hand.step(self._selection, u, delta_t, external_inds, externals, params, (solver, voltage_solver))

    def build_exp_euler_transition_matrix(self, delta_t: Any, axial_conductances: Any = None) -> Any:
        """The matrix exp(G dt) that exponential Euler multiplies the voltages by, (comp, comp).

        Args:
            delta_t: Time step [ms].
            axial_conductances: What `get_all_parameters` returned, from which they follow; None for the tables.

        Raises:
            ModelStateError: Called on a view.
            ModelTypeError: Not the parameters of this module.

        Example:
            >>> import dendrax as jx
            >>> branch = jx.Branch(jx.Compartment(), ncomp=2)
            >>> branch.build_exp_euler_transition_matrix(0.025).sum(axis=1).round(6).tolist()
            [1.0, 1.0]
        """
        return by_hand.transition_matrix(self._selection, delta_t, axial_conductances)

    def customize_solver_exp_euler(self, exp_euler_transition: Any = None) -> None:
        """Keep the matrix of exponential Euler, to compute it once for many runs; None computes it in each again.

        It is that of one `delta_t` and of the morphology that it was built for; nothing checks that.

        Args:
            exp_euler_transition: What `build_exp_euler_transition_matrix` returned, or None. (comp, comp)

        Raises:
            ModelStateError: Called on a view.
            ValueShapeError: Not a row and a column for each compartment.
        """
        by_hand.customize(self._selection, exp_euler_transition)

    @property
    def solver_customizers(self) -> dict[str, dict[str, Any]]:
        """What `customize_solver_exp_euler` was given."""
        return {"exp_euler": {"exp_euler_transition": self.tables.transition}}

    @property
    def jaxnodes(self) -> dict[str, Any]:
        """The columns of numbers of `.nodes` of the model as JAX arrays. name -> (comp,)."""
        return by_hand.arrays_of_nodes(self.tables)

    @property
    def jaxedges(self) -> dict[str, Any]:
        """Parameters and states of synapses as JAX arrays, those of each type by themselves. name -> (synapse,)."""
        return by_hand.arrays_of_edges(self.tables)

    def vis(
        self,
        ax: Axes | None = None,
        color: Any = "k",
        dims: Sequence[int] = (0, 1),
        type: str = "line",  # noqa: A002 - the reference's name
        *,
        color_by: Any = None,
        detail: str | None = None,
        synapse_color: Any = "b",
        cell_plot_kwargs: Mapping[str, Any] | None = None,
        synapse_plot_kwargs: Mapping[str, Any] | None = None,
        synapse_scatter_kwargs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> Axes:
        """Draw what is in view.

        Args:
            ax: Where to draw; a new figure if None. Three `dims` need 3D axes.
            color: Any matplotlib colour.
            dims: The axes to show: two or three of 0, 1, 2.
            type: "line" joins the traced points, "scatter" shows them, "comp" shows compartments as cylinders, "morph"
                shows the volume, traced or made of compartments.
            color_by: What the colours say instead: "groups" or "channels", the name of one or a list of them, with a
                legend; the name of a parameter or state, or a value for each compartment in view, with a colour bar.
            detail: None draws morphologies alone. "full" adds the synapses in view, "point" draws a dot for each cell
                and the synapses between them, as `Network.vis` does; these two take what follows.
            synapse_color: Colour of the synapses.
            cell_plot_kwargs: For the cells, as `kwargs`.
            synapse_plot_kwargs: For the lines of the synapses, of a matplotlib `LineCollection`.
            synapse_scatter_kwargs: For the ends of the synapses, of `Axes.scatter`.
            **kwargs: Handed to the matplotlib artist of the cells. `cmap` and `limits` (a pair) choose the colours of
                values.

        Returns:
            The axes.

        Raises:
            ModelValueError: Unknown type, detail or dims.
            ModelStateError: A branch in view has no coordinates, while others of its cell have.
            UnknownNameError: Nothing is named `color_by`; the text names the nearest.
            ValueShapeError: Not one value for each compartment in view.

        Example:
            >>> import dendrax as jx
            >>> from dendrax.synapses import IonotropicSynapse
            >>> net = jx.Network([jx.Cell(jx.Branch(jx.Compartment(), ncomp=2), parents=[-1, 0, 0])] * 3)
            >>> net.arrange_in_layers([2, 1], within_layer_offset=50.0, between_layer_offset=100.0)
            >>> jx.fully_connect(net.cell([0, 1]), net.cell(2), IonotropicSynapse())
            >>> ax = net.vis(color="0.8")
            >>> ax = net.cell([0, 2]).vis(ax, detail="full", synapse_color="C1")
            >>> ax = net.cell(0).vis(type="comp", color_by="length")
        """
        options = arguments.keywords("vis: cell_plot_kwargs", cell_plot_kwargs)
        cells: dict[str, Any] = {"color": color, "type": type} | options | kwargs
        if detail is None:
            from dendrax.plot import draw  # noqa: PLC0415 - matplotlib is imported when a picture is asked for

            if color_by is not None:
                cells["color"] = colours.colouring(self._selection, color_by)
            return draw(self.xyzr, self.view.nodes, ax=ax, dims=dims, **cells)
        return shown.picture(
            self._selection,
            cells,
            color_by,
            detail=detail,
            ax=ax,
            synapse_color=synapse_color,
            dims=dims,
            synapse_plot_kwargs=synapse_plot_kwargs,
            synapse_scatter_kwargs=synapse_scatter_kwargs,
        )


class _ViewMeta(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Module) and instance.is_view


class View(Module, metaclass=_ViewMeta):
    """A name for isinstance: `isinstance(cell.branch(0), View)`. Views are Modules with fewer rows."""

    _name: ClassVar[str] = "View"


def check_module(thing: Any, where: str) -> None:
    """Refuse what is no module.

    Raises:
        ModelTypeError: Names the function, `where`, and what it got.
    """
    if not isinstance(thing, Module):
        raise ModelTypeError(
            f"{where}: pass a module or a view of one, such as `cell.branch(0)`, not {type(thing).__name__}."
        )


def module_of(tables: Tables) -> Module:
    """Tables as the module that they are: a Compartment, Branch, Cell or Network."""
    return next(one for one in Module.__subclasses__() if one._kind == tables.kind)._of(tables)
