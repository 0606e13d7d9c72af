"""Traced values take the place of table values: trainables and data_set."""

import jax.numpy as jnp

from dendrax.engine.part import Params
from dendrax.engine.rows import AnyArray
from dendrax.engine.system import Override, System
from dendrax.errors import UnknownNameError
from dendrax.trees.geometry import cylinder

SHAPE_KEYS = ("radius", "length")


def apply(system: System, overrides: tuple[Override, ...]) -> tuple[Params, Params]:
    """Parameters and initial states of full length, later overrides upon earlier ones.

    Compartments whose `radius` or `length` is overridden become cylinders, since the traced shape that they
    had is no longer theirs; the others keep their traced area, volume and resistive loads.

    Args:
        system: The lowered model.
        overrides: Values for some compartments or synapses of one parameter or initial state each.

    Returns:
        Parameters and initial states, name -> (comp,), or (synapse,) for those of a type of synapse.

    Raises:
        UnknownNameError: A key is neither a parameter nor a state of the model.
    """
    dtype = jnp.result_type(float)
    params = {name: jnp.asarray(value, dtype) for name, value in system.params.items()}
    state = {name: jnp.asarray(value, dtype) for name, value in system.state.items()}
    for one in overrides:
        table = params if one.key in params else state
        if one.key not in table:
            raise UnknownNameError(
                f"There is no parameter or state {one.key!r} to override. Known are: {sorted({*params, *state})}."
            )
        values = jnp.asarray(one.values, dtype)
        table[one.key] = values if one.rows is None else table[one.key].at[one.rows].set(values)
    for one in overrides:
        if one.key in SHAPE_KEYS and one.rows is not None:
            params |= _as_cylinders(params, one.rows)
    return params, state


def _as_cylinders(params: Params, rows: AnyArray) -> Params:
    """What follows from radius and length where compartments are cylinders."""
    rows = jnp.asarray(rows)
    area, volume, load = cylinder(params["radius"][rows], params["length"][rows])
    shape = {"area": area, "volume": volume, "resistive_load_in": load, "resistive_load_out": load}
    return {name: params[name].at[rows].set(value) for name, value in shape.items()}
