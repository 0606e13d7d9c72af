"""Functions for the kinetics of gates: exact steps of linear gates, and the rate functions they need.

All are finite with their derivatives from a rate or time constant of zero, whose limits they take, to the largest one.
"""

import jax
import jax.numpy as jnp

from dendrax.mechanisms.exponentials import exp, expm1, floats
from dendrax.mechanisms.opening import after_opening
from dendrax.mechanisms.rates import quotient, x_over_expm1
from dendrax.mechanisms.value import Value

__all__ = [
    "exponential_euler",
    "save_exp",
    "solve_gate_exponential",
    "solve_gate_implicit",
    "solve_inf_gate_exponential",
    "x_over_expm1",
]


def save_exp(x: Value, max_value: float = 20.0) -> jax.Array:
    """Exponential that stops growing at `max_value`: exp(min(x, max_value)).

    It avoids overflow and infinite gradients, at the price of a gradient that is zero beyond `max_value` without
    a word. For channels that were written with it; those of Dendrax need no clip.

    Args:
        x: Exponent, of any shape [1].
        max_value: Largest exponent that is not clipped [1].

    Returns:
        exp(min(x, max_value)), of the shape of `x` [1].

    Example:
        ```python
        save_exp(jnp.array([0.0, 1000.0]))  # [1.0, 4.85e8]
        ```
    """
    return exp(jnp.minimum(x, max_value))


def exponential_euler(x: Value, dt: Value, x_inf: Value, x_tau: Value) -> Value:
    """Exact solution of dx/dt = (x_inf - x) / x_tau after `dt`.

    x(t + dt) = x + (x_inf - x) (1 - exp(-dt / x_tau)), which stays between x and x_inf for any dt.

    Args:
        x: Variable at the start of the step [any].
        dt: Time step [ms].
        x_inf: Steady state [as x].
        x_tau: Time constant [ms]; at 0, x_inf is reached at once, and at infinity never.

    Returns:
        The variable at the end of the step [as x].

    Example:
        ```python
        exponential_euler(0.0, 1.0, 1.0, 1.0)  # 1 - 1/e
        ```

    References:
        Rush S, Larsen H (1978). A practical algorithm for solving dynamic membrane equations. IEEE Transactions
        on Biomedical Engineering 25:389-392.
    """
    return x + (x_inf - x) * -expm1(-elapsed(dt, x_tau))


def solve_gate_exponential(x: Value, dt: Value, alpha: Value, beta: Value) -> Value:
    """Exact step of a gate with opening and closing rates: dx/dt = alpha (1 - x) - beta x.

    The same as `exponential_euler` with x_inf = alpha / (alpha + beta) and x_tau = 1 / (alpha + beta).

    Args:
        x: Open fraction at the start of the step [1].
        dt: Time step [ms].
        alpha: Opening rate [1/ms].
        beta: Closing rate [1/ms]; where both are 0, x stays.

    Returns:
        Open fraction at the end of the step [1].

    Example:
        ```python
        solve_gate_exponential(0.2, 0.025, 1.0, 3.0)
        ```
    """
    return after_opening(*floats(x, dt, alpha, beta))


def solve_gate_implicit(gating_state: Value, dt: Value, alpha: Value, beta: Value) -> Value:
    """Backward Euler step of a gate with opening and closing rates: dx/dt = alpha (1 - x) - beta x.

    x(t + dt) = (x + dt alpha) / (1 + dt (alpha + beta)).

    Args:
        gating_state: Open fraction at the start of the step [1].
        dt: Time step [ms].
        alpha: Opening rate [1/ms].
        beta: Closing rate [1/ms].

    Returns:
        Open fraction at the end of the step [1].

    Example:
        ```python
        solve_gate_implicit(0.2, 0.025, 1.0, 3.0)
        ```
    """
    x, dt, alpha, beta = floats(gating_state, dt, alpha, beta)
    total, most = alpha + beta, float(jnp.finfo(x.dtype).max) ** 0.5
    dt = jnp.where(dt * total < most, dt, jax.lax.stop_gradient(most / total))  # beyond, x is alpha / total
    return quotient(x + dt * alpha, 1.0 + dt * total)


def solve_inf_gate_exponential(x: Value, dt: Value, s_inf: Value, tau_s: Value) -> Value:
    """Exact step of a gate with steady state and time constant: dx/dt = (s_inf - x) / tau_s.

    Args:
        x: Open fraction at the start of the step [1].
        dt: Time step [ms].
        s_inf: Steady state [1].
        tau_s: Time constant [ms].

    Returns:
        Open fraction at the end of the step [1].

    Example:
        ```python
        solve_inf_gate_exponential(0.2, 0.025, 0.5, 10.0)
        ```
    """
    return exponential_euler(x, dt, s_inf, tau_s)


def steady_state(alpha: Value, beta: Value) -> jax.Array:
    """Open fraction of a gate in equilibrium, alpha / (alpha + beta) [1]; 0 where both rates are."""
    alpha, beta = floats(alpha, beta)
    return quotient(alpha, alpha + beta + float(jnp.finfo(alpha.dtype).tiny))


def elapsed(dt: Value, tau: Value) -> jax.Array:
    """Time step in units of a time constant, dt / tau [1], held below 1000, where exp(-dt / tau) is 0 to any digit."""
    shortest = dt / 1000.0
    return jnp.asarray(dt / jnp.where(tau > shortest, tau, shortest))
