"""Spikes and resets with a gradient: a step whose derivative is replaced by that of something smoother.

A model that resets its voltage says *that* it spiked by a step function, whose derivative is zero wherever it exists.
A surrogate is a function of the distance to the threshold [mV] that stands in for the derivative [1/mV]; values are
never touched. Any function of one array will do, for instance `functools.partial(superspike, slope=0.2)`.
"""

import contextlib
import functools
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero

from dendrax.errors import MechanismError
from dendrax.mechanisms.value import Value

Surrogate = Callable[[jax.Array], jax.Array]


def superspike(distance: jax.Array, slope: float = 1.0) -> jax.Array:
    """slope / (1 + slope |x|)^2, the derivative of a fast sigmoid; its tails reach far.

    Args:
        distance: Distance to the threshold x, positive above [mV].
        slope: Steepness, the value at threshold [1/mV].

    Returns:
        Stand-in for the derivative of the step, of the shape of `distance` [1/mV].

    Example:
        ```python
        Fire(surrogate="superspike")
        ```

    References:
        Zenke F, Ganguli S (2018). SuperSpike: supervised learning in multilayer spiking neural networks. Neural
        Computation 30:1514-1541.
    """
    return slope / (1.0 + slope * jnp.abs(distance)) ** 2


def sigmoid(distance: jax.Array, slope: float = 1.0) -> jax.Array:
    """slope s (1 - s) with s = 1 / (1 + exp(-slope x)), the derivative of the logistic function.

    Args:
        distance: Distance to the threshold x, positive above [mV].
        slope: Steepness, four times the value at threshold [1/mV].

    Returns:
        Stand-in for the derivative of the step, of the shape of `distance` [1/mV].

    Example:
        ```python
        Fire(surrogate="sigmoid")
        ```

    References:
        Zenke F, Vogels TP (2021). The remarkable robustness of surrogate gradient learning for instilling complex
        function in spiking neural networks. Neural Computation 33:899-925.
    """
    s = jax.nn.sigmoid(slope * distance)
    return slope * s * (1.0 - s)


def triangle(distance: jax.Array, slope: float = 0.1) -> jax.Array:
    """slope max(0, 1 - slope |x|), zero beyond 1 / slope from the threshold.

    Args:
        distance: Distance to the threshold x, positive above [mV].
        slope: Inverse of the half-width, the value at threshold [1/mV].

    Returns:
        Stand-in for the derivative of the step, of the shape of `distance` [1/mV].

    Example:
        ```python
        Fire(surrogate="triangle")
        ```

    References:
        Bellec G, Salaj D, Subramoney A, Legenstein R, Maass W (2018). Long short-term memory and learning-to-learn
        in networks of spiking neurons. Advances in Neural Information Processing Systems 31.
    """
    return slope * jnp.maximum(0.0, 1.0 - slope * jnp.abs(distance))


SURROGATES: dict[str, Surrogate] = {"superspike": superspike, "sigmoid": sigmoid, "triangle": triangle}
"""Surrogates that can be chosen by name."""

_NOT_THE_USER = (
    str(Path(__file__).parents[1]),
    *(one.__path__[0] for one in (jax, eqx)),
    contextlib.__file__,
)
"""Files through which a derivative passes on its way from the user's line to the rule of a step."""


def find_surrogate(surrogate: str | Surrogate | None) -> Surrogate | None:
    """The surrogate that a user asked for.

    Args:
        surrogate: A key of `SURROGATES`, a function from distance [mV] to derivative [1/mV], or None for the
            exact derivative, which is zero.

    Returns:
        The function, or None.

    Raises:
        MechanismError: No surrogate of this name, or no function.

    Example:
        ```python
        find_surrogate("superspike")
        ```
    """
    if surrogate is None or callable(surrogate):
        return surrogate
    if isinstance(surrogate, str) and surrogate in SURROGATES:
        return SURROGATES[surrogate]
    names = ", ".join(repr(name) for name in SURROGATES)
    raise MechanismError(
        f"There is no surrogate gradient {surrogate!r}. Use one of {names}, a function of the distance to the "
        "threshold [mV], or None."
    )


