"""Parameters of a run by the rows that they are of."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Array

from dendrax.errors import ModelTypeError, UnknownNameError, ValueShapeError

__all__ = ["params_to_pstate", "query_channel_states_and_params"]


def params_to_pstate(
    params: Sequence[Mapping[str, Any]], indices_set_by_trainables: Sequence[np.ndarray | Array]
) -> list[dict[str, Any]]:
    """Parameters with the compartments or synapses that they are of, in the form of what `data_set` returns.

    Args:
        params: What `get_parameters` returns: one dict of one key for each trainable.
        indices_set_by_trainables: `module.indices_set_by_trainables`. trainable x (group, row)

    Returns:
        A dict of key, val (group,) and indices (group, row) for each trainable.

    Raises:
        ValueShapeError: Not one entry of indices for each of params.
        ModelTypeError: A dict of `params` has not exactly one key.

    Example:
        >>> import dendrax as jx
        >>> cell = jx.Cell(jx.Branch(ncomp=2), parents=[-1, 0])
        >>> cell.branch("all").make_trainable("radius", verbose=False)
        >>> params_to_pstate(cell.get_parameters(), cell.indices_set_by_trainables)[0]["indices"].tolist()
        [[0, 1], [2, 3]]
    """
    if len(params) != len(indices_set_by_trainables):
        raise ValueShapeError(
            f"params_to_pstate: {len(params)} parameters, but indices of {len(indices_set_by_trainables)}. Pass "
            f"`module.indices_set_by_trainables` of the module that the parameters are of."
        )
    if wrong := [set(one) for one in params if len(one) != 1]:
        raise ModelTypeError(f"params_to_pstate: each dict holds one key, but there is {sorted(wrong[0])}. Split it.")
    return [
        {"key": key, "val": val, "indices": indices}
        for one, indices in zip(params, indices_set_by_trainables, strict=True)
        for key, val in one.items()
    ]


def query_channel_states_and_params(
    d: Mapping[str, Any], keys: Sequence[str], idcs: np.ndarray | Array
) -> dict[str, Any]:
    """Some entries of a dict of arrays, at some rows.

    Args:
        d: name -> (comp,)
        keys: The names.
        idcs: The rows. (row,)

    Returns:
        name -> (row,)

    Raises:
        UnknownNameError: A name that the dict does not have.

    Example:
        >>> query_channel_states_and_params({"v": np.arange(4), "m": np.ones(4)}, ["v"], np.array([1, 3]))
        {'v': array([1, 3])}
    """
    if missing := [key for key in keys if key not in d]:
        raise UnknownNameError(f"query_channel_states_and_params: there is no {missing[0]!r} among {', '.join(d)}.")
    return {key: d[key][idcs] for key in keys}
