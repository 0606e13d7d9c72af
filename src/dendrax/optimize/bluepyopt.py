"""Fits that were set up for BluePyOpt: protocols.json, features.json and parameters.json, as in its L5PC example."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dendrax import arguments
from dendrax.errors import ModelStateError, ModelTypeError, ModelValueError, UnknownNameError
from dendrax.features.spikes import THRESHOLD
from dendrax.modules.editing import known_keys
from dendrax.modules.module import Module, check_module
from dendrax.morphology.distance import distance_pathwise
from dendrax.optimize.formula import evaluate
from dendrax.optimize.protocols import Protocol, Recording, Step
from dendrax.optimize.sections import check_list, middle, place_of, section
from dendrax.optimize.targets import Target, read_targets

__all__ = ["BluePyOptFit", "Parameter", "read_bluepyopt"]

FILES = ("protocols.json", "features.json", "parameters.json")
NAMES = {
    "cm": "capacitance",  # uF/cm2 in both
    "Ra": "axial_resistivity",  # ohm cm
    "v_init": "v",  # mV
    "celsius": "temperature",  # degrees celsius
    "g_pas": "Leak_gLeak",  # S/cm2
    "e_pas": "Leak_eLeak",  # mV
}
"""What NEURON calls something, and what we do, in the same unit."""
DENDRITIC_THRESHOLD = -55.0  # mV, where "dend" is in the name of a recording, as in the example
FROZEN = 0.01  # a parameter whose bounds are as close as this, relative to it, is meant to be fixed
Bounds = list[dict[str, tuple[float, float]]]


class Parameter(NamedTuple):
    """One entry of parameters.json.

    Attributes:
        name: What NEURON calls it, "gNaTs2_tbar_NaTs2_t".
        sectionlist: Where it is: "all", "somatic", "axonal", "basal" or "apical".
        value: Its value if it is fixed, in NEURON's unit.
        bounds: Its bounds if it is free, likewise.
        formula: Its value along the cell, of {distance} from the soma [um] and {value}; "" where it is uniform.
    """

    name: str
    sectionlist: str
    value: float | None
    bounds: tuple[float, float] | None
    formula: str

    @property
    def fixed(self) -> float | None:
        """The value, also if it is given as bounds that leave no room; None if the parameter is free."""
        if self.bounds is None:
            return self.value
        low, high = self.bounds
        middle = (low + high) / 2
        return middle if high - low <= FROZEN * abs(middle) else None


@dataclass(frozen=True)
class BluePyOptFit:
    """What `read_bluepyopt` has read.

    Attributes:
        stimuli: For each protocol its steps of current and its duration [ms].
        recordings: For each protocol the definitions of its recordings beside the soma, as in the file.
        targets: Mean and standard deviation of each feature.
        parameters: Fixed values and bounds.
    """

    stimuli: Mapping[str, tuple[tuple[Step, ...], float]]
    recordings: Mapping[str, tuple[Mapping[str, Any], ...]]
    targets: tuple[Target, ...]
    parameters: tuple[Parameter, ...]

    def protocols(self, cell: Module) -> list[Protocol]:
        """The protocols for a cell; the current goes into the middle of its soma, which is recorded as "soma".

        Of recordings at a distance from the soma the nearest compartment of the section list is taken.

        Args:
            cell: With the groups soma, and axon, basal or apical where protocols record there.

        Raises:
            UnknownNameError: The cell has no group for a section list.
            ModelTypeError: `cell` is no module.
        """
        check_module(cell, "BluePyOptFit.protocols")
        soma = middle(section(cell, "somatic"), 0, 0.5)
        made = []
        for name, (steps, duration) in self.stimuli.items():
            places = {"soma": Recording(soma)}
            for one in self.recordings[name]:
                threshold = DENDRITIC_THRESHOLD if "dend" in one["name"] else THRESHOLD
                places[one["name"]] = Recording(place_of(cell, soma, one), one.get("var", "v"), threshold)
            # The example looks at the whole rest of this protocol: the dendrite answers after the 5 ms of current.
            window = (steps[0].onset, duration) if name == "bAP" else None
            made.append(Protocol(name, soma, steps, places, duration, window=window))
        return made

    def set_parameters(self, cell: Module, names: Mapping[str, str | None] | None = None) -> Bounds:
        """Set what is fixed, and make trainable what has bounds; free parameters begin in the middle of these.

        Call `cell.init_states()` afterwards, so that the gates begin in equilibrium at v_init.
        Nothing is changed if a name is unknown or a section list has no group.

        Args:
            cell: With all channels inserted.
            names: What the parameters of NEURON are called here, such as {"gNaTs2_tbar_NaTs2_t": "Na_gNa"}; None leaves
                one out. Names that the cell has itself, and cm, Ra, v_init, celsius, g_pas and e_pas, go without.

        Returns:
            The bounds of each parameter, in the order of `cell.get_parameters()`: for `uniform_prior`, or for a
            `ParamTransform` of `SigmoidTransform`s.

        Raises:
            UnknownNameError: A parameter is unknown to the cell and to `names`, or the cell has no group for a list.
            ModelValueError: A free parameter varies along the cell.
            ModelStateError: The cell has trainable parameters already.
        """
        check_module(cell, "BluePyOptFit.set_parameters")
        _check_nothing_trainable(cell)
        known = _known_names(cell, self.parameters, names or {})
        planned = []
        for one in self.parameters:
            key = known[one.name]
            if key is not None:
                planned.append((one, key, *_values(cell, one)))
        bounds: Bounds = []
        for _, key, view, value in planned:
            view.set(key, value)
        for one, key, view, _ in planned:
            if one.fixed is None and one.bounds is not None:
                view.make_trainable(key, verbose=False)
                bounds.append({key: one.bounds})
        return bounds


def read_bluepyopt(folder: str | PathLike[str]) -> BluePyOptFit:
    """Read a fit that was set up for BluePyOpt.

    Args:
        folder: Holds protocols.json, features.json and parameters.json, itself or in its folder `config`, in the
            layout of BluePyOpt's example examples/l5pc.

    Returns:
        Its protocols, targets and parameters; `BluePyOptFit` says how they are brought to a cell.

    Raises:
        ModelTypeError: `folder` is no path.
        FileNotFoundError: A file is not there.
        ModelValueError: A file is no JSON, or not of that layout; the text says which entry.
        UnknownNameError: A feature that is not in `dendrax.features.NAMES`, or a target of what is not recorded.

    Example:
        >>> import json, pathlib, tempfile
        >>> from dendrax.optimize import read_bluepyopt
        >>> step = {"delay": 20, "amp": 0.5, "duration": 50, "totduration": 100}
        >>> files = {
        ...     "protocols": {"Step": {"stimuli": [step]}},
        ...     "features": {"Step": {"soma": {"AP_height": [20.0, 5.0]}}},
        ...     "parameters": [{"param_name": "cm", "sectionlist": "all", "type": "section", "value": 1.0}],
        ... }
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     for name, content in files.items():
        ...         _ = pathlib.Path(folder, f"{name}.json").write_text(json.dumps(content))
        ...     fit = read_bluepyopt(folder)
        >>> fit.targets[0].mean, fit.stimuli["Step"][0][0].amplitude
        (20.0, 0.5)

    References:
        Van Geit et al. (2016), Front. Neuroinform. 10, 17; the fit is that of Markram et al. (2015), Cell 163, 456.
    """
    if not isinstance(folder, (str, PathLike)):
        raise ModelTypeError(f"read_bluepyopt: folder must be a path, but is {folder!r}.")
    protocols, features, parameters = (_read_json(Path(folder), name) for name in FILES)
    stimuli = {name: _stimuli(name, one) for name, one in _items("protocols.json", protocols)}
    recordings = {name: _extra(name, one) for name, one in protocols.items()}
    targets = read_targets(_targets(features))
    for one in targets:
        if one.protocol not in stimuli:
            raise UnknownNameError(f"features.json: there is no protocol {one.protocol!r} in protocols.json.")
        places = ["soma", *(place["name"] for place in recordings[one.protocol])]
        if one.recording not in places:
            raise UnknownNameError(
                f"features.json: protocol {one.protocol!r} does not record {one.recording!r}, only {', '.join(places)}."
            )
    if not isinstance(parameters, list):
        raise ModelValueError("parameters.json: expected a list of parameters.")
    return BluePyOptFit(stimuli, recordings, targets, tuple(_parameter(k, one) for k, one in enumerate(parameters)))


def _read_json(folder: Path, name: str) -> Any:
    for path in (folder / name, folder / "config" / name):
        if path.is_file():
            try:
                return json.loads(path.read_text(encoding="utf-8"))
            except ValueError as error:
                raise ModelValueError(f"{path} is no JSON: {error}") from None
    raise FileNotFoundError(f"There is no {name} in {folder} or {folder / 'config'}.")


def _items(where: str, thing: Any) -> Any:
    """The items of a dict."""
    if not isinstance(thing, dict) or not thing:
        raise ModelValueError(f"{where}: expected a dict with entries, found {type(thing).__name__}.")
    return thing.items()


def _stimuli(name: str, protocol: Any) -> tuple[tuple[Step, ...], float]:
    """The steps of a protocol, and its duration."""
    given = protocol.get("stimuli") if isinstance(protocol, dict) else None
    if not isinstance(given, list) or not given:
        raise ModelValueError(f"protocols.json: {name!r} has no list of stimuli.")
    steps, ends = [], []
    for one in given:
        if not isinstance(one, dict) or {"delay", "amp", "duration", "totduration"} - set(one):
            raise ModelValueError(
                f"protocols.json: a stimulus of {name!r} needs delay, amp, duration and totduration, but is {one!r}."
            )
        where = f"protocols.json: {name!r}"
        delay, amp, duration, end = (
            arguments.real(f"{where}: {key}", one[key]) for key in ("delay", "amp", "duration", "totduration")
        )
        steps.append(Step(delay, min(duration, end - delay), amp))
        ends.append(end)
    return tuple(steps), max(ends)


def _extra(name: str, protocol: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Recordings beside the soma."""
    needed = {
        "somadistance": ("somadistance", "seclist_name"),
        "nrnseclistcomp": ("seclist_name", "sec_index", "comp_x"),
    }
    found = protocol.get("extra_recordings", [])
    for one in found:
        kind = one.get("type") if isinstance(one, dict) else None
        if kind not in needed:
            raise ModelValueError(
                f"protocols.json: a recording of {name!r} has the type {kind!r}; known are {', '.join(needed)}."
            )
        for key in ("name", *needed[kind]):
            if key not in one:
                raise ModelValueError(f"protocols.json: a recording of {name!r} has no {key!r}.")
        check_list(f"protocols.json: recording {one['name']!r} of {name!r}", one["seclist_name"])
    return tuple(found)


