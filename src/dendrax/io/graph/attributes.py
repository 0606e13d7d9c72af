"""What graphs and their nodes say, checked before it is read: a graph may come from anywhere."""

import reprlib
from collections.abc import Callable, Collection
from typing import Any

import networkx as nx
import numpy as np

from dendrax.errors import MorphologyError
from dendrax.mechanisms.channel import Channel
from dendrax.mechanisms.pump import Pump
from dendrax.trees.swc_defects import LARGEST_COORDINATE, LARGEST_RADIUS, SMALLEST_RADIUS

GEOMETRY = ("radius", "length", "area", "volume", "resistive_load_in", "resistive_load_out")
INDICES = ("branch_index", "comp_index", "cell_index")
SHORTEST = 1e-9
"""No compartment is shorter [um]; much below, its axial resistance overflows."""
WIDEST = 1e30
"""No area, volume or load is larger in its unit, or smaller than the inverse of this."""

Check = tuple[Callable[[Any], bool], str]


def is_real(value: Any) -> bool:
    """Whether something is one real number; NaN stands for none."""
    return isinstance(value, (int, float, np.integer, np.floating, np.bool_)) or (
        isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "iufb"
    )


def is_whole(value: Any) -> bool:
    """Whether something is a whole number of which there can be an index."""
    return value is None or (is_real(value) and abs(value) < np.iinfo(np.int32).max and int(value) == value)


def is_names(value: Any) -> bool:
    """Whether something is several names."""
    return isinstance(value, (list, tuple, set, frozenset)) and all(isinstance(one, str) for one in value)


def is_chain(value: Any) -> bool:
    """Whether something is traced points, (point, 4); NaN stands for what was not traced."""
    try:
        points = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return False
    if points.ndim != 2 or points.shape[1] != 4 or len(points) == 0:
        return False
    radii = points[:, 3]
    is_placed = not (np.abs(points[:, :3]) > LARGEST_COORDINATE).any()
    return is_placed and not ((radii < SMALLEST_RADIUS) | (radii > LARGEST_RADIUS)).any()


def _between(low: float, high: float) -> Check:
    return (
        lambda value: is_real(value) and not (value < low or value > high),
        f"positive, from {low:g} to {high:g}" if low > 0 else f"a number from {low:g} to {high:g}",
    )


OF_A_NODE: dict[str, Check] = {
    "type": (lambda value: isinstance(value, str), '"comp" or "branchpoint"'),
    "groups": (is_names, "a list of names"),
    "xyzr": (is_chain, f"points (point, 4) with radii from {SMALLEST_RADIUS:g} to {LARGEST_RADIUS:g} um"),
    **dict.fromkeys(INDICES, (is_whole, "a whole number")),
    **dict.fromkeys("xyz", _between(-LARGEST_COORDINATE, LARGEST_COORDINATE)),
    **dict.fromkeys(GEOMETRY, _between(1 / WIDEST, WIDEST)),
    "radius": _between(SMALLEST_RADIUS, LARGEST_RADIUS),
    "length": _between(SHORTEST, LARGEST_COORDINATE),
}
OF_A_GRAPH: dict[str, Check] = {
    "type": (lambda value: isinstance(value, str), "a name"),
    "group_names": (is_names, "a list of names"),
    "membrane_current_names": (is_names, "a list of names"),
    "channels": (
        lambda value: isinstance(value, (list, tuple)) and all(isinstance(one, (Channel, Pump)) for one in value),
        "a list of channels",
    ),
}


def check_attributes(graph: nx.Graph, where: str, numbers: Collection[str] = ()) -> None:
    """Refuse attributes with invalid values; `numbers` are further attributes of nodes that have to be numbers."""
    _check(graph.graph, OF_A_GRAPH, f"{where}: the graph's")
    flags = [*graph.graph.get("group_names", ()), *(one.name for one in graph.graph.get("channels", ()))]
    channels = graph.graph.get("channels", ())
    own = {key for one in channels for key in (*one.parameter_defaults, *one.state_defaults)}
    checks = {**dict.fromkeys((*numbers, *own, *flags), (is_real, "a number")), **OF_A_NODE}
    for name, data in graph.nodes(data=True):
        # A branchpoint has no size: `to_graph` and `build_compartment_graph` give it a length of 0.
        is_point = isinstance(data.get("type"), str) and data["type"] == "branchpoint"
        _check(
            data,
            {k: v for k, v in checks.items() if k not in GEOMETRY} if is_point else checks,
            f"{where}: node {name!r}:",
        )


def _check(data: dict[str, Any], checks: dict[str, Check], whose: str) -> None:
    for key in data.keys() & checks.keys():
        is_right, what = checks[key]
        if not is_right(data[key]):
            raise MorphologyError(f"{whose} {key!r} must be {what}, but is {reprlib.repr(data[key])}.")


def check_attached(graph: nx.Graph, where: str) -> None:
    """Refuse recordings, inputs and trainables that are not as `to_graph` writes them."""
    said = graph.graph
    right = {
        "recordings": lambda: _are_recordings(said.get("recordings")),
        "externals": lambda: _are_inputs(said.get("externals", {}), said.get("external_inds", {})),
        "trainable_params": lambda: _are_trainables(
            said.get("trainable_params", ()), said.get("indices_set_by_trainables", ())
        ),
    }
    for key, is_right in right.items():
        try:
            fine = is_right()
        except (TypeError, ValueError, KeyError, AttributeError, IndexError):  # whatever is in there
            fine = False
        if not fine:
            raise MorphologyError(
                f"{where}: the graph's {key!r} are not as `to_graph` writes them; remove them, "
                f"`graph.graph.pop({key!r})`, and attach them to the model."
            )


def _are_recordings(table: Any) -> bool:
    if table is None:
        return True
    return len(table) == 0 or len(table["rec_index"]) == len(table["state"])


def _are_inputs(values: Any, places: Any) -> bool:
    return isinstance(values, dict) and all(
        isinstance(key, str)
        and np.ndim(over_time) == 2
        and np.isfinite(np.asarray(over_time, dtype=float)).all()
        and len(over_time) == len(np.asarray(places[key]).tolist())
        for key, over_time in values.items()
    )


def _are_trainables(params: Any, indices: Any) -> bool:
    return len(params) == len(indices) and all(
        len(one) == 1
        and all(
            isinstance(key, str) and np.asarray(values, dtype=float).shape == np.shape(rows)[:1]
            for key, values in one.items()
        )
        and np.ndim(rows) == 2
        for one, rows in zip(params, indices, strict=True)
    )
