"""The reference's name for `dendrax.mechanisms.gates`."""

from dendrax.mechanisms.gates import (
    exponential_euler,
    save_exp,
    solve_gate_exponential,
    solve_gate_implicit,
    solve_inf_gate_exponential,
    x_over_expm1,
)

__all__ = [
    "exponential_euler",
    "save_exp",
    "solve_gate_exponential",
    "solve_gate_implicit",
    "solve_inf_gate_exponential",
    "x_over_expm1",
]
