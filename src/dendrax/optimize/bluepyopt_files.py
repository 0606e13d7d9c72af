"""Reading a fit that was set up for BluePyOpt, from protocols.json, features.json and parameters.json."""

from __future__ import annotations

import json
from collections.abc import Collection
from os import PathLike
from pathlib import Path
from typing import Any

from dendrax import arguments
from dendrax.errors import ModelTypeError, ModelValueError, UnknownNameError
from dendrax.optimize.bluepyopt import GROUPS, BluePyOptFit, Parameter
from dendrax.optimize.protocols import Step
from dendrax.optimize.targets import Target, read_targets

FILES = ("protocols.json", "features.json", "parameters.json")
STIMULUS = ("delay", "amp", "duration", "totduration")
RECORDING = {
    "somadistance": ("somadistance", "seclist_name"),
    "nrnseclistcomp": ("seclist_name", "sec_index", "comp_x"),
}
"""The types of recordings beside the soma, and what each needs."""


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


def _numbers(where: str, thing: Any, *names: str) -> list[float]:
    """The numbers in a list that has to hold one for each name."""
    if not isinstance(thing, list) or len(thing) != len(names):
        raise ModelValueError(f"{where} must be [{', '.join(names)}], but is {thing!r}.")
    return [arguments.real(f"{where}: {name}", one) for name, one in zip(names, thing, strict=True)]


def _known(where: str, what: str, given: Any, known: Collection[str], error: type = UnknownNameError) -> Any:
    """One of some names."""
    if given not in known:
        raise error(f"{where} has the {what} {given!r}; known are {', '.join(known)}.")
    return given


def _stimuli(name: str, protocol: Any) -> tuple[tuple[Step, ...], float]:
    """The steps of a protocol, and its duration."""
    where, given = f"protocols.json: {name!r}", protocol.get("stimuli") if isinstance(protocol, dict) else None
    if not isinstance(given, list) or not given:
        raise ModelValueError(f"{where} has no list of stimuli.")
    for one in given:
        if not isinstance(one, dict) or set(STIMULUS) - set(one):
            raise ModelValueError(f"{where}: a stimulus needs {', '.join(STIMULUS)}, but is {one!r}.")
    numbers = [_numbers(where, [one[name] for name in STIMULUS], *STIMULUS) for one in given]
    steps = tuple(Step(delay, min(duration, end - delay), amp) for delay, amp, duration, end in numbers)
    return steps, max(end for *_, end in numbers)


def _extra(name: str, protocol: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Recordings beside the soma."""
    found = protocol.get("extra_recordings", [])
    for one in found:
        where = f"protocols.json: a recording of {name!r}"
        kind = _known(where, "type", one.get("type") if isinstance(one, dict) else None, RECORDING, ModelValueError)
        for key in ("name", *RECORDING[kind]):
            if key not in one:
                raise ModelValueError(f"{where} has no {key!r}.")
        _known(f"{where}, {one['name']!r},", "section list", one["seclist_name"], GROUPS)
    return tuple(found)


def _targets(features: Any) -> list[Target]:
    """The rows of the table that features.json is."""
    rows = []
    for protocol, places in _items("features.json", features):
        for place, of_place in _items(f"features.json: {protocol!r}", places):
            for feature, pair in _items(f"features.json: {protocol!r} / {place!r}", of_place):
                where = f"features.json: {protocol} / {place} / {feature}"
                rows.append(Target(protocol, place, feature, *_numbers(where, pair, "mean", "std")))
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
    _known(where, "type", entry.get("type"), ("global", "section", "range"), ModelValueError)
    sectionlist = _known(where, "section list", entry.get("sectionlist", "all"), GROUPS)
    formula = "" if entry.get("dist_type", "uniform") == "uniform" else entry.get("dist")
    if formula is None:
        raise ModelValueError(f"{where} has the distribution {entry['dist_type']!r}, but no formula `dist`.")
    if "value" in entry:
        return Parameter(name, sectionlist, arguments.real(f"{where}: value", entry["value"]), None, formula)
    low, high = _numbers(f"{where}: bounds", entry["bounds"], "lower", "upper")
    if not low < high:
        raise ModelValueError(f"{where}: the lower bound {low} is not below the upper one, {high}.")
    return Parameter(name, sectionlist, None, (low, high), formula)
