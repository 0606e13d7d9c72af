"""The tables that are the model, and how the tables of parts are joined into those of a whole."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dendrax.errors import MechanismError, ModelTypeError, ValueShapeError
from dendrax.mechanisms.channel import Channel
from dendrax.modules.structure import Structure
from dendrax.modules.table import Table


@dataclass
class Input:
    """Values over time for some rows: a stimulus or a clamp. rows (n,), values (n, time)."""

    rows: np.ndarray
    values: np.ndarray


@dataclass
class Trainable:
    """A parameter that is learnt, and which rows share which of its values.

    Attributes:
        key: Name of the parameter or state.
        rows: Rows of the node table. (row,)
        group_of_row: Which value a row takes. (row,)
        values: The initial values. (group,)
    """

    key: str
    rows: np.ndarray
    group_of_row: np.ndarray
    values: np.ndarray

    def part(self, chosen: np.ndarray, new_row: np.ndarray) -> "Trainable":
        """The chosen of its rows, under new numbers, and only the values that these take."""
        groups, group_of_row = np.unique(self.group_of_row[chosen], return_inverse=True)
        return Trainable(self.key, new_row[self.rows[chosen]], group_of_row, self.values[groups])


@dataclass
class Tables:
    """All there is of a model.

    Attributes:
        kind: compartment, branch, cell or network.
        structure: Who belongs to whom.
        nodes: A row for each compartment.
        edges: A row for each synapse.
        xyzr: Traced points and radii of each branch [um].
        channels: In the order of insertion.
        groups: Names of the groups; their members are columns of `nodes`.
        recordings: What is recorded, in order: an ordered set of (state, row).
        inputs: For "i" (stimuli) and each clamped state, what was added, call by call.
        trainables: In the order of `make_trainable`.
    """

    kind: str
    structure: Structure
    nodes: Table
    edges: Table
    xyzr: list[np.ndarray]
    channels: list[Channel] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    recordings: dict[tuple[str, int], None] = field(default_factory=dict)
    inputs: dict[str, list[Input]] = field(default_factory=dict)
    trainables: list[Trainable] = field(default_factory=list)

    @classmethod
    def join(cls, kind: str, parts: Sequence["Tables"], parent_of_part: np.ndarray | None = None) -> "Tables":
        """Tables of a whole: groups and channels are carried up; recordings, inputs and trainables are not."""
        channels = merge_channels([part.channels for part in parts])
        groups = list(dict.fromkeys(group for part in parts for group in part.groups))
        if both := {one.name for one in channels} & set(groups):
            raise MechanismError(
                f"{sorted(both)} is the name of a group in one part of the {kind} and of a channel in another. Rename "
                f"the channel with `change_name` before it is inserted."
            )
        return cls(
            kind,
            Structure.join([part.structure for part in parts], parent_of_part),
            Table.join([part.nodes for part in parts]),
            Table({}, 0),
            [points.copy() for part in parts for points in part.xyzr],
            channels,
            groups,
        )

    def has(self, channel: Channel) -> np.ndarray:
        """Which compartments have a channel. (comp,) bool."""
        return self.nodes[channel.name].astype(bool)

    def members(self, group: str) -> np.ndarray:
        """Which compartments are in a group. (comp,) bool."""
        return self.nodes[group].astype(bool)

    def channel_named(self, name: str) -> Channel | None:
        """The channel of this name, if there is one."""
        return next((channel for channel in self.channels if channel.name == name), None)


def merge_channels(lists: Sequence[list[Channel]]) -> list[Channel]:
    """Every channel once, in order of appearance.

    Raises:
        MechanismError: Two of the same name are not equal.
    """
    merged: dict[str, Channel] = {}
    for channels in {id(one): one for one in lists}.values():
        for channel in channels:
            if merged.setdefault(channel.name, channel) != channel:
                raise MechanismError(
                    f"Two parts of the model have channels named {channel.name!r} that differ in class or settings. "
                    f"Rename one with `change_name` before it is inserted."
                )
    return list(merged.values())


def broadcast(values: object, n: int, what: str) -> np.ndarray:
    """`values` as (n,) floats.

    Raises:
        ModelTypeError: They are not numbers, or traced by JAX.
        ValueShapeError: They are neither one value nor n.
    """
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:  # JAX raises a TypeError for traced values
        raise ModelTypeError(
            f"{what} takes numbers, and none that JAX traces (there is data_set for these): {error}"
        ) from None
    if array.ndim > 1 or (array.ndim == 1 and len(array) not in (1, n)):
        raise ValueShapeError(f"{what}: got values of shape {array.shape}, but {n} are in view. Pass one or {n}.")
    return np.broadcast_to(array, (n,)).copy()