def _targets(features: Any) -> list[dict[str, Any]]:
    """Rows of the table that features.json is."""
    rows = []
    for protocol, places in _items("features.json", features):
        for place, of_place in _items(f"features.json: {protocol!r}", places):
            for feature, pair in _items(f"features.json: {protocol!r} / {place!r}", of_place):
                if not isinstance(pair, list) or len(pair) != 2:
                    raise ModelValueError(
                        f"features.json: {protocol} / {place} / {feature} must be [mean, std], but is {pair!r}."
                    )
                mean, std = pair
                rows.append({
                    "protocol": protocol, "recording": place, "feature": feature, "mean": mean, "std": std
                })  # fmt: skip
    return rows


def _parameter(k: int, entry: Any) -> Parameter:
    """One entry of parameters.json."""
    where = f"parameters.json: entry {k}"
    if not isinstance(entry, dict) or not isinstance(entry.get("param_name"), str):
        raise ModelValueError(f"{where} has no param_name.")
    name = entry["param_name"]
    where = f"{where} ({name})"
    if ("value" in entry) == ("bounds" in entry):
        raise ModelValueError(f"{where} must have either a value or bounds.")
    kind, where_list = entry.get("type"), entry.get("sectionlist", "all")
    if kind not in ("global", "section", "range"):
        raise ModelValueError(f"{where} has the type {kind!r}; known are global, section and range.")
    check_list(where, where_list)
    formula = "" if entry.get("dist_type", "uniform") == "uniform" else entry.get("dist")
    if formula is None:
        raise ModelValueError(f"{where} has the distribution {entry['dist_type']!r}, but no formula `dist`.")
    if "value" in entry:
        return Parameter(name, where_list, arguments.real(f"{where}: value", entry["value"]), None, formula)
    bounds = entry["bounds"]
    if not isinstance(bounds, list) or len(bounds) != 2:
        raise ModelValueError(f"{where}: bounds must be [lower, upper], but are {bounds!r}.")
    low, high = (arguments.real(f"{where}: a bound", one) for one in bounds)
    if not low < high:
        raise ModelValueError(f"{where}: the lower bound {low} is not below the upper one, {high}.")
    return Parameter(name, where_list, None, (low, high), formula)


