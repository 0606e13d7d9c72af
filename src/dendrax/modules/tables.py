"""The tables that are the model, and how the tables of parts are joined into those of a whole."""

import itertools
import reprlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from dendrax.errors import MechanismError, ModelStateError, ModelTypeError, ValueShapeError
from dendrax.mechanisms.constants import DEFAULT_TEMPERATURE
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.pump import Pump
from dendrax.mechanisms.synapse import Synapse
from dendrax.modules.events import FROM_DETECTOR, EventTables
from dendrax.modules.points import Points, shared_parameters
from dendrax.modules.structure import Structure
from dendrax.modules.table import Table
from dendrax.modules.wiring import Wiring

Inserted = TypeVar("Inserted", bound=Mechanism)
DEFAULTS = {"temperature": DEFAULT_TEMPERATURE}
"""Parameters of compartments that have a column only once someone sets them."""


@dataclass
class Input:
    """Values over time for some rows of a table: a stimulus or a clamp.

    Attributes:
        rows: Compartments or synapses. (n,)
        values: A value for each time step; no values for a function. (n, time)
        delta_t: Their time step [ms]; None: the time step of any run.
        function: Gives values at the times of all steps [ms], in place of `values`.
    """

    rows: np.ndarray
    values: np.ndarray
    delta_t: float | None = None
    function: Callable[[Any], Any] | None = None

    def part(self, chosen: np.ndarray, new_row: np.ndarray | None = None) -> "Input":
        """The chosen of its rows, under new numbers."""
        rows = self.rows[chosen] if new_row is None else new_row[self.rows[chosen]]
        return Input(rows, self.values[chosen], self.delta_t, self.function)


@dataclass
class Trainable:
    """A parameter that is learnt, and which rows share which of its values.

    Attributes:
        key: Name of the parameter or state.
        rows: Rows of the table that has the key, see `homes`. (row,)
        group_of_row: Which value a row takes. (row,)
        values: The initial values. (group,)
        bounds: The smallest and the largest value of any run, for delays; None for other parameters.
    """

    key: str
    rows: np.ndarray
    group_of_row: np.ndarray
    values: np.ndarray
    bounds: tuple[float, float] | None = None

    def part(self, chosen: np.ndarray, new_row: np.ndarray) -> "Trainable":
        """The chosen of its rows, under new numbers, and only the values that these take."""
        groups, group_of_row = np.unique(self.group_of_row[chosen], return_inverse=True)
        return Trainable(self.key, new_row[self.rows[chosen]], group_of_row, self.values[groups], self.bounds)


