"""The check of a mechanism of any kind before it is inserted or connected anywhere."""

from typing import Any

from dendrax.errors import MechanismError
from dendrax.mechanisms.channel import Channel, check_channel
from dendrax.mechanisms.checks import check_call, check_declared, check_instance, check_table
from dendrax.mechanisms.mechanism import WEIGHT, Mechanism
from dendrax.mechanisms.pump import Pump, check_pump
from dendrax.mechanisms.synapse import Synapse, check_synapse

PLACES = ("density", "point")


def check_mechanism(mechanism: Any, kind: type[Mechanism] = Mechanism) -> None:
    """Refuse an object that does not keep the contract of a mechanism.

    Args:
        mechanism: The object that the user passed.
        kind: The class of which it has to be an instance.

    Raises:
        ModelTypeError: Not an instance of `kind`.
        MechanismError: An attribute is missing or of the wrong kind, or a method cannot be called as the engine
            does; the text says which and what to write instead.

    Example:
        ```python
        check_mechanism(SEClamp())  # passes
        ```
    """
    check_instance(mechanism, kind)
    if mechanism.may_hold:
        check_call(mechanism, "holds", ("states", "v", "params"))
    for one, check in ((Channel, check_channel), (Pump, check_pump), (Synapse, check_synapse)):
        if isinstance(mechanism, one):
            check(mechanism)
            return
    check_declared(mechanism)
    check_table(mechanism, "shared")
    _check_consistent(mechanism)
    check_call(mechanism, "advance", ("states", "dt", "v", "params"))
    check_call(mechanism, "initial", ("states", "v", "params", "delta_t"))
    check_call(mechanism, "currents", ("states", "v", "params"), Mechanism if mechanism.carries else None)


def _check_consistent(mechanism: Mechanism) -> None:
    """Refuse declarations that contradict each other.

    Raises:
        MechanismError: The text says which.
    """
    what = f"The mechanism {mechanism.name!r}"
    if mechanism.place not in PLACES:
        raise MechanismError(f"{what} has place={mechanism.place!r}. Choose one of: {', '.join(map(repr, PLACES))}.")
    if mechanism.electrode and (mechanism.place != "point" or mechanism.carries != (None,)):
        raise MechanismError(f'{what} is an electrode. Set place = "point" and carries = (None,).')
    if mechanism.may_hold and mechanism.place != "density":
        raise MechanismError(
            f"{what} defines holds(self, states, v, params), but only a mechanism over the membrane can hold the "
            f'voltage. Set place = "density", or leave `holds` out.'
        )
    weights = mechanism.weights
    if not isinstance(weights, tuple) or not weights or not all(isinstance(name, str) and name for name in weights):
        raise MechanismError(
            f'{what} has the weights {weights!r}. `weights` must be a tuple of names, such as ("ampa", "nmda").'
        )
    if WEIGHT in weights[1:]:
        raise MechanismError(f"{what} has the weights {weights!r}. Let {WEIGHT!r} be the first, or call it otherwise.")
    if len({*weights}) < len(weights):
        raise MechanismError(f"{what} has the weights {weights!r}, of which two have the same name.")
    if not isinstance(mechanism.writes, tuple) or not all(name in mechanism.shared for name in mechanism.writes):
        raise MechanismError(
            f"{what} writes {mechanism.writes!r}. `writes` must be a tuple of names that `shared` gives a default; it "
            f"holds {list(mechanism.shared)}."
        )
    if not isinstance(mechanism.carries, tuple) or not all(isinstance(ion, str | None) for ion in mechanism.carries):
        raise MechanismError(
            f"{what} carries {mechanism.carries!r}. `carries` must be a tuple of names of ions, and None for a current "
            f'that is not specific, for example ("Ca", None).'
        )
    names = [*mechanism.parameters, *mechanism.states, *mechanism.shared]
    if both := sorted({name for name in names if names.count(name) > 1}):
        raise MechanismError(
            f"{what} declares {both[0]!r} twice. Keep it in one of `parameters`, `states` and `shared`."
        )
    if taken := sorted({*mechanism.current_names} & {*mechanism.parameters, *mechanism.states}):
        raise MechanismError(f"{what} has {taken[0]!r} as a parameter or state, which is its current. Rename it.")