def _known_names(
    cell: Module, parameters: tuple[Parameter, ...], names: Mapping[str, str | None]
) -> dict[str, str | None]:
    """What each parameter is called in the cell; None where it is to be left out."""
    if not isinstance(names, Mapping):
        raise ModelTypeError("BluePyOptFit.set_parameters: names must be a dict from NEURON's names to ours.")
    ours = {*known_keys(cell.tables), "temperature"}
    known: dict[str, str | None] = {}
    for one in parameters:
        if one.name in names:
            known[one.name] = names[one.name]
        else:
            known[one.name] = one.name if one.name in ours else NAMES.get(one.name)
            if known[one.name] is None:
                known[one.name] = ""
    unknown = [name for name, key in known.items() if key is not None and key not in ours]
    if unknown:
        raise UnknownNameError(
            f"The cell has nothing for {', '.join(unknown)}. Insert the channels first, and say what they are "
            f"called: names={{{unknown[0]!r}: 'Na_gNa', ...}}, or None to leave one out."
        )
    return known


def _values(cell: Module, one: Parameter) -> tuple[Module, Any]:
    """Where a parameter is, and its value there or where it begins."""
    view = section(cell, one.sectionlist)
    fixed = one.fixed
    if fixed is None:
        if one.formula:
            raise ModelValueError(
                f"The free parameter {one.name!r} of {one.sectionlist!r} varies along the cell ({one.formula}). "
                f"Leave it out with names={{{one.name!r}: None}} and set it yourself, or give it a value."
            )
        return view, float(np.mean(one.bounds or (0.0,)))
    if not one.formula:
        return view, fixed
    soma = middle(section(cell, "somatic"), 0, 0.5)
    return view, evaluate(one.formula, distance=distance_pathwise(soma, view), value=fixed)


def _check_nothing_trainable(cell: Module) -> None:
    if cell.num_trainable_params:
        raise ModelStateError(
            f"The cell has {cell.num_trainable_params} trainable parameters already, whose bounds are not known. Call "
            f"`cell.delete_trainables()` first, or make these trainable afterwards."
        )
