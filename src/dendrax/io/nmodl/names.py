"""What the names of a .mod file mean to the engine: ions, and the quantities of every compartment."""

import re
from typing import NamedTuple

from dendrax.io.nmodl.tree import Ion
from dendrax.mechanisms.ions import IONS

SURROUNDINGS = {"celsius": "celsius", "diam": "diameter", "area": "area"}
"""Variables of NEURON and what mechanisms are given for them: [celsius], [um], [um2]."""

GIVEN = ("v", "t", "dt", *SURROUNDINGS)
"""Variables that a .mod file declares and NEURON sets."""

DEFAULTS = {"ena": 50.0, "ek": -77.0, "nai": 10.0, "nao": 140.0, "ki": 54.4, "ko": 2.5, "cai": 5e-5, "cao": 2.0}
"""Values of ions in NEURON that nobody has set [mV], [mM]."""

VALENCES = {"na": 1.0, "k": 1.0, "ca": 2.0}
"""Of ions that NEURON knows [elementary charges]."""

OF_EVERY_OTHER = 1.0
"""Concentrations of all other ions [mM]."""


class IonVariable(NamedTuple):
    """A variable of an ion.

    Attributes:
        ion: The ion, as NEURON writes it.
        what: "reversal", "inside", "outside" or "current".
        key: What our mechanisms call it.
    """

    ion: str
    what: str
    key: str


def ion_name(name: str) -> str:
    """What our mechanisms call an ion of NEURON: Ca for ca; names that we do not know are the same."""
    return next((one for one in IONS if one.lower() == name.lower()), name)


def variables_of(ion: Ion) -> dict[str, IonVariable]:
    """All variables that a mechanism may use of an ion."""
    name, ours = ion.name, ion_name(ion.name)
    return {
        f"e{name}": IonVariable(name, "reversal", f"e{ours}"),
        f"{name}i": IonVariable(name, "inside", f"{ours}Con_i"),
        f"{name}o": IonVariable(name, "outside", f"{ours}Con_e"),
        f"i{name}": IonVariable(name, "current", f"i_{ours}"),
    }


def default_of(variable: str, what: str) -> float:
    """The value of a variable of an ion in NEURON before anybody sets it."""
    if what == "current":
        return 0.0
    if variable == "eca":
        return 132.4579341637009  # Nernst at 6.3 celsius
    return DEFAULTS.get(variable, 0.0 if what == "reversal" else OF_EVERY_OTHER)


def key_of(prefix: str, name: str, index: int | None = None) -> str:
    """The name of a parameter or state of a mechanism; entries of arrays are numbered."""
    return f"{prefix}_{name}" if index is None else f"{prefix}_{name}_{index}"


def is_identifier(name: str) -> bool:
    """Whether a name can be that of a mechanism."""
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) is not None
