"""The contract of an artificial source of spikes: it computes its trains before a run begins."""

import copy
import numbers
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import numpy as np

from dendrax.errors import MechanismError, ModelValueError
from dendrax.mechanisms.checks import check_call, check_instance, check_name, check_prefixes
from dendrax.mechanisms.ranges import Ranged
from dendrax.mechanisms.value import Value, Values

AnySource = TypeVar("AnySource", bound="SpikeSource")


class SpikeSource(Ranged):
    """A source of spikes without input, such as a stimulator or a file of recorded times.

    Subclass it and define `parameters` (defaults by name, prefixed by the name of the source), `most` and `trains`. The
    engine computes the trains of all sources of a kind at once, before the first step, and can differentiate them by
    the parameters. A source may be random: its method `trains` then draws from `key` for each source separately
    (`waits`), so that a train depends neither on the number of sources nor on `places`.

    Put arrays with a row for each source, such as given times, into `data`. `trains` gets them among `params`, under
    the same prefix.

    Attributes:
        ranges: The smallest and the largest valid value of each parameter, by its name without prefix. A limit may be
            infinite, and infinity is then valid.
        data: Arrays by name, without prefix, with one row for each source.

    Example:
        ```python
        class Regular(SpikeSource):
            def __init__(self, name=None):
                super().__init__(name)
                self.parameters = {f"{self.name}_interval": 10.0}  # ms

            def most(self, horizon, params):
                return int(horizon / np.min(params[f"{self.name}_interval"])) + 2

            def trains(self, key, params, places):
                return params[f"{self.name}_interval"][:, None] * jnp.arange(places)
        ```
    """

    kind: ClassVar[str] = "source"
    thing: ClassVar[str] = "source"

    data: dict[str, Any]

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.data = {}

    @property
    def size(self) -> int | None:
        """Number of sources with data; None if you may add any number."""
        return next((len(array) for array in self.data.values()), None)

    def of_sources(self: AnySource, sources: np.ndarray) -> AnySource:  # noqa: PYI019 - see `Mechanism.change_name`
        """The same kind with the data of some of its sources.

        Args:
            sources: Their numbers within the kind, rising. (source,)
        """
        if self.size in (None, len(sources)):
            return self
        made = copy.copy(self)
        made.data = {name: array[sources] for name, array in self.data.items()}
        return made

    def given(self, params: Values, name: str) -> Any:
        """The array `name` of `data`, or its replacement in `params`."""
        return params.get(f"{self.name}_{name}", self.data[name])

    def check_data(self, name: str, values: np.ndarray) -> None:
        """Refuse invalid data.

        Args:
            name: Name of the data, without prefix.
            values: The data of a run, as numbers. (source, place)

        Raises:
            ModelValueError: A value is NaN; names the first such source.
        """
        self._refuse(name, values, np.isnan(values), "Set it to a number")

    def _refuse(self, name: str, values: np.ndarray, wrong: np.ndarray, remedy: str) -> None:
        if wrong.any():
            source, *place = at = tuple(np.argwhere(wrong)[0].tolist())
            where = "".join(f"value {one} of " for one in place)
            raise ModelValueError(f"{self.name}_{name}: {where}source {source} is {values[at]:g}. {remedy}.")

    def stand_in(self, name: str, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Data from which `most` computes the room for a run with traced data.

        The default is the data of the model. A subclass may know better.

        Args:
            name: Name of the data, without prefix.
            values: The data of the model. (source, place)
            shape: Shape of the traced data.
        """
        del name, shape
        return values

    def random(self, params: Mapping[str, Any]) -> bool:
        """Whether a run with these parameters needs a key; True if traced values leave it open."""
        del params
        return False

    def most(self, horizon: float, params: Values) -> int:
        """The number of places with which the last place of each train lies beyond `horizon` or is infinite.

        Args:
            horizon: End of the run [ms].
            params: Own parameters and data, as numbers. (n,)
        """
        raise NotImplementedError(f"{type(self).__name__} does not define most(self, horizon, params).")

    def trains(self, key: Any, params: Values, places: int) -> Value:
        """The first spikes of each train, sorted and padded with infinity [ms]. (n, places)

        A train whose last place is finite and not beyond the end of the run may have lost spikes.

        Args:
            key: The key of `jax.random` for this kind of source; None in a run without a key.
            params: Own parameters and data. (n,)
            places: Largest number of spikes of a train.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define trains(self, key, params, places).")


def check_source(source: Any) -> None:
    """Refuse an object that does not keep the contract of a source of spikes.

    Args:
        source: The object that the user passed.

    Raises:
        ModelTypeError: Not an instance of `SpikeSource`.
        MechanismError: An attribute is missing or of the wrong kind, or a method cannot be called as the engine does.
        ModelValueError: The default of a parameter is outside of its range.

    Example:
        >>> from dendrax.events import NetStim
        >>> check_source(NetStim(interval=5.0))
    """
    check_instance(source, SpikeSource)
    check_name(source, "name")
    what = f"The source {source.name!r}"
    if not isinstance(source.parameters, dict) or not isinstance(source.data, dict):
        raise MechanismError(f"{what} needs dicts `parameters` and `data`. Set them in __init__, after super().")
    check_prefixes(source, source.parameters)
    for key, value in source.parameters.items():
        if not isinstance(value, numbers.Real):
            raise MechanismError(f"{what} has {key!r}: {value!r} in `parameters`. Make the default one number.")
    if len({len(array) for array in source.data.values()}) > 1:
        raise MechanismError(f"{what} has arrays of different lengths in `data`. Give each a row for every source.")
    check_call(source, "most", ("horizon", "params"), SpikeSource)
    check_call(source, "trains", ("key", "params", "places"), SpikeSource)
    source.check(source.parameters)
