"""A fit that was set up for BluePyOpt, brought to a cell: its protocols, its fixed parameters and its free ones."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from dendrax.errors import ModelStateError, ModelTypeError, ModelValueError, UnknownNameError
from dendrax.features.spikes import THRESHOLD
from dendrax.modules.editing import known_keys
from dendrax.modules.module import Module, check_module
from dendrax.morphology.distance import distance_pathwise
from dendrax.optimize.protocols import Protocol, Recording, Step
from dendrax.optimize.targets import Target

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
OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: getattr(np, name) for name in ("exp", "log", "log10", "sqrt", "sin", "cos", "tanh")
}
"""Functions that formulas may call."""

Bounds = list[dict[str, tuple[float, float]]]
GROUPS = {"somatic": "soma", "axonal": "axon", "basal": "basal", "apical": "apical", "all": None}
"""Our groups for the section lists; None is the whole cell."""


class Parameter(NamedTuple):
    """One entry of parameters.json."""

    name: str  # what NEURON calls it, "gNaTs2_tbar_NaTs2_t"
    sectionlist: str  # where it is: "all", "somatic", "axonal", "basal" or "apical"
    value: float | None  # its value if it is fixed, in NEURON's unit
    bounds: tuple[float, float] | None  # its bounds if it is free, likewise
    formula: str  # its value along the cell, of {distance} from the soma [um] and {value}; "" where it is uniform

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
        soma = middle(section(cell, "somatic"))
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
        if cell.num_trainable_params:
            raise ModelStateError(
                f"The cell has {cell.num_trainable_params} trainable parameters already, whose bounds are not known. "
                f"Call `cell.delete_trainables()` first, or make these trainable afterwards."
            )
        known = _known_names(cell, self.parameters, names or {})
        planned = [(one, key, *_values(cell, one)) for one in self.parameters if (key := known[one.name]) is not None]
        bounds: Bounds = []
        for _, key, view, value in planned:
            view.set(key, value)
        for one, key, view, _ in planned:
            if one.fixed is None and one.bounds is not None:
                view.make_trainable(key, verbose=False)
                bounds.append({key: one.bounds})
        return bounds


def _known_names(
    cell: Module, parameters: tuple[Parameter, ...], names: Mapping[str, str | None]
) -> dict[str, str | None]:
    """What each parameter is called in the cell; None where it is to be left out."""
    if not isinstance(names, Mapping):
        raise ModelTypeError("BluePyOptFit.set_parameters: names must be a dict from NEURON's names to ours.")
    ours = {*known_keys(cell.tables), "temperature"}
    known = {one.name: one.name if one.name in ours else NAMES.get(one.name, "") for one in parameters} | {
        one.name: names[one.name] for one in parameters if one.name in names
    }
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
    soma = middle(section(cell, "somatic"))
    return view, evaluate(one.formula, distance=distance_pathwise(soma, view), value=fixed)


def section(cell: Module, sectionlist: str) -> Module:
    """The part of a cell that a section list names."""
    group = GROUPS[sectionlist]
    if group is None:
        return cell
    if group not in cell.group_names:
        raise UnknownNameError(
            f"The cell has no group {group!r} for the section list {sectionlist!r}. Name it: for example "
            f"`cell.branch([0]).add_to_group({group!r})`."
        )
    return getattr(cell, group)


def middle(view: Module, branch: int = 0, at: float = 0.5) -> Module:
    """The compartment at a place of one branch of a view."""
    branches = np.unique(view.tables.structure.branch_of_comp[view.rows])
    if not 0 <= branch < len(branches):
        raise ModelValueError(f"There is no section {branch} in a list of {len(branches)}.")
    return view.base.scope("global").branch(int(branches[branch])).scope("local").loc(at)


def place_of(cell: Module, soma: Module, recording: Mapping[str, Any]) -> Module:
    """Where a recording is, by its section, or by its distance from the soma along the neurites."""
    view = section(cell, recording["seclist_name"])
    if recording["type"] == "nrnseclistcomp":
        return middle(view, recording["sec_index"], recording["comp_x"])
    wanted, centres = recording["somadistance"], distance_pathwise(soma, view)
    half = cell.tables.nodes.numbers("length")[view.rows] / 2
    nearest = int(np.argmin(np.abs(centres - wanted)))
    if (np.abs(centres - wanted) > half * (1 + 1e-6)).all():
        raise ModelValueError(
            f"Recording {recording['name']!r}: nothing of {recording['seclist_name']!r} is {wanted} um from the soma. "
            f"It reaches from {(centres - half).min():.0f} to {(centres + half).max():.0f} um."
        )
    return cell.select(nodes=[int(view.rows[nearest])])


def evaluate(formula: str, **values: Any) -> Any:
    """A formula such as "(-0.8696 + 2.087*math.exp(({distance})*0.0031))*{value}", not run as Python."""
    try:
        return _value(formula, ast.parse(formula.replace("{", "").replace("}", ""), mode="eval").body, values)
    except SyntaxError:
        raise ModelValueError(f"The formula {formula!r} cannot be read.") from None


def _value(formula: str, node: ast.AST, values: dict[str, Any]) -> Any:
    """The value of a part of the formula."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.Attribute(value=ast.Name(id="math"), attr="pi" | "e" as name):
            return getattr(math, name)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_value(formula, left, values), _value(formula, right, values))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_value(formula, operand, values))
        case ast.Call(func=ast.Attribute(value=ast.Name(id="math" | "numpy" | "np"), attr=name), args=[argument]) if (
            name in FUNCTIONS
        ):
            return FUNCTIONS[name](_value(formula, argument, values))
    raise ModelValueError(
        f"The formula {formula!r} holds {ast.unparse(node)!r}. It may hold numbers, {', '.join(values)}, + - * / **, "
        f"math.{', math.'.join(FUNCTIONS)}."
    )