@dataclass
class Tables:
    """All there is of a model.

    Attributes:
        kind: compartment, branch, cell or network.
        structure: Who belongs to whom.
        nodes: A row for each compartment.
        xyzr: Traced points and radii of each branch [um].
        channels: In the order of insertion.
        groups: Names of the groups; their members are columns of `nodes`.
        recordings: What is recorded, in order: an ordered set of (state, row).
        inputs: For "i" (stimuli) and each clamped state, what was added, call by call.
        trainables: In the order of `make_trainable`.
        wiring: The synapses.
        pumps: In the order of insertion.
        diffused: Names of the ions that diffuse, in the order of `diffuse`.
        transition: The matrix that exponential Euler takes instead of its own, if the user gave one. (comp, comp)
        points: The point processes.
        events: Connections, detectors, artificial sources, and recordings of spikes.
    """

    kind: str
    structure: Structure
    nodes: Table
    xyzr: list[np.ndarray]
    channels: list[Mechanism] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    recordings: dict[tuple[str, int], None] = field(default_factory=dict)
    inputs: dict[str, list[Input]] = field(default_factory=dict)
    trainables: list[Trainable] = field(default_factory=list)
    wiring: Wiring = field(default_factory=Wiring)
    pumps: list[Pump] = field(default_factory=list)
    diffused: list[str] = field(default_factory=list)
    transition: np.ndarray | None = None
    points: Points = field(default_factory=Points)
    events: EventTables = field(default_factory=EventTables)

    @property
    def edges(self) -> Table:
        """A row for each synapse."""
        return self.wiring.table

    @property
    def synapses(self) -> list[Synapse]:
        """The types of synapse, in the order of their first use."""
        return self.wiring.types

    @property
    def mechanisms(self) -> list[Mechanism]:
        """What can be inserted into compartments: channels, then pumps, as they act in a step."""
        return [*self.channels, *self.pumps]

    @property
    def attached(self) -> list[str]:
        """What there is that knows compartments by their numbers: these must stay as they are then."""
        kinds = {
            "recordings": self.recordings,
            "stimuli or clamps": self.inputs,
            "trainable parameters": self.trainables,
            "synapses": len(self.wiring),
            "point processes": len(self.points),
            "spike recordings": self.events.recorded,
            "connections": len(self.events.connections),
        }
        return [name for name, there in kinds.items() if there]

    @classmethod
    def join(
        cls,
        kind: str,
        parts: Sequence["Tables"],
        parent_of_part: np.ndarray | None = None,
        joint_of_part: np.ndarray | None = None,
    ) -> "Tables":
        """Tables of a whole: groups, channels, pumps and point processes are carried up.

        Recordings, inputs, trainables, synapses and connections are not.
        """
        channels = merge("channels", [part.channels for part in parts])
        pumps = merge("pumps", [part.pumps for part in parts])
        groups = list(dict.fromkeys(group for part in parts for group in part.groups))
        points = merge("point processes", [part.points.types for part in parts])
        named = {
            "channel": [one.name for one in channels],
            "pump": [one.name for one in pumps],
            "point process": [one.name for one in points],
            "group": groups,
        }
        _check_names(kind, named)
        diffused = list(dict.fromkeys(ion for part in parts for ion in part.diffused))
        if partly := [ion for ion in diffused if any(ion not in part.diffused for part in parts)]:
            raise ModelStateError(
                f"{partly[0]!r} diffuses in some parts of this {kind}, but not in all of them. Call "
                f"`diffuse({partly[0]!r})` on the whole {kind} instead."
            )
        return cls(
            kind,
            Structure.join([part.structure for part in parts], parent_of_part, joint_of_part),
            _join_nodes([part.nodes for part in parts]),
            [points.copy() for part in parts for points in part.xyzr],
            channels,
            groups,
            pumps=pumps,
            diffused=diffused,
            points=Points.join([part.points for part in parts], [part.structure.n_comp for part in parts], points),
        )

    def add(self, mechanism: Mechanism) -> None:
        """Add a channel or pump that no compartment has yet."""
        if isinstance(mechanism, Pump):
            self.pumps = [*self.pumps, mechanism]
        else:
            self.channels = [*self.channels, mechanism]

    def has(self, channel: Mechanism) -> np.ndarray:
        """Which compartments have a channel or pump. (comp,) bool."""
        return self.nodes[channel.name].astype(bool)

    def has_point(self, mechanism: Mechanism) -> np.ndarray:
        """Whether each compartment has a point process of a type. (comp,) bool."""
        has = np.zeros(self.structure.n_comp, bool)
        has[self.points.table["comp_index"][self.points.of_type(mechanism)].astype(int)] = True
        return has

    def users_of(self, key: str) -> list[np.ndarray]:
        """The compartments of each mechanism and type of point process that has a parameter or state. (comp,) bool."""
        mechanisms = [one for one in self.mechanisms if key in (*one.parameter_defaults, *one.state_defaults)]
        points = [one for one in self.points.types if key in shared_parameters(one)]
        return [*map(self.has, mechanisms), *map(self.has_point, points)]

    def members(self, group: str) -> np.ndarray:
        """Which compartments are in a group. (comp,) bool."""
        return self.nodes[group].astype(bool)

    def ends_of_connection(self, row: int | np.integer) -> str:
        """The source and the target of a connection, for error texts."""
        connections, sources = self.events.connections.table, self.events.sources
        kind, source, of_type, target = (int(connections[name][row]) for name in list(connections.names)[:4])
        begin = f"{sources.types[kind].name} {source}" if kind != FROM_DETECTOR else self._comp_of_detector(source)
        return f"from {begin} to {self.points.types[of_type].name} {target}"

    @property
    def target_rows(self) -> np.ndarray:
        """The point process at which each connection ends, as a row of their table. (connection,)."""
        table = self.events.connections.table
        return self.points.rows_of(table["target_type"], table["target"])

    def _comp_of_detector(self, row: int) -> str:
        return self.structure.place_of(self.events.detectors.table["comp_index"][row])

    def mechanism_named(self, name: str) -> Mechanism | None:
        """The channel or pump of this name, if there is one."""
        return next((one for one in self.mechanisms if one.name == name), None)


def merge(what: str, lists: Sequence[list[Inserted]]) -> list[Inserted]:
    """Every mechanism once, in order of appearance."""
    merged: dict[str, Inserted] = {}
    for mechanisms in {id(one): one for one in lists}.values():
        for mechanism in mechanisms:
            if merged.setdefault(mechanism.name, mechanism) != mechanism:
                raise MechanismError(
                    f"Two parts of the model have {what} named {mechanism.name!r} that differ in class or settings. "
                    f"Rename one with `change_name` before it is inserted."
                )
    return list(merged.values())


def _join_nodes(parts: Sequence[Table]) -> Table:
    """The compartments of all parts; what only some have set has its default in the others."""
    joined = Table.join(parts)
    for name, default in DEFAULTS.items():
        if name in joined:
            joined.write(name, np.isnan(joined.numbers(name)), default)
    return joined


def _check_names(kind: str, names: dict[str, list[str]]) -> None:
    """Refuse a name that channels, pumps or groups share with each other; `names` has the mechanisms first."""
    for one, other in itertools.combinations(names, 2):
        if both := sorted({*names[one]} & {*names[other]}):
            raise MechanismError(
                f"{both} is the name of a {one} in one part of the {kind} and of a {other} in another. Rename "
                f"the {one} with `change_name` before it is inserted."
            )


def broadcast(values: object, n: int, what: str) -> np.ndarray:
    """`values` as (n,) floats."""
    array = numbers_of(values, f"{what} takes numbers, and none that JAX traces (there is data_set for these)")
    if array.ndim > 1 or (array.ndim == 1 and len(array) not in (1, n)):
        raise ValueShapeError(f"{what}: got values of shape {array.shape}, but {n} are in view. Pass one or {n}.")
    return np.broadcast_to(array, (n,)).copy()


def numbers_of(values: object, wanted: str) -> np.ndarray:
    """`values` as floats. Complex numbers are refused, and text too, although numpy would read numbers from it."""
    try:
        given = np.asarray(values)
        if given.dtype.kind not in "USc":
            return given.astype(float)
    except (TypeError, ValueError, OverflowError) as error:  # JAX raises a TypeError for traced values
        raise ModelTypeError(f"{wanted}: {str(error).splitlines()[0]}") from None
    what = "complex" if given.dtype.kind == "c" else "text"
    raise ModelTypeError(f"{wanted}: {reprlib.repr(values)} is {what}.")
