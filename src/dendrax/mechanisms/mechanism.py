"""What channels, pumps and synapses have in common: a name, tables of defaults, and identity by value."""

import inspect
import math
import numbers
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import numpy as np

from dendrax.errors import MechanismError, ModelTypeError
from dendrax.mechanisms.identity import same_value

# A TypeVar where `Self` would do, because beartype checks methods one by one under pytest and knows no class there.
AnyMechanism = TypeVar("AnyMechanism", bound="Mechanism")


class Mechanism:
    """A model of a process in a membrane or between two, written by its author as a plain Python class.

    Two mechanisms are equal if class, name and all own attributes are equal by value, so that building the same
    model twice does not compile twice. Do not change a mechanism after it has been inserted: modules keep a copy.

    A subclass may come from a mix-in that never calls `super().__init__`; its name is then the class name until
    it sets `_name`.

    Attributes:
        tables: Names of the attributes that map a parameter or state to its default, set by each kind.
        kind: What to call it in messages.
    """

    tables: ClassVar[tuple[str, ...]] = ()
    kind: ClassVar[str] = "mechanism"
    _name: str | None = None

    def __init__(self, name: str | None = None) -> None:
        self._name = type(self).__name__ if name is None else name

    @property
    def name(self) -> str:
        """The name, by which parameters and states are prefixed; the class name unless one was given."""
        return type(self).__name__ if self._name is None else self._name

    def change_name(self: AnyMechanism, new_name: str) -> AnyMechanism:  # noqa: PYI019 - see above
        """Rename, along with every parameter and state whose key starts with the old name and "_".

        Keys without the prefix are shared between mechanisms on purpose (`eNa`, `vt`) and stay; so does the
        name of the current.

        Args:
            new_name: The new name.

        Returns:
            This mechanism, changed.

        Example:
            ```python
            slow = K().change_name("KSlow")
            slow.channel_params  # {"KSlow_gK": 0.005, "eK": -90.0, "vt": -60.0}
            ```
        """
        old = f"{self.name}_"
        for table in self.tables:
            renamed = {
                f"{new_name}_{key[len(old) :]}" if key.startswith(old) else key: value
                for key, value in getattr(self, table).items()
            }
            setattr(self, table, renamed)
        self._name = new_name
        return self

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other):
            return NotImplemented
        # The pair is assumed equal inside, since attributes may hold methods bound to their owner.
        return same_value(vars(self), vars(other), frozenset({(id(self), id(other))}))

    def __hash__(self) -> int:
        # Attributes may be unhashable, and hashing them all on each call of a compiled function would cost more
        # than it tells apart: mechanisms of one model differ in class or name.
        return hash((type(self), self.name))

    def __repr__(self) -> str:
        """What it is, with defaults: `<channel Leak: Leak_gLeak=0.0001, Leak_eLeak=-70.0; current i_Leak>`."""
        name = self.name if self.name == type(self).__name__ else f"{self.name} ({type(self).__name__})"
        # A mechanism that was not constructed to its end has no tables; it can be shown nevertheless.
        params, states = (getattr(self, table, {}) for table in self.tables or ("", ""))
        facts = [
            ", ".join(f"{key}={value}" for key, value in params.items()),
            f"states {', '.join(states)}" if states else "",
            f"ion {ion}" if (ion := getattr(self, "ion_name", "")) else "",
            f"current {current}" if (current := getattr(self, "current_name", "")) else "",
        ]
        shown = "; ".join(fact for fact in facts if fact)
        return f"<{self.kind} {name}{': ' if shown else ''}{shown}>"


