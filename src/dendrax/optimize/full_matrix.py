"""Adam that knows which parameters pull together.

Needs optax, so it is imported by its own name: `from dendrax.optimize.full_matrix import full_matrix_adam`.
"""

from typing import NamedTuple, cast

import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int

from dendrax import arguments
from dendrax.errors import ModelValueError


class FullMatrixState(NamedTuple):
    """The state of the optimiser."""

    steps: Int[Array, ""]  # how many were taken
    mean: Float[Array, " param"]  # decaying sum of gradients
    square: Float[Array, "param param"]  # decaying sum of their outer products


def full_matrix_adam(
    learning_rate: float, b1: float = 0.9, b2: float = 0.95, damping: float = 1e-2
) -> optax.GradientTransformation:
    """Adam with the whole second moment of the gradient in place of its diagonal.

    With m the mean of recent gradients g and G that of g g^T, the step is -learning_rate * G^(-1/2) m. Adam's is the
    same with G's diagonal alone, and so is slow where parameters make up for each other, as conductances of one cell
    do: the voltage tells their ratio well and their sum hardly. A step costs n^3 for n parameters: for hundreds, not
    more.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from dendrax.optimize.full_matrix import full_matrix_adam
        >>> loss = lambda x: (x[0] + x[1] - 3.0) ** 2 + 1e-4 * (x[0] - x[1] - 1.0) ** 2
        >>> optimizer, x = full_matrix_adam(0.05), jnp.zeros(2)
        >>> update = jax.jit(lambda x, state: optimizer.update(jax.grad(loss)(x), state))
        >>> state = optimizer.init(x)
        >>> for _ in range(300):
        ...     step, state = update(x, state)
        ...     x = x + step
        >>> [round(float(value), 1) for value in x]
        [2.0, 1.0]

    Args:
        learning_rate: Length of a step, along each direction.
        b1: Decay of the mean, per step.
        b2: Decay of the second moment, per step.
        damping: No direction is taken to be flatter than the steepest times this.

    Returns:
        An optax optimiser.

    Raises:
        ModelValueError: A rate is not positive, or a decay not in [0, 1).

    References:
        Duchi, Hazan, Singer (2011), J. Mach. Learn. Res. 12:2121, section 1.1 (the full matrix, without decay);
        Kingma, Ba (2015), ICLR (the decays and their bias correction).
    """
    for name, value in {"learning_rate": learning_rate, "b1": b1, "b2": b2, "damping": damping}.items():
        arguments.real(f"full_matrix_adam: {name}", value)
    if not (learning_rate > 0 and damping > 0 and 0 <= b1 < 1 and 0 <= b2 < 1):
        message = (
            f"full_matrix_adam: learning_rate = {learning_rate}, b1 = {b1}, b2 = {b2}, damping = {damping}. "
            "Give a positive rate and damping, and decays of at least 0 and below 1."
        )
        raise ModelValueError(message)

    def init(params: optax.Params) -> FullMatrixState:
        flat = ravel_pytree(params)[0]
        return FullMatrixState(jnp.zeros((), int), jnp.zeros_like(flat), jnp.zeros((flat.size, flat.size), flat.dtype))

    def update(
        updates: optax.Updates, state: optax.OptState, params: optax.Params | None = None
    ) -> tuple[optax.Updates, FullMatrixState]:
        del params
        before = FullMatrixState(*cast(FullMatrixState, state))
        gradient, unravel = ravel_pytree(updates)
        count = before.steps + 1
        mean = b1 * before.mean + (1 - b1) * gradient
        square = b2 * before.square + (1 - b2) * jnp.outer(gradient, gradient)
        variance, axes = jnp.linalg.eigh(jnp.asarray(square / (1 - b2**count)))
        steepness = jnp.sqrt(jnp.maximum(variance, 0.0))
        # At a stationary point every direction is flat, and there is nowhere to go.
        steepness = jnp.maximum(steepness, damping * steepness[-1] + jnp.finfo(gradient.dtype).tiny)
        along = axes.T @ (mean / (1 - b1**count))
        return unravel(-learning_rate * (axes @ (along / steepness))), FullMatrixState(count, mean, square)

    return optax.GradientTransformation(init, update)
