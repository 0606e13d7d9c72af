"""Calls of the helpers that Jaxley 0.14 has, to be made with its functions and with ours.

`CASES[name](module)` gets a function from the path of a module to that module.
"""

import jax.numpy as jnp
import numpy as np

CELL, MORPH = "jaxley.utils.cell_utils", "jaxley.utils.morph_attributes"
XYZR = np.array([[0, 0, 0, 1.0], [10, 0, 0, 2.0], [10, 20, 0, 3.0], [14, 23, 2, 0.5]])

CASES = {
    "pstate": lambda m: [
        [one["val"], one["indices"]]
        for one in m(CELL).params_to_pstate(
            [{"radius": jnp.array([1.0, 2.0])}, {"HH_gNa": jnp.array([0.1])}],
            [np.array([[0, 1], [2, 3]]), np.array([[0]])],
        )
    ],
    "query": lambda m: m(CELL).query_channel_states_and_params(
        {"a": jnp.array([0.0, 1.0, 7.0]), "b": 2}, ["a"], np.array([0, 2])
    )["a"],
    "morph_attrs": lambda m: m(MORPH).morph_attrs_from_xyzr(XYZR, None, 2),
    "morph_attrs_of_thin": lambda m: m(MORPH).morph_attrs_from_xyzr(XYZR, 2.5, 2),
    "morph_attrs_of_sphere": lambda m: m(MORPH).morph_attrs_from_xyzr(XYZR[:1], None, 2),
    "split": lambda m: m(MORPH).split_xyzr_into_equal_length_segments(XYZR, 3),
    "nested_scan": lambda m: m("jaxley.utils.jax_utils").nested_checkpoint_scan(
        lambda c, x: (c + x["a"], c * 2), jnp.array(1.0), {"a": jnp.arange(6.0)}, 6, nested_lengths=[2, 3]
    ),
    "network_cols": lambda m: m("jaxley.utils.colors").network_cols([2, 3, 1, 1, 2, 1]),
    "vtrap": lambda m: m("jaxley.channels.hh")._vtrap(jnp.array([-5.0, 5.0, 20.0]), 10.0),
}


def numbers(result):
    """All numbers of a result, in order."""
    if isinstance(result, (list, tuple)):
        return np.concatenate([numbers(one) for one in result]) if result else np.zeros(0)
    return np.ravel(np.asarray(result, dtype=float))
