"""States at which mechanisms rest, those of all mechanisms in one program.

One call after the other would compile every operation of every mechanism as a program of its own.
"""

from collections.abc import Sequence
from typing import Any

import equinox as eqx
from jax.errors import JAXTypeError

from dendrax.engine.calling import call
from dendrax.errors import MechanismError
from dendrax.mechanisms.mechanism import Mechanism

Values = dict[str, Any]


def resting_states(mechanisms: Sequence[Mechanism], arguments: Sequence[tuple[Any, ...]]) -> list[Values]:
    """The result of `initial` of each mechanism.

    Args:
        mechanisms: Channels, pumps, types of synapse and others.
        arguments: The arguments for each of them: states, voltages, parameters and time step.
    """
    try:
        return _in_one_program(tuple(mechanisms), tuple(arguments))
    except (JAXTypeError, MechanismError) as error:
        if isinstance(error, MechanismError) and not isinstance(error.__cause__, JAXTypeError):
            raise
        # One of them computes with NumPy or branches on its values: it needs them in hand.
        return _one_by_one(tuple(mechanisms), tuple(arguments))


def _one_by_one(mechanisms: tuple[Mechanism, ...], arguments: tuple[tuple[Any, ...], ...]) -> list[Values]:
    return [call(one, "initial", *given) for one, given in zip(mechanisms, arguments, strict=True)]


_in_one_program = eqx.filter_jit(_one_by_one)