class WithSurrogate:
    """A mechanism that spikes at a threshold, and may have a surrogate.

    Attributes:
        surrogate: Stands in for the derivative of the step [1/mV]; None for the exact derivative, zero.
        surrogate_warning: Whether derivatives through its spikes warn without a surrogate.
    """

    surrogate: Surrogate | None
    surrogate_warning: bool = True
    incidental: ClassVar[frozenset[str]] = frozenset({"surrogate_warning"})

    def choose_surrogate(self, surrogate: str | Surrogate | None, warning: bool) -> None:
        """Take a surrogate, and whether to warn without one.

        Raises:
            MechanismError: Nothing of the name `surrogate` exists.
        """
        self.surrogate = find_surrogate(surrogate)
        if self.surrogate is None and not warning:
            self.surrogate_warning = False


def warning_of_reset(name: str, wanted: bool) -> str | None:
    """What derivatives through the resets of channel `name` warn of; None where it is not `wanted`."""
    if not wanted:
        return None
    return (
        f"The channel {name} resets without a surrogate gradient: this derivative is zero through every spike. Choose "
        'one, for example surrogate="triangle", or silence this with surrogate_warning=False.'
    )


def spike(
    crossed: Value | np.bool, distance: Value, surrogate: Surrogate | None, warning: str | None = None
) -> jax.Array:
    """1 where the threshold was crossed and 0 elsewhere, with the surrogate's derivative in the distance.

    Args:
        crossed: Whether the threshold was crossed, bool.
        distance: Distance to the threshold, positive above [mV].
        surrogate: Stand-in for the derivative [1/mV]; None for none, which leaves the exact derivative, zero.
        warning: What to warn of where this is differentiated without a surrogate, once for each program that is traced;
            None for no warning. Values alone never warn.

    Returns:
        The spikes, of the type of `distance` [1].
    """
    crossed, distance = jnp.asarray(crossed), jnp.asarray(distance)
    if surrogate is not None:
        return _spike(surrogate, crossed, distance)
    return _values(crossed, distance) if warning is None else _told(warning, crossed, distance)


def _values(crossed: jax.Array, distance: jax.Array) -> jax.Array:
    """The step itself, whose derivative is zero."""
    return crossed.astype(distance.dtype)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _told(warning: str, crossed: jax.Array, distance: jax.Array) -> jax.Array:
    """The step itself, with a rule whose only purpose is the warning: its derivative is the same zero."""
    del warning
    return _values(crossed, distance)


def _told_jvp(warning: str, primals: tuple[Any, Any], tangents: tuple[Any, Any]) -> tuple[jax.Array, Any]:
    crossed, distance = primals
    if not isinstance(tangents[1], SymbolicZero):
        _tell(warning)
    spikes = _values(crossed, distance)
    return spikes, SymbolicZero(jax.typeof(spikes).to_tangent_aval())  # adds nothing to the program, as if no rule were


_told.defjvp(_told_jvp, symbolic_zeros=True)


def _tell(warning: str) -> None:
    """Warn at the line that asked for the derivative."""
    frame, level = sys._getframe(1), 2
    while frame is not None and frame.f_code.co_filename.startswith(_NOT_THE_USER):
        frame, level = frame.f_back, level + 1
    warnings.warn(warning, UserWarning, stacklevel=level)


@functools.partial(jax.custom_jvp, nondiff_argnums=(0,))
def _spike(surrogate: Surrogate, crossed: jax.Array, distance: jax.Array) -> jax.Array:
    """The step itself; `surrogate` acts in its derivative alone."""
    del surrogate
    return _values(crossed, distance)


@_spike.defjvp
def _spike_jvp(
    surrogate: Surrogate, primals: tuple[Any, Any], tangents: tuple[Any, Any]
) -> tuple[jax.Array, jax.Array]:
    crossed, distance = (jnp.asarray(primal) for primal in primals)
    return _spike(surrogate, crossed, distance), surrogate(distance) * tangents[1]


def reset(spikes: jax.Array, value: Value, after: Value) -> jax.Array:
    """`after` where there was a spike and `value` elsewhere; d/ds = after - value flows into the spikes.

    Args:
        spikes: Spikes s of `spike`, 0 or 1 [1].
        value: What is reset [any].
        after: What it is reset to [as value].

    Returns:
        The value after the reset [as value].
    """
    # (1 - s) value + s after would have these derivatives too, but not exactly the value `after`.
    selected = jnp.where(spikes > 0, after, value)
    return selected + (after - value) * (spikes - jax.lax.stop_gradient(spikes))
