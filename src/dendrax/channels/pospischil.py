"""The channels of Pospischil et al. (2008), under the name that users of the reference import."""

import jax

from dendrax.channels.cal import CaL
from dendrax.channels.cat import CaT
from dendrax.channels.k import K
from dendrax.channels.km import Km
from dendrax.channels.leak import Leak
from dendrax.channels.na import Na
from dendrax.mechanisms.gates import x_over_expm1
from dendrax.mechanisms.value import Value

__all__ = ["CaL", "CaT", "K", "Km", "Leak", "Na", "efun"]


def efun(x: Value) -> jax.Array:
    """x / (exp(x) - 1), finite at x = 0.

    Args:
        x: Exponent, of any shape [1].

    Returns:
        The rate, of the shape of `x` [1].

    Example:
        ```python
        efun(0.0)  # 1.0
        ```
    """
    return x_over_expm1(x)
