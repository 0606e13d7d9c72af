"""Graded release: how far a presynaptic voltage activates a synapse, without spikes."""

import jax
import jax.numpy as jnp

from dendrax.mechanisms.gates import save_exp, solve_gate_exponential
from dendrax.mechanisms.value import Value

_SATURATED = 40.0
"""Exponent beyond which a release is complete in any time step; it keeps exp and its square finite in float32."""


def activation(pre_v: Value, v_th: Value, delta: Value) -> jax.Array:
    """1 / (1 + exp((v_th - pre_v) / delta)), the steady state of graded release.

    Args:
        pre_v: Presynaptic voltage [mV].
        v_th: Voltage of half activation [mV].
        delta: Width [mV].

    Returns:
        Activation [1].
    """
    return jax.nn.sigmoid(jnp.asarray((pre_v - v_th) / delta))


def solve_release(s: Value, delta_t: Value, pre_v: Value, k_minus: Value, v_th: Value, delta: Value) -> Value:
    """Exact step of ds/dt = (s_inf - s) / tau with s_inf the activation and tau = (1 - s_inf) / k_minus.

    tau vanishes as s_inf comes close to 1. But 1 / (1 - s_inf) = 1 + exp(z) with z = (pre_v - v_th) / delta, so that
    this is a gate that opens at rate k_minus exp(z) and closes at rate k_minus: nothing is divided by zero.

    Args:
        s: Open fraction at the start of the step [1].
        delta_t: Time step [ms].
        pre_v: Presynaptic voltage [mV].
        k_minus: Rate of closing [1/ms].
        v_th: Voltage of half activation [mV].
        delta: Width [mV].

    Returns:
        Open fraction at the end of the step [1].

    References:
        Abbott LF, Marder E (1998). Modeling small networks. In: Koch C, Segev I (eds), Methods in Neuronal Modeling,
        2nd ed., MIT Press, p. 361-410.
    """
    opening = k_minus * save_exp((pre_v - v_th) / delta, _SATURATED)
    return solve_gate_exponential(s, delta_t, opening, k_minus)
