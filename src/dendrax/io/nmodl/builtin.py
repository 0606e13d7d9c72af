"""Functions and statements of NEURON that a .mod file may call."""

from collections.abc import Callable
from typing import Any

from dendrax.io.nmodl import arithmetic
from dendrax.mechanisms.constants import FARADAY, GAS_CONSTANT, ZERO_CELSIUS
from dendrax.mechanisms.rates import x_over_expm1

IGNORED = frozenset({"printf", "fprintf", "print", "prterr", "at_time", "cvode_active"})
"""What computes nothing: messages, and hints for solvers with a variable time step."""


def nernst(celsius: Any, inside: Any, outside: Any, valence: Any) -> Any:
    """The reversal potential of an ion [mV]."""
    per_charge = arithmetic.divide(1e3 * GAS_CONSTANT / FARADAY * (celsius + ZERO_CELSIUS), valence)
    return per_charge * arithmetic.log(arithmetic.divide(outside, inside))


def ghk(celsius: Any, v: Any, inside: Any, outside: Any, valence: Any) -> Any:
    """The current of an ion per permeability of Goldman, Hodgkin and Katz [mA/cm2 per cm/s]."""
    x = valence * v * (1e-3 * FARADAY / GAS_CONSTANT) / (celsius + ZERO_CELSIUS)
    into, out_of = outside * x_over_expm1(x), inside * x_over_expm1(-x)
    return 1e-3 * valence * FARADAY * (out_of - into)


BUILTIN: dict[str, Callable[..., Any]] = {"nernst": nernst, "ghk": ghk}
"""Functions that need the temperature, which comes first [celsius]."""
