"""Fits from many starts side by side, and where to start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import numpy as np

from dendrax import arguments
from dendrax.errors import ValueShapeError
from dendrax.optimize import door
from dendrax.optimize.fitting import Loss, fits, options_of_fit
from dendrax.optimize.random_numbers import generator
from dendrax.optimize.result import ManyFits
from dendrax.running.allowance import checked_memory


def fit_many(
    loss: Loss,
    starts: Any,
    *,
    steps: int,
    devices: int | Sequence[Any] | None = None,
    memory: float | str | None = None,
    **options: Any,
) -> ManyFits:
    """Fit from many starts side by side, in one program on all devices, so many at a time as fit into memory.

    On CPUs JAX has one device unless told otherwise: call `dendrax.use_all_cores()` first. A fit that ends early (on a
    plateau, at a number that is not finite) stays as it is while the others go on. A step is one of all starts: up to
    64 of them at a time on each CPU, 1024 on each GPU, fewer where these do not fit.

    Args:
        loss: As in `fit`. All starts see the same batches.
        starts: Where to begin: parameters whose arrays have a first axis that counts the starts. See `random_starts`.
        steps: How many steps to make.
        devices: How many devices to use, or which; None: all of this machine.
        memory: What a step may take on all devices together, bytes or text such as "8 GB". None: half of what they
            have.
        **options: As in `fit`: transform, optimizer, learning_rate, data, batch_size, key, normalize, clip, patience,
            tolerance, callbacks, check, progress, checkpoint, every, resume.

    Returns:
        The best fit, and all of them.

    Raises:
        ValueShapeError: The arrays do not count the same number of starts.
        MemoryBudgetError: Not even one start per device fits.
        DendraxError: What `fit` raises.

    Example:
        >>> import jax.numpy as jnp, dendrax as jx
        >>> def loss(params):  # two minima, the deeper at x = -1
        ...     x = params[0]["x"][0]
        ...     return (x**2 - 1) ** 2 + 0.1 * x
        >>> starts = [{"x": jnp.array([[2.0], [-2.0]])}]
        >>> fits = jx.optimize.fit_many(loss, starts, steps=100, learning_rate=0.1, progress=False)
        >>> [round(float(one.params[0]["x"][0]), 1) for one in fits.fits], round(float(fits.best.lowest), 1)
        ([1.0, -1.0], -0.1)
    """
    given = options_of_fit("fit_many", steps=steps, **options)
    budget = checked_memory(memory)
    shapes = [np.shape(leaf) for leaf in filter(door.is_number, jax.tree.leaves(starts))]
    sizes = {shape[0] if shape else 0 for shape in shapes}
    if len(sizes) > 1 or 0 in sizes:
        raise ValueShapeError(
            f"fit_many: every array of `starts` must have a first axis that counts the starts, of the same length in "
            f"all of them; their shapes are {shapes}."
        )
    from dendrax.optimize.side_by_side import SideBySide  # noqa: PLC0415 - loads optax

    found = fits(loss, starts, given, SideBySide(sizes.pop(), devices, budget) if sizes else None)
    lowest = [one.lowest for one in found]
    return ManyFits(found[0 if np.isnan(lowest).all() else int(np.nanargmin(lowest))], found)


def random_starts(params: Any, n: int, *, transform: Any = None, spread: float = 1.0, key: Any = None) -> Any:
    """Starts for `fit_many`, scattered around parameters: normally distributed on the unbounded side.

    Args:
        params: The first start, as it is; the others are around it.
        n: Number of starts.
        transform: As in `fit`. With a `LogisticTransform`, a spread of 1 and parameters in the middle of their bounds
            the starts are nearly uniform between these.
        spread: Standard deviation on the unbounded side; without a transform in the unit of the parameters.
        key: A whole number or a random key of JAX. None is 0.

    Returns:
        Parameters whose arrays have a first axis of length `n`.

    Raises:
        DendraxError: What `fit` raises about parameters and transforms.

    Example:
        >>> import jax.numpy as jnp, dendrax as jx
        >>> starts = jx.optimize.random_starts([{"HH_gNa": jnp.array([0.1, 0.2])}], 5, spread=0.01)
        >>> starts[0]["HH_gNa"].shape
        (5, 2)
    """
    arguments.whole("random_starts: n", n)
    arguments.positive("random_starts: spread", spread)
    unbounded, forward = door.prepared(params, transform)
    rng = generator(key)

    def scatter(leaf: Any) -> np.ndarray:
        noise = rng.standard_normal((n, *np.shape(leaf)))
        noise[0] = 0
        return (np.asarray(leaf) + spread * noise).astype(leaf.dtype)

    return eqx.filter_vmap(forward)(jax.tree.map(scatter, unbounded))
