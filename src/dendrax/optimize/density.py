"""Posterior densities for samplers: a loss, a prior from bounds, and parameters on the real line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError
from dendrax.optimize.transforms import ParamTransform, SigmoidTransform, is_transform

__all__ = ["UniformPrior", "log_density", "uniform_prior"]

Params = Any


class UniformPrior(eqx.Module):
    """Independent parameters, each uniform within its bounds; made by `uniform_prior`.

    A sampler moves x on the real line, params = lower + (upper - lower) sigmoid(x). The density of x has the slope of
    that map as a factor: p(x) = sigmoid(x) (1 - sigmoid(x)) for each parameter, whatever its bounds.

    Attributes:
        transforms: A tree of `SigmoidTransform`s in the structure of the parameters.
    """

    transforms: Any

    def forward(self, x: Params) -> Params:
        """From the real line to parameters within the bounds."""
        return ParamTransform(self.transforms).forward(x)

    def inverse(self, params: Params) -> Params:
        """From parameters within the bounds to the real line."""
        return ParamTransform(self.transforms).inverse(params)

    def log_prob(self, x: Params) -> Float[Array, ""]:
        """Logarithm of the density of x on the real line; the log-determinant of the transform is in it."""
        ParamTransform(self.transforms).check_structure(x)
        densities = [jnp.sum(jax.nn.log_sigmoid(one) + jax.nn.log_sigmoid(-one)) for one in jax.tree.leaves(x)]
        return jnp.sum(jnp.stack(densities))

    def sample(self, key: Array) -> Params:
        """Draw x, so that `forward(x)` is uniform within the bounds; every parameter has the shape of its bounds."""
        transforms, structure = jax.tree.flatten(self.transforms, is_leaf=is_transform)
        keys = jax.random.split(key, len(transforms))
        drawn = [
            jax.random.logistic(one, t.lower.shape, t.lower.dtype) for one, t in zip(keys, transforms, strict=True)
        ]
        return jax.tree.unflatten(structure, drawn)


def uniform_prior(bounds: Any) -> UniformPrior:
    """A prior from bounds.

    Args:
        bounds: In the structure of the parameters, a pair (lower, upper) for each, in the parameter's unit: numbers, or
            arrays of the parameter's shape. `BluePyOptFit.set_parameters` returns such a list.

    Returns:
        The prior; see `UniformPrior`.

    Raises:
        ModelTypeError: No list of dicts of pairs.
        ModelValueError: A lower bound that is not below its upper bound, or infinite; no bounds at all.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.optimize import uniform_prior
        >>> prior = uniform_prior([{"HH_gNa": (0.05, 0.5)}, {"HH_gK": (0.01, 0.1)}])
        >>> params = prior.forward([{"HH_gNa": jnp.zeros(1)}, {"HH_gK": jnp.zeros(1)}])
        >>> round(float(params[0]["HH_gNa"][0]), 3)
        0.275
    """
    if not isinstance(bounds, (list, tuple)) or not all(isinstance(one, dict) for one in bounds):
        raise ModelTypeError("uniform_prior: pass bounds as the parameters are: [{'HH_gNa': (0.05, 0.5)}, ...].")
    if not any(bounds):
        raise ModelValueError("uniform_prior: there are no bounds. Give a pair (lower, upper) for each parameter.")
    return UniformPrior([{name: _transform(name, pair) for name, pair in one.items()} for one in bounds])


def _transform(name: str, pair: Any) -> SigmoidTransform:
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise ModelTypeError(f"uniform_prior: the bounds of {name!r} must be (lower, upper), but are {pair!r}.")
    lower, upper = (arguments.reals(f"uniform_prior: a bound of {name!r}", one) for one in pair)
    shape = np.broadcast_shapes(lower.shape or (1,), upper.shape or (1,))
    return SigmoidTransform(np.broadcast_to(lower, shape), np.broadcast_to(upper, shape))


def log_density(
    loss: Callable[[Params], Array], prior: UniformPrior, *, temperature: float = 1.0
) -> Callable[[Params], Array]:
    """The logarithm of a posterior density, up to a constant, for any sampler that takes one.

    log p(x) = -loss(params(x)) / temperature + log prior(x), with x on the real line. The loss stands for minus the
    logarithm of the likelihood: half the sum of the squared `Experiment.scores` is that of Gaussian errors.

    - blackjax: `blackjax.nuts(density, step_size, inverse_mass_matrix)` takes it as it is.
    - numpyro: `numpyro.infer.NUTS(potential_fn=lambda x: -density(x))`, with `init_params=prior.sample(key)`.

    `prior.forward` of each sample gives parameters.

    Args:
        loss: A scalar of the parameters.
        prior: What `uniform_prior` returned; or anything with `forward` and `log_prob`, a density on the real line.
        temperature: What the loss is divided by; below 1 the density is narrower.

    Returns:
        A function of x, in the structure of the parameters, that can be jitted, differentiated and vmapped. Where the
        loss is NaN it is -inf, so that no sampler goes there.

    Raises:
        ModelTypeError: `loss` is no function, or `prior` has not what it takes.
        ModelValueError: The temperature is not positive; a loss that is not scalar, when the density is first called.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from dendrax.optimize import log_density, uniform_prior
        >>> prior = uniform_prior([{"HH_gNa": (0.0, 1.0)}])
        >>> density = log_density(lambda params: 50.0 * jnp.sum((params[0]["HH_gNa"] - 0.3) ** 2), prior)
        >>> x = prior.sample(jax.random.key(0))
        >>> slope = jax.grad(density)(x)

    References:
        Density of transformed variables: Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 1.8.
    """
    if not callable(loss):
        raise ModelTypeError(f"log_density: pass a loss first, a function of the parameters, not {loss!r}.")
    if not (callable(getattr(prior, "forward", None)) and callable(getattr(prior, "log_prob", None))):
        raise ModelTypeError(f"log_density: the prior must have forward and log_prob, as `uniform_prior`'s: {prior!r}.")
    scale = 1.0 / arguments.positive("log_density: temperature", temperature)

    def density(x: Params) -> Array:
        value = jnp.asarray(loss(prior.forward(x)))
        if value.shape != ():
            raise ModelValueError(f"log_density: the loss must be one number, but has the shape {value.shape}.")
        total = prior.log_prob(x) - scale * value
        return jnp.where(jnp.isnan(total), -jnp.inf, total)

    return density
