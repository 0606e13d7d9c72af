"""Units of a mechanism's parameters, states and current; its docstring is the one place that says the former."""

import inspect
import re

from dendrax.mechanisms.mechanism import Mechanism

CURRENTS = {"channel": "mA/cm2", "pump": "mM/ms", "synapse": "nA", "point process": "nA"}
"""Of the current of each kind of mechanism, as their contracts have it."""

_LISTS = re.compile(
    r"\b(?:Parameters?|States?)\b[^:\n]*:(.*?)(?=\n\s*\n|\b(?:Parameters?|States?)\b[^:\n]*:|\Z)", re.DOTALL
)
_NAMES_AND_UNIT = re.compile(r"([^\[\]]*)\[([^\[\]]+)\]")
_NAME = re.compile(r"[A-Za-z]\w*")


def unit_of(mechanism: Mechanism, key: str) -> str | None:
    """The unit of a parameter, state or current, for labels in pictures.

    The docstring of the mechanism lists them as "Parameters: gNa 0.12, gK 0.036 [S/cm2]; eNa 50 [mV]." and as
    "States: ...", where a unit belongs to the names before it, without the prefix or with it, also as "<name>_". In
    the docstring of a pump of any ion X stands for the ion: "States: XCon_i [mM]; eX [mV]."

    Args:
        mechanism: A channel, pump or synapse.
        key: Name of a parameter or state of it, or of its current.

    Returns:
        The unit, "1" for a pure number; None if the docstring does not say.

    Example:
        >>> from dendrax.channels import HH
        >>> unit_of(HH("fast"), "fast_gNa"), unit_of(HH(), "HH_m"), unit_of(HH(), "i_HH")
        ('S/cm2', '1', 'mA/cm2')
    """
    if key == _current_of(mechanism):
        return CURRENTS.get(mechanism.kind)
    document = (inspect.getdoc(type(mechanism)) or "").replace("<name>_", "")
    wanted = {key, key.removeprefix(f"{mechanism.name}_")}
    if ion := str(getattr(mechanism, "ion_name", "")).removesuffix("Con_i"):
        wanted.add(key.replace(ion, "X"))
    for listed in _LISTS.findall(document):
        for names, unit in _NAMES_AND_UNIT.findall(listed):
            if wanted & set(_NAME.findall(names)):
                return unit
    return None


def _current_of(mechanism: Mechanism) -> str:
    """Under which name the current of a mechanism is recorded."""
    return str(getattr(mechanism, "current_name", f"i_{mechanism.name}"))
