"""Classes read out of recordings: logits, cross-entropy, accuracy."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Int

from dendrax.errors import ModelTypeError, ModelValueError, ValueShapeError
from dendrax.features.door import array, checked
from dendrax.features.spikes import spike_count
from dendrax.features.traces import Trace
from dendrax.features.windows import window_extrema, window_mean

Labels = Int[Array | np.ndarray, "..."]
Logits = Float[Array | np.ndarray, "*batch _"]
READS = ("mean", "max", "count")


def window_logits(
    v: Trace,
    dt: ArrayLike,
    *,
    read: str = "mean",
    start: ArrayLike = 0.0,
    stop: ArrayLike = np.inf,
    scale: ArrayLike = 10.0,
) -> Float[Array, "*batch"]:
    """One logit for each output neuron: what its voltage does in a window, over a scale.

    Args:
        v: Voltages of the output neurons [mV], one for each class. (..., class, time)
        dt: Time step [ms].
        read: "mean" or "max" of the voltage [mV], or smooth "count" of spikes.
        start: Where the window begins [ms].
        stop: Where it ends [ms].
        scale: What the reading is divided by, in its unit; may be traced, and trained.

    Returns:
        Logits, without unit. (..., class)

    Raises:
        ModelValueError: No such reading, a time step that is not positive, or an empty window.
        ModelTypeError: The trace does not hold numbers.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import window_logits
        >>> window_logits(jnp.array([[-70.0, -70.0], [-60.0, -40.0]]), 0.1).tolist()
        [-7.0, -5.0]
    """
    v, dt, start, stop, scale = checked("window_logits", v, dt, 2, start=start, stop=stop, scale=scale)
    if not isinstance(read, str):
        raise ModelTypeError(f"window_logits: read must be one of {', '.join(READS)}, but is {read!r}.")
    if read == "mean":
        return window_mean(v, dt, start, stop) / scale
    if read == "max":
        return window_extrema(v, dt, start, stop)[1] / scale
    if read == "count":
        return spike_count(v, dt, start=start, stop=stop) / scale
    raise ModelValueError(f"window_logits: read = {read!r}: choose one of {', '.join(READS)}.")


def cross_entropy(logits: Logits, labels: Labels) -> Float[Array, "*batch"]:
    """Minus the logarithm of the probability that softmax(logits) gives to the label.

    Args:
        logits: One for each class. (..., class)
        labels: Number of the right class, from 0. (...)

    Returns:
        The loss of each example [nat]; take the mean for that of a batch. (...)

    Raises:
        ValueShapeError: Not one label for each row of logits.
        ModelValueError: A label that is no class.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import cross_entropy
        >>> round(float(cross_entropy(jnp.zeros(4), jnp.array(2))), 4)  # log(4)
        1.3863
    """
    logits, labels = _checked("cross_entropy", logits, labels)
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[..., None], axis=-1)[..., 0]


def accuracy(logits: Logits, labels: Labels) -> Float[Array, ""]:
    """Share of examples whose largest logit is that of the label.

    Args:
        logits: One for each class. (..., class)
        labels: Number of the right class, from 0. (...)

    Returns:
        The share, from 0 to 1. It has no gradient.

    Raises:
        ValueShapeError: Not one label for each row of logits.
        ModelValueError: A label that is no class.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.features import accuracy
        >>> float(accuracy(jnp.array([[1.0, 2.0], [3.0, 0.0]]), jnp.array([1, 1])))
        0.5
    """
    logits, labels = _checked("accuracy", logits, labels)
    return (jnp.argmax(logits, -1) == labels).mean()


def _checked(where: str, logits: Any, labels: Any) -> tuple[Array, Array]:
    """Logits and labels that go together."""
    logits, numbers = array(f"{where}: logits", logits), array(f"{where}: labels", labels)
    if logits.ndim < 1 or logits.shape[:-1] != numbers.shape or not logits.shape[-1]:
        raise ValueShapeError(
            f"{where}: logits of shape {logits.shape} need labels of shape {logits.shape[:-1]}, but these have "
            f"{numbers.shape}."
        )
    n = logits.shape[-1]
    if not isinstance(numbers, Tracer) and not np.isin(np.asarray(numbers), np.arange(n)).all():
        raise ModelValueError(f"{where}: labels must be whole numbers from 0 to {n - 1}, the number of classes less 1.")
    return logits, numbers.astype(int)
