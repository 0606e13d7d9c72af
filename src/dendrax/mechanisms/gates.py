"""What the kinetics of gates are written with: exact steps of linear gates, and the rate functions they need."""

import jax
import jax.numpy as jnp

from dendrax.mechanisms.exponentials import exp, expm1
from dendrax.mechanisms.rates import x_over_expm1
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
        x_tau: Time constant [ms].

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
    return x + (x_inf - x) * _decayed(dt / x_tau)


def solve_gate_exponential(x: Value, dt: Value, alpha: Value, beta: Value) -> Value:
    """Exact step of a gate with opening and closing rates: dx/dt = alpha (1 - x) - beta x.

    The same as `exponential_euler` with x_inf = alpha / (alpha + beta) and x_tau = 1 / (alpha + beta).

    Args:
        x: Open fraction at the start of the step [1].
        dt: Time step [ms].
        alpha: Opening rate [1/ms].
        beta: Closing rate [1/ms].

    Returns:
        Open fraction at the end of the step [1].

    Example:
        ```python
        solve_gate_exponential(0.2, 0.025, 1.0, 3.0)
        ```
    """
    total = alpha + beta
    return x + (alpha / total - x) * _decayed(dt * total)


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
    return (gating_state + dt * alpha) / (1.0 + dt * (alpha + beta))


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


def _decayed(y: Value) -> jax.Array:
    """1 - exp(-y), the fraction of the way to the steady state.

    A gate of 1000 ms moves by 2.5e-5 per step. In float32 the difference 1 - exp(-y) would be wrong by 0.2 % there.
    """
    return -expm1(-y)