def check_instance(mechanism: Any, kind: type[Mechanism]) -> None:
    """Refuse what is not an instance of `kind`.

    Args:
        mechanism: What a user handed over.
        kind: `Channel`, `Pump` or `Synapse`.

    Raises:
        ModelTypeError: It is a class (the parentheses were forgotten) or something else altogether.
    """
    if isinstance(mechanism, kind):
        return
    if isinstance(mechanism, type) and issubclass(mechanism, kind):
        name = mechanism.__name__
        raise ModelTypeError(f"Expected a {kind.kind}, got the class {name} itself. Make an instance: {name}().")
    raise ModelTypeError(
        f"Expected a {kind.kind} (an instance of a subclass of {kind.__module__}.{kind.__name__}), "
        f"got {type(mechanism).__name__}."
    )


def check_name(mechanism: Mechanism, attribute: str) -> None:
    """Refuse a mechanism of which `attribute` is no name that a table can have.

    Raises:
        MechanismError: The attribute is missing, no string, or empty.
    """
    value = getattr(mechanism, attribute, None)
    if not isinstance(value, str) or not value:
        raise MechanismError(
            f"{_where(mechanism)} needs a string `{attribute}`, but it is {value!r}. "
            f'Set it in __init__, for example self.{attribute} = "i_{type(mechanism).__name__}".'
            if attribute == "current_name"
            else f"{_where(mechanism)} needs a string `{attribute}`, but it is {value!r}."
        )


def check_table(mechanism: Mechanism, table: str) -> None:
    """Refuse a table of defaults that is not `{name: number}`.

    Args:
        mechanism: The mechanism.
        table: Which of its tables, for instance "channel_params".

    Raises:
        MechanismError: The table is missing or no dict, a key is no name, or a default is no finite number.
    """
    defaults = getattr(mechanism, table, None)
    if not isinstance(defaults, dict):
        raise MechanismError(
            f"{_where(mechanism)} needs a dict `{table}`, but it is {defaults!r}. "
            f"Set self.{table} in __init__, to {{}} if there are none."
        )
    for key, value in defaults.items():
        if not isinstance(key, str) or not key:
            raise MechanismError(f"{_where(mechanism)}: the key {key!r} of `{table}` is no name. Use a string.")
        if key in ("v", "i"):
            raise MechanismError(
                f'{_where(mechanism)}: `{table}` must not contain "{key}", which is the '
                f"{'voltage' if key == 'v' else 'injected current'}. Rename it, for example to {mechanism.name}_{key}."
            )
        if not _is_finite_number(value):
            raise MechanismError(
                f'{_where(mechanism)}: the default of "{key}" in `{table}` is {value!r}. Defaults are one finite '
                f"number per key; values that differ between compartments are given with set() after insertion."
            )


def check_call(
    mechanism: Mechanism, method: str, arguments: tuple[str, ...], base: type[Mechanism] | None = None
) -> None:
    """Refuse a method that is missing or cannot be called with positional `arguments`.

    Args:
        mechanism: The mechanism.
        method: Name of the method.
        arguments: What the engine passes, in order, named for the message.
        base: The class whose version of the method is a placeholder; None if the method is optional.

    Raises:
        MechanismError: The method is not overridden, or takes other arguments.
    """
    function: Callable = getattr(mechanism, method)
    signature = f"{method}(self, {', '.join(arguments)})"
    if base is not None and getattr(function, "__func__", None) is getattr(base, method):
        raise MechanismError(f"{_where(mechanism)} does not define {signature}.")
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError as error:
        raise MechanismError(
            f"{_where(mechanism)}: {method} is called as {signature}, positionally, but {error}."
        ) from None


def _where(mechanism: Mechanism) -> str:
    """The mechanism in words, for messages."""
    return f"The {mechanism.kind} {mechanism.name!r} ({type(mechanism).__module__}.{type(mechanism).__qualname__})"


def _is_finite_number(value: Any) -> bool:
    """Whether a default is one finite number; bools count, since spike flags start as False."""
    if isinstance(value, numbers.Real):
        return math.isfinite(value)
    try:
        array = np.asarray(value)
    except Exception:  # noqa: BLE001 - a traced value raises a jax error here, and is no number to store
        return False
    return array.size == 1 and array.dtype.kind in "biuf" and bool(np.isfinite(array).all())
