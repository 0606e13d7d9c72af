"""The shape of compartments: this file alone derives area, volume and resistive loads from radius and length.

Only compartments of another shape than a cylinder, such as those cut from a traced branch, have these four stored.
The table of compartments has a column for them then, with NaN wherever the value follows.
"""

from __future__ import annotations

import numpy as np

from dendrax.modules.table import Table
from dendrax.trees.geometry import cylinder

FOLLOWING = ("area", "volume", "resistive_load_in", "resistive_load_out")


def stored(nodes: Table, name: str) -> np.ndarray:
    """The stored values of one of the four, NaN where the value follows. (comp,)."""
    return nodes.numbers(name) if name in nodes else np.full(nodes.length, np.nan)


def shape_of(nodes: Table) -> dict[str, np.ndarray]:
    """Area [um2], volume [um3] and resistive loads of both halves [1/um] of every compartment. name -> (comp,)."""
    area, volume, load = cylinder(nodes.numbers("radius"), nodes.numbers("length"))
    shape: dict[str, np.ndarray] = dict(zip(FOLLOWING, (area, volume, load, load), strict=True))
    for name in FOLLOWING:
        if name in nodes:
            own = stored(nodes, name)
            shape[name] = np.where(np.isnan(own), shape[name], own)
    return shape


def forget(nodes: Table, rows: np.ndarray | None = None) -> None:
    """Store the four no longer in some compartments; None: in all that have the values of cylinders."""
    area, volume, load = cylinder(nodes.numbers("radius"), nodes.numbers("length"))
    for name, follows in zip(FOLLOWING, (area, volume, load, load), strict=True):
        if name in nodes:
            own = stored(nodes, name)
            own[own == follows if rows is None else rows] = np.nan
            if np.isnan(own).all() and nodes.handed_out is None:
                nodes.drop([name])
            else:
                nodes.add(name, own)


def turn(nodes: Table, turned: np.ndarray) -> None:
    """Exchange the two halves of some compartments. `turned` (comp,) bool."""
    into, out = (stored(nodes, name) for name in FOLLOWING[2:])
    for name, here, there in zip(FOLLOWING[2:], (into, out), (out, into), strict=True):
        if name in nodes or not np.isnan(there).all():
            nodes.add(name, np.where(turned, there, here))
