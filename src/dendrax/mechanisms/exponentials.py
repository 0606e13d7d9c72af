"""exp and expm1 that compile to a few instructions per number: most of the cost of a channel is exponentials.

XLA's own exponential guards every case, and its expm1 computes two answers and picks one. Here

    x = n ln 2 + r,   |r| <= ln(2) / 2,   exp(r) - 1 = r + r^2 q(r)

with 2^n put together from bits: those of n + 1.5 2^m, m being the bits of the fraction, end with n. q is the polynomial
through (exp(r) - 1 - r) / r^2 at the Chebyshev nodes. Both functions are right to 2 ulp in float32 and float64, and
saturate before theirs overflow or vanish: at exp(-87) and exp(75) in float32 and at exp(-708) and exp(696) in float64,
so that the results are never inf or zero, and the derivatives never 0 times inf. The range that is left above is for
the factors of a rate and of its derivatives in parameters.

References:
    Cody WJ, Waite W (1980). Software Manual for the Elementary Functions, chapter 6.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float

from dendrax.mechanisms.value import Value

_LOG2_E = 1.4426950408889634


class _Format(NamedTuple):
    """What the method needs to know of a floating point type.

    Attributes:
        integer: The integers of the same size.
        fraction: Bits of the fraction.
        bias: Of the exponent.
        lowest, largest: Where exp saturates.
        high, low: ln 2 in two parts; multiples of the first are exact.
        q: Coefficients of q(r), lowest power first.
    """

    integer: type
    fraction: int
    bias: int
    lowest: float
    largest: float
    high: float
    low: float
    q: tuple[float, ...]


_FORMATS = {
    np.dtype(np.float32): _Format(
        np.int32, 23, 127, -87.0, 75.0, 0.693359375, -2.12194440054690583e-4,
        (0.5, 0.16666576062275124, 0.04166655345865175, 0.008363333082182943, 0.001392637599580353),
    ),
    np.dtype(np.float64): _Format(
        np.int64, 52, 1023, -708.0, 696.0, 6.93147180369123816490e-01, 1.90821492927058770002e-10,
        (0.5, 0.16666666666666669, 0.04166666666662324, 0.008333333333329994, 0.0013888888917654016,
         0.00019841269863392214, 2.4801520613566223e-05, 2.7557267935231926e-06, 2.762041219449885e-07,
         2.5100634461878497e-08),
    ),
}  # fmt: skip


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def exp(x: Value, power: int = 1) -> jax.Array:
    """Natural exponential, held between e^-87 and e^75 in float32 and between e^-708 and e^696 in float64.

    Args:
        x: Exponent, of any shape [1].
        power: The power to which the caller raises the result, which is held so low that the power does not overflow.

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.mechanisms.exponentials import exp
        >>> print(exp(jnp.array([0.0, 1.0], "float32")))
        [1.        2.7182817]
    """
    (x,) = floats(x)
    # GPUs have an instruction for it, which has to saturate where ours does.
    if not _is_ours(x):
        return jnp.exp(x)
    return lax.platform_dependent(x, cpu=partial(_exp, power=power), default=lambda x: jnp.exp(_held(x, power)))


@jax.custom_jvp
def expm1(x: Value) -> jax.Array:
    """exp(x) - 1 without loss of digits near 0; saturates like `exp`.

    Args:
        x: Exponent, of any shape [1].

    Example:
        >>> import jax.numpy as jnp
        >>> from dendrax.mechanisms.exponentials import expm1
        >>> print(expm1(jnp.array([1e-6], "float32")))
        [1.0000005e-06]
    """
    (x,) = floats(x)
    return lax.platform_dependent(x, cpu=_expm1, default=lambda x: jnp.expm1(_held(x))) if _is_ours(x) else jnp.expm1(x)


@exp.defjvp
def _exp_jvp(power: int, primals: tuple[Value], tangents: tuple[Value]) -> tuple[jax.Array, jax.Array]:
    y = exp(*primals, power)
    return y, y * tangents[0]


@expm1.defjvp
def _expm1_jvp(primals: tuple[Value], tangents: tuple[Value]) -> tuple[jax.Array, jax.Array]:
    y = expm1(*primals)
    return y, (y + 1) * tangents[0]


def largest_base(x: Array, power: int) -> float:
    """A bound for `x` below which its power overflows neither by itself nor in a product with the factors of a rate."""
    return float(jnp.finfo(x.dtype).max * 1e-6) ** (1 / power)


def floats(*values: Value) -> list[Array]:
    """The values as arrays of the same floating point type."""
    if len(values) == 1 and jnp.issubdtype(jnp.asarray(values[0]).dtype, jnp.floating):
        return [jnp.asarray(values[0])]  # a number of Python keeps its weak type
    dtype = jnp.result_type(float, *values)
    return [jnp.asarray(value, dtype) for value in values]


def _is_ours(x: Array) -> bool:
    """Half precision and Python numbers, which have no type yet, are left to XLA."""
    return x.dtype in _FORMATS and not (x.ndim == 0 and jax.typeof(x).weak_type)


@partial(jax.jit, inline=True, static_argnames="power")  # traced once for all calls of a shape
def _exp(x: Float[Array, "..."], power: int) -> Float[Array, "..."]:
    whole, rest = _parts(x, power)
    return whole + whole * rest


@partial(jax.jit, inline=True)
def _expm1(x: Float[Array, "..."]) -> Float[Array, "..."]:
    power, rest = _parts(x)
    return (power - 1) + power * rest


def _parts(x: Float[Array, "..."], power: int = 1) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """2^n and exp(r) - 1."""
    of, x = _FORMATS[x.dtype], _held(x, power)
    n = lax.round(x * _LOG2_E, lax.RoundingMethod.TO_NEAREST_EVEN)
    r = (x - n * of.high) - n * of.low
    bits = lax.bitcast_convert_type(n + 1.5 * 2.0**of.fraction, of.integer)  # n is in the last ones
    whole = lax.bitcast_convert_type((bits + of.bias) << of.fraction, x.dtype)
    return whole, r + (r * r) * _polynomial(list(of.q), r)


def _held(x: Float[Array, "..."], power: int = 1) -> Float[Array, "..."]:
    """`x` where the exponential is neither too small nor too large."""
    of = _FORMATS[x.dtype]
    return lax.clamp(x.dtype.type(of.lowest), x, x.dtype.type(of.largest / power))


def _polynomial(coefficients: list[float], x: Array) -> Array:
    """Estrin's scheme: pairs, pairs of pairs and so on, which wait for each other less than Horner's."""
    terms = [jnp.asarray(one, x.dtype) for one in coefficients]
    while len(terms) > 1:
        pairs = [low + x * high for low, high in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + (terms[-1:] if len(terms) % 2 else [])
        x = x * x
    return terms[0]
