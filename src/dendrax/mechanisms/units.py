"""Units of a mechanism's parameters and states, read off its docstring, the one place that says them."""

import inspect
import re

from dendrax.mechanisms.mechanism import Mechanism

_LISTS = re.compile(
    r"\b(?:Parameters?|States?)\b[^:\n]*:(.*?)(?=\n\s*\n|\b(?:Parameters?|States?)\b[^:\n]*:|\Z)", re.DOTALL
)
_NAMES_AND_UNIT = re.compile(r"([^\[\]]*)\[([^\[\]]+)\]")
_NAME = re.compile(r"[A-Za-z]\w*")


def unit_of(mechanism: Mechanism, key: str) -> str | None:
    """The unit of a parameter or state, for labels in pictures.

    The docstring of the mechanism lists them as "Parameters: gNa 0.12, gK 0.036 [S/cm2]; eNa 50 [mV]." and as
    "States: ...", where a unit belongs to the names before it, without the prefix or with it, also as "<name>_".

    Args:
        mechanism: A channel, pump or synapse.
        key: Name of a parameter or state of it.

    Returns:
        The unit, "1" for a pure number; None if the docstring does not say.

    Example:
        >>> from dendrax.channels import HH
        >>> unit_of(HH("fast"), "fast_gNa"), unit_of(HH(), "HH_m")
        ('S/cm2', '1')
    """
    document = (inspect.getdoc(type(mechanism)) or "").replace("<name>_", "")
    wanted = {key, key.removeprefix(f"{mechanism.name}_")}
    for listed in _LISTS.findall(document):
        for names, unit in _NAMES_AND_UNIT.findall(listed):
            if wanted & set(_NAME.findall(names)):
                return unit
    return None
