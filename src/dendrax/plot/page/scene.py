"""What an interactive page shows, as numpy arrays: the page knows neither modules nor tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from dendrax.plot.page.tubes import Tubes


@dataclass(frozen=True, eq=False)
class Series:
    """One state over time, where it was recorded.

    Attributes:
        name: Of the state or current.
        values: NaN where there is no value. (recording, time)
        comp: The compartment, counted in the scene, that shows each recording. (recording,)
        unit: Of the values, "" if unknown.
        labels: A name for each recording; none means that its compartment says all. Recordings that have names, such
            as those of synapses, are traces of their compartment and no colours.
    """

    name: str
    values: np.ndarray
    comp: np.ndarray
    unit: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Wires:
    """The synapses of one type, from `pre` to `post`, which count compartments in the scene. (synapse,)"""

    name: str
    pre: np.ndarray
    post: np.ndarray


@dataclass(frozen=True, eq=False)
class Scene:
    """All that a page shows.

    Attributes:
        title: One line that says what it is.
        tubes: The volume of the compartments.
        place: Centre of each compartment [um]. (comp, 3)
        index: Number of the cell, of the branch in it, of the compartment in that, and of the compartment in the
            model. (comp, 4)
        groups: Which compartments are in each group. name -> (comp,) bool
        channels: Which compartments have each channel or pump. name -> (comp,) bool
        numbers: Parameters, states and whatever else has a number in each compartment, NaN where there is none.
            name -> (comp,)
        units: Units of the numbers that have a known one. name -> unit
        wires: The synapses, type by type.
        series: What was recorded; all have the same times.
        delta_t: Time between columns of the series [ms].
        notes: Sentences that the reader of the page should know.
    """

    title: str
    tubes: Tubes
    place: np.ndarray
    index: np.ndarray
    groups: Mapping[str, np.ndarray] = field(default_factory=dict)
    channels: Mapping[str, np.ndarray] = field(default_factory=dict)
    numbers: Mapping[str, np.ndarray] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    wires: tuple[Wires, ...] = ()
    series: tuple[Series, ...] = ()
    delta_t: float = 0.025
    notes: tuple[str, ...] = ()
