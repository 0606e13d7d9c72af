"""Functions and statements of NEURON that a .mod file may call."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dendrax.io.nmodl import arithmetic
from dendrax.mechanisms.constants import FARADAY, GAS_CONSTANT, ZERO_CELSIUS
from dendrax.mechanisms.rates import x_over_expm1

if TYPE_CHECKING:
    from dendrax.io.nmodl.machine import Machine

IGNORED = frozenset({"printf", "fprintf", "print", "prterr", "at_time", "cvode_active"})
"""What computes nothing: messages, and hints for solvers with a variable time step."""


def nernst(machine: "Machine", inside: Any, outside: Any, valence: Any) -> Any:
    """The reversal potential of an ion [mV]."""
    per_charge = arithmetic.divide(1e3 * GAS_CONSTANT / FARADAY * (machine.get("celsius") + ZERO_CELSIUS), valence)
    return per_charge * arithmetic.log(arithmetic.divide(outside, inside))


def ghk(machine: "Machine", v: Any, inside: Any, outside: Any, valence: Any) -> Any:
    """The current of an ion per permeability of Goldman, Hodgkin and Katz [mA/cm2 per cm/s]."""
    x = valence * v * (1e-3 * FARADAY / GAS_CONSTANT) / (machine.get("celsius") + ZERO_CELSIUS)
    into, out_of = outside * x_over_expm1(x), inside * x_over_expm1(-x)
    return 1e-3 * valence * FARADAY * (out_of - into)


BUILTIN: dict[str, Callable[..., Any]] = {"nernst": nernst, "ghk": ghk}
"""Functions that need the temperature."""
