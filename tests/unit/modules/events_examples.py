"""A point process and a kind of artificial source of a user's, for the tests of points and connections."""

from typing import Any

import numpy as np

from dendrax.mechanisms.mechanism import Mechanism
from dendrax.mechanisms.source import SpikeSource


class Jump(Mechanism):
    """A conductance that events open and that closes at once; it may carry calcium too.

    Parameters: e 0 [mV]. States: g 0 [uS].
    """

    place = "point"

    def __init__(self, name: str | None = None, *, e: float = 0.0, calcium: bool = False) -> None:
        super().__init__(name)
        self.parameters = {f"{self.name}_e": e}
        self.states = {f"{self.name}_g": 0.0}
        if calcium:
            self.shared = {"eCa": 120.0}
            self.carries = (None, "Ca")

    def advance(self, states, dt, v, params):
        return {f"{self.name}_g": 0.0 * states[f"{self.name}_g"]}

    def receive(self, states, weight, params):
        return {f"{self.name}_g": states[f"{self.name}_g"] + weight}

    def currents(self, states, v, params):
        conductance = states[f"{self.name}_g"]
        made: dict[Any, Any] = {None: conductance * (v - params[f"{self.name}_e"])}
        if "Ca" in self.carries:
            made["Ca"] = 0.1 * conductance * (v - params["eCa"])
        return made


class Deaf(Mechanism):
    """A leak at a point, which takes no events."""

    place = "point"

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.parameters = {f"{self.name}_g": 1e-4}
        self.states = {}

    def currents(self, states, v, params):
        return {None: params[f"{self.name}_g"] * v}


class Clock(SpikeSource):
    """A spike every so often."""

    def __init__(self, name: str | None = None, *, interval: float = 10.0) -> None:
        super().__init__(name)
        self.parameters = {f"{self.name}_interval": interval}

    def most(self, horizon, params):
        return int(horizon / np.min(params[f"{self.name}_interval"])) + 2

    def trains(self, key, params, places):
        return params[f"{self.name}_interval"][:, None] * np.arange(places)


class Given(SpikeSource):
    """Spikes at times that are its data."""

    def __init__(self, times: Any, name: str | None = None) -> None:
        super().__init__(name)
        self.data = {"times": np.asarray(times, float)}

    def most(self, horizon, params):
        return self.data["times"].shape[1] + 1

    def trains(self, key, params, places):
        return self.data["times"]
