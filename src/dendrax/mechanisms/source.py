"""The contract of an artificial source of spikes: trains that are known before a run begins."""

import copy
import numbers
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import numpy as np

from dendrax.errors import MechanismError, ModelValueError
from dendrax.mechanisms.checks import check_call, check_instance, check_name
from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.ranges import Ranges, check_ranges
from dendrax.mechanisms.value import Value, Values

AnySource = TypeVar("AnySource", bound="SpikeSource")


class SpikeSource(Mechanism):
    """A source of spikes that receives nothing, such as a stimulator or a file of recorded times.

    Subclass it and define `parameters` (defaults by name, prefixed by the name of the source), `most` and `trains`. The
    trains of all sources of a kind are computed at once, before the first step, so that they can be differentiated by
    the parameters. A source may be random: `trains` then draws from the key that it is handed, for each source by
    itself (`waits`), so that its train depends neither on how many sources there are nor on `places`.

    Arrays with one row for each source, such as given times, belong in `data`. They are to `trains` what parameters
    are, under the same prefix, and need not be numbers of a table.

    Attributes:
        ranges: For each parameter without prefix the smallest and the largest value, both allowed. Infinity is a value
            where it is a limit.
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
    ranges: ClassVar[Ranges] = {}

    data: dict[str, Any]

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.parameters = {}
        self.states = {}
        self.data = {}
        self.carries = ()

    @property
    def size(self) -> int | None:
        """How many sources its data are for; None where any number can be made of it."""
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
        """The array `name` of `data`, or what takes its place in `params`."""
        return params.get(f"{self.name}_{name}", self.data[name])

    def check(self, params: Mapping[str, Any]) -> None:
        """Refuse parameters that no source can have.

        Args:
            params: Own parameters, as numbers; what is traced is not looked at. (n,)

        Raises:
            ModelValueError: A value is NaN or outside of `ranges`; names the first source of which that is so.
        """
        check_ranges(self, self.ranges, params, "source")

    def check_data(self, name: str, values: np.ndarray) -> None:
        """Refuse data that no source can have.

        Args:
            name: Which of `data`.
            values: What takes their place in a run, as numbers. (source, place)

        Raises:
            ModelValueError: A value is NaN; names the first source of which that is so.
        """
        self._refuse(name, values, np.isnan(values), "must be a number")

    def _refuse(self, name: str, values: np.ndarray, wrong: np.ndarray, why: str) -> None:
        if wrong.any():
            source, *place = at = tuple(np.argwhere(wrong)[0].tolist())
            where = "".join(f"value {one} of " for one in place)
            raise ModelValueError(f"{self.name}_{name}: {where}source {source} is {values[at]:g}. It {why}.")

    def stand_in(self, name: str, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Data of which `most` makes enough room where those of a run are traced.

        Those of the model, unless a subclass knows better.

        Args:
            name: Which of `data`.
            values: Those of the model. (source, place)
            shape: That of the traced ones.
        """
        del name, shape
        return values

    def random(self, params: Mapping[str, Any]) -> bool:
        """Whether a run with these parameters needs a key; also where they are traced and nobody can tell."""
        del params
        return False

    def most(self, horizon: float, params: Values) -> int:
        """Places that `trains` needs so that the last one of each train lies beyond `horizon`, or is infinite.

        Args:
            horizon: When the run ends [ms].
            params: Own parameters and data, as numbers. (n,)
        """
        raise NotImplementedError(f"{type(self).__name__} does not define most(self, horizon, params).")

    def trains(self, key: Any, params: Values, places: int) -> Value:
        """The first spikes of each train, sorted, infinite where a train has fewer [ms]. (n, places)

        A train whose last place is finite and not beyond the end of the run may have lost spikes.

        Args:
            key: A key of `jax.random`, of this kind of source; None where the run has none.
            params: Own parameters and data. (n,)
            places: How many spikes a train may have.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define trains(self, key, params, places).")


def check_source(source: Any) -> None:
    """Refuse an object that does not keep the contract of a source of spikes.

    Args:
        source: What a user handed over.

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
    for key, value in source.parameters.items():
        if not isinstance(key, str) or not key.startswith(f"{source.name}_") or not isinstance(value, numbers.Real):
            raise MechanismError(
                f"{what} has {key!r}: {value!r} in `parameters`. Keys start with {source.name + '_'!r}, and each "
                f"default is one number."
            )
    if len({len(array) for array in source.data.values()}) > 1:
        raise MechanismError(f"{what} has arrays of different lengths in `data`. Give each one row for each source.")
    check_call(source, "most", ("horizon", "params"), SpikeSource)
    check_call(source, "trains", ("key", "params", "places"), SpikeSource)
    source.check(source.parameters)
