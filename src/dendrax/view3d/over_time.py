"""What of a module was recorded, state by state."""

from typing import Any

import numpy as np

from dendrax.errors import ModelStateError, ModelTypeError, ValueShapeError
from dendrax.modules.homes import home_of
from dendrax.modules.module import Module
from dendrax.modules.units import unit_of
from dendrax.plot.page import Series


def series_of(module: Module, recordings: Any) -> tuple[Series, ...]:
    """The recorded series, state by state."""
    tables, shown_rows = module.tables, np.unique(module.rows)
    everything = list(tables.recordings)
    masks = {
        state: home_of(tables, state).mask(module._selection) for state in dict.fromkeys(name for name, _ in everything)
    }
    inside = np.array([masks[state][row] for state, row in everything], bool)
    array = _recorded_numbers(recordings)
    if not inside.any():
        raise ModelStateError(
            "view3d: no recording is in view, so these recordings are not of this module. See record()."
        )
    if array.shape[0] == len(everything):
        array = array[inside]
    if array.shape[0] != np.count_nonzero(inside) or array.shape[1] == 0:
        raise ValueShapeError(
            f"view3d: recordings of shape {array.shape}, but `recordings` of this module lists "
            f"{np.count_nonzero(inside)}. Pass what integrate returned, (recording, time)."
        )
    kept = [one for one, there in zip(everything, inside, strict=True) if there]
    found = []
    for state in dict.fromkeys(name for name, _ in kept):
        home = home_of(tables, state)
        at = np.flatnonzero([name == state for name, _ in kept])
        rows = np.array([kept[index][1] for index in at])
        comp = home.comps_of(rows)
        there = np.flatnonzero(np.isin(comp, shown_rows))  # a synapse may be in view whose compartment is not
        labels = () if home.of_compartments else tuple(home.place_of(rows[index]) for index in there)
        owner = np.searchsorted(shown_rows, comp[there])
        found.append(Series(state, array[at[there]], owner, unit_of(tables, state) or "", labels))
    return tuple(found)


def _recorded_numbers(recordings: Any) -> np.ndarray:
    """Recordings as (recording, time), of the precision that they have."""
    try:
        array = np.asarray(recordings)
        if array.dtype.kind not in "fiu":
            array = array.astype(float, casting="safe" if array.dtype.kind == "c" else "unsafe")
    except (TypeError, ValueError) as error:  # JAX raises a TypeError for traced values
        raise ModelTypeError(
            f"view3d: recordings must be the numbers that integrate returned, not values traced by JAX: {error}"
        ) from None
    if array.ndim == 1:
        array = array[None, :]
    if array.ndim != 2:
        raise ValueShapeError(
            f"view3d: recordings of shape {array.shape}. Pass what integrate returned, (recording, time)."
        )
    return array
