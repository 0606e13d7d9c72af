"""Synaptic currents, summed over the compartments that they flow into."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

__all__ = ["gather_synapes"]


def gather_synapes(
    number_of_compartments: int | Int[Array | np.ndarray, ""],
    post_syn_comp_inds: Int[Array | np.ndarray, " synapse"],
    current_each_synapse_voltage_term: Float[Array | np.ndarray, " synapse"],
    current_each_synapse_constant_term: Float[Array | np.ndarray, " synapse"],
) -> tuple[Float[Array, " comp"], Float[Array, " comp"]]:
    """Both terms of the currents of synapses, summed by postsynaptic compartment. The name is the reference's.

    Args:
        number_of_compartments: Number of compartments.
        post_syn_comp_inds: Postsynaptic compartment of each synapse. (synapse,)
        current_each_synapse_voltage_term: Slope of each current in the voltage [any]. (synapse,)
        current_each_synapse_constant_term: What is left of it [any]. (synapse,)

    Returns:
        The sums, in the units of the terms. (comp,), (comp,)

    Example:
        >>> slope, rest = gather_synapes(3, np.array([0, 2, 2]), np.ones(3), np.array([1.0, 2.0, 3.0]))
        >>> print(slope, rest)
        [1. 0. 2.] [1. 0. 5.]
    """
    at = jnp.asarray(post_syn_comp_inds)

    def summed(term: Array | np.ndarray) -> Array:
        return jnp.zeros(int(number_of_compartments), jnp.result_type(term)).at[at].add(term)

    return summed(current_each_synapse_voltage_term), summed(current_each_synapse_constant_term)
